// <issue-board>: cards are dragged with SortableJS and moved with Alt+↑/↓; the server has the order.
import { say } from "./desk.js";

const WIDE = matchMedia("(min-width: 48rem)");

class IssueBoard extends HTMLElement {
  connectedCallback() {
    if (!this.hasAttribute("data-movable")) return;
    this.addEventListener("keydown", (event) => this.key(event));
    if (!WIDE.matches) return;
    this.lists = [...this.querySelectorAll("ol[data-section]")].map((list) =>
      window.Sortable.create(list, {
        group: "board",
        draggable: ".item-card",
        filter: "button, .tool",
        preventOnFilter: false,
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
        emptyInsertThreshold: 40,
        onStart: () => { this.before = this.order(); },
        onEnd: (event) => this.dropped(event),
      }));
  }

  disconnectedCallback() {
    for (const list of this.lists ?? []) list.destroy();
  }

  order() {
    const lists = [...this.querySelectorAll("ol[data-section]")];
    return lists.map((list) => [
      list.dataset.section,
      [...list.querySelectorAll(".item-card")].map((card) => Number(card.dataset.item)),
    ]);
  }

  async dropped(event) {
    const order = this.order();
    if (JSON.stringify(order) === JSON.stringify(this.before)) return;
    const { before } = this;
    event.item.classList.add("saving");
    const lost = () => this.putBack(before, event.item);
    this.addEventListener("htmx:responseError", lost, { once: true });
    // a refusal by the server resolves the promise, a lost network rejects it
    await window.htmx.ajax("POST", this.dataset.order, {
      source: this,
      target: this,
      swap: "outerHTML",
      values: {
        version: this.querySelector("[name=version]").value,
        sections: JSON.stringify(Object.fromEntries(order)),
      },
    }).catch(lost);
  }

  putBack(order, card) {
    for (const [section, items] of order) {
      const list = this.querySelector(`ol[data-section="${section}"]`);
      for (const item of items) {
        list.insertBefore(this.querySelector(`[data-item="${item}"]`), list.querySelector(".drop-hint"));
      }
    }
    card.classList.remove("saving");
    say(this.dataset.lost);
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229 || !event.altKey || event.ctrlKey) return;
    const name = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const card = event.target.closest(".item-card");
    if (!name || !card) return;
    event.preventDefault();
    card.querySelector(`[value="${name}"]`).click();
  }
}
customElements.define("issue-board", IssueBoard);

// the dialog with the sections opens when its content has come, and closes with the answer
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "move-dialog") event.detail.target.showModal();
  if (event.detail.target.id === "board") document.getElementById("move-dialog")?.close();
});
document.addEventListener("click", (event) => {
  const cancel = event.target.closest("#move-dialog [data-cancel]");
  if (!cancel) return;
  event.preventDefault();
  cancel.closest("dialog").close();
});
