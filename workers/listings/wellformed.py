"""Feeds and sitemaps as they come, mended until an XML parser accepts them.

The result holds no document type and no entity but XML's own, so that nothing in it can expand,
and is checked with the parser that reads it afterwards. All steps take time linear in the text.
"""

import re
from html import unescape
from html.entities import html5
from xml.parsers import expat

from lxml import etree

from editor.errors import ParseError, Reason

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
LONGEST_ENTITY = 60
# Below libxml2's own limit of 256, so that what it recovers passes.
DEEPEST = 250
MOST_ELEMENTS = 200_000
MOST_ATTRIBUTES = 200
LONGEST_ATTRIBUTE = 500_000
MOST_REFERENCES = 1_000_000
CDATA_START, CDATA_END = "<![CDATA[", "]]>"
_AMPERSAND = re.compile(r"&(?:(?:#(?P<number>\d{1,8}|[xX][0-9a-fA-F]{1,7})|(?P<name>\w{1,40}));)?")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_ENTITY = re.compile(r"<!ENTITY\s+(\w{1,40})\s+(?:\"([^\"<&%]*)\"|'([^'<&%]*)')\s*>")
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?P<name>[A-Za-z_][\w.-]{0,60})")
_PREFIXES = re.compile(
    r"<([A-Za-z_][\w.-]{0,40}):|\s([A-Za-z_][\w.-]{0,40}):[\w.-]{1,60}\s*=\s*[\"']"
)
_DECLARED = re.compile(r"\sxmlns:([\w.-]{1,40})\s*=")
NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
}


def root_name(text: str) -> str:
    """Return the local name of the first element in lower case, or ""."""
    match = _ROOT.search(_without_doctype(text)[0])
    return match["name"].lower() if match else ""


def well_formed(text: str, *, most_elements: int = MOST_ELEMENTS) -> tuple[str, tuple[str, ...]]:
    """Return XML that parses, without declaration or document type, and what was mended.

    The text is "" when nothing can be saved. Raises ParseError(too_large) for XML with more
    elements than any feed has: reading them would take minutes.
    """
    if text.count("&") > MOST_REFERENCES:
        raise ParseError(Reason.too_large, "more character references than any feed has")
    text, entities = _without_doctype(_DECLARATION.sub("", ILLEGAL.sub("", text).strip()))
    if _parses(text, most_elements):
        return text, ()
    mended = _with_namespaces(_with_plain_entities(text, entities))
    if _parses(mended, most_elements):
        return mended, ("mended characters, entities or prefixes that XML forbids",)
    recovered = _recovered(mended)
    if recovered and _parses(recovered, most_elements):
        return recovered, ("the XML is broken; what could be read was read",)
    return "", ("the XML is broken beyond mending",)


def _without_doctype(text: str) -> tuple[str, dict[str, str]]:
    """Return the text without its document type, and the harmless entities that it declared."""
    start = re.search(r"<!DOCTYPE", text[:4096], re.I)
    if not start:
        return text, {}
    end = text.find(">", start.end())
    bracket = text.find("[", start.end(), end if end > 0 else None)
    if bracket > 0:
        closing = text.find("]", bracket)
        end = text.find(">", closing) if closing > 0 else -1
    subset = text[start.end() : end] if end > 0 else text[start.end() :]
    entities = {
        name: double or single
        for name, double, single in _ENTITY.findall(subset)
        if len(double or single) <= LONGEST_ENTITY
    }
    return text[: start.start()] + (text[end + 1 :] if end > 0 else ""), entities


def _with_plain_entities(text: str, entities: dict[str, str]) -> str:
    """Replace HTML's and declared entities by characters and escape every bare ampersand."""

    def plain(match: re.Match[str]) -> str:
        name, number = match["name"], match["number"]
        if name in XML_ENTITIES:
            return match[0]
        if number:
            return _escaped(ILLEGAL.sub("", unescape(match[0])))
        if name and f"{name};" in html5:
            return _escaped(html5[f"{name};"])
        return _escaped(entities[name]) if name in entities else f"&amp;{match[0][1:]}"

    # Not one regular expression: it would run to the text's end for every section left open.
    pieces, position = [], 0
    while (start := text.find(CDATA_START, position)) >= 0:
        pieces.append(_AMPERSAND.sub(plain, text[position:start]))
        end = text.find(CDATA_END, start)
        position = end + len(CDATA_END) if end > 0 else len(text)
        pieces.append(text[start:position])
    return "".join((*pieces, _AMPERSAND.sub(plain, text[position:])))


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    )


def _with_namespaces(text: str) -> str:
    """Declare on the root element every prefix that is used without a declaration."""
    used = {prefix for pair in _PREFIXES.findall(text) for prefix in pair if prefix}
    missing = sorted(used - set(_DECLARED.findall(text)) - {"xml", "xmlns"})
    root = _ROOT.search(text)
    if not missing or not root:
        return text
    names = "".join(
        f' xmlns:{prefix}="{NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"'
        for prefix in missing[:50]
    )
    return text[: root.end()] + names + text[root.end() :]


class _TooDeepError(ValueError):
    """XML nested deeper than people write it."""


class _Gauge:
    """Measures XML while it is parsed, and stops where reading it would take minutes."""

    def __init__(self, most_elements: int) -> None:
        self.most_elements = most_elements
        self.depth = self.elements = self.prefixes = 0
        self.own_prefixes = 0

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST:
            raise _TooDeepError
        # feedparser's time grows with the square of an element's attributes.
        if self.elements > self.most_elements or len(attributes) > MOST_ATTRIBUTES:
            raise ParseError(Reason.too_large, "more elements or attributes than any feed has")
        if any(len(value) > LONGEST_ATTRIBUTE for value in attributes.values()):
            raise ParseError(Reason.too_large, "a longer attribute than any feed has")
        self.own_prefixes = 0

    def end(self, _name: str) -> None:
        self.depth -= 1

    def prefix(self, _prefix: str | None, _uri: str) -> None:
        self.prefixes += 1
        self.own_prefixes += 1
        if self.prefixes > self.most_elements or self.own_prefixes > MOST_ATTRIBUTES:
            raise ParseError(Reason.too_large, "more namespaces than any feed has")


def _parses(text: str, most_elements: int) -> bool:
    parser, gauge = expat.ParserCreate(namespace_separator=" "), _Gauge(most_elements)
    parser.StartElementHandler, parser.EndElementHandler = gauge.start, gauge.end
    parser.StartNamespaceDeclHandler = gauge.prefix
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, _TooDeepError):
        return False
    return True


def _recovered(text: str) -> str:
    """Return what libxml2 makes of broken XML; it stops at 256 levels and 10 MB of one text."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return ""
    if root is None:
        return ""
    return str(etree.tostring(root, encoding="unicode", with_tail=False))
