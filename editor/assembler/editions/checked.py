"""What is checked in a finished web page, EPUB or WeChat packet before it is handed out.

V02 contents, V15 language and title, V19 nothing alive and nothing asked for; then every item.

Each file is read back as its readers will read it. A file that fails is not handed out.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from lxml import etree, html

from editor.assembler.contents import section_title, solo
from editor.assembler.editions.bundle import SUMS
from editor.assembler.editions.checked_item import Shown, check_item, codes
from editor.assembler.editions.epub import FOLDER, MEDIA_TYPE
from editor.assembler.editions.reading import SAFE_SCHEMES, safe_url
from editor.assembler.editions.wechat import Post, fragment, posts_in
from editor.assembler.finished.verdicts import bare, failed
from editor.assembler.phrases import full_title, publisher
from editor.assembler.qr import qr_matrix
from editor.assembler.word.ooxml import UNSPEAKABLE, Node
from editor.profile import Profile
from editor.text.document import IssueDocument
from editor.text.quoting import briefly

PASSED = ["V02", "V03", "V06", "V07", "V08", "V15", "V18", "V19"]
AROUND = ("cover.xhtml", "nav.xhtml", "colophon.xhtml")  # the files beside those of the items
SAID = ("language", "title", "creator")
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
    lines = [
        (line.get("href").removeprefix("#"), line.text_content())
        for line in root.findall(".//nav//a")
    ]
    _check_contents(lines, document, profile)
    found = {node.get("id"): node for node in root.findall(".//article")}
    _check_order(list(found), document)
    _check_words(document, profile, root.get("lang"), root.findtext(".//title"), _author(root))
    _check_masthead(document, root.findall(".//section[@class='masthead']"), _nothing)
    _check_items(document, profile, {anchor: [node] for anchor, node in found.items()}, _nothing)
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
    links = [link for link in toc.iter("{*}a") if link.get("href") not in AROUND]
    # a section's line leads to the file of its first item
    firsts = {f"{p.articles[0].anchor}.xhtml": p.anchor for p in document.parts if p.articles}
    lines = [
        (firsts.get(name := link.get("href")) or name.partition("#")[2], "".join(link.itertext()))
        for link in links
    ]
    _check_contents(lines, document, profile)
    _check_order((name.removesuffix(".xhtml") for name in _spine(files)), document)
    package: Node = etree.fromstring(files[f"{FOLDER}package.opf"])
    language, title, author = (package.findtext(f".//{{*}}{name}") for name in SAID)
    _check_words(document, profile, language, title, author)

    def picture(name: str) -> bytes:
        return files[f"{FOLDER}{name}"]

    _check_masthead(document, [pages["cover.xhtml"]], picture)
    shown = {a.anchor: [pages[f"{a.anchor}.xhtml"]] for a in document.articles()}
    _check_items(document, profile, shown, picture)
    return PASSED


def check_wechat(packet: bytes, document: IssueDocument, profile: Profile) -> list[str]:
    """Return the checks that the packet has passed; raises Unusable naming the first failed.

    The parts of a long item are read as one.
    """
    posts = posts_in(packet)
    _check_order(dict.fromkeys(post.item for post in posts), document)
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    texts = [fragment(files[post.name].decode("utf-8")) for post in posts]
    shown: dict[str, list[Node]] = {}
    for post, text in zip(posts, texts, strict=True):
        root: Node = html.fragment_fromstring(text, create_parent="section")
        _check_post(post, root, frozenset(files))
        if (post.characters, post.size) != (len(text), len(text.encode("utf-8"))):
            title = briefly(post.title)
            raise failed("V19", f"“{title}”的字数不对", f"“{title}” has another size")
        shown.setdefault(post.item, []).append(root)
    # a title is typed beside the text, and other sites' links are dropped
    _check_items(document, profile, shown, files.__getitem__, headless=True, linked=False)
    return ["V03", "V06", "V07", "V08", "V15", "V18", "V19"]


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


def _check_contents(
    lines: list[tuple[str, str]], document: IssueDocument, profile: Profile
) -> None:
    """Compare the contents' anchors and words with the issue's, a solo section being one line."""
    wanted = []
    for part in (part for part in document.parts if part.articles):
        wanted.append((part.anchor, section_title(part, profile)))
        if not solo(part, profile):
            # an item without a headline has no line of its own
            wanted += [(each.anchor, each.headline) for each in part.articles if each.headline]
    if [anchor for anchor, _ in lines] != [anchor for anchor, _ in wanted]:
        raise failed("V02", "目录与稿件不一致", "the contents are not those of the issue")
    for (_, found), (_, text) in zip(lines, wanted, strict=True):
        if bare(found) != bare(UNSPEAKABLE.sub("", text)):
            name = briefly(text)
            raise failed("V02", f"目录中“{name}”不对", f"contents line “{name}” is wrong")


def _check_order(anchors: Iterable[str], document: IssueDocument) -> None:
    if list(anchors) != [article.anchor for article in document.articles()]:
        raise failed("V03", "稿件不全或次序不对", "items are missing or out of order")


def _check_items(
    document: IssueDocument,
    profile: Profile,
    elements: Mapping[str, Sequence[Node]],
    picture: Callable[[str], bytes],
    *,
    headless: bool = False,
    linked: bool = True,
) -> None:
    """Check every item by the elements that show it."""
    for part in document.parts:
        alone = headless or solo(part, profile)
        for article in part.articles:
            shown = Shown(elements[article.anchor], picture, headless=alone, linked=linked)
            check_item(article, shown, profile)


def _nothing(name: str) -> bytes:
    raise _asks(name)


def _check_words(
    document: IssueDocument,
    profile: Profile,
    language: str | None,
    title: str | None,
    author: str | None,
) -> None:
    """V15: language, title and author of the file."""
    if language != profile.language:
        raise failed("V15", "文件没有标明语言", "the file does not name its language")
    named = (bare(title or ""), bare(author or ""))
    if named != (bare(full_title(document)), bare(publisher(document))):
        raise failed("V15", "文件属性里没有刊名和期号", "the file's title is not the issue's")


def _check_masthead(
    document: IssueDocument, elements: Sequence[Node], picture: Callable[[str], bytes]
) -> None:
    """V07: the code of the masthead page, where there is one."""
    url = safe_url(document.qr_url)
    if codes(Shown(elements, picture)) != ([qr_matrix(url)] if url else []):
        raise failed(
            "V07",
            f"刊首页的二维码扫不出：{briefly(url)}",
            f"the masthead's code cannot be read: {briefly(url)}",
        )


def _author(root: Node) -> str:
    return "".join(node.get("content") for node in root.findall(".//meta[@name='author']"))


def _spine(files: dict[str, bytes]) -> list[str]:
    """Return the files of the items in the order in which they are read."""
    package: Node = etree.fromstring(files[f"{FOLDER}package.opf"])
    names = {item.get("id"): item.get("href") for item in package.iter("{*}item")}
    read = [names[each.get("idref")] for each in package.iter("{*}itemref")]
    return [name for name in read if name not in AROUND]


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
