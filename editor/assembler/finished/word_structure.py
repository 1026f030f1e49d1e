"""V09 in a finished Word file: every part is put together as the schema and Word demand.

Element order in all parts, ids used once, whatever is referred to exists, every part has a
type, and nothing makes Word ask its reader a question (publishing.md §12, §16).
"""

import posixpath
from collections.abc import Iterator, Mapping

from editor.assembler.finished.verdicts import failed
from editor.assembler.word.ooxml import RANKS, Node, qualified
from editor.errors import Unusable

BODY, STYLES, NUMBERING = "word/document.xml", "word/styles.xml", "word/numbering.xml"
TYPES = "[Content_Types].xml"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
TYPE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
VALUE, ID, NAME = qualified("w:val"), qualified("w:id"), qualified("w:name")
BOOKMARK = qualified("w:bookmarkStart")
FIELDS = (qualified("w:fldChar"), qualified("w:fldSimple"))
OF_STYLE = tuple(
    qualified(f"w:{name}") for name in ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link")
)


def check_structure(parts: Mapping[str, Node], names: set[str]) -> None:
    """Raise Unusable unless the file is put together well; `names` are all its members."""
    for name, root in parts.items():
        _order(name, root)
    _ids(parts)
    _cells(parts)
    _relations(parts, names)
    _types(parts, names)
    _references(parts)
    _quiet(parts)


def _order(name: str, root: Node) -> None:
    for parent in root.iter(*RANKS):
        ranks = RANKS[parent.tag]
        last = -1
        for child in parent:
            rank = ranks.get(child.tag, -1)
            if rank < last:
                tag = _local(parent)
                raise _wrong(f"{name} 的 {tag} 内的元素次序不对", f"{name}: {tag} is out of order")
            last = rank


def _local(node: Node) -> str:
    return str(node.tag).rpartition("}")[2]


def _wrong(chinese: str, english: str) -> Unusable:
    return failed("V09", chinese, english)


def _ids(parts: Mapping[str, Node]) -> None:
    """Bookmarks and their ends, drawings, notes and styles each have an id of their own."""
    roots = [root for name, root in parts.items() if name.startswith("word/")]
    marks = [mark for root in roots for mark in root.iter(BOOKMARK)]
    ends = [end.get(ID) for root in roots for end in root.iter(qualified("w:bookmarkEnd"))]
    opened = [mark.get(ID) for mark in marks]
    for found in (
        opened,
        ends,
        [mark.get(NAME) for mark in marks],
        [node.get("id") for root in roots for node in root.iter(DRAWING)],
        [note.get(ID) for root in roots for note in root.iter(qualified("w:footnote"))
         if _local(note.getparent()) == "footnotes"],
        _style_ids(parts),
    ):  # fmt: skip
        if len(set(found)) < len(found):
            raise _wrong("文件内有重复的编号", "an id is used twice in the file")
    if set(opened) != set(ends):
        raise _wrong("有书签没有首尾", "a bookmark lacks its beginning or its end")


def _style_ids(parts: Mapping[str, Node]) -> list[str | None]:
    key = qualified("w:styleId")
    return [style.get(key) for style in parts[STYLES].iter(qualified("w:style"))]


def _cells(parts: Mapping[str, Node]) -> None:
    """Word refuses a cell that does not end in a paragraph."""
    paragraph = qualified("w:p")
    for cell in parts[BODY].iter(qualified("w:tc")):
        if not len(cell) or cell[-1].tag != paragraph:
            raise _wrong("有单元格没有段落", "a table cell has no paragraph")


def _relations(parts: Mapping[str, Node], names: set[str]) -> None:
    """Every relationship leads to a part, and every one that is named exists."""
    for name, root in parts.items():
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        ids = set()
        for relation in root.iter(f"{PACKAGE}Relationship"):
            if relation.get("Id") in ids:
                raise _wrong("文件内有重复的编号", "an id is used twice in the file")
            ids.add(relation.get("Id"))
            target = relation.get("Target", "")
            if relation.get("TargetMode") == "External":
                continue
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if path not in names:
                raise _wrong(f"文件缺少部件 {target}", f"the part {target} is missing")
        owner = posixpath.join(folder, posixpath.basename(name).removesuffix(".rels"))
        used = {value for key, value in _attributes(parts.get(owner)) if key.startswith(RELATION)}
        if lost := sorted(used - ids):
            raise _wrong(f"关系 {lost[0]} 不存在", f"relationship {lost[0]} does not exist")


def _types(parts: Mapping[str, Node], names: set[str]) -> None:
    """Every part's type is said, by its name or by its ending."""
    root = parts[TYPES]
    own = {node.get("PartName", "").lstrip("/") for node in root.iter(f"{TYPE}Override")}
    endings = {node.get("Extension", "").lower() for node in root.iter(f"{TYPE}Default")}
    for name in sorted(names - own - {TYPES}):
        if name.rpartition(".")[2].lower() not in endings:
            raise _wrong(f"部件 {name} 没有类型", f"the part {name} has no type")
    if lost := sorted(own - names):
        raise _wrong(f"文件缺少部件 {lost[0]}", f"the part {lost[0]} is missing")


def _references(parts: Mapping[str, Node]) -> None:
    """Every style and every list that a paragraph names exists."""
    styles = set(_style_ids(parts))
    key = qualified("w:numId")
    numbers = parts.get(NUMBERING)
    lists = (
        {node.get(key) for node in numbers.iter(qualified("w:num"))}
        if numbers is not None
        else set()
    )
    for name, root in parts.items():
        if not name.startswith("word/"):
            continue
        for node in root.iter(*OF_STYLE):
            if node.get(VALUE) not in styles:
                style = node.get(VALUE)
                raise _wrong(f"样式 {style} 不存在", f"the style {style} does not exist")
        for node in root.iter(key):
            if node.get(VALUE) not in lists:
                raise _wrong("有列表没有编号定义", "a list has no numbering")


def _quiet(parts: Mapping[str, Node]) -> None:
    """Nothing in the file makes Word ask its reader a question."""
    dirty, update = qualified("w:dirty"), qualified("w:updateFields")
    for root in parts.values():
        asks = any(node.get(dirty) is not None for node in root.iter(*FIELDS))
        if asks or next(root.iter(update), None) is not None:
            raise _wrong("打开时会弹出更新域的提问", "opening the file asks a question")


def _attributes(root: Node | None) -> Iterator[tuple[str, str]]:
    if root is not None:
        for node in root.iter():
            yield from ((str(key), str(value)) for key, value in node.attrib.items())
