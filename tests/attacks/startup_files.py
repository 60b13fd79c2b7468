"""Writes where later processes look when they start: configuration, start-up folders, packages.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
import site
import sys
from pathlib import Path

import cs231n_lib

TEXT = "# nothing: this file only shows that it could be written\n"
home = Path("@HOME@")
for folder, name in [
    (home / ".ipython/profile_default/startup", "00.py"),
    (home / ".jupyter", "jupyter_config.py"),
    (home / ".config/matplotlib", "matplotlibrc"),
    (home, ".bashrc"),
    (Path(site.getusersitepackages()), "usercustomize.py"),
    *[(Path(top), "@MARK@.pth") for top in sys.path if top.endswith("-packages")],
    (Path(cs231n_lib.__file__).parent, "@MARK@.py"),
    (Path("/tmp"), "@MARK@"),
    (Path("/var/tmp"), "@MARK@"),
    (Path("/dev/shm"), "@MARK@"),
]:
    try:
        if folder.is_relative_to(home):
            folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TEXT)
        if not folder.is_relative_to(os.path.expanduser("~")) and folder != Path("/tmp"):
            print("BREACH", folder)
    except OSError as error:
        print(error)
