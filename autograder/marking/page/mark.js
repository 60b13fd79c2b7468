// The page of `python -m autograder mark`: one question, one group of answers after the other.
// What is typed belongs to its group (`work`) until the server has said "saved". The next group is
// asked for while this one is read, so a save shows it at once; a save that fails brings its group back.

import { ask, release } from "./ask.js";
import { finish, showEnd } from "./end.js";
import { listen } from "./keys.js";
import { editRubric } from "./rubric.js";
import { $, answers, complain, memberRows, points, setHtml, showAnswer, showCount, showItems, showLabels, showMembers,
  showOffered, showQuestions, showWork, tell } from "./show.js";
import { sum, toggle, typedPoints, workOn } from "./work.js";

const state = {
  overview: null,
  question: null,
  second: false, // reading answers a second time
  current: null, // {group, work, touched}; null: nothing is left, or it could not be fetched
  ahead: [], // of the same kind, shown next
  skipped: new Map(), // keys and sizes
  saves: [], // that can be undone: {question, token, work}
  names: null, // id -> name, if they are shown
};
const kept = new Map(); // what was typed and left: "question key" -> work
let asking = null; // the request for the next group, one at a time
let saving = null; // the save on its way: {key, done}; `done` gives whether it went well
let busy = false; // what is shown is no longer what keys should act on

function setBusy(on) {
  busy = $("mark").inert = on;
}

// --- groups

const place = (question, group) => `${question.name} ${group.key}`;

function entry(group) {
  const earlier = kept.get(place(state.question, group));
  return { group, touched: Boolean(earlier), work: earlier ?? workOn(group) };
}

const held = () => [state.current, ...state.ahead].filter(Boolean).map((one) => one.group.key);

function count({ waiting, marked }) {
  const inOverview = state.overview.questions.find((one) => one.name === state.question.name);
  if (!state.second) Object.assign(inOverview, { waiting, marked });
  Object.assign(state.question, { waiting, marked });
  showQuestions(state.overview, state.question.name, enter);
  showCount(state.question, state.second);
}

function look() {
  if (asking) return asking;
  const { question, second } = state;
  const skip = [...held(), ...state.skipped.keys(), ...(saving ? [saving.key] : [])];
  const request = ask("next", { question: question.name, second, skip }).then((reply) => {
    if (state.question !== question) {
      if (reply.group) release(question.name, [reply.group.key]);
      return;
    }
    if (!saving) count(reply);
    if (reply.group) state.ahead.push(entry(reply.group));
  }).finally(() => { if (asking === request) asking = null; });
  asking = request;
  return request;
}

// Show the next group. Asks for it if it is not there yet; nothing is marked meanwhile.
async function advance() {
  let failure = "";
  if (!state.ahead.length) {
    setBusy(true);
    try {
      await look();
      if (!state.ahead.length) await refresh();
    } catch (error) { failure = error.message; }
    setBusy(false);
  }
  state.current = state.ahead.shift() ?? null;
  show(failure);
  if (state.current && !state.ahead.length) look().catch(() => {});
}

// At the end: what there is to read a second time, and how far two readings agree.
async function refresh() {
  const { question } = state;
  const { second, agreement } = await ask("open", { question: question.name });
  Object.assign(question, { second, agreement });
}

// --- what is shown

const label = (member) => state.names?.get(member.id) ?? member.label;

function show(failure = "") {
  const { current, question } = state;
  complain("");
  $("end").hidden = true;
  $("mark").hidden = $("text").hidden = $("members").hidden = !current;
  $("before").hidden = true;
  if (current) {
    showAnswer(current.group, question, label);
    showMembers(current.group, { label, takeOut, view });
    showItems(question, give);
  } else {
    finish(state, failure, { advance, enter });
  }
  for (const box of [$("answer"), $("mark")]) box.scrollTop = 0;
  if (!matchMedia("(min-width: 42.01rem)").matches) $("answer").scrollIntoView();
  $("heading").focus({ preventScroll: true });
  if (!current) return;
  work(); // with the focus where it belongs: comments that have it are not changed
  fetchNames();
}

function work(touched = false) {
  const { current, question } = state;
  if (touched) { current.touched = true; complain(""); }
  showWork(current.work, sum(current.work, question));
  showOffered(question.comments, current.work.comment, useComment);
}

async function fetchNames() {
  if (!state.names || !state.current) return;
  const { group } = state.current;
  const ids = group.members.map((member) => member.id).filter((id) => !state.names.has(id));
  if (!ids.length) return;
  try {
    const { names } = await ask("names", { question: state.question.name, ids });
    for (const [id, name] of Object.entries(names)) state.names?.set(id, name);
    if (state.current?.group === group) showLabels(group, label);
  } catch (error) { tell(error.message); }
}

// --- what a grader does

function give(id) {
  toggle(state.current.work, id);
  work(true);
}

function useComment(text) {
  state.current.work.comment = text;
  $("comment").focus();
  work(true);
}

async function save() {
  if (busy) return;
  const { current, question, second } = state;
  if (!current) return $("end").querySelector("button")?.click();
  let given;
  try {
    given = typedPoints(current.work, question);
  } catch (error) { return complain(error.message); }
  if (!await saved()) return;
  saving = { key: current.group.key };
  saving.done = send(current, question, second, given);
  if (state.ahead.length || await saved()) advance();
}

// Waits for a save that is on its way; whether it went well.
async function saved() {
  if (!saving) return true;
  setBusy(true);
  const fine = await saving.done;
  setBusy(false);
  return fine;
}

async function send(current, question, second, given) {
  const { group, work: { items, comment } } = current;
  const slow = setTimeout(() => tell(`Saving ${answers(group.size)} …`), 400);
  try {
    const reply = await ask("save", { question: question.name, ids: group.members.map((member) => member.id), items: [...items],
      points: given, comment: comment.trim(), second, key: group.key });
    kept.delete(place(question, group));
    question.comments = reply.comments ?? question.comments;
    if (reply.undo) state.saves.push({ question: question.name, token: reply.undo, work: current.work });
    saving = null;
    if (second) question.second -= reply.saved;
    if (state.question === question) {
      count(reply);
      if (state.current) { work(); if (!state.ahead.length) look().catch(() => {}); }
    }
    tell(`Saved: ${answers(reply.saved)}, ${points(reply.points)}`);
    return true;
  } catch (error) {
    saving = null;
    if (state.current && state.current !== current) state.ahead.unshift(state.current);
    state.current = current;
    current.touched = true;
    show();
    complain(`Not saved: ${error.message} Save to try again.`);
    return false;
  } finally {
    clearTimeout(slow);
  }
}

async function undo() {
  if (busy || !await saved()) return;
  const last = state.saves.at(-1);
  if (!last) return tell("Nothing to undo");
  try {
    if (last.question !== state.question.name) await enter(last.question);
    const reply = await ask("undo", { token: last.token });
    state.saves.pop();
    if (state.current) state.ahead.unshift(state.current);
    state.current = reply.group && { group: reply.group, work: last.work, touched: true };
    count(reply);
    show();
    tell(reply.group ? `Undone: ${answers(reply.group.size)} to mark again` : "Undone");
  } catch (error) { tell(`Not undone: ${error.message}`); }
}

function putAside() {
  const { current } = state;
  if (current?.touched) kept.set(place(state.question, current.group), current.work);
}

function skip() {
  if (busy || !state.current) return;
  const { group } = state.current;
  putAside();
  state.skipped.set(group.key, group.size);
  release(state.question.name, [group.key]);
  state.current = null;
  advance();
}

async function takeOut(member) {
  const { current, question } = state;
  if (!current || current.group.size === 1) return;
  try {
    const reply = await ask("take_out", { question: question.name, id: member.id, key: current.group.key });
    if (state.current !== current) return;
    current.group = reply.rest;
    state.ahead.unshift(entry(reply.group));
    show();
    tell(`${label(member)} is taken out, and comes next`);
  } catch (error) { complain(error.message); }
}

async function view(member, row) {
  if (row.querySelector(".text")) return row.querySelector(".text").remove();
  try {
    const { html } = await ask("member", { question: state.question.name, id: member.id });
    const box = document.createElement("div");
    box.className = "text";
    setHtml(box, html);
    row.append(box);
  } catch (error) { tell(error.message); }
}

async function enter(name, second = false) {
  if (busy || !await saved()) return;
  if (state.question) {
    putAside();
    release(state.question.name, held());
  }
  setBusy(true);
  try {
    const question = await ask("open", { question: name });
    Object.assign(state, { question, second, current: null, ahead: [], skipped: new Map() });
    asking = null;
    setHtml($("question").querySelector(".text"), question.text);
    setHtml($("model").querySelector(".text"), question.answer);
    count(question);
  } catch (error) {
    setBusy(false);
    return state.current ? complain(error.message) : showEnd("This question did not open", error.message, [["Try again", () => enter(name)]]);
  }
  setBusy(false);
  await advance();
}

function edit() {
  const { question } = state;
  editRubric(question, async (items) => {
    const reply = await ask("set_items", { question: question.name, items });
    question.items = reply.items;
    if (state.question === question && state.current) {
      const there = new Set(question.items.map((item) => item.id));
      for (const { work: one } of [state.current, ...state.ahead]) one.items.forEach((id) => there.has(id) || one.items.delete(id));
      showItems(question, give);
      work();
    }
    return reply;
  });
}

function toggleNames() {
  state.names = state.names ? null : new Map();
  $("names").setAttribute("aria-pressed", String(Boolean(state.names)));
  if (!state.current) return;
  showLabels(state.current.group, label);
  fetchNames();
}

function nextQuestion() {
  const { questions } = state.overview;
  const here = questions.findIndex((one) => one.name === state.question.name);
  enter(questions[(here + 1) % questions.length].name);
}

function move(step) {
  const here = memberRows().indexOf(document.activeElement), next = Math.max(here + step, 0);
  if (!memberRows()[next]) $("members").querySelector("details:not([open])")?.setAttribute("open", "");
  memberRows()[next]?.focus();
}

function ofMember(does) {
  const row = document.activeElement?.closest("#members li");
  const member = row && state.current.group.members.find((one) => one.id === row.dataset.id);
  if (member) does(member, row);
  else tell(state.current.group.size > 1 ? "Choose an answer with ↓ first" : "This answer is in no group");
}

const ALWAYS = {
  Enter: save, u: undo, n: toggleNames, q: nextQuestion, "?": () => $("keys").showModal(),
  m: () => { $("model").open = !$("model").open; },
};
const WITH_AN_ANSWER = {
  c: () => $("comment").focus(), p: () => $("points").select(), s: skip, e: edit, 0: () => give(null),
  o: () => ofMember(takeOut), v: () => ofMember(view), ArrowDown: () => move(1), ArrowUp: () => move(-1),
};

function keyDoes(key) {
  if (busy || !state.question) return null;
  if (!state.current) return ALWAYS[key];
  if (key.startsWith("Arrow") && state.current.group.size === 1) return null; // the page scrolls
  const item = state.question.items.find((one) => one.key === key);
  return item ? () => give(item.id) : WITH_AN_ANSWER[key] ?? ALWAYS[key];
}

// --- the start

listen(keyDoes);
$("mark").addEventListener("submit", (event) => { event.preventDefault(); save(); });
$("comment").addEventListener("input", () => { state.current.work.comment = $("comment").value; work(true); });
$("points").addEventListener("input", () => { state.current.work.points = $("points").value; work(true); });
for (const [id, does] of Object.entries({ undo, skip, edit, names: toggleNames, help: ALWAYS["?"] })) {
  $(id).addEventListener("click", () => does());
}
addEventListener("beforeunload", (event) => { if (saving || state.current?.touched || kept.size) event.preventDefault(); });
addEventListener("pagehide", () => { if (state.question) release(state.question.name, held()); });
setInterval(() => {
  if (state.current && document.visibilityState === "visible") {
    ask("renew", { question: state.question.name, keys: held() }).catch(() => {});
  }
}, 120_000);

const wanted = new URLSearchParams(location.search).get("question");
// The token opens everything: it does not stay in the address line.
history.replaceState(null, "", location.pathname + (wanted ? `?question=${encodeURIComponent(wanted)}` : ""));
$("question").open = $("model").open = matchMedia("(min-width: 68.01rem)").matches;
try {
  state.overview = await ask("overview");
  const { questions, title } = state.overview;
  document.title = `Marking: ${title}`;
  await enter((questions.find((one) => one.name === wanted) ?? questions.find((one) => one.waiting) ?? questions[0]).name);
} catch (error) {
  showEnd("The page did not open", error.message, [["Try again", () => location.reload()]]);
}
