// The text editor's schema: it can hold what our blocks can hold and nothing else.
import { data, Footnote, id, InlineFormula, json, Link } from "./editor-inline.js";

const T = window.Tiptap;

const ROLES = ["body", "kicker", "deck", "abstract", "keywords", "funding", "byline"];
const SHA256 = /^[0-9a-f]{64}$/;

const Paragraph = T.Paragraph.extend({
  addAttributes() {
    return {
      id,
      role: {
        default: "body",
        keepOnSplit: false,
        parseHTML: (element) => (ROLES.includes(element.dataset.role) ? element.dataset.role : "body"),
        renderHTML: ({ role }) => (role === "body" ? {} : { "data-role": role }),
      },
    };
  },
});

const Heading = T.Heading.extend({
  addAttributes() {
    return { id, level: { default: 2, rendered: false } };
  },
}).configure({ levels: [2, 3, 4] });

const BulletList = T.BulletList.extend({ addAttributes: () => ({ id }) });
const OrderedList = T.OrderedList.extend({ addAttributes: () => ({ id }) });
const ListItem = T.ListItem.extend({ content: "paragraph" });
const Blockquote = T.Blockquote.extend({ content: "paragraph+", addAttributes: () => ({ id }) });

const Table = T.Table.extend({
  addAttributes() {
    return { id, caption: data("caption"), unit: data("unit"), notes: json("notes", "notes", []) };
  },
  // our page forbids style attributes, so no column widths; CSS shows caption, unit and notes
  renderHTML({ node, HTMLAttributes }) {
    const { caption, unit, notes } = node.attrs;
    const above = [caption, unit].filter(Boolean).join("　");
    const shown = { "data-above": above || null, "data-below": notes.join("\n") || null };
    return ["table", T.mergeAttributes(HTMLAttributes, shown), ["tbody", 0]];
  },
}).configure({ resizable: false, View: null });

const spans = {
  colspan: { default: 1 },
  rowspan: { default: 1 },
  colwidth: { default: null, rendered: false, parseHTML: () => null },
};
const TableCell = T.TableCell.extend({ content: "paragraph+", addAttributes: () => spans });
const TableHeader = T.TableHeader.extend({ content: "paragraph+", addAttributes: () => spans });

const Formula = T.Node.create({
  name: "formula",
  group: "block",
  atom: true,
  addAttributes: () => ({ id, source: data("source") }),
  parseHTML: () => [{ tag: "div.formula[data-source]" }],
  renderHTML: ({ node, HTMLAttributes }) => [
    "div", { ...HTMLAttributes, class: "formula" }, node.attrs.source,
  ],
});

const PageBreak = T.Node.create({
  name: "pageBreak",
  group: "block",
  atom: true,
  addAttributes: () => ({ id }),
  parseHTML: () => [{ tag: "hr.page-break" }],
  renderHTML: () => ["hr", { class: "page-break" }],
});

const Figure = T.Node.create({
  name: "figure",
  group: "block",
  atom: true,
  draggable: true,
  addAttributes() {
    const asset = data("asset");
    const known = (element) => {
      const sha = asset.parseHTML(element);
      return SHA256.test(sha) ? sha : "";
    };
    return {
      id,
      asset: { ...asset, parseHTML: known },
      url: data("url"), caption: data("caption"), source: data("source"), alt: data("alt"),
    };
  },
  parseHTML: () => [{ tag: "figure[data-figure]" }],
  renderHTML: ({ node, HTMLAttributes }) => {
    const { asset, url, alt, caption, source } = node.attrs;
    const picture = asset
      ? ["img", { src: `/assets/${asset}`, alt }]
      : ["span", { class: "unfetched" }, url || alt || "—"];
    const below = ["figcaption", {}, [caption, source].filter(Boolean).join("　")];
    return ["figure", { ...HTMLAttributes, "data-figure": "" }, picture, below];
  },
});

const Book = T.Node.create({
  name: "book",
  group: "block",
  atom: true,
  addAttributes() {
    const names = ["title", "author", "publisher", "published", "summary", "reason", "cover"];
    return { id, ...Object.fromEntries(names.map((name) => [name, { default: "", rendered: false }])) };
  },
  renderHTML: ({ node }) => ["div", { class: "book-place" }, `《${node.attrs.title}》`],
});

export function extensions() {
  return [
    T.Document, T.Text, Paragraph, Heading, BulletList, OrderedList, ListItem, Blockquote,
    T.HardBreak, T.Bold, T.Superscript, T.Subscript, Link, Footnote, InlineFormula, Formula,
    PageBreak, Figure, Book, Table, T.TableRow, TableCell, TableHeader,
    T.Gapcursor, T.Dropcursor.configure({ color: false, class: "drop-line" }), T.UndoRedo,
  ];
}

// a footnote's own small editor: one line of text with marks
export function noteExtensions() {
  return [
    T.Document.extend({ content: "paragraph" }), Paragraph, T.Text,
    T.Bold, T.Superscript, T.Subscript, Link, T.UndoRedo,
  ];
}

// every block of the top level gets an id once; a split or pasted block gets its own
export function giveIds(editor) {
  const seen = new Set();
  const transaction = editor.state.tr;
  editor.state.doc.forEach((node, offset) => {
    const fresh = !node.attrs.id || seen.has(node.attrs.id);
    const value = fresh ? crypto.getRandomValues(new Uint32Array(1))[0].toString(16).padStart(8, "0") : node.attrs.id;
    if (fresh) transaction.setNodeAttribute(offset, "id", value);
    seen.add(value);
  });
  if (transaction.docChanged) {
    transaction.setMeta("addToHistory", false).setMeta("ids", true);
    editor.view.dispatch(transaction);
  }
}
