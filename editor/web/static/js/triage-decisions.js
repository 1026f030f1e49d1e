// Decisions about a candidate and the dialogs that ask for more. Each is a form POST of the server's.
export const UNDECIDED = '[data-state="new"], [data-state="shortlisted"]';
export const at = (id) => document.getElementById(id);
export const back = () => document.querySelector('#queue-form [name="back"]')?.value ?? "";
export const path = (id, verb = "") => `/triage/${id}${verb && `/${verb}`}`;

// a failure has already been said by desk.js, which listens to htmx's events
export function send(address, options, values = {}) {
  return htmx.ajax("POST", address, { ...options, values: { back: back(), ...values } }).catch(() => {});
}

export function decide(row, verb, values = {}) {
  if (!row) return undefined;
  return send(path(row.dataset.row, verb), { source: row, target: row, swap: "outerHTML" }, values);
}

let asked = null;

function ask(id, row) {
  if (!row?.matches(UNDECIDED)) return null;
  asked = row;
  const dialog = at(id);
  dialog.querySelector("[data-title]").textContent = row.dataset.title;
  dialog.showModal();
  return dialog;
}

export function askTake(row) {
  const dialog = ask("take-dialog", row);
  if (dialog) offer(dialog, row.dataset.section);
}

// one question for all that are ticked; what has no suggestion is left where it is
export function askTakeTicked(rows, title) {
  asked = null;
  const dialog = at("take-dialog");
  dialog.querySelector("[data-title]").textContent = title;
  const sections = new Set(rows.map((row) => row.dataset.section));
  dialog.showModal();
  offer(dialog, sections.size === 1 ? [...sections][0] : "", { several: rows.some((row) => row.dataset.section) });
}

// without a suggestion nothing is lit, and Enter takes nothing
function offer(dialog, section, { several = false } = {}) {
  dialog.querySelector("[data-several]")?.toggleAttribute("hidden", !several);
  const choices = [...dialog.querySelectorAll("[data-take]")];
  const named = choices.find((each) => section && each.dataset.name === section);
  const guess = named ?? (several ? choices.find((each) => each.dataset.take === "") : undefined);
  for (const each of choices) each.classList.toggle("guessed", each === guess);
  dialog.querySelector("[data-guessed]")?.toggleAttribute("hidden", !guess);
  dialog.querySelector("[data-unguessed]")?.toggleAttribute("hidden", Boolean(guess));
  (guess ?? at("take-head")).focus();
}

export function askSpike(row) {
  const dialog = ask("spike-dialog", row);
  if (dialog) at("spike-reason").value = "";
}

// one dialog for two questions: which one it repeats (spiked then), or which to put it with
let merging = false;

export const askRepeat = (row) => askOther(row, false);
export const askMerge = (row) => askOther(row, true);

function askOther(row, whether) {
  const dialog = ask("repeat-dialog", row);
  if (!dialog) return;
  merging = whether;
  at("repeat-text").value = "";
  for (const each of dialog.querySelectorAll("[data-repeating]")) each.hidden = merging;
  for (const each of dialog.querySelectorAll("[data-merging]")) each.hidden = !merging;
  if (merging) at("repeat-text").focus();
  listOthers("");
}

function listOthers(text) {
  const query = new URLSearchParams({ text, ...(merging && { merging: "1" }) });
  htmx.ajax("GET", `${path(asked.dataset.row, "repeats")}?${query}`, { target: "#repeats", swap: "outerHTML" });
}

function takeTicked(section) {
  at("bulk-section").value = section;
  htmx.trigger(document.querySelector('[data-bulk="take"]'), "decided");
  at("bulk-section").value = "";
}

at("take-dialog").addEventListener("keydown", (event) => {
  const digit = /^(Digit|Numpad)([0-9])$/.exec(event.code)?.[2];
  if (digit) at("take-dialog").querySelector(`li:not([hidden]) > [data-digit="${digit}"]`)?.click();
});
at("take-dialog").addEventListener("click", (event) => {
  const choice = event.target.closest("[data-take]");
  if (!choice) return;
  at("take-dialog").close();
  if (asked) decide(asked, "take", { section_id: choice.dataset.take });
  else takeTicked(choice.dataset.take);
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
  if (!event.isComposing) searching = setTimeout(() => listOthers(event.target.value), 300);
});
