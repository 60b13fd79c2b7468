// Which key was meant. What it does is the page's affair: `does(key)` gives a function, or nothing.

import { $ } from "./show.js";

const COARSE = matchMedia("(pointer: coarse)");

// Up and down between the comment and those that are offered below it.
function amongOffered(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const buttons = [...$("offered").querySelectorAll("button")];
  const here = buttons.indexOf(document.activeElement);
  if (!step || !buttons.length || (here < 0 && step < 0)) return false;
  (here + step < 0 ? $("comment") : buttons[here + step] ?? buttons[here]).focus();
  return true;
}

// On some keyboards digits need Shift; the key's place is then what counts.
function name(event) {
  const place = event.shiftKey || /^[0-9a-z?]$/.test(event.key) ? null : event.code.match(/^Digit([0-9])$/);
  return place?.[1] ?? event.key;
}

export function listen(does) {
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.repeat && !event.key.startsWith("Arrow")) return;
    if (document.querySelector("dialog[open]")) return;
    if (target.closest("#comment, #offered") && amongOffered(event)) return event.preventDefault();
    if (event.key === "Escape") return $("heading").focus();
    if (target.closest("textarea, input:not([type=checkbox])")) {
      const newLine = target.id === "comment" && (event.shiftKey || COARSE.matches);
      if (event.key !== "Enter" || newLine) return;
    } else if (target.closest("button, summary") && ["Enter", " "].includes(event.key)) return;
    const action = does(name(event));
    if (!action) return;
    event.preventDefault();
    action();
  });
}
