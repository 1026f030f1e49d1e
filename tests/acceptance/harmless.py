"""What a finished file could do when it is opened: links that run, programs, foreign parts."""

import ctypes
import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree, html

HARMLESS = ("http", "https", "mailto")
URI_ACTION, GO_TO_ACTION = 3, 1
_FIELD = re.compile(r"^\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|MACROBUTTON)\b", re.I)
_LOADS = ("src", "srcset", "poster", "background", "data", "action", "formaction", "xlink:href")
_ALIVE = "script|iframe|frame|object|embed|base|applet|form|input|button|audio|video|animate|set"
_PROGRAM = re.compile(r"vba|activex|embeddings|\.bin$|\.exe$|altchunk", re.I)


def active_in(kind: str, content: bytes) -> list[str]:
    """Return what in the file is not harmless."""
    return list(READERS[kind](content))


def _in_pdf(content: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(content)
    if count := pdfium.FPDFDoc_GetJavaScriptActionCount(document):
        yield f"pdf: {count} scripts"
    if count := pdfium.FPDFDoc_GetAttachmentCount(document):
        yield f"pdf: {count} attachments"
    for number in range(len(document)):
        page = document[number]
        place, link = ctypes.c_int(0), pdfium.FPDF_LINK()
        while pdfium.FPDFLink_Enumerate(page, place, link):
            action = pdfium.FPDFLink_GetAction(link)
            kind = pdfium.FPDFAction_GetType(action) if action else GO_TO_ACTION
            if kind == URI_ACTION:
                size = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
                buffer = ctypes.create_string_buffer(size)
                pdfium.FPDFAction_GetURIPath(document, action, buffer, size)
                address = buffer.value.decode("utf-8", "replace")
                if urlsplit(address).scheme.lower() not in HARMLESS:
                    yield f"pdf page {number + 1}: {address[:80]}"
            elif kind != GO_TO_ACTION:
                yield f"pdf page {number + 1}: action {kind}"


def _in_docx(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        for name in file.namelist():
            if _PROGRAM.search(name):
                yield f"docx: {name}"
            if name.endswith(".rels"):
                for each in etree.fromstring(file.read(name)):
                    outside = each.get("TargetMode") == "External"
                    scheme = urlsplit(each.get("Target") or "").scheme.lower()
                    if outside and scheme not in HARMLESS:
                        yield f"docx: {name} {(each.get('Target') or '')[:80]}"
            elif name.endswith(".xml"):
                for each in etree.fromstring(file.read(name)).iter("{*}instrText"):
                    if _FIELD.match(each.text or ""):
                        yield f"docx: field {(each.text or '')[:80]}"


def _in_page(content: bytes) -> Iterator[str]:
    """Yield what could run, load or lead to a program in a page of HTML or XHTML."""
    parser = html.HTMLParser(encoding="utf-8")
    for element in html.document_fromstring(content, parser=parser).iter(etree.Element):
        name = str(element.tag).rpartition("}")[2].lower()
        if re.fullmatch(_ALIVE, name):
            yield f"page: <{name}>"
        for key, text in element.attrib.items():
            value = re.sub(r"[\x00-\x20]", "", str(text))
            scheme = urlsplit(value).scheme.lower()
            if str(key).lower().startswith("on"):
                yield f"page: <{name} {key}>"
            if key == "href" and scheme and scheme not in HARMLESS:
                yield f"page: <{name} href={value[:60]}>"
            if key in _LOADS and not value.startswith("data:image/") and scheme:
                yield f"page: <{name} {key}={value[:60]}>"
            if key == "style" and re.search(r"url\(|expression|@import", value, re.I):
                yield f"page: <{name} style={value[:60]}>"
            if key == "http-equiv" and value.lower() == "refresh":
                yield f"page: <{name} refresh>"


def _in_archive(content: bytes) -> Iterator[str]:
    """Yield what is alive in the pages and files of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        for name in file.namelist():
            if name.endswith((".html", ".xhtml")):
                yield from (f"{name} {each}" for each in _in_page(file.read(name)))
            elif name.endswith((".js", ".exe", ".svg")):
                yield name
            elif kind := ENDS.get(name.rpartition(".")[2]):
                yield from (f"{name} {each}" for each in READERS[kind](file.read(name)))


ENDS = {"pdf": "pdf", "docx": "docx", "epub": "epub", "zip": "zip"}
READERS = {
    "pdf": _in_pdf,
    "docx": _in_docx,
    "web": _in_page,
    "epub": _in_archive,
    "wechat": _in_archive,
    "zip": _in_archive,
}
