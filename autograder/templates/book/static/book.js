// What is wider than the page scrolls by itself: let the keyboard reach it.
for (const each of document.querySelectorAll("pre, .math, .cell_output, .table-wrapper"))
  if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;

// On paper, all hints are open.
const closed = [];
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) closed.push(each);
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of closed.splice(0)) each.open = false;
});
