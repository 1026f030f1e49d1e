"""Feeds as OPML, the list that feed readers exchange (opml.org/spec2.opml); pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from editor.desk.source_draft import SourceDraft
from editor.errors import Invalid
from editor.workflow import SourceKind

LONGEST = 5_000_000
DEEPEST = 20
MOST_FEEDS = 5000


def looks_like_opml(text: str) -> bool:
    """Whether the text is XML rather than TOML or CSV."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def opml_rows(text: str) -> list[dict[str, Any]]:
    """Return each feed's name, address and folder (as section); raises Invalid.

    A document type is refused: entities in it could fetch files or fill the memory.
    """
    text = text.lstrip("\ufeff \t\r\n")
    if "<!DOCTYPE" in text.upper()[:LONGEST] or len(text) > LONGEST:
        raise Invalid(
            "OPML 文件太大，或含有 DOCTYPE，不能导入；请从阅读器重新导出",
            "The OPML file is too large or holds a DOCTYPE; export it from the reader again",
        )
    body = text.partition("?>")[2] if text.startswith("<?xml") else text
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(body.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid(
            f"不是有效的 OPML（{error}）。请检查文件后重新导入",
            f"Not valid OPML ({error}). Check the file and import it again",
        ) from error
    if root.tag != "opml":
        raise Invalid(
            f"这不是 OPML 文件，它的根元素是 <{root.tag}>",
            f"This is not an OPML file: its root element is <{root.tag}>",
        )
    feeds = {row["url"]: row for row in _feeds(root.find("body"), "", 0)}
    if len(feeds) > MOST_FEEDS:
        raise Invalid(
            f"一次最多导入 {MOST_FEEDS} 个订阅源，请把文件分开",
            f"At most {MOST_FEEDS} feeds can be imported at once; split the file",
        )
    return list(feeds.values())


def _feeds(parent: Any, folder: str, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the feeds below; the innermost folder that holds one is its section."""
    if parent is None or depth > DEEPEST:
        return
    for outline in parent.iterchildren("outline"):
        given = {key.lower(): " ".join(value.split()) for key, value in outline.attrib.items()}
        name = given.get("text") or given.get("title") or ""
        url = given.get("xmlurl", "")
        if url.startswith("feed:"):
            # a browsers' scheme of old: feed://host/ and feed:https://host/
            url = url.removeprefix("feed:")
            url = f"http:{url}" if url.startswith("//") else url
        if url:
            row = {"name": (name or url)[:200], "kind": SourceKind.feed.value, "url": url}
            yield row | ({"default_section": folder} if folder else {})
        yield from _feeds(outline, folder if url else name[:60], depth + 1)


def to_opml(drafts: Sequence[SourceDraft], title: str) -> str:
    """Return the feeds among the drafts as OPML 2.0, in a folder per section.

    Other kinds have no place in OPML; TOML and CSV keep them.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _plain(title)
    body = etree.SubElement(root, "body")
    folders: dict[str, Any] = {"": body}
    for draft in drafts:
        if draft.kind is not SourceKind.feed:
            continue
        section = draft.default_section
        if section not in folders:
            label = _plain(section)
            folders[section] = etree.SubElement(body, "outline", text=label, title=label)
        name = _plain(draft.name)
        etree.SubElement(
            folders[section], "outline", type="rss", text=name, title=name, xmlUrl=draft.url
        )
    etree.indent(root)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _plain(text: str) -> str:
    """Return the text without the characters that XML forbids."""
    return "".join(char for char in text if char >= " ")
