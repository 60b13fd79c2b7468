// How things look. Nothing here asks the server. What students wrote comes as HTML that the server
// made (`html`); everything else is set as text.

export const $ = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const { data, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const key = (name) => make("kbd", {}, name);
export const number = (value) => String(+value.toFixed(4)).replace("-", "−");
export const points = (value) => `${number(value)} ${Math.abs(value) === 1 ? "point" : "points"}`;
export const answers = (count) => `${count} ${count === 1 ? "answer" : "answers"}`;

export function setHtml(element, html) {
  element.innerHTML = html;
  // What is wider than the page is scrolled by keyboard too.
  for (const block of element.querySelectorAll("pre, math[display=block]")) block.tabIndex = 0;
}

let fading;
// Says it for some seconds.
export function tell(text) {
  $("status").textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { $("status").textContent = ""; }, 6000);
}

// Says it until something is done about it.
export function complain(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

export function showQuestions(overview, current, open) {
  $("title").textContent = overview.title;
  $("questions").replaceChildren(...overview.questions.map((question) => {
    const button = make("button", { type: "button", onclick: () => open(question.name) }, `${question.name} `,
      make("b", {}, question.waiting ? String(question.waiting) : "✓"));
    button.title = `${answers(question.waiting)} to mark, ${question.marked} marked`;
    if (question.name === current) button.setAttribute("aria-current", "true");
    return button;
  }));
}

export function showCount({ waiting, marked, second: left }, second) {
  $("progress").max = Math.max(1, waiting + marked);
  $("progress").value = marked;
  $("count").textContent = second ? `Second reading: ${left} left` : `${waiting} to mark, ${marked} marked`;
}

function line(before, items) {
  const given = before.items.map((id) => items.find((item) => item.id === id)?.text).filter(Boolean);
  const by = before.grader ? `, by ${before.grader}` : "";
  return [`${points(before.points)}${by}`, ...given, before.comment && `“${before.comment}”`].filter(Boolean);
}

export function showAnswer(group, question, label) {
  const [first, ...others] = group.members;
  $("heading").textContent = group.size === 1 ? label(first)
    : others.some((member) => member.differences.length) ? `${answers(group.size)}, nearly the same`
    : `${answers(group.size)}, the same words`;
  setHtml($("text"), first.html);
  const before = $("before");
  before.hidden = !first.before;
  if (first.before) {
    const [mark, ...rest] = line(first.before, question.items);
    before.replaceChildren(make("b", {}, first.before.reason || "Marked before"), make("div", {}, `Before: ${mark}`),
      ...rest.map((text) => make("div", { className: "soft" }, text)));
  }
}

// Some words at the start and at the end of a text.
function shorten(text, start, end) {
  if (text.length <= start + end + 12) return text;
  const head = start ? text.slice(0, start).replace(/\S*$/, "") : "";
  const tail = end ? text.slice(-end).replace(/^\S*/, "") : "";
  return `${head}…${tail}`;
}

// What is less stands before what is more, as one reads a correction.
function sorted(parts) {
  const runs = [];
  for (const [kind, text] of parts) {
    if (kind === "same" || !runs.at(-1)?.changed) runs.push({ changed: kind !== "same", same: "", less: "", more: "" });
    runs.at(-1)[kind] += text;
  }
  return runs.flatMap((run) => ["same", "less", "more"].filter((kind) => run[kind]).map((kind) => [kind, run[kind]]));
}

function differences(unsorted, whole) {
  const parts = sorted(unsorted);
  return parts.map(([kind, text], place) => {
    if (kind === "more") return make("ins", {}, text);
    if (kind === "less") return make("del", {}, text);
    return whole ? text : shorten(text, place ? 24 : 0, place < parts.length - 1 ? 24 : 0);
  });
}

// One row of a group. It can be focused, and is then shown in full.
function row(member, shown, act) {
  const words = make("span", { className: "diff" });
  const fill = (whole) => words.replaceChildren(...(shown ? ["shown above"] : member.differences.length
    ? differences(member.differences, whole) : ["the same words"]));
  fill(false);
  if (!member.differences.length) words.classList.add("soft");
  const name = act.label(member);
  const button = (text, does) => {
    const made = make("button", { type: "button", className: "quiet", onclick: does }, text);
    made.setAttribute("aria-label", `${text}: ${name}`);
    return made;
  };
  const acts = make("span", { className: "acts" }, shown ? null : button("View", () => act.view(member, item)),
    button("Take out", () => act.takeOut(member)));
  const item = make("li", { tabIndex: -1, data: { id: member.id } }, make("span", { className: "who" }, name), words, acts);
  item.addEventListener("focusin", () => fill(true));
  item.addEventListener("focusout", () => fill(false));
  return item;
}

export function showMembers(group, act) {
  const [first, ...others] = group.members;
  const rows = (members) => make("ul", {}, ...members.map((member) => row(member, member === first, act)));
  const near = others.filter((member) => member.differences.length);
  const equal = [first, ...others.filter((member) => !member.differences.length)];
  const left = group.size - group.members.length;
  $("members").replaceChildren(...(group.size === 1 ? [] : [
    ...(near.length ? [make("details", { open: matchMedia("(min-width: 42.01rem)").matches },
      make("summary", {}, `${answers(near.length)} in nearly the same words: `,
        make("ins", {}, "more"), " and ", make("del", {}, "less")), rows(near))] : []),
    make("details", {}, make("summary", {}, `${answers(equal.length)} in the same words`), rows(equal)),
    ...(left > 0 ? [make("p", { className: "soft" }, `and ${left} more, which are marked with them`)] : []),
  ]));
}

export function showLabels(group, label) {
  if (group.size === 1) $("heading").textContent = label(group.members[0]);
  for (const item of $("members").querySelectorAll("li")) {
    item.querySelector(".who").textContent = label(group.members.find((member) => member.id === item.dataset.id));
  }
}

export const memberRows = () => [...$("members").querySelectorAll("li")].filter((row) => row.checkVisibility());

export function showItems(question, change) {
  const box = (label, text, value, item) => make("label", { className: item ? "item" : "item none" },
    make("input", { type: "checkbox", value: item?.id ?? "", onchange: () => change(item?.id ?? null) }),
    label ? key(label) : make("span"), text, make("b", {}, value));
  const shown = (item) => {
    const text = make("span");
    setHtml(text, item.html);
    return text;
  };
  $("items").replaceChildren(
    ...question.items.map((item) => box(item.key, shown(item), (item.points > 0 ? "+" : "") + number(item.points), item)),
    box("0", make("span", {}, "No points"), "0", null));
  $("most").textContent = `of ${number(question.max_points)}`;
}

export function showWork(work, sum) {
  for (const input of $("items").querySelectorAll("input")) {
    input.checked = input.value ? work.items.has(input.value) : work.none;
  }
  if ($("comment").value !== work.comment) $("comment").value = work.comment;
  if ($("points").value !== work.points) $("points").value = work.points;
  $("points").placeholder = sum === null ? "–" : number(sum);
  $("points").classList.toggle("typed", work.points.trim() !== "");
}

// Comments to offer: those that hold what was typed so far, or all. They stay while one of them has
// the focus: a save that ends meanwhile must not take it from the key that chooses.
export function showOffered(comments, typed, use) {
  if ($("offered").contains(document.activeElement)) return;
  const wanted = typed.trim().toLowerCase();
  const fitting = comments.filter((text) => text.toLowerCase().includes(wanted) && text !== typed);
  $("offered").replaceChildren(...(fitting.length ? fitting : wanted ? [] : comments).slice(0, 8).map((text) =>
    make("li", {}, make("button", { type: "button", onclick: () => use(text) }, text))));
}
