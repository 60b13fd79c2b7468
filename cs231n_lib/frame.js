  // Shared by all documents in frames: light or dark like the page around, and as high as needed.
  const root = document.documentElement, $ = (s) => document.querySelector(s);
  root.classList.add("scripted");

  // Where the page around the frame cannot be read, the system's preference stays.
  const night = matchMedia("(prefers-color-scheme: dark)");
  function theme() {
    let dark = night.matches;
    try {
      for (let e = window.frameElement; e; e = e.parentElement) {
        const [r, g, b, a = 1] = e.ownerDocument.defaultView.getComputedStyle(e).backgroundColor.match(/[\d.]+/g).map(Number);
        if (a > 0.5) { dark = 0.3 * r + 0.59 * g + 0.11 * b < 128; break; }
        if (!e.parentElement) dark = false;
      }
    } catch { /* another origin */ }
    root.classList.toggle("dark", dark);
  }
  function fit() {
    try { window.frameElement.style.height = $("main").offsetHeight + 4 + "px"; } catch { /* keeps its height */ }
  }
  theme();
  night.addEventListener("change", theme);
  try {
    const watch = new MutationObserver(() => setTimeout(theme, 50)), page = window.parent.document;
    for (const e of [page.documentElement, page.body]) watch.observe(e, { attributes: true });
  } catch { /* as above */ }
  new ResizeObserver(fit).observe($("main"));
