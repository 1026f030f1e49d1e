// Foreign markup written anew before a browser parses it, so that nothing in it can act or ask.
// Our pages forbid styles and handlers even in documents that are only parsed: what is written
// holds neither. Comments and raw text are gone, so no parser can read it in another way.
const KEPT = new Set([
  "a", "b", "blockquote", "br", "caption", "center", "dd", "div", "dl", "dt", "em", "figcaption",
  "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "o:p", "p",
  "pre", "section", "article", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot",
  "th", "thead", "tr", "u", "ul", "col", "colgroup", "header", "footer", "main", "aside", "label",
]);
// dropped with all they hold, up to their end tag
const GONE = new Set([
  "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript",
  "plaintext", "object", "xml", "select", "template", "v:shape", "v:shapetype",
]);
const ATTRIBUTES = new Set([
  "href", "src", "alt", "id", "name", "class", "colspan", "rowspan", "style", "width", "height",
]);
const BLANKS = " \t\n\f\r";

// Returns the markup with the tags that text needs, all attributes quoted, style as data-style.
export function rewritten(html) {
  let out = "";
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) return out + html.slice(at);
    out += html.slice(at, open);
    const next = html[open + 1] ?? "";
    if (html.startsWith("<!--", open)) at = afterComment(html, open + 4);
    else if (/[a-z]/i.test(next)) {
      const tag = readTag(html, open + 1);
      out += opened(tag);
      at = GONE.has(tag.name) ? afterEnd(html, tag) : tag.end;
    } else if (next === "/" && /[a-z]/i.test(html[open + 2] ?? "")) {
      const tag = readTag(html, open + 2);
      if (KEPT.has(tag.name) || tag.name === "form") out += `</${renamed(tag.name)}>`;
      at = tag.end;
    } else if (next === "!" || next === "?" || next === "/") at = after(html, ">", open + 2);
    else {
      out += "&lt;";
      at = open + 1;
    }
  }
  return out;
}

// a form's fields would hide the form's own properties
function renamed(name) {
  return name === "form" ? "div" : name;
}

function opened(tag) {
  if (!KEPT.has(tag.name) && tag.name !== "form") return "";
  let text = "";
  for (const [name, value] of tag.attributes) {
    if (!ATTRIBUTES.has(name) && !/^data-[a-z][a-z-]*$/.test(name)) continue;
    text += ` ${name === "style" ? "data-style" : name}="${value.replaceAll('"', "&quot;")}"`;
  }
  return `<${renamed(tag.name)}${text}>`;
}

function after(html, text, from) {
  const found = html.indexOf(text, from);
  return found < 0 ? html.length : found + text.length;
}

// <!--> and <!---> are whole comments
function afterComment(html, from) {
  if (html[from] === ">") return from + 1;
  if (html.startsWith("->", from)) return from + 2;
  const ends = /--!?>/g;
  ends.lastIndex = from;
  return ends.exec(html) ? ends.lastIndex : html.length;
}

function afterEnd(html, tag) {
  if (tag.name === "plaintext") return html.length;
  const ends = new RegExp(`</${tag.name}(?=[\\s/>])`, "gi");
  ends.lastIndex = tag.end;
  return ends.exec(html) ? after(html, ">", ends.lastIndex) : html.length;
}

// Reads a tag as browsers do; {name, attributes: first value of each name, end}.
function readTag(html, from) {
  let at = from;
  while (at < html.length && !`${BLANKS}/>`.includes(html[at])) at += 1;
  const name = html.slice(from, at).toLowerCase();
  const attributes = new Map();
  while (at < html.length && html[at] !== ">") {
    if (`${BLANKS}/`.includes(html[at])) {
      at += 1;
      continue;
    }
    const start = at;
    at += 1; // an equals sign may begin a name
    while (at < html.length && !`${BLANKS}/>=`.includes(html[at])) at += 1;
    const key = html.slice(start, at).toLowerCase();
    const value = readValue(html, at);
    if (!attributes.has(key)) attributes.set(key, value.text);
    at = value.end;
  }
  return { name, attributes, end: Math.min(at + 1, html.length) };
}

function readValue(html, from) {
  let at = skipBlanks(html, from);
  if (html[at] !== "=") return { text: "", end: from };
  at = skipBlanks(html, at + 1);
  const quote = html[at];
  if (quote === '"' || quote === "'") {
    const end = html.indexOf(quote, at + 1);
    const last = end < 0 ? html.length : end;
    return { text: html.slice(at + 1, last), end: last + 1 };
  }
  const start = at;
  while (at < html.length && !`${BLANKS}>`.includes(html[at])) at += 1;
  return { text: html.slice(start, at), end: at };
}

function skipBlanks(html, from) {
  let at = from;
  while (BLANKS.includes(html[at] ?? "x")) at += 1;
  return at;
}
