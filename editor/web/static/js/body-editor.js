// <body-editor>: the text as Tiptap edits it. Light DOM: input methods fail inside a shadow root.
import { say } from "./desk.js";
import { bindDialogs } from "./editor-dialogs.js";
import { extensions, giveIds } from "./editor-nodes.js";
import { clean } from "./editor-paste.js";
import { bindToolbar } from "./editor-toolbar.js";
import { storePicture } from "./picture-upload.js";

// below this width the page says that text is edited at a desk
const WIDE = matchMedia("(min-width: 48rem)");

class BodyEditor extends HTMLElement {
  connectedCallback() {
    this.words = JSON.parse(document.getElementById(this.dataset.words).textContent);
    const tree = JSON.parse(document.getElementById(this.dataset.tree).textContent);
    const host = document.createElement("div");
    this.querySelector(".reading").replaceWith(host);
    this.editor = new window.Tiptap.Editor({
      element: host,
      content: tree.content.length ? tree : { type: "doc", content: [{ type: "paragraph" }] },
      extensions: extensions(),
      editable: WIDE.matches,
      injectCSS: false,
      enableInputRules: false,
      enablePasteRules: false,
      editorProps: {
        attributes: {
          class: "body-text", role: "textbox", "aria-multiline": "true",
          "aria-label": this.words.text, spellcheck: "false",
        },
        transformPastedHTML: (html) => this.cleaned(html),
        handlePaste: (_view, event) => this.uploadFrom(event.clipboardData, event),
        handleDrop: (_view, event, _slice, moved) => !moved && this.uploadFrom(event.dataTransfer, event),
      },
      onTransaction: ({ transaction }) => this.noticed(transaction),
    });
    WIDE.addEventListener("change", () => this.editor.setEditable(WIDE.matches));
    this.dialogs = bindDialogs(this);
    bindToolbar(this);
    this.querySelector(".no-script").remove();
    this.setAttribute("data-ready", "");
  }

  noticed(transaction) {
    const { editor } = this;
    if (!editor) return;
    this.dispatchEvent(new CustomEvent("body-select"));
    if (!transaction.docChanged || transaction.getMeta("ids")) return;
    this.dispatchEvent(new CustomEvent("body-change", { bubbles: true }));
  }

  get composing() {
    return this.editor.view.composing;
  }

  // The tree to store; gives ids first, which must never happen while a word is being composed.
  tree() {
    if (!this.composing) giveIds(this.editor);
    return JSON.stringify(this.editor.getJSON());
  }

  cleaned(html) {
    const { html: result, flattened, pictures } = clean(html);
    if (flattened) say(this.words.flattened);
    if (pictures) say(this.words.pictures);
    return result;
  }

  uploadFrom(transfer, event) {
    const files = [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length || transfer.getData("text/html")) return false;
    event.preventDefault();
    for (const file of files) this.upload(file);
    return true;
  }

  async upload(file, attrs = null) {
    const sha256 = await storePicture(this.dataset.pictures, file, this.words);
    if (!sha256) return;
    const { selection } = this.editor.state;
    const chain = this.editor.chain().focus();
    const values = { ...attrs, asset: sha256 };
    if (attrs && selection.node?.type.name === "figure") chain.updateAttributes("figure", values).run();
    else chain.insertContent({ type: "figure", attrs: values }).run();
  }
}
customElements.define("body-editor", BodyEditor);
