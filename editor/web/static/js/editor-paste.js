// What comes from Word, WPS, WeChat and the web, cleaned before it meets the schema.
import { LINK } from "./editor-inline.js";
import { rewritten } from "./editor-markup.js";

const KEPT = new Set([
  "href", "colspan", "rowspan", "data-footnote", "data-role", "data-source", "data-figure",
  "data-asset", "data-url", "data-caption", "data-alt", "data-unit", "data-notes",
]);
const KEPT_CLASSES = new Set(["formula", "page-break", "footnote"]);

// Returns clean HTML and what had to be given up: {html, flattened, pictures}.
export function clean(html) {
  const report = { flattened: 0, pictures: 0 };
  const doc = new DOMParser().parseFromString(rewritten(html), "text/html");
  for (const wrap of doc.querySelectorAll("o\\:p")) wrap.replaceWith(...wrap.childNodes);
  takeFootnotes(doc);
  takeLists(doc, report);
  flattenLists(doc, report);
  for (const image of doc.querySelectorAll("img")) takePicture(doc, image, report);
  for (const element of [...doc.body.querySelectorAll("*")]) tidy(doc, element);
  dropEmpty(doc);
  return { html: doc.body.innerHTML.replace(/&nbsp;|\u00a0/g, " "), ...report };
}

function takeFootnotes(doc) {
  for (const note of doc.querySelectorAll("[data-style*='mso-element:footnote']")) {
    const name = note.id || note.querySelector("a[name]")?.getAttribute("name") || "";
    if (!note.id && /footnote-list/.test(note.dataset.style)) continue;
    const number = name.replace(/\D/g, "");
    note.querySelector("a[href^='#_ftnref']")?.remove();
    const text = note.textContent.replace(/\s+/g, " ").trim();
    const mark = doc.querySelector(`a[href='#_ftn${number}']`);
    if (!number || !mark) continue;
    const place = doc.createElement("sup");
    place.dataset.footnote = JSON.stringify([{ type: "text", text }]);
    mark.replaceWith(place);
    note.remove();
  }
  for (const list of doc.querySelectorAll("[data-style*='mso-element:footnote-list']")) list.remove();
}

// Word's lists are paragraphs with a marker span; the marker tells numbers from bullets
function takeLists(doc, report) {
  let list = null;
  for (const line of [...doc.querySelectorAll("p[data-style*='mso-list']")]) {
    const marker = line.querySelector("span[data-style*='mso-list:Ignore'], span[data-style*='mso-list: Ignore']");
    const kind = /[0-9a-zA-Z一二三四五六七八九十]/.test(marker?.textContent.replace(/^[o§·]\s*$/, "") ?? "")
      ? "ol" : "ul";
    if (/level[2-9]/.test(line.dataset.style)) report.flattened += 1;
    marker?.remove();
    const follows = list && list.localName === kind && list.nextElementSibling === line;
    if (!follows) {
      list = doc.createElement(kind);
      line.before(list);
    }
    const item = doc.createElement("li");
    item.append(...line.childNodes);
    list.append(item);
    line.remove();
  }
}

// lists of lists become one list: our blocks know one level
function flattenLists(doc, report) {
  for (const inner of [...doc.querySelectorAll("li ul, li ol")]) {
    report.flattened += 1;
    const item = inner.closest("li") ?? inner.parentElement.closest("li");
    item.after(...inner.children);
    inner.remove();
  }
}

function takePicture(doc, image, report) {
  const url = image.getAttribute("data-src") || image.getAttribute("src") || "";
  if (/^https?:/i.test(url)) {
    const figure = doc.createElement("figure");
    figure.dataset.figure = "";
    figure.dataset.url = url;
    figure.dataset.alt = image.alt;
    image.replaceWith(figure);
  } else {
    report.pictures += 1;
    image.replaceWith(doc.createTextNode(`〔图片待上传：图${report.pictures}〕`));
  }
}

const RENAMED = { h1: "h2", h5: "h4", h6: "h4", b: "strong", section: "div", center: "div" };

function tidy(doc, element) {
  const bold = /font-weight:\s*(bold|[6-9]00)/i.test(element.dataset.style ?? "");
  if (bold && element.localName === "span") renamed(doc, element, "strong");
  else if (element.localName in RENAMED) renamed(doc, element, RENAMED[element.localName]);
  else strip(element);
}

function renamed(doc, element, name) {
  const other = doc.createElement(name);
  for (const attribute of element.attributes) other.setAttribute(attribute.name, attribute.value);
  other.append(...element.childNodes);
  element.replaceWith(other);
  strip(other);
}

function strip(element) {
  for (const { name } of [...element.attributes]) {
    if (name === "class" && [...element.classList].some((each) => KEPT_CLASSES.has(each))) continue;
    if (!KEPT.has(name)) element.removeAttribute(name);
  }
  if (element.localName === "a" && !LINK.test(element.getAttribute("href") ?? "")) {
    element.replaceWith(...element.childNodes);
  }
}

function dropEmpty(doc) {
  // the editor cannot count in a table without cells
  for (const row of doc.querySelectorAll("tr")) if (!row.querySelector("td, th")) row.remove();
  for (const table of doc.querySelectorAll("table")) {
    if (!table.querySelector("td, th")) table.replaceWith(...table.childNodes);
  }
  for (const line of doc.querySelectorAll("p, li, h2, h3, h4")) {
    const blank = !line.textContent.replace(/[\s\u00a0\u3000]/g, "");
    const holds = line.querySelector("figure, [data-footnote], table") || line.closest("td, th");
    if (blank && !holds) line.remove();
  }
}
