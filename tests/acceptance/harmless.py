"""What a finished file could do when it is opened: links that run, programs, foreign parts."""

import ctypes
import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree

HARMLESS = ("http", "https", "mailto")
URI_ACTION, GO_TO_ACTION = 3, 1
_FIELD = re.compile(r"^\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|MACROBUTTON)\b", re.I)
_PROGRAM = re.compile(r"vba|activex|embeddings|\.bin$|\.exe$|altchunk", re.I)


def active_in(kind: str, content: bytes) -> list[str]:
    """Return what in the file is not harmless."""
    return list(_in_pdf(content) if kind == "pdf" else _in_docx(content))


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
