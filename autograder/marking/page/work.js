// What a grader has typed for a group, until it is saved.

import { number } from "./show.js";

// Starts with what is known: a mark that was not saved, or that is asked for again.
export function workOn(group) {
  const start = group.draft ?? group.members[0].before;
  const typed = start && (group.draft || !start.items.length) ? start.points : null;
  return {
    items: new Set(start?.items),
    none: false, // no points, and said so
    points: typed === null ? "" : String(typed), // instead of the items' sum
    comment: start?.comment ?? "",
  };
}

export function toggle(work, id) {
  if (id === null) {
    work.none = !work.none;
    work.items.clear();
  } else {
    work.none = false;
    if (!work.items.delete(id)) work.items.add(id);
  }
  work.points = "";
}

// The items' points, as the server adds them up; null if nothing is given yet.
export function sum(work, question) {
  if (!work.items.size) return work.none ? 0 : null;
  const total = question.items.reduce((all, item) => all + (work.items.has(item.id) ? item.points : 0), 0);
  return Math.min(Math.max(total, 0), question.max_points);
}

// The points to save if they are not the items' sum; null if they are. An error says what is wrong.
export function typedPoints(work, question) {
  const text = work.points.trim().replace(",", ".");
  if (!text && sum(work, question) !== null) return null;
  if (!text) throw new Error("Nothing is given yet: choose an item, No points, or type points.");
  const value = Number(text);
  if (value >= 0 && value <= question.max_points) return value;
  throw new Error(`Points must be a number from 0 to ${number(question.max_points)}, got ${text}.`);
}
