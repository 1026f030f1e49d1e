// <book-cover>: a recommended book's cover: a picture is chosen, shown, changed and taken out.
import { storePicture } from "./picture-upload.js";

class BookCover extends HTMLElement {
  connectedCallback() {
    this.held = this.querySelector("input[type=hidden]");
    this.picture = this.querySelector("img");
    this.file = this.querySelector("input[type=file]");
    this.file.addEventListener("change", () => this.choose());
    this.querySelector("[data-uncover]").addEventListener("click", () => this.hold(""));
    this.querySelector(".cover-choice").hidden = false;
    this.show();
  }

  async choose() {
    const [file] = this.file.files;
    if (!file) return;
    const words = { uploading: this.dataset.uploading, not_uploaded: this.dataset.notUploaded };
    const sha256 = await storePicture(this.dataset.pictures, file, words);
    this.file.value = "";
    if (sha256) this.hold(sha256);
  }

  hold(sha256) {
    this.held.value = sha256;
    this.show();
    // the item's form saves what it hears has changed
    this.held.dispatchEvent(new Event("change", { bubbles: true }));
  }

  show() {
    const sha256 = this.held.value;
    this.picture.hidden = !sha256;
    if (sha256) this.picture.src = this.dataset.assets + sha256;
    else this.picture.removeAttribute("src");
    // the list of rows shows every button, so that this one is hidden by its style
    this.toggleAttribute("data-covered", Boolean(sha256));
  }
}
customElements.define("book-cover", BookCover);
