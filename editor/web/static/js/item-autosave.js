// Saves the item's form 800 ms after the last change. What is not saved is said, and never dropped.
import { announce, word } from "./desk.js";

const PAUSE = 800;
const RETRIES = [2000, 5000, 15000];
const form = document.getElementById("item-form");
const body = form.querySelector("body-editor");
const shown = document.getElementById("save-state");
const conflict = document.getElementById("conflict");
const words = JSON.parse(document.getElementById("save-words").textContent);
const state = { dirty: false, saving: false, conflict: false, reload: false, timer: 0, tries: 0 };
let token = document.querySelector('meta[name="csrf-token"]').content;

function show(name, text) {
  shown.dataset.state = name;
  shown.querySelector(".save-text").textContent = text;
}

function changed() {
  state.dirty = true;
  state.tries = 0;
  if (state.conflict) return;
  if (!state.saving) show("unsaved", words.unsaved);
  later(PAUSE);
}

function later(delay) {
  clearTimeout(state.timer);
  state.timer = setTimeout(save, delay);
}

form.addEventListener("input", (event) => { if (event.target.name) changed(); });
form.addEventListener("change", (event) => { if (event.target.name) changed(); });
form.addEventListener("rows-changed", changed);
form.addEventListener("body-change", changed);
form.addEventListener("compositionend", () => { if (state.dirty) later(PAUSE); });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  state.dirty = true;
  save();
});
for (const outside of document.querySelectorAll('[form="item-form"][name]')) {
  outside.addEventListener("change", () => { if (outside.name !== "note") changed(); });
}
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.code !== "KeyS") return;
  event.preventDefault();
  state.dirty = true;
  save();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden && state.dirty && !state.conflict) save();
});
addEventListener("beforeunload", (event) => {
  if (state.dirty || state.saving) event.preventDefault();
});

async function save(choose = "") {
  clearTimeout(state.timer);
  if (state.saving || (!state.dirty && !choose) || (state.conflict && !choose)) return;
  if (body?.composing) return later(PAUSE);
  const data = new FormData(form);
  if (body?.editor) data.set("tree", body.tree());
  if (choose) data.set("choose", choose);
  state.saving = true;
  state.dirty = false;
  show("saving", words.saving);
  const answer = await send(data);
  state.saving = false;
  await take(answer, choose);
}

async function send(data) {
  try {
    return await fetch(form.action, {
      method: "POST",
      body: data,
      headers: { "HX-Request": "true", "X-CSRFToken": token },
    });
  } catch {
    return null; // no network: the retry below says so
  }
}

async function take(answer, choose) {
  if (answer?.ok) return saved(await answer.json(), choose);
  state.dirty = true;
  if (answer?.status === 409) return stale(answer);
  if (answer?.status === 422) return refused(await answer.json());
  const sentence = answer?.headers.get("X-Sentence");
  const reason = answer?.status === 401 ? word("expired") : sentence && decodeURIComponent(sentence);
  show("failed", `${words.unsaved} · ${reason || word("offline")}`);
  retry(answer);
}

// 2, 5 and 15 seconds; then the button is left
function retry(answer) {
  const delay = RETRIES[state.tries];
  state.tries += 1;
  if (answer && [400, 401].includes(answer.status)) freshToken();
  if (delay) later(delay);
  else announce(shown.textContent);
}

// after a new login in another tab the old token no longer holds
async function freshToken() {
  const page = await fetch(location.href, { headers: { "X-Poll": "1" } }).catch(() => null);
  const found = page?.ok && /name="csrf-token" content="([^"]+)"/.exec(await page.text());
  if (found) [, token] = found;
}

function saved(result, choose) {
  if (choose) leaveConflict();
  if (choose === "theirs") return location.reload();
  for (const held of form.querySelectorAll("[data-base]")) held.value = result.revision;
  form.elements.section_was.value = form.elements.section?.value ?? "";
  const { kind_was: before } = form.elements;
  // books have fields of their own, which the page brings
  state.reload ||= before.value !== result.kind && [before.value, result.kind].includes("books");
  before.value = result.kind;
  for (const place of document.querySelectorAll("[data-characters]")) {
    place.textContent = place.dataset.characters.replace("{n}", result.characters);
  }
  const note = form.elements.note;
  if (note) note.value = "";
  mark({});
  state.tries = 0;
  document.dispatchEvent(new CustomEvent("item-saved", { detail: result }));
  if (state.dirty) return changed();
  if (state.reload) return location.reload();
  show("saved", words.saved.replace("{at}", result.at).replace("{number}", result.revision));
}

async function stale(answer) {
  const html = await answer.text();
  const sentence = answer.headers.get("X-Sentence");
  if (sentence) return show("failed", `${words.unsaved} · ${decodeURIComponent(sentence)}`);
  state.conflict = true;
  show("conflict", words.conflict);
  conflict.replaceChildren(document.createRange().createContextualFragment(html));
  conflict.scrollIntoView({ block: "center" });
  conflict.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const base = event.target.elements.base.value;
    for (const held of form.querySelectorAll("[data-base]")) held.value = base;
    save(event.submitter.value);
  });
  announce(conflict.querySelector("[role=alert]").textContent);
}

function leaveConflict() {
  state.conflict = false;
  conflict.replaceChildren();
}

function refused({ sentence, fields }) {
  show("failed", `${words.unsaved} · ${Object.values(fields)[0] ?? sentence}`);
  mark(fields);
}

function mark(fields) {
  for (const element of form.querySelectorAll("[data-field-name]")) {
    element.classList.toggle("wrong", element.dataset.fieldName in fields);
  }
  for (const element of form.querySelectorAll(".field")) {
    const named = element.querySelector("[name]");
    if (named) element.classList.toggle("wrong", named.name in fields);
  }
}

document.getElementById("save-now").hidden = false;
