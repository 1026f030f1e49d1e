// What stands inside a line: links, footnotes, formulas; and how attributes travel by clipboard.
const T = window.Tiptap;

export const LINK = /^(https?:\/\/|mailto:)\S+$/i;

// ids stay inside the tree: a copied block must not bring its id along
export const id = { default: "", rendered: false, keepOnSplit: false };
export const data = (name) => ({
  default: "",
  parseHTML: (element) => element.getAttribute(`data-${name}`) ?? "",
  renderHTML: (attrs) => (attrs[name] ? { [`data-${name}`]: attrs[name] } : {}),
});
export const json = (key, name, fallback) => ({
  default: fallback,
  parseHTML: (element) => {
    try {
      return JSON.parse(element.getAttribute(`data-${name}`) ?? "null") ?? fallback;
    } catch {
      return fallback;
    }
  },
  renderHTML: (attrs) => ({ [`data-${name}`]: JSON.stringify(attrs[key]) }),
});

export const Link = T.Mark.create({
  name: "link",
  inclusive: false,
  priority: 1000,
  addAttributes: () => ({ href: { default: "" } }),
  parseHTML: () => [
    { tag: "a[href]", getAttrs: (element) => LINK.test(element.getAttribute("href")) && null },
  ],
  renderHTML: ({ HTMLAttributes }) => ["a", { ...HTMLAttributes, rel: "noopener" }, 0],
});

export const Footnote = T.Node.create({
  name: "footnote",
  group: "inline",
  inline: true,
  atom: true,
  marks: "",
  addAttributes: () => ({ content: json("content", "footnote", []) }),
  parseHTML: () => [{ tag: "sup[data-footnote]", priority: 60 }],
  // CSS shows the number; without a character inside, Chromium loses what is composed after it
  renderHTML: ({ node, HTMLAttributes }) => [
    "sup",
    { ...HTMLAttributes, class: "footnote", title: plain(node.attrs.content) },
    ["span", { class: "footnote-mark" }, "*"],
  ],
});

function plain(content) {
  return content.map((part) => part.text).join("");
}

export const InlineFormula = T.Node.create({
  name: "inlineFormula",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({ source: data("source") }),
  parseHTML: () => [{ tag: "span.formula[data-source]" }],
  renderHTML: ({ node, HTMLAttributes }) => [
    "span", { ...HTMLAttributes, class: "formula" }, node.attrs.source,
  ],
});
