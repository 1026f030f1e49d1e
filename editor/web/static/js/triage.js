// The triage list: keys, the reading pane, dialogs. Every decision is a form POST of the server's.
import { announce, say, word } from "./desk.js";
import { listen } from "./keys.js";

const UNDECIDED = '[data-state="new"], [data-state="shortlisted"]';
const rows = () => [...document.querySelectorAll("#rows > .row")];
const current = () => document.querySelector('#rows > [aria-current="true"]');
const back = () => document.querySelector('#queue-form [name="back"]')?.value ?? "";
const at = (id) => document.getElementById(id);
const path = (id, verb = "") => `/triage/${id}${verb && `/${verb}`}`;

let reading = 0;

function select(row, { focus = true, read = true } = {}) {
  if (!row) return;
  for (const other of rows()) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  row.setAttribute("aria-current", "true");
  row.tabIndex = 0;
  if (focus) {
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  clearTimeout(reading);
  if (read && wide()) reading = setTimeout(() => open(row), 120);
}

function open(row) {
  if (!row || row.classList.contains("strip")) return;
  if (document.querySelector("#reader > [data-candidate]")?.dataset.candidate === row.dataset.row) return;
  htmx.ajax("GET", `${path(row.dataset.row)}?back=${encodeURIComponent(back())}`, { target: "#reader", swap: "innerHTML" });
}

const wide = () => matchMedia("(min-width: 60rem)").matches;

function step(by) {
  const all = rows();
  select(all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + by))]);
}

function onward(row) {
  const all = rows();
  const from = all.indexOf(row);
  const next = all.slice(from + 1).find((each) => each.matches(UNDECIDED))
    ?? all.slice(0, from).reverse().find((each) => each.matches(UNDECIDED));
  select(next ?? row);
}

function decide(row, verb, values = {}) {
  if (!row) return undefined;
  return htmx.ajax("POST", path(row.dataset.row, verb), {
    source: row, target: row, swap: "outerHTML", values: { back: back(), ...values },
  });
}

function move(verb, states) {
  const row = current();
  if (!row?.matches(states)) return;
  decide(row, verb);
}

// --- dialogs ---

let asked = null;

function ask(id, row) {
  if (!row?.matches(UNDECIDED)) return null;
  asked = row;
  const dialog = at(id);
  dialog.querySelector("[data-title]").textContent = row.dataset.title;
  dialog.showModal();
  return dialog;
}

function askTake(row) {
  const dialog = ask("take-dialog", row);
  if (!dialog) return;
  const choices = [...dialog.querySelectorAll("[data-take]")];
  const guess = choices.find((each) => each.dataset.name === row.dataset.section) ?? choices[0];
  for (const each of choices) each.classList.toggle("guessed", each === guess);
  guess?.focus();
}

function askSpike(row) {
  const dialog = ask("spike-dialog", row);
  if (dialog) at("spike-reason").value = "";
}

function askRepeat(row, text = "") {
  const dialog = at("repeat-dialog").open ? at("repeat-dialog") : ask("repeat-dialog", row);
  if (!dialog) return;
  htmx.ajax("GET", `${path(asked.dataset.row, "repeats")}?text=${encodeURIComponent(text)}`, { target: "#repeats", swap: "outerHTML" });
}

at("take-dialog").addEventListener("keydown", (event) => {
  const digit = /^(Digit|Numpad)([1-9])$/.exec(event.code)?.[2];
  if (digit) at("take-dialog").querySelector(`[data-digit="${digit}"]`)?.click();
});
at("take-dialog").addEventListener("click", (event) => {
  const choice = event.target.closest("[data-take]");
  if (!choice) return;
  at("take-dialog").close();
  decide(asked, "take", { section_id: choice.dataset.take });
});
at("spike-dialog").addEventListener("close", () => {
  if (at("spike-dialog").returnValue === "yes") decide(asked, "spike", { reason: at("spike-reason").value });
  at("spike-dialog").returnValue = "";
});
at("repeat-dialog").addEventListener("click", (event) => {
  const choice = event.target.closest("[data-repeats]");
  if (!choice) return;
  at("repeat-dialog").close();
  const original = choice.dataset.repeats;
  decide(asked, "spike", original ? { reason: "duplicate", duplicate_of: original } : { reason: "duplicate" });
});
let searching = 0;
at("repeat-text").addEventListener("input", (event) => {
  clearTimeout(searching);
  if (!event.isComposing) searching = setTimeout(() => askRepeat(asked, event.target.value), 300);
});

// --- the selection ---

const box = (row) => row?.querySelector('input[name="ids"]');
const ticked = () => [...document.querySelectorAll('#rows input[name="ids"]:checked')];
let lastTicked = null;

function tick(row) {
  if (!box(row)) return;
  box(row).checked = !box(row).checked;
  lastTicked = row;
  countTicked();
}

function tickRange(row) {
  const all = rows();
  const [from, to] = [all.indexOf(lastTicked ?? row), all.indexOf(row)].sort((a, b) => a - b);
  for (const each of all.slice(from, to + 1)) if (box(each)) box(each).checked = true;
  countTicked();
}

function countTicked() {
  const said = document.querySelector(".bulk-said");
  if (said) said.textContent = said.dataset.word.replace("{n}", ticked().length);
}

function bulk(verb) {
  if (!ticked().length) return say(word("empty_selection"));
  return document.querySelector(`[data-bulk="${verb}"]`)?.click();
}

// --- keys and clicks ---

const actions = {
  j: () => step(1),
  k: () => step(-1),
  o: () => { open(current()); at("reader").focus(); },
  enter: (event) => (event.target.closest("a, button") ? false : actions.o()),
  escape: () => { closeReader(); current()?.focus(); },
  v: () => { if (current()) window.open(current().dataset.url, "_blank", "noopener"); },
  1: () => askTake(current()),
  2: () => askRepeat(current()),
  3: () => askSpike(current()),
  h: () => move("shortlist", '[data-state="new"]'),
  s: () => decide(current(), "star"),
  x: () => tick(current()),
  "shift+x": () => tickRange(current()),
  "shift+1": () => bulk("take"),
  "shift+3": () => bulk("spike"),
  "shift+h": () => bulk("shortlist"),
  z: () => htmx.ajax("POST", "/triage/undo", { source: at("rows") ?? document.body, target: "#reader", swap: "none", values: { back: back() } }),
  c: () => document.querySelector("#reader .alike")?.scrollIntoView(),
  "g i": () => { location.href = "/triage/"; },
  "g r": () => { location.href = "/triage/"; },
  "g b": () => document.querySelector('.menu a[href$="/board"]')?.click(),
  "/": () => at("search")?.focus(),
  "?": () => at("key-help").showModal(),
};

function closeReader() {
  if (!wide()) at("reader").replaceChildren();
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("#rows > .row");
  if (event.target.closest('[data-verb="take"]')) {
    event.preventDefault();
    select(row, { focus: false, read: false });
    return askTake(row);
  }
  if (event.target.closest("[data-close-reader]")) return actions.escape();
  if (!row || event.ctrlKey || event.metaKey || event.target.closest("button, input")) return undefined;
  if (event.target.closest(".row-title")) event.preventDefault();
  else if (event.target.closest("a")) return undefined;
  select(row, { read: false });
  return open(row);
});
document.addEventListener("change", (event) => {
  if (event.target.matches('#rows input[name="ids"]')) {
    lastTicked = event.target.closest(".row");
    countTicked();
  }
  const form = event.target.closest("[data-autosubmit]");
  if (form && event.target.matches("select, [type=checkbox]")) form.requestSubmit();
});

// a swapped row keeps the focus; a decided one hands it on
document.addEventListener("htmx:afterSwap", (event) => {
  const id = event.detail.target?.id;
  if (!id?.startsWith("row-") || current()) return;
  const row = at(id);
  if (row.classList.contains("strip") || !row.matches(UNDECIDED)) onward(row);
  else select(row, { read: false });
  countTicked();
});
document.addEventListener("htmx:oobAfterSwap", countTicked);

class TriageDesk extends HTMLElement {
  connectedCallback() {
    if (this.dataset.keys === "on") listen(actions);
    else listen({ "?": actions["?"] });
    select(rows().find((row) => row.matches(UNDECIDED)) ?? rows()[0], { focus: false });
    announce("");
  }
}
customElements.define("triage-desk", TriageDesk);
