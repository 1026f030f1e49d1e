// <file-drop>: files dropped on it go into its own field; names are shown, too large ones marked.
class FileDrop extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector("[data-chosen]");
    this.input.addEventListener("change", () => this.show());
    for (const name of ["dragenter", "dragover"]) {
      this.addEventListener(name, (event) => this.over(event));
    }
    this.addEventListener("dragleave", (event) => {
      if (!this.contains(event.relatedTarget)) this.removeAttribute("data-over");
    });
    this.addEventListener("drop", (event) => this.take(event));
  }

  over(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.setAttribute("data-over", "");
  }

  take(event) {
    this.removeAttribute("data-over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    this.input.files = event.dataTransfer.files;
    this.show();
    this.input.focus();
  }

  show() {
    const files = [...this.input.files];
    this.list.replaceChildren(...files.map((file) => this.line(file)));
    this.list.hidden = files.length === 0;
  }

  line(file) {
    const item = document.createElement("li");
    const large = file.size > Number(this.dataset.most);
    item.textContent = large ? this.dataset.tooLarge.replace("{name}", file.name) : file.name;
    item.classList.toggle("bad", large);
    return item;
  }
}
customElements.define("file-drop", FileDrop);
