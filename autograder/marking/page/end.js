// What is shown when no answer is: why, and what to do next.

import { $, answers, key, make, number } from "./show.js";

export function showEnd(title, text, actions, agreement) {
  const table = agreement?.disagreements.length ? make("table", {},
    make("thead", {}, make("tr", {}, ...["Answer", "First", "Second"].map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...agreement.disagreements.map((one) => make("tr", {}, make("td", {}, one.label),
      make("td", {}, number(one.first)), make("td", {}, number(one.second)))))) : null;
  const kappa = agreement?.kappa === null || agreement?.kappa === undefined ? "" : `, Cohen’s kappa ${agreement.kappa.toFixed(2)}`;
  $("heading").textContent = title;
  $("end").hidden = false;
  $("end").replaceChildren(make("p", {}, text),
    make("div", { className: "row" }, ...actions.map(([name, does], place) => make("button",
      { type: "button", className: place ? "" : "main", onclick: does }, name, ...(place ? [] : [" ", key("Enter")])))),
    ...(agreement?.n ? [make("p", { className: "soft" }, `Two readings agree on ${agreement.same} of ${answers(agreement.n)}${kappa}.`)] : []),
    ...(table ? [table] : []));
}

function actions({ overview, question, skipped, second }, { advance, enter }) {
  if (skipped.size) return [["Show what you skipped", () => { skipped.clear(); advance(); }]];
  const others = overview.questions.filter((one) => one.name !== question.name && one.waiting);
  return [
    ...others.slice(0, 1).map((one) => [`Go on with ${one.name} (${one.waiting})`, () => enter(one.name)]),
    ...(!second && question.second ? [[`Read ${answers(question.second)} a second time`, () => enter(question.name, true)]] : []),
    ...(second ? [["Back to first readings", () => enter(question.name)]] : []),
  ];
}

export function finish(state, failure, does) {
  const { question, second } = state;
  const end = (title, text) => showEnd(title, text, actions(state, does), question.agreement);
  if (failure) return showEnd("The next answer did not come", failure, [["Try again", does.advance]]);
  if (second) return end("All read a second time", "Your readings are kept beside the marks, which stay as they are.");
  const skipped = [...state.skipped.values()].reduce((all, size) => all + size, 0);
  const rest = question.waiting - skipped;
  if (rest > 0) return end("Nothing left for you", `${answers(rest)} of this question are open in other graders’ pages.`);
  if (skipped) return end("The rest is marked", `${question.marked} marked, ${skipped} skipped.`);
  return end("All marked", `${question.marked} marked. Marks are in the gradebook.`);
}
