"""WeChat articles: one for each item, every style inline, and a report of what the platform takes.

The platform drops classes, ids, style sheets, scripts, SVG and links to other sites, and shows a
picture only after it was uploaded: codes are pictures, addresses are printed, pictures are named.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from editor.assembler.editions.art import Beside, data_url, stored_pictures
from editor.assembler.editions.colours import readable
from editor.assembler.editions.pages import fill, own_colour
from editor.assembler.editions.parting import part_name, parted
from editor.assembler.editions.reading import Item, Reading, read
from editor.assembler.editions.zips import packed
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument

# what the platform's draft interface takes of one article (publishing.md §14)
MOST_CHARACTERS = 20_000
MOST_BYTES = 1_000_000
LONGEST_TITLE = 32
OWN_HOST = "mp.weixin.qq.com"
PICTURES = "pictures/"
REPORT = "report.json"
BODY = re.compile(r"<body>\n(.*)\n</body>", re.DOTALL)
SOURCE = re.compile(rf'src="({PICTURES}[\w.-]+)"')
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}

SERIF = "font-family:Optima,'PingFang SC','Microsoft YaHei',sans-serif;"
LINE = "margin:0 0 16px;font-size:16px;line-height:1.75;text-align:justify;"
SMALL = "margin:0 0 8px;font-size:14px;line-height:1.6;"
LOOKS: Mapping[str, str] = {
    "page": f"color:#2b2b2b;letter-spacing:0.5px;{SERIF}",
    "body": LINE,
    "kicker": f"{LINE}text-align:center;color:#666;",
    "deck": f"{LINE}color:#666;",
    "abstract": f"{LINE}padding:0 12px;font-size:15px;color:#555;",
    "keywords": f"{LINE}padding:0 12px;font-size:15px;color:#555;",
    "funding": f"{LINE}padding:0 12px;font-size:15px;color:#555;",
    "heading1": "margin:32px 0 16px;padding-left:10px;border-left:4px solid OWN;font-size:18px;"
    "font-weight:bold;line-height:1.5;color:OWN;",
    "heading2": "margin:24px 0 12px;font-size:17px;font-weight:bold;line-height:1.5;",
    "heading3": "margin:16px 0 8px;font-size:16px;font-weight:bold;line-height:1.5;color:#555;",
    "subtitle": f"{LINE}text-align:center;color:#666;",
    "source": f"{SMALL}text-align:center;color:#8a8a8a;",
    "byline": f"{LINE}text-align:right;font-size:15px;color:#666;",
    "list": "margin:0 0 16px;padding-left:24px;",
    "entry": "font-size:16px;line-height:1.75;text-align:justify;",
    "quote": "margin:0 0 16px;padding:12px 16px 1px;border-left:3px solid #ccc;"
    "background-color:#f7f7f7;color:#555;",
    "mark": "font-size:12px;color:OWN;",
    "shifted": "font-size:12px;",
    "link": "color:#576b95;text-decoration:none;",
    "caption": "margin:8px 0;font-size:15px;font-weight:bold;line-height:1.5;text-align:center;",
    "unit": f"{SMALL}text-align:right;color:#8a8a8a;",
    "scroll": "margin:0 0 8px;overflow-x:auto;",
    # a long table has hundreds of cells: what a row or the table can say is said there
    "table": "width:100%;border-collapse:collapse;border-top:2px solid #999;"
    "border-bottom:2px solid #999;font-size:14px;line-height:1.5;text-align:center;",
    "row": "border-top:1px solid #ddd;",
    "head": "padding:6px 8px;background-color:#HEAD;font-weight:bold;",
    "cell": "padding:6px 8px;",
    "note": f"{SMALL}color:#8a8a8a;text-align:justify;",
    "figure": "margin:16px 0;text-align:center;",
    "picture": "max-width:100%;height:auto;",
    "formula": f"{LINE}text-align:center;",
    "book": "margin:24px 0;padding-bottom:8px;border-bottom:1px solid #e5e5e5;",
    "jacket": "display:block;width:120px;margin:0 auto 16px;",
    "field": "margin:0 0 8px;font-size:15px;line-height:1.75;text-align:justify;",
    "name": "color:OWN;",
    "attachment": "margin:24px 0;padding:16px;border:1px solid #e5e5e5;border-radius:6px;"
    "text-align:center;",
    "code": "display:block;width:140px;margin:0 auto 12px;",
    "label": "margin:0 0 8px;font-size:15px;line-height:1.6;",
    "url": "margin:0;font-size:12px;line-height:1.5;color:#8a8a8a;word-break:break-all;",
    "notes": "margin:24px 0 0;padding-top:12px;border-top:1px solid #e5e5e5;",
    "end": "margin:32px 0 0;font-size:13px;line-height:1.6;text-align:center;color:#b2b2b2;",
}


@dataclass(frozen=True)
class Post:
    """An article for the platform: its file, its size with all tags, the pictures to upload.

    `findings` are what the platform would refuse, in Chinese and in English. A long item is
    several of them: `item` is its anchor, `part` counts from 1 to `parts`.
    """

    anchor: str
    section: str
    title: str
    name: str
    characters: int
    size: int
    pictures: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    item: str = ""
    part: int = 1
    parts: int = 1


def wechat_packet(document: IssueDocument, profile: Profile, files: FileStore) -> bytes:
    """Return a zip: an HTML file for each item, the pictures to upload, the report.

    An item that the platform does not take whole is several files, each of which it takes.

    Raises NotFound for a picture whose file is lost, Invalid for one that cannot be read and for
    an address that no code can hold.
    """
    art = Beside(stored_pictures(document, files), PICTURES)
    issue = read(document, profile, art)
    look = looks_of(profile)
    posts: list[Post] = []
    content = []

    def page_of(item: Item) -> str:
        return fill("wechat.html", issue=issue, item=item, look=look, kept=kept)

    for section, whole in _items(issue):
        pieces = parted(whole, lambda item: _size(page_of(item)), MOST_CHARACTERS - 1)
        for number, piece in enumerate(pieces, start=1):
            page = page_of(_titled(piece, part_name(number, len(pieces))))
            post = judged(section, piece, page, len(posts) + 1, (number, len(pieces)))
            posts.append(post)
            content.append((post.name, page.encode("utf-8")))
    report = json.dumps([asdict(post) for post in posts], ensure_ascii=False, indent=1)
    return packed(
        [
            ("README.txt", readme(issue, posts).encode("utf-8")),
            (REPORT, report.encode("utf-8")),
            *content,
            *((name, body) for name, (body, _) in art.files.items()),
        ]
    )


def _items(issue: Reading) -> Iterator[tuple[str, Item]]:
    for section in issue.sections:
        for item in section.items:
            yield section.title, item


def _titled(item: Item, part: str) -> Item:
    return replace(item, title=f"{item.title}（{part}）") if part else item


def _size(page: str) -> int:
    """Return how much of an article's room a page takes, in characters; bytes may weigh more."""
    text = fragment(page)
    return max(len(text), -(-len(text.encode("utf-8")) * MOST_CHARACTERS // MOST_BYTES))


def kept(href: str) -> bool:
    """Whether the platform keeps a link: those to its own articles."""
    return bool(href) and urlsplit(href).hostname == OWN_HOST


def looks_of(profile: Profile) -> dict[str, str]:
    """Return every role's inline style in the publication's colours."""
    own, head = f"#{readable(own_colour(profile), 'ffffff')}", profile.table.header_fill
    return {role: style.replace("OWN", own).replace("HEAD", head) for role, style in LOOKS.items()}


# --- what the platform takes ---------------------------------------------------------------------


def fragment(page: str) -> str:
    """Return what is pasted or sent of an article's file: all inside of its body."""
    found = BODY.search(page)
    return found.group(1).strip() if found else ""


def judged(section: str, item: Item, page: str, number: int, part: tuple[int, int]) -> Post:
    """Return an article with its size and with what the platform would refuse.

    `part` says which of how many parts of its item it is.
    """
    text = fragment(page)
    anchor = item.anchor if part == (1, 1) else f"{item.anchor}-{part[0]}"
    post = Post(
        anchor=anchor,
        section=section,
        title=_titled(item, part_name(*part)).title,
        name=f"{number:03d}-{anchor}.html",
        characters=len(text),
        size=len(text.encode("utf-8")),
        pictures=tuple(dict.fromkeys(SOURCE.findall(text))),
        item=item.anchor,
        part=part[0],
        parts=part[1],
    )
    return replace(post, findings=tuple(_findings(post)))


def _findings(post: Post) -> Iterator[tuple[str, str]]:
    if len(post.title) > LONGEST_TITLE:
        yield (
            f"标题 {len(post.title)} 字，公众号最多 {LONGEST_TITLE} 字，粘贴后请改短",
            f"The title has {len(post.title)} characters; WeChat takes {LONGEST_TITLE}",
        )
    if post.characters >= MOST_CHARACTERS:
        yield (
            f"正文连同标签 {post.characters} 个字符，公众号须少于 {MOST_CHARACTERS} 个，"
            "其中有一段或一个表格太大，分不开：请把表格改成图片，或把这一段拆短",
            f"{post.characters} characters with all tags; WeChat takes fewer than "
            f"{MOST_CHARACTERS}, and one table or paragraph is too large to be parted: paste the "
            "table as a picture, or part the paragraph",
        )
    if post.size >= MOST_BYTES:
        yield (
            f"正文 {post.size / 1e6:.2f} MB，公众号须小于 1 MB，请把其中最大的表格改成图片",
            f"{post.size / 1e6:.2f} MB; WeChat takes less than 1 MB: paste its largest table as a "
            "picture",
        )


def readme(issue: Reading, posts: list[Post]) -> str:
    """Return what is in the packet, in words."""
    rows = [issue.title, ""]
    rows += [
        "每篇稿件一个 HTML 文件：用浏览器打开，全选复制，粘贴到公众号编辑器；标题另填。",
        "图片和二维码在 pictures 文件夹，粘贴后没有显示的，按文件名逐一上传到原处。",
        "公众号会去掉指向其他网站的链接，所以网址印在文中，并配有二维码。",
        "公众号一篇放不下的长文已在小标题或段落处分成几篇，标题后注上、下，依次发布。",
        "",
    ]
    for post in posts:
        rows.append(f"{post.name}\t{post.characters} 字符\t{post.title}")
        rows += [f"\t图片：{PurePosixPath(name).name}" for name in post.pictures]
        rows += [f"\t注意：{chinese}" for chinese, _ in post.findings]
    return "\n".join(rows) + "\n"


# --- reading a packet back -----------------------------------------------------------------------


def posts_in(packet: bytes) -> list[Post]:
    """Return the articles of a packet as its report lists them."""
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        rows = json.loads(archive.read(REPORT))
    return [
        Post(
            **row
            | {
                "pictures": tuple(row["pictures"]),
                "findings": tuple((zh, en) for zh, en in row["findings"]),
            }
        )
        for row in rows
    ]


def pasted(packet: bytes, anchor: str) -> str | None:
    """Return one article for the clipboard, its pictures inside; None when there is none."""
    post = next((each for each in posts_in(packet) if each.anchor == anchor), None)
    if post is None:
        return None
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        text = fragment(archive.read(post.name).decode("utf-8"))
        inside = {
            name: data_url(archive.read(name), MEDIA_TYPES[PurePosixPath(name).suffix])
            for name in post.pictures
        }
    return SOURCE.sub(lambda found: f'src="{inside[found[1]]}"', text)


def picture_in(packet: bytes, name: str) -> tuple[bytes, str] | None:
    """Return a picture to upload and its media type; None when the packet has none so named."""
    place = PICTURES + name
    known = {each for post in posts_in(packet) for each in post.pictures}
    if place not in known:
        return None
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        return archive.read(place), MEDIA_TYPES[PurePosixPath(name).suffix]
