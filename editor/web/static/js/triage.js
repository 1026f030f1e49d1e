// The triage list: the current row, the reading pane, keys and clicks.
import { listen } from "./keys.js";
import { UNDECIDED, askMerge, askRepeat, askSpike, askTake, at, back, decide, path, send } from "./triage-decisions.js";
import { bulk, countTicked, noteTicked, tick, tickRange } from "./triage-selection.js";

const rows = () => [...document.querySelectorAll("#rows > .row")];
const current = () => document.querySelector('#rows > [aria-current="true"]');

let reading = 0;

function select(row, { focus = true, read = true } = {}) {
  if (!row) return;
  const before = current();
  if (before) {
    before.removeAttribute("aria-current");
    before.tabIndex = -1;
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

function move(verb, states) {
  const row = current();
  if (!row?.matches(states)) return;
  decide(row, verb);
}

// --- keys and clicks ---

const actions = {
  j: () => step(1),
  k: () => step(-1),
  o: () => { open(current()); at("reader").focus(); },
  enter: (event) => (event.target.closest("a, button") ? false : actions.o()),
  escape: () => { closeReader(); current()?.focus(); },
  v: () => { if (current()?.dataset.url) window.open(current().dataset.url, "_blank", "noopener"); },
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
  z: () => send("/triage/undo", { source: at("rows") ?? document.body, target: "#reader", swap: "none" }),
  c: () => document.querySelector("#reader .alike")?.scrollIntoView(),
  t: () => regroup("t"),
  l: () => regroup("l"),
  m: () => askMerge(current()),
  "g i": () => { location.href = "/triage"; },
  "g r": () => { location.href = "/triage"; },
  "g b": () => document.querySelector('.menu a[href$="/board"]')?.click(),
  "/": () => at("search")?.focus(),
  "?": () => at("key-help").showModal(),
};

// the buttons beside the reprints of the text that is being read; no reprints, no buttons
function regroup(key) {
  const button = document.querySelector(`#reader .alike [data-key="${key}"]`);
  button?.click();
  return Boolean(button);
}

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
  if (event.target.closest('[data-bulk="take"]')) {
    event.preventDefault();
    return bulk("take");
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
    noteTicked(event.target.closest(".row"));
  }
  const form = event.target.closest("[data-autosubmit]");
  if (form && event.target.matches("select, [type=checkbox]")) form.requestSubmit();
});

// a swapped row keeps its place; a decision hands on to the next row that waits
document.addEventListener("htmx:afterSwap", (event) => {
  const { target, requestConfig, xhr } = event.detail;
  if (!target?.id?.startsWith("row-") || current()) return;
  const row = at(target.id);
  const stays = requestConfig.path.endsWith("/star") || xhr.status >= 400;
  if (stays) select(row, { read: false });
  else onward(row);
  countTicked();
});
document.addEventListener("htmx:oobAfterSwap", countTicked);

class TriageDesk extends HTMLElement {
  connectedCallback() {
    if (this.dataset.keys === "on") listen(actions);
    else listen({ "?": actions["?"] });
    select(rows().find((row) => row.matches(UNDECIDED)) ?? rows()[0], { focus: false });
  }
}
customElements.define("triage-desk", TriageDesk);
