// What is wider than the page scrolls by itself: let the keyboard reach it, and show that it does.
const WIDE = "pre, .math, .cell_output, .table-wrapper";
function showScrolling() {
  for (const each of document.querySelectorAll(WIDE)) {
    const hidden = each.scrollWidth - each.clientWidth;
    if (hidden > 1) each.tabIndex = 0;
    each.classList.toggle("more", hidden > 1 && each.scrollLeft < hidden - 8);
  }
}
showScrolling();
addEventListener("load", showScrolling);
addEventListener("resize", showScrolling);
document.addEventListener("scroll", showScrolling, { capture: true, passive: true });

// Chromium leaves room for the widest root sign beside every root.
function tightenRoots() {
  for (const root of document.querySelectorAll("msqrt")) {
    const inside = root.lastElementChild.getBoundingClientRect();
    const gap = root.getBoundingClientRect().right - inside.right;
    const size = parseFloat(getComputedStyle(root).fontSize);
    if (inside.width) root.style.marginRight = `${-gap / size}em`;
  }
}
document.fonts.ready.then(tightenRoots);

document.addEventListener("toggle", () => { showScrolling(); tightenRoots(); }, true); // a hint opens

// On paper, all hints are open.
const closed = [];
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) closed.push(each);
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of closed.splice(0)) each.open = false;
});
