"""Web page, EPUB and WeChat articles: every node in every edition, the same bytes every time."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree, html
from PIL import Image

from editor.assembler.editions.bundle import Piece, bundle
from editor.assembler.editions.checked import check_epub, check_packet, check_web, check_wechat
from editor.assembler.editions.colours import contrast, readable
from editor.assembler.editions.epub import epub
from editor.assembler.editions.reading import mark_of, safe_url
from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import fragment, pasted, posts_in, wechat_packet
from editor.assembler.qr import qr_png
from editor.errors import Invalid, NotFound, Unusable
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    AssetRef,
    Attachment,
    BookEntry,
    Cell,
    Figure,
    FootnoteRef,
    FormulaBlock,
    Heading,
    InlineFormula,
    IssueDocument,
    ListBlock,
    Mark,
    Paragraph,
    Quote,
    Table,
    Text,
    paragraph,
)
from tests.assembler import sample
from tests.needs import missing

SECRETS = "<b>&\"'</script>]]>"


@pytest.fixture
def files(tmp_path) -> FileStore:
    return FileStore(tmp_path / "files")


def issue_of(files: FileStore, *blocks: object, **fields: object) -> IssueDocument:
    """Return the sample issue with these blocks as its only item."""
    whole = sample.digest(files)
    part = whole.parts[0]
    fields = {"headline": "青屿区码头改造完工"} | fields
    article = Article(anchor="s1-1", blocks=blocks, **fields)
    part = part.model_copy(update={"articles": (article,)})
    return whole.model_copy(update={"parts": (part,)})


def inner(packet: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(packet)) as archive:
        return archive.read(name).decode("utf-8")


@dataclass(frozen=True)
class Edition:
    """How an edition is made, and the markup of its first item."""

    make: Callable[[IssueDocument, Profile, FileStore], bytes]
    markup: Callable[[bytes], str]
    check: Callable[[bytes, IssueDocument, Profile], list[str]]


EDITIONS = {
    "web": Edition(web_page, lambda page: page.decode("utf-8"), check_web),
    "epub": Edition(epub, lambda book: inner(book, "EPUB/s1-1.xhtml"), check_epub),
    "wechat": Edition(
        wechat_packet,
        lambda packet: "".join(
            inner(packet, post.name) for post in posts_in(packet) if post.item == "s1-1"
        ),
        check_wechat,
    ),
}


@pytest.fixture(params=list(EDITIONS))
def edition(request: pytest.FixtureRequest) -> Edition:
    return EDITIONS[request.param]


NODES = [
    (Heading(level=2, content=(Text(text="（一）主要举措"),)), "（一）主要举措"),
    (paragraph("码头可以直达临澜市。"), "码头可以直达临澜市。"),
    (Paragraph(content=(Text(text="m"), Text(text="2", marks=(Mark.superscript,)))), "2</sup>"),
    (Paragraph(content=(Text(text="PM"), Text(text="2.5", marks=(Mark.subscript,)))), "2.5</sub>"),
    (Paragraph(content=(Text(text="重点", marks=(Mark.strong,)),)), "<strong>重点</strong>"),
    (Paragraph(content=(Text(text="一行\n两行"),)), "一行<br"),
    (Paragraph(content=(InlineFormula(source="(a, b)"),)), "(a, b)"),
    (Paragraph(content=(Text(text="见"), FootnoteRef(content=(Text(text="脚注"),)))), "脚注"),
    (ListBlock(ordered=True, items=((Text(text="第一项"),),)), "<ol"),
    (Quote(paragraphs=((Text(text="引文"),),)), "引文"),
    (FormulaBlock(source="y = ax² + b"), "y = ax² + b"),
    (
        Table(
            rows=(
                (Cell(content=(Text(text="年份"),), header=True, colspan=2),),
                (Cell(content=(Text(text="2034"),), rowspan=2), Cell(content=(Text(text="8"),))),
                (Cell(content=(Text(text="9"),)),),
            ),
            caption="表1 产值",
            unit="亿元",
            notes=("注：初步核算数。",),
        ),
        'rowspan="2"',
    ),
    (Figure(url="https://x.example/a.png", caption="图1 走势", source="资料来源：年鉴"), "走势"),
    (BookEntry(title="观潮", author="周祎", summary="港城史"), "观潮/周祎"),
]


@pytest.mark.parametrize("node, shown", NODES, ids=lambda value: type(value).__name__)
def test_every_node_is_shown_in_every_edition(files, edition, node, shown):
    document = issue_of(files, node)
    content = edition.make(document, sample.digest_profile(), files)
    assert shown in edition.markup(content)


def test_text_is_never_markup(files, edition):
    item = issue_of(
        files,
        paragraph(SECRETS),
        Table(rows=((Cell(content=(Text(text=SECRETS),)),),), caption=SECRETS),
        BookEntry(title=SECRETS),
        subtitle=SECRETS,
        source_line=SECRETS,
        attachments=(Attachment(label=SECRETS, url=f"https://x.example/{SECRETS}"),),
    )
    text = edition.markup(edition.make(item, sample.digest_profile(), files))
    assert "<b>" not in text and "</script>" not in text
    assert text.count("&lt;b&gt;&amp;") >= 6


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "java\nscript:x", "/x"])
def test_an_address_of_another_kind_is_printed_and_never_a_link(files, edition, url):
    item = issue_of(
        files,
        Paragraph(content=(Text(text="点这里", href=url),)),
        attachments=(Attachment(label="清单", url=url),),
    )
    text = edition.markup(edition.make(item, sample.digest_profile(), files))
    root = html.fromstring(text.encode("utf-8"))
    assert [a for a in root.iter("a") if "点这里" in a.text_content()] == []
    assert [a for a in root.iter("a") if "清单" in a.text_content()] == []


def test_only_three_kinds_of_address_are_safe():
    assert [bool(safe_url(url)) for url in ("http://a.example", "HTTPS://a.example")] == [
        True,
        True,
    ]
    assert safe_url("mailto:desk@yunzhou.example")
    assert not any(map(safe_url, ("javascript:x", " \tjavascript:x", "//a.example", "a", "")))


@pytest.mark.parametrize("issue", ["digest", "review"])
def test_the_sample_issues_pass_the_checks_and_give_the_same_bytes(files, edition, issue):
    profile = getattr(sample, f"{issue}_profile")()
    document = getattr(sample, issue)(files)
    content = edition.make(document, profile, files)
    assert edition.make(document, profile, files) == content
    check = {web_page: check_web, epub: check_epub}.get(edition.make)
    assert "V19" in (
        check(content, document, profile) if check else check_wechat(content, document, profile)
    )


def test_a_section_without_items_is_left_out_of_every_edition(files, edition):
    profile, document = sample.digest_profile(), sample.digest(files)
    bare = document.parts[1].model_copy(update={"articles": (), "name": "空栏目"})
    document = document.model_copy(update={"parts": (document.parts[0], bare)})
    content = edition.make(document, profile, files)
    assert "V03" in edition.check(content, document, profile)
    assert "空栏目" not in edition.markup(content)


def test_extreme_items_are_shown_in_every_edition(files, edition):
    row = tuple(Cell(content=(Text(text=f"第{n}列"),)) for n in range(14))
    document = issue_of(
        files,
        Table(rows=(row,) * 200),
        paragraph("临澜市" * 3000),
        paragraph("Latin only, no spaces: " + "x" * 400),
        paragraph("鳀琍祎𠮷 👩‍👩‍👧 🇨🇳"),
        Heading(level=3, content=(Text(text="层级跳跃"), FootnoteRef(content=(Text(text="注"),)))),
        attachments=(Attachment(label="长" * 90, url="https://x.example/" + "a" * 280),),
    )
    profile = sample.digest_profile()
    content = edition.make(document, profile, files)
    assert "V03" in edition.check(content, document, profile)
    assert "鳀琍祎𠮷" in edition.markup(content)


def test_a_picture_without_a_file_stops_the_edition_with_a_sentence(files, edition):
    lost = AssetRef(sha256="ab" * 32, media_type="image/png", width=10, height=10)
    document = issue_of(files, Figure(asset=lost.sha256))
    document = document.model_copy(update={"assets": (lost,)})
    with pytest.raises(NotFound, match="从备份恢复"):
        edition.make(document, sample.digest_profile(), files)


def test_an_address_that_no_code_can_hold_is_refused_with_a_sentence(files, edition):
    item = issue_of(files, attachments=(Attachment(label="长", url="https://x/" + "a" * 3000),))
    with pytest.raises(Invalid, match="短网址"):
        edition.make(item, sample.digest_profile(), files)


def test_characters_that_xml_cannot_hold_do_not_break_a_file(files, edition):
    item = issue_of(files, paragraph("正\x00文\x0b\ufffe"))
    assert "正文" in edition.markup(edition.make(item, sample.digest_profile(), files))


# --- the web page --------------------------------------------------------------------------------


def web(files: FileStore, document: IssueDocument | None = None) -> html.HtmlElement:
    document = document or sample.digest(files)
    return html.document_fromstring(web_page(document, sample.digest_profile(), files).decode())


def test_the_web_page_asks_for_nothing_and_runs_nothing(files):
    page = web_page(sample.digest(files), sample.digest_profile(), files).decode()
    root = html.document_fromstring(page)
    assert root.findall(".//script") == [] and root.findall(".//link") == []
    assert {node.get("src")[:11] for node in root.iter("img")} == {"data:image/"}
    assert "url(" not in page and "@import" not in page
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")


def test_headings_tell_sections_items_and_inner_levels(files):
    root = web(files)
    sections = [part.name for part in sample.digest(files).parts]
    assert [node.text_content() for node in root.iter("h1")] == sections
    assert len(root.findall(".//h2")) == 11  # the item of the solo section has none
    levels = [int(node.tag[1]) for node in root.iter("h1", "h2", "h3", "h4", "h5")]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("headline", "clauses"),
    [
        ("云州：发布体检报告 9个集群产值占四成", ["云州：发布体检报告", "9个集群产值占四成"]),
        ("临澜：港口 开通 新航线", ["临澜：港口 开通 新航线"]),
    ],
)
def test_a_headline_breaks_between_its_clauses_and_reads_as_before(files, headline, clauses):
    document = issue_of(files, paragraph("甲。"), headline=headline)
    page = html.document_fromstring(web_page(document, sample.digest_profile(), files).decode())
    (head,) = [node for node in page.iter("h2") if node.text_content() == headline]
    assert [span.text for span in head.iter("span")] == clauses


@pytest.mark.parametrize("make", [web_page, epub])
def test_no_level_of_heading_is_skipped_and_none_is_empty(files, make):
    heads = [(3, "层级跳跃"), (1, "一、背景"), (3, "1. 规模"), (2, ""), (2, "（一）结构")]
    document = issue_of(files, *(Heading(level=n, content=(Text(text=t),)) for n, t in heads))
    made = make(document, sample.digest_profile(), files)
    text = made.decode() if make is web_page else inner(made, "EPUB/s1-1.xhtml")
    found = re.findall(r"<h([1-6])[^>]*>([^<]*)</h", text)
    assert found[-4:] == [
        ("3", "层级跳跃"),
        ("3", "一、背景"),
        ("4", "1. 规模"),
        ("4", "（一）结构"),
    ]


def test_the_contents_lead_to_every_section_and_item(files):
    root = web(files)
    links = [node.get("href") for node in root.findall(".//nav//a")]
    assert links[:4] == ["#s1", "#s1-1", "#s1-2", "#s1-3"] and links[-1] == "#s5"
    assert all(root.get_element_by_id(link[1:]) is not None for link in links)


def test_a_footnote_leads_to_its_note_and_back(files):
    root = web(files)
    (note,) = [li for li in root.iter("li") if "口径见年鉴" in li.text_content()]
    assert re.fullmatch(r"s\d-\d-note\d", note.get("id")) and note.get("value") == "2"
    mark = root.get_element_by_id(f"{note.get('id')}-mark")
    assert (mark.get("href"), mark.text_content()) == (f"#{note.get('id')}", "2")
    assert note.find(".//a[@class='back']").get("href") == f"#{mark.get('id')}"


def test_a_byline_that_runs_in_ends_the_last_paragraph_of_every_edition(files, edition):
    profile = sample.review_profile()
    style = profile.item.model_copy(update={"byline_place": "run_in"})
    profile = profile.model_copy(update={"item": style})
    item = issue_of(files, paragraph("码头改造完工。"), byline="沈云怡")
    text = edition.markup(edition.make(item, profile, files))
    (last,) = [p for p in html.fromstring(text.encode()).iter("p") if "沈云怡" in p.text_content()]
    assert last.text_content() == "码头改造完工。（作者：沈云怡）"


def test_an_items_links_are_its_own_wherever_it_stands(files):
    document, profile = sample.digest(files), sample.digest_profile()
    part = document.parts[0]
    turned = part.model_copy(update={"articles": part.articles[::-1]})
    other = document.model_copy(update={"parts": (turned, *document.parts[1:])})
    ids = [
        set(re.findall(r'(?:id|href)="#?(s1-2[^"]*)"', text))
        for text in (
            web_page(document, profile, files).decode(),
            web_page(other, profile, files).decode(),
        )
    ]
    assert ids[0] == ids[1] and len(ids[0]) >= 2


def test_a_table_says_what_its_head_cells_head(files):
    table = web(files).get_element_by_id("s3-1-6")
    assert table.find("caption").text_content().startswith("表1\u30002031~2033年")
    assert {cell.get("scope") for cell in table.findall("thead//th")} == {"col"}


def test_a_code_is_drawn_in_the_page_and_described(files):
    codes = web(files).xpath("//*[local-name()='svg']")
    assert len(codes) == 6
    assert all(code.get("role") == "img" and "二维码：" in code.get("aria-label") for code in codes)


def test_marks_of_footnotes_are_figures_or_circles():
    assert [mark_of(n, "①") for n in (1, 20, 21, 36, 50, 51)] == ["①", "⑳", "㉑", "㊱", "㊿", "51"]
    assert mark_of(3, "1") == "3"


@pytest.mark.parametrize("colour", ["8B1A1A", "17406D", "000000", "FFFFFF", "FFE680"])
@pytest.mark.parametrize("ground", ["fdfcf9", "17191c", "ffffff"])
def test_the_publications_colour_can_be_read_by_day_and_by_night(colour, ground):
    assert contrast(readable(colour, ground), ground) >= 4.5


# --- EPUB ----------------------------------------------------------------------------------------


def test_an_epub_begins_with_its_type_and_holds_one_page_an_item_and_each_picture_once(files):
    document = sample.digest(files)
    with zipfile.ZipFile(io.BytesIO(epub(document, sample.digest_profile(), files))) as book:
        first = book.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
        names = book.namelist()
        package = book.read("EPUB/package.opf").decode()
        bodies = [book.read(name) for name in names if "/pictures/" in name]
    items = [f"EPUB/{article.anchor}.xhtml" for article in document.articles()]
    assert [name for name in names if re.match(r"EPUB/s\d", name)] == items
    # three pictures, one of them shown twice; six codes; the cover for the reader's library
    assert len(bodies) == len(set(bodies)) == 10
    assert 'href="pictures/cover.png" media-type="image/png" properties="cover-image"' in package
    assert not any(name.endswith((".ttf", ".otf", ".woff2")) for name in names)
    assert '<meta property="dcterms:modified">2034-07-15T00:00:00Z</meta>' in package


def test_an_epubs_contents_go_from_section_to_item(files):
    book = epub(sample.digest(files), sample.digest_profile(), files)
    nav = etree.fromstring(inner(book, "EPUB/nav.xhtml").encode())
    (toc,) = nav.xpath("//*[local-name()='nav'][@id='toc']")
    top = toc.find("{*}ol")
    assert [li.find("{*}a").text for li in top][:3] == ["封面", "热点关注", "行业动向"]
    assert top[1].find("{*}ol")[0].find("{*}a").get("href") == "s1-1.xhtml#s1-1"
    assert top[5].find("{*}ol") is None  # the solo section


def test_a_webp_picture_becomes_a_png_where_readers_do_not_know_it(files):
    output = io.BytesIO()
    Image.new("RGB", (30, 20), "#3b6ea5").save(output, "WEBP")
    asset = AssetRef(
        sha256=files.put(output.getvalue()), media_type="image/webp", width=30, height=20
    )
    document = issue_of(files, Figure(asset=asset.sha256, alt="色块"))
    document = document.model_copy(update={"assets": (asset,)})
    page = web_page(document, sample.digest_profile(), files)
    assert b"data:image/webp;base64," in page
    for make in (epub, wechat_packet):
        with zipfile.ZipFile(io.BytesIO(make(document, sample.digest_profile(), files))) as book:
            names = [name for name in book.namelist() if "picture-" in name]
            assert [name[-4:] for name in names] == [".png"]
            assert book.read(names[0]).startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize("issue", ["digest", "review"])
def test_epubcheck_finds_no_error(files, tmp_path, issue):
    program = shutil.which("epubcheck")
    if program is None or shutil.which("java") is None:
        missing("epubcheck: the Debian package epubcheck is not installed")
    profile = getattr(sample, f"{issue}_profile")()
    book = tmp_path / "issue.epub"
    book.write_bytes(epub(getattr(sample, issue)(files), profile, files))
    # Debian installs the program as a jar that only some kernels start by themselves
    command = ["java", "-jar", str(Path(program).resolve()), str(book)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "No errors or warnings detected" in told.stdout + told.stderr


# --- WeChat --------------------------------------------------------------------------------------


def test_a_wechat_article_has_no_class_id_style_element_script_or_svg(files):
    packet = wechat_packet(sample.digest(files), sample.digest_profile(), files)
    for post in posts_in(packet):
        root = html.fromstring(fragment(inner(packet, post.name)))
        tags = {node.tag for node in root.iter(etree.Element)}
        assert tags.isdisjoint({"script", "style", "svg", "link", "iframe"})
        assert all(not (n.get("class") or n.get("id")) for n in root.iter(etree.Element))
        assert all(n.get("style") for n in root.iter("p", "section", "img", "table", "td", "th"))


def test_wechat_keeps_links_to_its_own_articles_only_and_addresses_are_printed(files):
    packet = wechat_packet(sample.digest(files), sample.digest_profile(), files)
    whole = "".join(fragment(inner(packet, post.name)) for post in posts_in(packet))
    root = html.fromstring(whole)
    assert {a.get("href").split("/")[2] for a in root.iter("a")} == {"mp.weixin.qq.com"}
    assert "https://top.yunzhou.example/news/a_1.shtml" in root.text_content()


def test_the_report_tells_sizes_pictures_and_what_wechat_would_refuse(files):
    packet = wechat_packet(sample.digest(files), sample.digest_profile(), files)
    posts = {post.anchor: post for post in posts_in(packet)}
    text = fragment(inner(packet, posts["s1-3"].name))
    assert (posts["s1-3"].characters, posts["s1-3"].size) == (len(text), len(text.encode()))
    assert [name[:17] for name in posts["s1-3"].pictures] == ["pictures/picture-"]
    assert "44 字" in posts["s1-1"].findings[0][0]
    assert (posts["s3-1-1"].findings, posts["s3-1-2"].findings) == ((), ())
    readme = inner(packet, "README.txt")
    assert posts["s1-3"].pictures[0].removeprefix("pictures/") in readme and "44 字" in readme


def wechat_posts(files: FileStore, document: IssueDocument):
    packet = wechat_packet(document, sample.digest_profile(), files)
    assert "V19" in check_wechat(packet, document, sample.digest_profile())
    return packet, posts_in(packet)


def test_a_long_article_is_parted_at_its_headings_so_that_each_part_can_be_pasted(files):
    chapters = [
        block
        for number in "一二三四五六"
        for block in (
            Heading(level=1, content=(Text(text=f"{number}、港口与城市"),)),
            *(paragraph(f"第{number}章的一段。" + "港口带动城市。" * 60) for _ in range(11)),
        )
    ]
    note = Paragraph(content=(Text(text="末段。"), FootnoteRef(content=(Text(text="口径"),))))
    document = issue_of(files, *chapters, note, byline="沈云怡", source_line="《港口研究》")
    packet, posts = wechat_posts(files, document)
    assert len(posts) >= 2 and {post.item for post in posts} == {"s1-1"}
    assert all(post.characters < 20_000 and not post.findings for post in posts)
    texts = [fragment(inner(packet, post.name)) for post in posts]
    firsts = [html.fragment_fromstring(text).findtext("p") for text in texts[1:]]
    assert all(re.fullmatch(".、港口与城市", first) for first in firsts)
    assert ["《港口研究》" in text for text in texts] == [True] + [False] * (len(texts) - 1)
    assert ["口径" in text for text in texts] == [False] * (len(texts) - 1) + [True]
    assert posts[0].title.endswith("（上）") and posts[-1].title.endswith("（下）")
    assert pasted(packet, posts[1].anchor) == texts[1]


def test_a_long_article_without_headings_is_parted_between_paragraphs(files):
    document = issue_of(files, *(paragraph("港口带动城市。" * 60) for _ in range(140)))
    _, posts = wechat_posts(files, document)
    sizes = [post.characters for post in posts]
    assert len(sizes) == 4 and max(sizes) < 20_000 and max(sizes) - min(sizes) < 3000
    assert [post.title[-3:] for post in posts] == ["（一）", "（二）", "（三）", "（四）"]


def test_a_table_too_large_for_any_part_is_told_of_and_stands_alone(files):
    row = tuple(Cell(content=(Text(text=f"第{n}列"),)) for n in range(14))
    document = issue_of(files, paragraph("前文。"), Table(rows=(row,) * 200), paragraph("后文。"))
    _, posts = wechat_posts(files, document)
    assert [bool(post.findings) for post in posts] == [False, True, False]
    assert "请把表格改成图片" in posts[1].findings[0][0]


def test_what_is_pasted_carries_its_pictures(files):
    packet = wechat_packet(sample.digest(files), sample.digest_profile(), files)
    assert 'src="data:image/png;base64,iVBOR' in pasted(packet, "s1-3")
    assert "pictures/" not in pasted(packet, "s1-3")
    assert pasted(packet, "s9-9") is None


# --- broken files are caught ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "whole, broken, said",
    [
        (b"</main>", b"<script>1</script></main>", "可执行"),
        (b'<p class="source">', b'<p onclick="x" class="source">', "可执行"),
        (b'src="data:image/png', b'src="https://x.example/a', "向外请求"),
        (b'href="#s1-2"', b'href="#s1-9"', "没有去处"),
        (b'<h1 id="s1">', b'<h1 id="s2">', "重复的锚点"),
        (b'href="https://mp.weixin', b'href="javascript://mp.weixin', "不允许的链接"),
        (b"PM", b"PN", "缺少"),
        (
            "云州市科技局：印发".encode(),
            "云州市科技局：发布".encode(),
            "目录中“云州市科技局.*”不对",
        ),
        ("云州日报 2034".encode(), "云州晚报 2034".encode(), "缺少“云州日报"),
        ("口径见年鉴".encode(), "口径不详".encode(), "脚注“.*口径见年鉴.*”与标记对不上"),
        (b'role="doc-noteref"', b'role="doc-other"', "脚注与标记对不上"),
        (b'd="M4 4.5h7m', b'd="M4 4.5h6m', "二维码扫不出"),
        (b'href="https://mp.weixin', b'href="https://mp.weixon', "不认识的链接"),
        (b' alt="', b' alt="" title="', "没有替代文字"),
        ("金科十条".encode(), "金科\ue123十条".encode(), "目录中“临澜"),
        ("（以下简称".encode(), "（以下\ue123简称".encode(), r"显示不出的字（U\+E123）"),
        (b'<html lang="zh-CN">', b'<html lang="en">', "没有标明语言"),
        (b'name="author"', b'name="other"', "没有刊名和期号"),
    ],
)
def test_a_broken_web_page_is_not_handed_out(files, whole, broken, said):
    document, profile = sample.digest(files), sample.digest_profile()
    page = web_page(document, profile, files)
    assert whole in page
    with pytest.raises(Unusable, match=said):
        check_web(page.replace(whole, broken, 1), document, profile)


def changed(packet: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """Return a zip with one file changed, or left out where `change` gives None."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packet)) as old, zipfile.ZipFile(output, "w") as new:
        for entry in old.infolist():
            body: bytes | None = old.read(entry)
            if entry.filename == name:
                body = change(old.read(entry))
            if body is not None:
                new.writestr(entry, body)
    return output.getvalue()


def swapped(content: bytes, one: bytes, other: bytes) -> bytes:
    """Exchange two files in the order of reading."""
    first, second = (b'<itemref idref="' + name + b'"/>' for name in (one, other))
    return content.replace(first, b"\0").replace(second, first).replace(b"\0", second)


@pytest.mark.parametrize(
    "name, change, said",
    [
        ("mimetype", lambda _: b"text/plain", "格式标记"),
        ("EPUB/s1-2.xhtml", lambda _: None, "清单不符"),
        ("EPUB/s1-2.xhtml", lambda b: b.replace(b"</body>", b"<script/></body>"), "可执行"),
        ("EPUB/nav.xhtml", lambda b: b.replace(b"s1-2.xhtml#s1-2", b"s1-2.xhtml#x"), "没有去处"),
        ("EPUB/s1-1.xhtml", lambda b: b.replace(b"PM", b"PN"), "缺少"),
        ("EPUB/pictures/code-001.png", lambda _: qr_png("https://x.example/other"), "扫不出"),
        ("EPUB/package.opf", lambda b: swapped(b, b"page2", b"page3"), "次序不对"),
        ("EPUB/package.opf", lambda b: b.replace(b"<dc:creator>", b"<dc:creator>x"), "刊名和期号"),
    ],
)
def test_a_broken_epub_is_not_handed_out(files, name, change, said):
    document, profile = sample.digest(files), sample.digest_profile()
    book = changed(epub(document, profile, files), name, change)
    with pytest.raises(Unusable, match=said):
        check_epub(book, document, profile)


def test_a_broken_wechat_article_is_not_handed_out(files):
    document = sample.digest(files)
    packet = wechat_packet(document, sample.digest_profile(), files)
    name = posts_in(packet)[0].name
    for old, new, said in (
        (b"<section style", b'<section class="x" style', "公众号不收"),
        (b"<p style", b"<p><p style", "字数不对"),
    ):
        broken = changed(packet, name, lambda b, old=old, new=new: b.replace(old, new, 1))
        with pytest.raises(Unusable, match=said):
            check_wechat(broken, document, sample.digest_profile())


def test_a_packet_whose_file_was_changed_fails_its_sums(files):
    packet = bundle(sample.digest(files), [Piece("pdf", "digest-2034-07.pdf", b"%PDF")])
    assert check_packet(packet) == ["SUMS"]
    with pytest.raises(Unusable, match="校验和"):
        check_packet(changed(packet, "digest-2034-07.pdf", lambda _: b"%PDF changed"))
