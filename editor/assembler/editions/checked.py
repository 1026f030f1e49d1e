"""What is checked in a finished web page, EPUB or WeChat packet before it is handed out (V19).

Each file is read back as its readers will read it. A file that fails is not handed out.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from urllib.parse import urlsplit

from lxml import etree, html

from editor.assembler.checks import bare, failed
from editor.assembler.contents import solo
from editor.assembler.editions.bundle import SUMS
from editor.assembler.editions.epub import FOLDER, MEDIA_TYPE
from editor.assembler.editions.reading import SAFE_SCHEMES
from editor.assembler.editions.wechat import Post, fragment, posts_in
from editor.assembler.findings import named
from editor.assembler.ooxml import Node
from editor.profile import Profile
from editor.text.document import (
    AnyBlock,
    Article,
    FootnoteRef,
    Heading,
    IssueDocument,
    ListBlock,
    Paragraph,
    Quote,
    Table,
    block_lines,
    inline_contents,
    plain,
)
from editor.text.quoting import briefly

PASSED = ["V02", "V03", "V19"]
# what could run, load or lead away; none of our templates has any
ALIVE = ("script", "iframe", "frame", "object", "embed", "base", "form", "applet", "link", "audio")
REFERENCES = ("src", "href", "action", "data", "poster", "srcset", "background", "formaction")
DROPPED_BY_WECHAT = ("script", "style", "svg", "link", "iframe", "form", "input")


def check_web(page: bytes, document: IssueDocument, profile: Profile) -> list[str]:
    """Return the checks that the web page has passed; raises Unusable naming the first failed."""
    root: Node = html.document_fromstring(page.decode("utf-8"))
    ids = _ids(root, "V19")
    for element in root.iter(etree.Element):
        _refuse_alive(element)
        for name, target in _references(element):
            if name == "src" and not target.startswith("data:image/"):
                raise _asks(target)
            if name != "src":
                _check_link(target, ids)
    lines = [line.get("href").removeprefix("#") for line in root.findall(".//nav//a")]
    _check_contents(lines, document, profile)
    found = {node.get("id"): node for node in root.findall(".//article")}
    _check_order(list(found), document)
    for article in document.articles():
        _check_article(article, _text(found[article.anchor]))
    return PASSED


def check_epub(content: bytes, document: IssueDocument, profile: Profile) -> list[str]:
    """Return the checks that the EPUB has passed; raises Unusable naming the first failed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
        plain = first.compress_type == zipfile.ZIP_STORED
        if (first.filename, archive.read(first)) != ("mimetype", MEDIA_TYPE.encode()) or not plain:
            raise failed("V19", "文件开头的格式标记不对", "the file does not begin with its type")
        files = {name: archive.read(name) for name in archive.namelist()}
    pages: dict[str, Node] = {
        name.removeprefix(FOLDER): etree.fromstring(body)
        for name, body in files.items()
        if name.endswith(".xhtml")
    }
    _check_package(files, FOLDER)
    _check_pages(pages, files)
    toc = pages["nav.xhtml"].findall(".//{*}nav")[0]
    targets = [
        link.get("href")
        for link in toc.iter("{*}a")
        if link.get("href") not in ("cover.xhtml", "colophon.xhtml")
    ]
    # a section's line leads to the file of its first item
    firsts = {f"{p.articles[0].anchor}.xhtml": p.anchor for p in document.parts if p.articles}
    anchors = [firsts.get(name) or name.partition("#")[2] for name in targets]
    _check_contents(anchors, document, profile)
    for article in document.articles():
        page = pages.get(f"{article.anchor}.xhtml")
        _check_article(article, "" if page is None else _text(page))
    return PASSED


def check_wechat(packet: bytes, document: IssueDocument) -> list[str]:
    """Return the checks that the packet has passed; raises Unusable naming the first failed.

    The parts of a long item are read as one.
    """
    posts = posts_in(packet)
    _check_order(dict.fromkeys(post.item for post in posts), document)
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        names = frozenset(archive.namelist())
        texts = [fragment(archive.read(post.name).decode("utf-8")) for post in posts]
    words: dict[str, str] = {}
    for post, text in zip(posts, texts, strict=True):
        root: Node = html.fragment_fromstring(text, create_parent="section")
        _check_post(post, root, names)
        if (post.characters, post.size) != (len(text), len(text.encode("utf-8"))):
            title = briefly(post.title)
            raise failed("V19", f"“{title}”的字数不对", f"“{title}” has another size")
        words[post.item] = words.get(post.item, "") + _text(root)
    for article in document.articles():
        _check_article(article, words[article.anchor])
    return ["V03", "V19"]


def _check_post(post: Post, root: Node, names: frozenset[str]) -> None:
    """Find nothing in an article that the platform drops, and no picture that is not there."""
    for element in root.iter(etree.Element):
        _refuse_alive(element)
        if element.tag in DROPPED_BY_WECHAT or element.get("class") or element.get("id"):
            raise failed(
                "V19",
                f"“{briefly(post.title)}”里有公众号不收的内容：{element.tag}",
                f"“{briefly(post.title)}” holds what WeChat drops: {element.tag}",
            )
        for name, target in _references(element):
            if name == "src" and target not in names:
                raise _asks(target)
            if name != "src":
                _check_link(target, frozenset())


def check_packet(content: bytes) -> list[str]:
    """Return the checks that the packet of all files has passed: every sum holds."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        listed = {}
        for line in archive.read(SUMS).decode("ascii").splitlines():
            sha256, _, name = line.partition("  ")
            listed[name] = sha256
        found = {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name != SUMS
        }
    if listed != found:
        raise failed("SUMS", "校验和与文件不符", "the sums are not those of the files")
    return ["SUMS"]


# --- pieces --------------------------------------------------------------------------------------


def _ids(root: Node, check: str) -> frozenset[str]:
    ids = [element.get("id") for element in root.iter(etree.Element) if element.get("id")]
    if len(ids) != len(set(ids)):
        raise failed(check, "页内有重复的锚点", "an anchor occurs twice")
    return frozenset(ids)


def _local(element: Node) -> str:
    return str(etree.QName(element).localname).lower()


def _refuse_alive(element: Node) -> None:
    name = _local(element)
    runs = [key for key in element.attrib if str(key).lower().startswith("on")]
    own_sheet = name == "link" and element.get("rel") == "stylesheet"
    if (name in ALIVE and not own_sheet) or runs:
        raise failed(
            "V19", f"页面里有可执行的内容：{name}", f"the page holds something alive: {name}"
        )


def _references(element: Node) -> Iterator[tuple[str, str]]:
    for key, target in element.attrib.items():
        name = str(key).rpartition("}")[2].lower()
        if name in REFERENCES:
            yield name, target


def _asks(target: str) -> Exception:
    return failed("V19", f"页面会向外请求：{target[:60]}", f"the page would ask for {target[:60]}")


def _check_link(target: str, ids: frozenset[str]) -> None:
    if target.startswith("#"):
        if target[1:] not in ids:
            raise failed("V19", f"链接没有去处：{target}", f"a link leads nowhere: {target}")
    elif urlsplit(target).scheme.lower() not in SAFE_SCHEMES:
        raise failed(
            "V19", f"不允许的链接：{target[:60]}", f"a link of no good kind: {target[:60]}"
        )


def _check_contents(anchors: list[str], document: IssueDocument, profile: Profile) -> None:
    """Compare the contents' lines with sections and items, a solo section being one line."""
    wanted = []
    for part in (part for part in document.parts if part.articles):
        wanted.append(part.anchor)
        if not solo(part, profile):
            wanted += [article.anchor for article in part.articles]
    if anchors != wanted:
        raise failed("V02", "目录与稿件不一致", "the contents are not those of the issue")


def _check_order(anchors: Iterable[str], document: IssueDocument) -> None:
    if list(anchors) != [article.anchor for article in document.articles()]:
        raise failed("V03", "稿件不全或次序不对", "items are missing or out of order")


def _check_article(article: Article, text: str) -> None:
    """Find every line of an item in the text of its own element."""
    for line in (line for block in article.blocks for line in _lines(block)):
        if bare(line) not in text:
            chinese, english = named(article)
            raise failed("V03", f"{chinese}缺少“{line[:20]}”", f"{english} lacks “{line[:20]}”")


def _lines(block: AnyBlock) -> Iterator[str]:
    """Yield a block's lines, parted where the mark of a footnote stands in between."""
    for content in inline_contents(block):
        for noted, inlines in groupby(content, lambda inline: isinstance(inline, FootnoteRef)):
            if not noted:
                yield plain(inlines)
    match block:
        case Heading() | Paragraph() | ListBlock() | Quote():
            return
        case Table():
            yield from (block.caption, block.unit, *block.notes)
        case _:
            yield from block_lines(block)


def _text(root: Node) -> str:
    return bare("".join(root.itertext()))


def _check_package(files: dict[str, bytes], folder: str) -> None:
    """Compare the package's list with the files, both ways."""
    root: Node = etree.fromstring(files[f"{folder}package.opf"])
    listed = [item.get("href") for item in root.iter("{*}item")]
    inside = sorted(
        name.removeprefix(folder)
        for name in files
        if name.startswith(folder) and not name.endswith(".opf")
    )
    if sorted(listed) != inside:
        raise failed("V19", "文件清单不符", "the list of files is not true")


def _check_pages(pages: dict[str, Node], files: dict[str, bytes]) -> None:
    known = {name: _ids(page, "V19") for name, page in pages.items()}
    for name, page in pages.items():
        for element in page.iter(etree.Element):
            _refuse_alive(element)
            for _key, target in _references(element):
                if not urlsplit(target).scheme:
                    _check_place(name, target, known, files)
                elif _local(element) == "a":
                    _check_link(target, frozenset())
                else:
                    raise _asks(target)


def _check_place(
    page: str, target: str, known: dict[str, frozenset[str]], files: dict[str, bytes]
) -> None:
    """Find the file and the anchor that a link or a picture of a page means."""
    place, _, anchor = target.partition("#")
    missing = place and f"{FOLDER}{place}" not in files
    if missing or (anchor and anchor not in known[place or page]):
        raise failed("V19", f"链接没有去处：{target}", f"a link leads nowhere: {target}")
