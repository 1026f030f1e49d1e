// What every page needs: tokens for htmx, toasts, errors in words, dialogs. Words come from the page.
const strings = JSON.parse(document.getElementById("strings")?.textContent ?? "{}");
const token = () => document.querySelector('meta[name="csrf-token"]').content;

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token();
  if (document.hidden) event.detail.headers["X-Hidden"] = "1";
});

class UndoToast extends HTMLElement {
  connectedCallback() {
    this.addEventListener("pointerenter", () => this.hold());
    this.addEventListener("focusin", () => this.hold());
    this.addEventListener("pointerleave", () => this.start());
    this.addEventListener("focusout", () => this.start());
    this.start();
  }

  hold() {
    clearTimeout(this.timer);
  }

  start() {
    clearTimeout(this.timer);
    if (this.childElementCount) this.timer = setTimeout(() => this.replaceChildren(), 12000);
  }
}
customElements.define("undo-toast", UndoToast);

export function say(text) {
  const toast = document.getElementById("toast");
  const body = document.createElement("div");
  body.className = "toast-body";
  body.setAttribute("role", "alert");
  body.textContent = text;
  toast.replaceChildren(body);
  toast.start();
}

export function announce(text) {
  document.getElementById("live").textContent = text;
}

export function word(key) {
  return strings[key] ?? "";
}

// a failure leaves the page as it is and says in words what happened
document.addEventListener("htmx:beforeSwap", (event) => {
  const sentence = event.detail.xhr.getResponseHeader("X-Sentence");
  if (sentence) say(decodeURIComponent(sentence));
});
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const sentence = xhr.getResponseHeader("X-Sentence");
  if (xhr.status === 401) say(word("expired"));
  else if (!sentence) say(word("failed"));
  unsaved(event.detail.elt);
});
document.addEventListener("htmx:sendError", (event) => {
  // the board's numbers save nothing, ask again and say by themselves that they may be old
  if (event.detail.elt.matches("live-pages")) return;
  document.getElementById("offline").hidden = false;
  unsaved(event.detail.elt);
});
document.addEventListener("htmx:afterOnLoad", () => {
  document.getElementById("offline").hidden = true;
});

function unsaved(element) {
  element.closest("[data-row]")?.setAttribute("data-unsaved", word("unsaved"));
}

// old content stays while new is on its way; after 300 ms it says so
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target } = event.detail;
  if (event.detail.elt.closest(".progress")) return;
  target.busy = setTimeout(() => target.setAttribute("aria-busy", "true"), 300);
});
document.addEventListener("htmx:afterRequest", (event) => {
  clearTimeout(event.detail.target?.busy);
  event.detail.target?.removeAttribute("aria-busy");
});

// a plain form that takes its time says so on its button and cannot be sent twice
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  button.textContent = button.dataset.busy;
  setTimeout(() => { button.disabled = true; });
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.own-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
