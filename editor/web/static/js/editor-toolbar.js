// The toolbar over the text: the page brings its buttons, this module gives them their commands.

const COMMANDS = {
  bold: (chain) => chain.toggleBold(),
  superscript: (chain) => chain.unsetSubscript().toggleSuperscript(),
  subscript: (chain) => chain.unsetSuperscript().toggleSubscript(),
  bulletList: (chain) => chain.toggleBulletList(),
  orderedList: (chain) => chain.toggleOrderedList(),
  blockquote: (chain) => chain.toggleBlockquote(),
  pageBreak: (chain) => chain.insertContent([{ type: "pageBreak" }, { type: "paragraph" }]),
  table: (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }),
  undo: (chain) => chain.undo(),
  redo: (chain) => chain.redo(),
  addRowBefore: (chain) => chain.addRowBefore(),
  addRowAfter: (chain) => chain.addRowAfter(),
  deleteRow: (chain) => chain.deleteRow(),
  addColumnBefore: (chain) => chain.addColumnBefore(),
  addColumnAfter: (chain) => chain.addColumnAfter(),
  deleteColumn: (chain) => chain.deleteColumn(),
  toggleHeaderRow: (chain) => chain.toggleHeaderRow(),
  mergeCells: (chain) => chain.mergeCells(),
  splitCell: (chain) => chain.splitCell(),
  deleteTable: (chain) => chain.deleteTable(),
};
const ACTIVE = ["bold", "superscript", "subscript", "bulletList", "orderedList", "blockquote", "link"];

export function bindToolbar(body) {
  const { editor } = body;
  const bar = body.querySelector("[role=toolbar]");
  const style = bar.querySelector("[data-style]");
  bar.hidden = false;
  bar.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault(); // the selection stays in the text
  });
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.dialog) body.dialogs.open(button.dataset.dialog);
    else run(editor, button.dataset.command);
  });
  style.addEventListener("change", () => restyle(editor, style.value));
  rove(bar);
  body.addEventListener("body-select", () => show(editor, bar, style));
  body.addEventListener("keydown", (event) => keys(event, body, bar));
  show(editor, bar, style);
}

function run(editor, name) {
  COMMANDS[name](editor.chain().focus()).run();
}

function restyle(editor, value) {
  const [kind, detail] = value.split(":");
  const chain = editor.chain().focus();
  if (kind === "heading") chain.setNode("heading", { level: Number(detail) }).run();
  else chain.setNode("paragraph", { role: detail }).run();
}

function show(editor, bar, style) {
  for (const name of ACTIVE) {
    const button = bar.querySelector(`[data-command="${name}"], [data-dialog="${name}"]`);
    button?.setAttribute("aria-pressed", String(editor.isActive(name)));
  }
  bar.querySelector(".table-tools").hidden = !editor.isActive("table");
  const { level } = editor.getAttributes("heading");
  const role = editor.getAttributes("paragraph").role ?? "body";
  style.value = editor.isActive("heading") ? `heading:${level}` : `paragraph:${role}`;
  style.disabled = ["table", "bulletList", "orderedList", "blockquote"].some((name) => editor.isActive(name));
}

// one tab stop; arrows move inside the toolbar
function rove(bar) {
  const stops = () => [...bar.querySelectorAll("button, select")].filter((each) => each.offsetParent);
  for (const each of bar.querySelectorAll("button")) each.tabIndex = -1;
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || (event.target.matches("select") && event.altKey)) return;
    const all = stops();
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    event.preventDefault();
    next.focus();
  });
}

function keys(event, body, bar) {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.altKey && event.key === "F10") {
    event.preventDefault();
    bar.querySelector("select, button").focus();
  } else if (event.key === "Escape" && bar.contains(event.target)) {
    body.editor.commands.focus();
  } else if (event.ctrlKey && event.altKey && event.code === "KeyF") {
    event.preventDefault();
    body.dialogs.open("footnote");
  } else if (event.altKey && !event.ctrlKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    if (moveBlock(body.editor, event.key === "ArrowUp")) event.preventDefault();
  }
}

// Alt+↑/↓ moves a selected figure, formula or page break past its neighbour
function moveBlock(editor, up) {
  const { selection, doc, tr } = editor.state;
  const { node } = selection;
  if (!node || selection.$from.depth) return false;
  const index = selection.$from.index();
  const other = doc.maybeChild(up ? index - 1 : index + 1);
  if (!other) return true;
  const target = up ? selection.from - other.nodeSize : selection.from + other.nodeSize;
  tr.delete(selection.from, selection.to).insert(target, node);
  tr.setSelection(window.Tiptap.NodeSelection.create(tr.doc, target)).scrollIntoView();
  editor.view.dispatch(tr);
  return true;
}
