// The dialog in which a rubric is edited; what became of marks given before is listed in it.

import { $, answers, make, number } from "./show.js";

const dialog = $("rubric");
const [form, list, problem, changed] = ["form", "ol", ".problem", ".changed"].map((name) => dialog.querySelector(name));

function row(item) {
  const value = make("input", { value: item.points === null ? "" : String(item.points), inputMode: "decimal", name: "points" });
  value.setAttribute("aria-label", "Points");
  const text = make("textarea", { value: item.text, name: "text", rows: 2, maxLength: 2000 });
  text.setAttribute("aria-label", "What it is given for");
  const remove = make("button", { type: "button", className: "quiet", onclick: () => {
    const gone = line.classList.toggle("gone");
    remove.textContent = gone ? "Keep" : "Delete";
  } }, "Delete");
  const line = make("li", { data: { id: item.id ?? "" } }, value, text, remove);
  return line;
}

function items() {
  return [...list.children].filter((line) => !line.classList.contains("gone")).map((line) => {
    const [value, text] = line.querySelectorAll("input, textarea");
    const points = Number(value.value.trim().replace(",", ".").replace("−", "-") || NaN);
    if (!Number.isFinite(points)) { value.focus(); throw new Error("Points must be a number, such as 1, 0.5 or -1."); }
    if (!text.value.trim()) { text.focus(); throw new Error("Say what the item is given for, or delete it."); }
    return { id: line.dataset.id || null, points, text: text.value.trim() };
  });
}

export function editRubric(question, send) {
  list.replaceChildren(...question.items.map(row));
  form.hidden = false;
  problem.hidden = changed.hidden = true;
  $("add").onclick = () => {
    list.append(row({ id: null, points: null, text: "" }));
    list.lastChild.querySelector("input").focus();
  };
  $("cancel").onclick = () => dialog.close();
  form.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && event.target.tagName === "TEXTAREA" && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      const reply = await send(items());
      if (!reply.changed.length) return dialog.close();
      form.hidden = true;
      changed.hidden = false;
      const stay = reply.changed.filter((one) => one.stays).length;
      changed.replaceChildren(make("h2", {}, `${answers(reply.changed.length - stay)} changed`),
        make("ul", {}, ...reply.changed.map((one) => make("li", {}, one.stays
          ? `${one.label} stays at ${number(one.before)}: ${one.stays}` : `${one.label}: ${number(one.before)} → ${number(one.after)}`))),
        make("button", { type: "button", className: "main", onclick: () => dialog.close() }, "Close"));
      changed.lastChild.focus();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  };
  dialog.showModal();
}
