// Ticked rows: x ticks, Shift+X ticks up to here, and the bar above the list acts on them.
import { say, word } from "./desk.js";
import { askTakeTicked } from "./triage-decisions.js";

const rows = () => [...document.querySelectorAll("#rows > .row")];
const box = (row) => row?.querySelector('input[name="ids"]');
const ticked = () => [...document.querySelectorAll('#rows input[name="ids"]:checked')];
let lastTicked = null;

export function tick(row) {
  if (!box(row)) return;
  box(row).checked = !box(row).checked;
  lastTicked = row;
  countTicked();
}

export function tickRange(row) {
  const all = rows();
  const [from, to] = [all.indexOf(lastTicked ?? row), all.indexOf(row)].sort((a, b) => a - b);
  for (const each of all.slice(from, to + 1)) if (box(each)) box(each).checked = true;
  countTicked();
}

export function countTicked() {
  const said = document.querySelector(".bulk-said");
  if (said) said.textContent = counted();
}

function counted() {
  return document.querySelector(".bulk-said").dataset.word.replace("{n}", ticked().length);
}

export function bulk(verb) {
  if (!ticked().length) return say(word("empty_selection"));
  if (verb === "take") return askTakeTicked(ticked().map((each) => each.closest(".row")), counted());
  return document.querySelector(`[data-bulk="${verb}"]`)?.click();
}

export function noteTicked(row) {
  lastTicked = row;
  countTicked();
}
