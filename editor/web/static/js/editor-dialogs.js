// The dialogs of the text editor: link, footnote, formulas, figure, table. The page brings them.
import { LINK } from "./editor-inline.js";
import { noteExtensions } from "./editor-nodes.js";

export function bindDialogs(body) {
  const dialogs = { link, footnote, inlineFormula: formula("inlineFormula"), formula: formula("formula"), figure, caption };
  const open = (name) => {
    const dialog = body.querySelector(`dialog[data-name="${name}"]`);
    dialogs[name](body, dialog);
  };
  for (const dialog of body.querySelectorAll("dialog[data-name]")) {
    // Enter in a field saves; the dialog's own form must not send the item's form
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => body.editor.commands.focus());
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.target.matches("textarea, button")) return;
      event.preventDefault();
      dialog.querySelector("[data-apply]").click();
    });
  }
  body.addEventListener("dblclick", (event) => {
    const { node } = body.editor.state.selection;
    if (node && node.type.name in dialogs && event.target.closest(".body-text")) open(node.type.name);
  });
  return { open };
}

function show(dialog, apply) {
  const button = dialog.querySelector("[data-apply]");
  button.onclick = () => {
    const problem = apply();
    const notice = dialog.querySelector(".field-error");
    if (notice) notice.textContent = problem ?? "";
    if (!problem) dialog.close();
  };
  dialog.showModal();
}

const field = (dialog, name) => dialog.querySelector(`[data-field="${name}"]`);

function link({ editor, words }, dialog) {
  const input = field(dialog, "href");
  input.value = editor.getAttributes("link").href ?? "";
  show(dialog, () => {
    const href = input.value.trim();
    if (href && !LINK.test(href)) return words.bad_link;
    const chain = editor.chain().focus().extendMarkRange("link");
    if (!href) chain.unsetMark("link").run();
    else if (editor.state.selection.empty && !editor.isActive("link")) {
      chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
    } else chain.setMark("link", { href }).run();
    return null;
  });
}

// the selected node of this type, to be changed; none means a new one
function chosen(editor, name) {
  const { node } = editor.state.selection;
  return node?.type.name === name ? node : null;
}

function put(editor, name, attrs) {
  if (chosen(editor, name)) editor.chain().updateAttributes(name, attrs).run();
  else editor.chain().insertContent({ type: name, attrs }).run();
}

function footnote({ editor, words }, dialog) {
  const host = field(dialog, "note");
  host.replaceChildren();
  const content = chosen(editor, "footnote")?.attrs.content ?? [];
  const note = new window.Tiptap.Editor({
    element: host,
    content: { type: "doc", content: [{ type: "paragraph", content }] },
    extensions: noteExtensions(),
    injectCSS: false,
    enableInputRules: false,
    enablePasteRules: false,
    editorProps: { attributes: { role: "textbox", "aria-label": words.footnote, class: "note-text" } },
  });
  show(dialog, () => {
    const line = note.getJSON().content[0].content ?? [];
    if (!line.length) return words.empty_note;
    put(editor, "footnote", { content: line });
    return null;
  });
  dialog.addEventListener("close", () => note.destroy(), { once: true });
  note.commands.focus("end");
}

function formula(name) {
  return ({ editor, words }, dialog) => {
    const input = field(dialog, "source");
    input.value = chosen(editor, name)?.attrs.source ?? "";
    show(dialog, () => {
      const source = input.value.trim();
      if (!source) return words.empty_formula;
      put(editor, name, { source });
      return null;
    });
  };
}

function figure(body, dialog) {
  const { editor } = body;
  const names = ["caption", "source", "alt", "url"];
  const attrs = chosen(editor, "figure")?.attrs ?? {};
  const file = field(dialog, "file");
  file.value = "";
  for (const name of names) field(dialog, name).value = attrs[name] ?? "";
  show(dialog, () => {
    const values = Object.fromEntries(names.map((name) => [name, field(dialog, name).value.trim()]));
    if (file.files.length) body.upload(file.files[0], values);
    else if (!attrs.asset && !values.url) return body.words.no_picture;
    else put(editor, "figure", { ...attrs, ...values });
    return null;
  });
}

function caption({ editor }, dialog) {
  const attrs = editor.getAttributes("table");
  field(dialog, "caption").value = attrs.caption ?? "";
  field(dialog, "unit").value = attrs.unit ?? "";
  field(dialog, "notes").value = (attrs.notes ?? []).join("\n");
  show(dialog, () => {
    const notes = field(dialog, "notes").value.split("\n").map((line) => line.trim()).filter(Boolean);
    const values = { caption: field(dialog, "caption").value.trim(), unit: field(dialog, "unit").value.trim() };
    editor.chain().updateAttributes("table", { ...values, notes }).run();
    return null;
  });
}
