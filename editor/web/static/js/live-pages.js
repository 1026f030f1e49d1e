// <live-pages>: the numbers of the last layout. It asks as soon as the server says, never while
// nobody looks, and puts what has changed where the board shows it.
import { word } from "./desk.js";

const AFTER_FAILURE = 5000;

class LivePages extends HTMLElement {
  connectedCallback() {
    this.asked = Number(this.dataset.asked);
    this.addEventListener("htmx:configRequest", (event) => this.tell(event));
    this.addEventListener("htmx:afterRequest", (event) => this.answered(event));
    for (const mark of [...(this.querySelector("template")?.content.children ?? [])]) place(mark);
    this.later(Number(this.dataset.delay));
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  later(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), delay);
  }

  // a page that nobody sees asks again once it is seen
  ask() {
    if (document.hidden) {
      document.addEventListener("visibilitychange", () => this.isConnected && this.ask(), { once: true });
    } else window.htmx.trigger(this, "ask");
  }

  tell(event) {
    const { known } = this.dataset;
    const { shape } = this.closest("issue-board").dataset;
    Object.assign(event.detail.parameters, { known, shape, asked: this.asked });
  }

  // what was swapped in asks by itself; after the login has gone nobody asks
  answered(event) {
    if (event.target !== this || !this.isConnected) return;
    const { status } = event.detail.xhr;
    this.asked += 1;
    if (status === 204) {
      delete this.dataset.away;
      this.later(Number(this.dataset.delay));
    } else if (status !== 401) {
      this.dataset.away = word("away");
      this.later(AFTER_FAILURE);
    }
  }
}
customElements.define("live-pages", LivePages);

// what the server sent for a mark: the one on the page may have got attributes from others
const sent = new WeakMap();

function place(mark) {
  const shown = document.getElementById(mark.id);
  const html = mark.outerHTML;
  if (!shown || sent.get(shown) === html || shown.isEqualNode(mark)) return;
  const focused = shown.contains(document.activeElement);
  // what somebody has unfolded stays unfolded
  if (shown.querySelector("details[open]")) mark.querySelector("details")?.setAttribute("open", "");
  shown.replaceWith(mark);
  window.htmx.process(mark);
  sent.set(mark, html);
  if (focused) mark.querySelector("a, summary")?.focus();
}
