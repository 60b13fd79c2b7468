// JupyterLab's menu entry "Mark answers", without a build step: this is by hand what JupyterLab
// expects of an extension that a bundler made, a container with `init` and `get`.
(globalThis._JUPYTERLAB ??= {})["autograder-mark"] = (() => {
  const command = "autograder:mark";
  let shared;

  const load = async (name) => {
    const [version] = Object.values(shared[name] ?? {});
    return version ? (await version.get())() : {};
  };

  const activate = (app, mainMenu, palette) => {
    app.commands.addCommand(command, {
      label: "Mark Answers",
      caption: "Mark the answers in words, alike ones together",
      execute: () => {
        const settings = JSON.parse(document.getElementById("jupyter-config-data").textContent);
        window.open(`${settings.baseUrl}autograder/mark`, "_blank", "noopener");
      },
    });
    palette?.addItem({ command, category: "nbgrader" });
    // nbgrader makes its menu while it starts, perhaps after this.
    app.restored.then(() => {
      const menu = mainMenu?.menus?.find(({ id }) => id === "jp-mainmenu-nbgrader");
      (menu ?? mainMenu?.fileMenu)?.addItem({ command });
    });
  };

  return {
    init: (scope) => {
      shared = scope;
    },
    get: async () => {
      const { IMainMenu } = await load("@jupyterlab/mainmenu");
      const { ICommandPalette } = await load("@jupyterlab/apputils");
      const optional = [IMainMenu, ICommandPalette];
      const plugin = { id: "autograder-mark:menu", autoStart: true, optional, activate };
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
