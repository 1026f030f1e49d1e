import json
import os
from pathlib import Path

import pytest
from lxml import html as lxml_html

from editor.text.document import (
    Figure,
    FootnoteRef,
    Heading,
    ListBlock,
    Mark,
    Paragraph,
    Quote,
    Table,
    Text,
    body_text,
    paragraph,
    plain,
    table_grid,
)
from editor.text.markup import blocks_from_html, blocks_to_html

BASE = "http://news.example/2026/05/t1.html"
SHARED = Path(os.environ.get("ZHAIBIAN_SHARED", Path(__file__).parents[3] / "shared"))

PAYLOADS = [
    "<script>alert(1)</script>云州",
    '<p onclick="alert(1)">云州</p>',
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">云州</a>',
    '<a href=" java\tscript:alert(1)">云州</a>',
    '<a href="&#106;avascript:alert(1)">云州</a>',
    '<a href="data:text/html,<script>alert(1)</script>">云州</a>',
    '<svg><script>alert(1)</script><a xlink:href="javascript:alert(1)">云州</a></svg>',
    '<math><mi xlink:href="javascript:alert(1)">云州</mi></math>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<style>@import "javascript:alert(1)"</style><p style="background:url(javascript:1)">云州</p>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    '<form action="javascript:alert(1)">"><button formaction="javascript:1">云</button></form>',
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
]


def residue(html: str) -> list[str]:
    """Return what could run in a browser that parses `html`."""
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    found = []
    for element in root.iter():
        if element.tag in ("script", "style", "iframe", "object", "embed", "svg", "form", "base"):
            found.append(str(element.tag))
        for name, value in element.attrib.items():
            scheme = "".join(value.split()).lower()
            if name.startswith("on") or scheme.startswith(("javascript:", "data:", "vbscript:")):
                found.append(f"{name}={value}")
            if name in ("src", "srcset", "style", "srcdoc") and not value.startswith("/assets/"):
                found.append(f"{name}={value}")
    return found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_runs_survives_the_way_through_blocks(payload):
    assert residue(blocks_to_html(blocks_from_html(payload, base_url=BASE))) == []


def test_no_public_payload_survives_the_way_through_blocks():
    file = SHARED / "payloads.jsonl"
    if not file.exists():
        pytest.skip(f"{file} is absent: set ZHAIBIAN_SHARED to the shared folder")
    payloads = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
    left = {p: r for p in payloads if (r := residue(blocks_to_html(blocks_from_html(p))))}
    assert left == {}
    assert len(payloads) > 100


def test_blocks_written_by_hand_are_escaped_and_their_links_checked():
    evil = Paragraph(content=(Text(text="<b>云州</b>", href="javascript:alert(1)"),))
    assert blocks_to_html([evil]) == "<p>&lt;b&gt;云州&lt;/b&gt;</p>"


def test_marks_links_and_headings_are_kept():
    blocks = blocks_from_html(
        "<h2>一、总体要求</h2><p>　　面积 <b>12</b> m<sup>2</sup>，"
        '见<a href="../a.html">通知</a>。</p>',
        base_url=BASE,
    )
    assert blocks == (
        Heading(level=1, content=(Text(text="一、总体要求"),)),
        Paragraph(
            content=(
                Text(text="面积 "),
                Text(text="12", marks=(Mark.strong,)),
                Text(text=" m"),
                Text(text="2", marks=(Mark.superscript,)),
                Text(text="，见"),
                Text(text="通知", href="http://news.example/2026/a.html"),
                Text(text="。"),
            )
        ),
    )


def test_lines_parted_by_breaks_become_paragraphs():
    page = (
        "<div>云州市今年将新建二十所学校，缓解入学压力。<br>　　青屿区先行一步。"
        "<br><br>临澜市跟进。</div>"
    )
    assert body_text(blocks_from_html(page)).split("\n") == [
        "云州市今年将新建二十所学校，缓解入学压力。",
        "青屿区先行一步。",
        "临澜市跟进。",
    ]


def test_a_single_break_in_a_short_line_stays_inside_its_paragraph():
    (address,) = blocks_from_html("<p>云州市<br>青屿路 1 号</p>")
    assert plain(address.content) == "云州市\n青屿路 1 号"


def test_folds_of_the_source_and_invisible_characters_leave_no_trace():
    (block,) = blocks_from_html("<p>云州\n市\u200b印发\ufeff  通知\n</p>")
    assert plain(block.content) == "云州市印发 通知"


def test_nested_lists_become_one_list():
    blocks = blocks_from_html("<ol><li>甲</li><li>乙<ul><li>丙</li></ul></li></ol>")
    assert blocks == (
        ListBlock(ordered=True, items=tuple((Text(text=word),) for word in "甲乙丙")),
    )


def test_a_quotation_keeps_its_paragraphs():
    (quote,) = blocks_from_html("<blockquote><p>甲。</p><p>乙。</p></blockquote>")
    assert quote == Quote(paragraphs=((Text(text="甲。"),), (Text(text="乙。"),)))


MERGED = """
<p align="center"><b>表1 青屿区学位供给</b></p><p align="right">单位：个</p>
<table>
<tr><td rowspan="2">学段</td><td colspan="2">学位</td></tr>
<tr><td>2025年</td><td>2026年</td></tr>
<tr><td>小学</td><td>1200</td><td>1500</td></tr>
</table>
<p>注：2026年为计划数。</p>
"""


def test_a_table_keeps_its_spans_caption_unit_and_notes():
    (table,) = blocks_from_html(MERGED)
    assert table_grid(table) == [
        ["学段", "学位", "学位"],
        ["学段", "2025年", "2026年"],
        ["小学", "1200", "1500"],
    ]
    assert (table.caption, table.unit) == ("表1 青屿区学位供给", "个")
    assert table.notes == ("注：2026年为计划数。",)
    assert [all(cell.header for cell in row) for row in table.rows] == [True, True, False]


def test_a_spanning_first_row_is_the_caption():
    page = (
        "<table><tr><td colspan=2>云州降水</td></tr>"
        "<tr><td>月</td><td>毫米</td></tr><tr><td>1</td><td>9</td></tr></table>"
    )
    (table,) = blocks_from_html(page)
    assert (table.caption, len(table.rows)) == ("云州降水", 2)


def test_a_span_that_claims_more_than_the_table_holds_is_cut():
    page = "<table><tr><th rowspan=999999>甲</th><th>乙</th></tr><tr><td>1</td></tr></table>"
    (table,) = blocks_from_html(page)
    assert table.rows[0][0].rowspan == 2


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td><p>云州正文。</p></td></tr></table>",
        "<table><tr><td>栏</td><td><table><tr><td>云州正文。</td></tr></table></td></tr></table>",
        "<table role='none'><tr><td>甲</td><td>正文。</td></tr><tr><td>a<td>b</tr></table>",
    ],
)
def test_a_table_that_only_lays_out_is_unwrapped(page):
    blocks = blocks_from_html(page)
    assert not any(isinstance(block, Table) for block in blocks)
    assert "正文。" in body_text(blocks)


def test_a_figure_takes_the_true_address_and_its_caption():
    page = (
        '<p><img src="/blank.gif" data-src="/img/1.png"></p>'
        '<p style="text-align:center">图1 云州港　资料来源：云州统计局</p><p>正文。</p>'
    )
    figure, text = blocks_from_html(page, base_url=BASE)
    assert figure == Figure(
        url="http://news.example/img/1.png",
        caption="图1 云州港",
        source="资料来源：云州统计局",
        alt="图1 云州港",
    )
    assert text == paragraph("正文。")


def test_icons_blanks_and_data_pictures_are_no_figures():
    page = '<img src="/i.png" width="16"><img src="/1x1.gif"><img src="data:image/gif;base64,R0">'
    assert blocks_from_html(page, base_url=BASE) == ()


def test_a_footnote_moves_to_its_mark():
    page = (
        '<p>学位充足<sup><a href="#n1">[1]</a></sup>。</p>'
        '<ol><li id="n1">[1] 据云州市教育局。 <a href="#r1">↩</a></li></ol>'
    )
    (block,) = blocks_from_html(page)
    assert block.content[1] == FootnoteRef(content=(Text(text="据云州市教育局。"),))


def test_a_foreign_picture_is_never_loaded_by_a_reading_pane():
    unfetched = Figure(url="http://tracker.example/p.png", alt="云州港", caption="图1")
    html = blocks_to_html([unfetched, Figure(asset="a" * 64, alt="港")])
    assert "tracker.example" not in html
    assert "云州港" in html
    assert f'<img src="/assets/{"a" * 64}" alt="港">' in html


def test_a_reading_pane_shows_tables_with_scopes_and_numbered_footnotes():
    blocks = blocks_from_html(MERGED)
    note = Paragraph(content=(FootnoteRef(content=(Text(text="据年报。"),)),))
    html = blocks_to_html([*blocks, note, note], prefix="left-")
    assert '<th scope="col" colspan="2">学位</th>' in html
    assert '<a href="#left-note-2">2</a>' in html
    assert html.count('<li id="left-note-') == 2


def test_what_is_written_reads_back_as_the_same_text():
    blocks = blocks_from_html(MERGED + "<p>正文<b>粗</b>。</p><ul><li>甲</li></ul>")
    again = blocks_from_html(blocks_to_html(blocks))
    assert body_text(again) == body_text(blocks)


def test_pages_nested_too_deep_or_cut_off_do_not_fail():
    deep = "<div>" * 200 + "云州" + "<table><tr><td>" * 60
    assert "云州" in body_text(blocks_from_html(deep))
    assert blocks_from_html("") == blocks_from_html("<html></html>") == ()
