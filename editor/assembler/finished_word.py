"""What is checked in a finished Word file's package (publishing.md §16).

V09 structure, V10 fields, V15 language, title and descriptions, V17 text read back, V18 footnotes.
"""

import posixpath
import zipfile
from collections.abc import Iterator, Sequence

from lxml import etree

from editor.assembler.findings import named
from editor.assembler.ooxml import Node, qualified
from editor.assembler.phrases import full_title
from editor.assembler.verdicts import bare, failed
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
    plain,
)

BODY = "word/document.xml"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
DUBLIN = "{http://purl.org/dc/elements/1.1/}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
# Word may refuse what stands in another order (W05)
ORDER = {
    "w:pPr": "pStyle keepNext keepLines pageBreakBefore widowControl pBdr shd tabs spacing ind jc "
    "outlineLvl rPr sectPr",
    "w:tblPr": "tblStyle tblW jc tblBorders tblLayout tblCellMar tblLook tblCaption",
    "w:tcPr": "tcW gridSpan vMerge tcBorders shd vAlign",
    "w:sectPr": "headerReference footerReference type pgSz pgMar pgNumType cols",
}
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
    _order(body)
    _ids(body)
    _relations(parts, names)
    _quiet(parts)
    _fields(body)
    _described(body)
    _language(parts, document, profile)
    _read_back(body, document)
    _notes(parts, document)
    return ["V09", "V10", "V15", "V17", "V18"]


# --- V09: structure ------------------------------------------------------------------------------


def _order(body: Node) -> None:
    for tag, wanted in ORDER.items():
        places = {qualified(f"w:{name}"): number for number, name in enumerate(wanted.split())}
        for node in body.iter(qualified(tag)):
            seen = [places[child.tag] for child in node if child.tag in places]
            if seen != sorted(seen):
                raise failed("V09", f"{tag} 内的元素次序不对", f"elements out of order in {tag}")


def _ids(body: Node) -> None:
    marks = [mark.get(qualified("w:id")) for mark in body.iter(qualified("w:bookmarkStart"))]
    names = [mark.get(qualified("w:name")) for mark in body.iter(qualified("w:bookmarkStart"))]
    drawings = [node.get("id") for node in body.iter(DRAWING)]
    for found in (marks, names, drawings):
        if len(set(found)) < len(found):
            raise failed("V09", "文件内有重复的编号", "an id is used twice in the file")


def _relations(parts: dict[str, Node], names: set[str]) -> None:
    """Every relationship leads to a part, and every one that is named exists."""
    for name, root in parts.items():
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        ids = set()
        for relation in root.iter(f"{PACKAGE}Relationship"):
            ids.add(relation.get("Id"))
            target = relation.get("Target", "")
            if relation.get("TargetMode") == "External":
                continue
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if path not in names:
                raise failed("V09", f"文件缺少部件 {target}", f"the part {target} is missing")
        owner = posixpath.join(folder, posixpath.basename(name).removesuffix(".rels"))
        used = {value for key, value in _attributes(parts.get(owner)) if key.startswith(RELATION)}
        if lost := sorted(used - ids):
            raise failed("V09", f"关系 {lost[0]} 不存在", f"relationship {lost[0]} does not exist")


def _attributes(root: Node | None) -> Iterator[tuple[str, str]]:
    if root is not None:
        for node in root.iter():
            yield from ((str(key), str(value)) for key, value in node.attrib.items())


def _quiet(parts: dict[str, Node]) -> None:
    """Nothing in the file makes Word ask its reader a question."""
    for root in parts.values():
        dirty = any(key == qualified("w:dirty") for key, _ in _attributes(root))
        if dirty or next(root.iter(qualified("w:updateFields")), None) is not None:
            raise failed("V09", "打开时会弹出更新域的提问", "opening the file asks a question")


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
        for line in (line for block in article.blocks for line in _paragraphs(block)):
            wanted = bare(line)
            while at < len(texts) and wanted not in texts[at]:
                at += 1
            if at == len(texts):
                raise failed(
                    "V17",
                    f"{named(article)[0]}的一段读不回来：{line[:20]}",
                    f"{named(article)[1]}: a paragraph does not read back: {line[:20]}",
                )


def _paragraphs(block: object) -> list[str]:
    match block:
        case Heading() | Paragraph():
            return [plain(block.content)]
        case ListBlock():
            return [plain(item) for item in block.items]
        case Quote():
            return [plain(content) for content in block.paragraphs]
        case _:
            return []


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
