"""How each format is made and checked; every one is a reading of the same frozen document."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from editor.assembler.contents import entries
from editor.assembler.editions.bundle import Piece, bundle, stem
from editor.assembler.editions.checked import check_epub, check_packet, check_web, check_wechat
from editor.assembler.editions.epub import epub
from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import Post, posts_in, wechat_packet
from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.finished.notes import notes_away
from editor.assembler.makings import font_digests, makings
from editor.assembler.preflight.findings import Finding
from editor.assembler.press.orders import for_readers, in_pdf, in_word
from editor.assembler.press.typeset import typeset, typeset_for_shop
from editor.assembler.word.numbering import number_docx, pdf_result
from editor.desk.exports import FORMATS
from editor.profile import Profile
from editor.store.models import Export
from editor.text.document import IssueDocument
from editor.text.quoting import briefly
from workers.workshop import Workshop

STEPS = 6
# files that go with another; an export's result names each by its digest
BESIDE = ("companion", "cover", "readers")
Step = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Printed:
    """A finished file, what it found out about itself, and the PDFs that go with it, if any.

    `companion` has the pages that a Word file cites, `cover` is the print shop's own file of the
    cover, `readers` is the PDF for screens beside the shop's. `findings` are what only this format
    minds, as JSON data; each names its `format`.
    """

    content: bytes
    result: dict[str, Any]
    companion: bytes = b""
    cover: bytes = b""
    readers: bytes = b""
    findings: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Order:
    """What is to be made: `finished` are the issue's finished exports of this document."""

    shop: Workshop
    document: IssueDocument
    profile: Profile
    progress: Step
    finished: Mapping[str, Export] = field(default_factory=dict)


def print_format(wanted: str, order: Order) -> Printed:
    """Return the checked file with what it was made with; raises EditorError."""
    printed = MAKERS[wanted](order)
    font_dir = order.shop.settings.font_dir
    made_with = {"made_with": makings(order.profile, font_dir), "fonts": font_digests(font_dir)}
    result = printed.result | made_with
    own = tuple({"format": wanted} | finding for finding in printed.findings)
    return replace(printed, result=result, findings=own)


def _pdf(order: Order) -> Printed:
    order.progress(1, STEPS, "排版")
    document, profile, shop = order.document, order.profile, order.shop
    pdf = typeset_for_shop(document, profile, shop.files, font_dir=shop.settings.font_dir)
    order.progress(4, STEPS, "检查成品")
    passed = check_pdf(pdf.pdf, document, profile, pdf.starts, for_shop=True, cover=pdf.cover)
    numbered = sum(line.numbered for line in entries(document, profile))
    orders = in_pdf(profile, blank=pdf.blank, inserted=pdf.inserted)
    result = pdf_result(pdf.engine, numbered, pdf.pages) | {
        "checks": passed,
        "print": orders,
        "standard": profile.pdf.standard_name,
    }
    found = () if "V18" in passed else notes_away(pdf.pdf, document)
    readers, more = _for_readers(order)
    findings = tuple(asdict(each) for each in dict.fromkeys((*found, *more)))
    return Printed(pdf.pdf, result, cover=pdf.cover, readers=readers, findings=findings)


def _for_readers(order: Order) -> tuple[bytes, tuple[Finding, ...]]:
    """Return the checked PDF without what only a print shop needs, b"" where nothing is.

    With it what its export says of it.
    """
    document, profile, shop = order.document, for_readers(order.profile), order.shop
    if profile is None:
        return b"", ()
    order.progress(5, STEPS, "读者版")
    pdf = typeset(document, profile, shop.files, font_dir=shop.settings.font_dir)
    passed = check_pdf(pdf.pdf, document, profile, pdf.starts)
    return pdf.pdf, () if "V18" in passed else notes_away(pdf.pdf, document)


def _docx(order: Order) -> Printed:
    order.progress(1, STEPS, "排版")
    document, profile, shop = order.document, order.profile, order.shop
    pdf = typeset(document, profile, shop.files, font_dir=shop.settings.font_dir)
    word = number_docx(
        document,
        profile,
        shop.files,
        soffice=shop.settings.soffice,
        starts=pdf.starts,
        on_progress=order.progress,
        font_dir=shop.settings.font_dir,
    )
    order.progress(5, STEPS, "检查成品")
    passed = check_docx(word.content, document, profile)
    result = word.result | {
        "checks": sorted({*passed, *word.looked_at}),
        "print": in_word(profile),
    }
    remarks = tuple(asdict(each) for each in word.remarks)
    return Printed(word.content, result, word.companion, findings=remarks)


def _web(order: Order) -> Printed:
    order.progress(1, STEPS, "生成网页")
    content = web_page(order.document, order.profile, order.shop.files)
    order.progress(4, STEPS, "检查成品")
    return Printed(content, {"checks": check_web(content, order.document, order.profile)})


def _epub(order: Order) -> Printed:
    order.progress(1, STEPS, "生成电子书")
    content = epub(order.document, order.profile, order.shop.files)
    order.progress(4, STEPS, "检查成品")
    return Printed(content, {"checks": check_epub(content, order.document, order.profile)})


def _wechat(order: Order) -> Printed:
    order.progress(1, STEPS, "生成公众号稿")
    content = wechat_packet(order.document, order.profile, order.shop.files)
    order.progress(4, STEPS, "检查成品")
    passed = check_wechat(content, order.document, order.profile)
    posts = posts_in(content)
    found = tuple(asdict(each) for post in posts for each in _of_post(post))
    return Printed(content, {"checks": passed, "posts": len(posts)}, findings=found)


def _of_post(post: Post) -> list[Finding]:
    """Return what WeChat would refuse of an article, as findings that do not stop the export."""
    title = briefly(post.title)
    found = [
        Finding("warn", "wechat", f"《{title}》：{chinese}", f"“{title}”: {english}", post.item)
        for chinese, english in post.findings
    ]
    if post.part == 1 < post.parts:
        parted = Finding(
            "note",
            "wechat_parted",
            f"《{title}》：公众号一篇放不下，已分成 {post.parts} 篇",
            f"“{title}”: too long for one article of WeChat's, parted into {post.parts}",
            post.item,
        )
        found.append(parted)
    return found


def _packet(order: Order) -> Printed:
    """Put all formats together; what is finished is not made again.

    What each format found out about itself is told of the packet too, and how the Word file's
    numbers were obtained: nobody unpacks it for that.
    """
    made = [name for name in FORMATS if name != "zip"]
    pieces: list[Piece] = []
    found: list[dict[str, Any]] = []
    told: dict[str, Any] = {}
    for number, name in enumerate(made):
        printed = _kept(name, order) or print_format(name, _part(order, number, len(made)))
        pieces += _pieces(name, printed, stem(order.document))
        found += printed.findings
        if name == "docx":
            told = _numbering(printed.result)
    order.progress(STEPS - 1, STEPS, "打包")
    content = bundle(order.document, pieces)
    files = [piece.name for piece in pieces]
    result = told | {"checks": check_packet(content), "files": files}
    return Printed(content, result, findings=tuple(found))


def _numbering(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": f"Word 版：{result['label']}",
        "label_english": f"Word: {result['label_english']}",
    }


def _part(order: Order, number: int, parts: int) -> Order:
    """Return the order for one of several formats, its steps counted among all."""

    def progress(done: int, total: int, message: str) -> None:
        order.progress(number * total + done, parts * total, message)

    return Order(order.shop, order.document, order.profile, progress)


def _kept(name: str, order: Order) -> Printed | None:
    """Return the finished export when it was made with what we would make it with now."""
    export = order.finished.get(name)
    made_with = makings(order.profile, order.shop.settings.font_dir)
    if export is None or export.result.get("made_with") != made_with:
        return None
    files, result = order.shop.files, dict(export.result)
    beside = {name: str(result.get(name, "")) for name in BESIDE}
    if not all(
        files.path(sha256).is_file() for sha256 in (export.asset, *beside.values()) if sha256
    ):
        return None
    own = {name: files.get(sha256) if sha256 else b"" for name, sha256 in beside.items()}
    companion, cover, readers = (own[name] for name in BESIDE)
    found = tuple(finding for finding in export.findings if finding.get("format"))
    return Printed(files.get(export.asset), result, companion, cover, readers, found)


def _pieces(name: str, printed: Printed, start: str) -> list[Piece]:
    facts = {key: value for key, value in printed.result.items() if key not in BESIDE}
    dash = "-" if name == "wechat" else "."
    pieces = [Piece(name, f"{start}{dash}{FORMATS[name].extension}", printed.content, facts)]
    if printed.companion:
        pieces.append(Piece("pdf", f"{start}-same-pages.pdf", printed.companion))
    if printed.cover:
        pieces.append(Piece("pdf", f"{start}-cover.pdf", printed.cover))
    if printed.readers:
        pieces.append(Piece("pdf", f"{start}-for-readers.pdf", printed.readers))
    return pieces


MAKERS: Mapping[str, Callable[[Order], Printed]] = {
    "pdf": _pdf,
    "docx": _docx,
    "web": _web,
    "epub": _epub,
    "wechat": _wechat,
    "zip": _packet,
}
