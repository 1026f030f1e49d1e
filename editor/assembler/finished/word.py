"""What is checked in a finished Word file's package (publishing.md §16).

V07 codes, V08 links, V09 structure, V10 fields, V15 language, title and descriptions, V17 text
read back, V18 footnotes.
"""

import zipfile
from collections.abc import Iterator, Sequence

from lxml import etree

from editor.assembler.finished.verdicts import bare, failed
from editor.assembler.finished.word_links import check_codes, check_links
from editor.assembler.finished.word_structure import BODY, DRAWING, check_structure
from editor.assembler.phrases import full_title
from editor.assembler.preflight.findings import named
from editor.assembler.word.ooxml import Node, qualified
from editor.profile import Profile
from editor.text.document import (
    FootnoteRef,
    Heading,
    Inline,
    IssueDocument,
    ListBlock,
    Paragraph,
    Quote,
    Table,
    block_lines,
    plain,
)

DUBLIN = "{http://purl.org/dc/elements/1.1/}"
RUNNING = (Heading, Paragraph, ListBlock, Quote)
NOT_A_NOTE = ("separator", "continuationSeparator")


def check_package(archive: zipfile.ZipFile, document: IssueDocument, profile: Profile) -> list[str]:
    """Return the checks that the file has passed; raises Unusable naming the first that fails."""
    names = set(archive.namelist())
    parts: dict[str, Node] = {
        name: etree.fromstring(archive.read(name))
        for name in names
        if name.endswith((".xml", ".rels"))
    }
    body = parts[BODY]
    check_structure(parts, names)
    pictures = {archive.read(name) for name in names if name.startswith("word/media/")}
    check_codes(pictures, document)
    check_links(parts, document)
    _fields(body)
    _described(body)
    _language(parts, document, profile)
    _read_back(body, document)
    _notes(parts, document)
    return ["V07", "V08", "V09", "V10", "V15", "V17", "V18"]


# --- V10: fields ---------------------------------------------------------------------------------


def _fields(body: Node) -> None:
    """Fields open, part and close in turn; each PAGEREF names a bookmark and shows a number."""
    names = {mark.get(qualified("w:name")) for mark in body.iter(qualified("w:bookmarkStart"))}
    stack: list[list[str]] = []
    for node in body.iter(
        qualified("w:fldChar"), qualified("w:instrText"), qualified("w:t"), qualified("w:fldSimple")
    ):
        if node.tag == qualified("w:instrText"):
            if not stack:
                raise failed("V10", "域不完整", "a field is not complete")
            stack[-1][0] += node.text or ""
        elif node.tag == qualified("w:t"):
            if stack:
                stack[-1][1] += node.text or ""
        elif node.tag == qualified("w:fldChar"):
            _field_step(node.get(qualified("w:fldCharType")), stack, names)
    if stack:
        raise failed("V10", "域没有结束", "a field is not closed")


def _field_step(kind: str | None, stack: list[list[str]], names: set[str | None]) -> None:
    if kind == "begin":
        stack.append(["", ""])
        return
    if not stack:
        raise failed("V10", "域没有开始就结束", "a field ends that has not begun")
    if kind != "end":
        # the words of the instruction are no result
        stack[-1][1] = ""
        return
    instruction, result = stack.pop()
    words = instruction.split()
    if words[:1] == ["PAGEREF"] and (words[1] not in names or result.strip() in ("", "0")):
        raise failed("V10", f"页码引用 {words[1]} 无效", f"the reference {words[1]} is broken")


# --- V15: language, title, descriptions ----------------------------------------------------------


def _described(body: Node) -> None:
    for node in body.iter(DRAWING):
        if not (node.get("descr") or "").strip():
            raise failed("V15", "有图片没有替代文字", "a picture has no description")


def _language(parts: dict[str, Node], document: IssueDocument, profile: Profile) -> None:
    languages = {
        node.get(qualified("w:eastAsia"))
        for node in parts["word/styles.xml"].iter(qualified("w:lang"))
    }
    if profile.language not in languages:
        raise failed("V15", "文件没有标明语言", "the file does not name its language")
    core = parts.get("docProps/core.xml")
    title = core.findtext(f"{DUBLIN}title") if core is not None else ""
    if bare(title or "") != bare(full_title(document)):
        raise failed("V15", "文件属性里没有刊名和期号", "the file's title is not the issue's")


# --- V17, V18: what was written is what is read --------------------------------------------------


def _read_back(body: Node, document: IssueDocument) -> None:
    """Every paragraph of running text is a paragraph of the file, in order."""
    texts = [bare(_text(paragraph)) for paragraph in body.iter(qualified("w:p"))]
    at = 0
    for article in document.articles():
        running = (block for block in article.blocks if isinstance(block, RUNNING))
        for line in (line for block in running for line in block_lines(block)):
            wanted = bare(line)
            while at < len(texts) and wanted not in texts[at]:
                at += 1
            if at == len(texts):
                raise failed(
                    "V17",
                    f"{named(article)[0]}的一段读不回来：{line[:20]}",
                    f"{named(article)[1]}: a paragraph does not read back: {line[:20]}",
                )


def _text(node: Node) -> str:
    return "".join(child.text or "" for child in node.iter(qualified("w:t")))


def _notes(parts: dict[str, Node], document: IssueDocument) -> None:
    """The notes' marks are numbered in order, and each has its text."""
    marks = [
        node.get(qualified("w:id")) for node in parts[BODY].iter(qualified("w:footnoteReference"))
    ]
    root = parts.get("word/footnotes.xml")
    written = (
        [
            (node.get(qualified("w:id")), bare(_text(node)))
            for node in root.iter(qualified("w:footnote"))
            if node.get(qualified("w:type")) not in NOT_A_NOTE
        ]
        if root is not None
        else []
    )
    wanted = [bare(plain(note.content)) for note in _references(document)]
    if marks != [number for number, _ in written] or len(written) != len(wanted):
        raise failed("V18", "脚注的标记和注文对不上", "footnote marks and notes do not agree")
    for (_number, text), note in zip(written, wanted, strict=True):
        if note not in text:
            raise failed("V18", f"脚注缺少“{note[:20]}”", f"the footnote “{note[:20]}” is missing")


def _references(document: IssueDocument) -> Iterator[FootnoteRef]:
    for article in document.articles():
        for block in article.blocks:
            for content in _contents(block):
                yield from (run for run in content if isinstance(run, FootnoteRef))


def _contents(block: object) -> Sequence[tuple[Inline, ...]]:
    match block:
        case Heading() | Paragraph():
            return [block.content]
        case ListBlock():
            return block.items
        case Quote():
            return block.paragraphs
        case Table():
            return [cell.content for row in block.rows for cell in row]
        case _:
            return []
