// <page-preview>: ← and → turn pages, Esc closes it; a page that does not come is said in words.
import { announce } from "./desk.js";

class PagePreview extends HTMLElement {
  connectedCallback() {
    const close = this.querySelector("[data-close]");
    // beside the board it can be closed; on its own page there is nothing behind it
    close.hidden = !this.closest("#page-preview");
    close.addEventListener("click", () => this.close());
    this.addEventListener("keydown", (event) => this.key(event));
    // new numbers bring the same page anew: who turns pages by key goes on turning them
    this.addEventListener("htmx:beforeSwap", () => {
      PagePreview.held = this.contains(document.activeElement);
    });
    const picture = this.querySelector("img");
    picture?.addEventListener("error", () => {
      picture.hidden = true;
      this.querySelector(".preview-missing").hidden = false;
    });
    if (PagePreview.turning || PagePreview.held) this.querySelector(".preview-sheet")?.focus();
    if (PagePreview.turning) announce(this.querySelector("h2").textContent);
    PagePreview.turning = PagePreview.held = false;
  }

  key(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
    if (step) this.turn(step, event);
    else if (event.key === "Escape" && this.closest("#page-preview")) this.close();
  }

  turn(step, event) {
    const link = this.querySelector(`[data-step="${step}"]`);
    if (!link) return;
    event.preventDefault();
    PagePreview.turning = true;
    link.click();
  }

  close() {
    const { opener, place } = PagePreview;
    this.remove();
    // new numbers may have replaced the link meanwhile
    (opener?.isConnected ? opener : document.getElementById(place)?.querySelector("a"))?.focus();
  }
}
customElements.define("page-preview", PagePreview);

// what opened it gets the focus back; opened, the page takes it, so that the arrows turn it
document.addEventListener("click", (event) => {
  const link = event.target.closest('[hx-target="#page-preview"]');
  if (!link) return;
  PagePreview.opener = link;
  PagePreview.place = link.closest("[id]")?.id;
  PagePreview.turning = true;
});
