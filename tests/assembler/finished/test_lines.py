"""Lines of type in a finished PDF: full, evenly set, never parted at a mark."""

import pytest

from editor.assembler.finished.checks import check_pdf
from editor.assembler.finished.lines import read_lines
from editor.assembler.press import typeset as typesetting
from editor.assembler.press.typeset import Press, typeset
from editor.errors import Unusable
from editor.store.files import FileStore
from editor.text.document import (
    FootnoteRef,
    InlineFormula,
    ListBlock,
    Mark,
    Paragraph,
    Quote,
    Role,
    Text,
    paragraph,
)
from tests.assembler.preflight.test_preflight import article, issue
from tests.assembler.sample import digest_profile

PROFILE = digest_profile()
WINDOW = "本期刊物信息搜集时间：2034.06.16-2034.07.15"
SENTENCE = "临澜市码头改造完工，首批十二条航线下月开通（其中四条通往青屿区），货船可以直达。"
PROSE = paragraph(SENTENCE * 10)
NOTE = FootnoteRef(content=(Text(text="数据由临澜市统计局提供。" * 6),))


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path)


def made_of(*blocks):
    return issue(article(blocks=blocks), window_line=WINDOW)


def broken(document, files, monkeypatch, old, new, profile=PROFILE):
    """Return what typst makes when a line of the templates for type reads otherwise."""
    templates = dict(typesetting._templates())
    assert old.encode() in templates["type.typ"]
    templates["type.typ"] = templates["type.typ"].replace(old.encode(), new.encode())
    monkeypatch.setattr(typesetting, "_templates", lambda: templates)
    press = Press(document, profile, files)
    layout = press.settle()
    return press.pdf(), layout.starts


def refusal(pdf, document, starts):
    with pytest.raises(Unusable) as refused:
        check_pdf(pdf, document, PROFILE, starts)
    assert refused.value.details["check"] == "V14"
    return refused.value.chinese


def test_every_line_of_running_text_is_measured_once(files):
    running = (Text(text=SENTENCE * 3), NOTE, Text(text=SENTENCE * 40))
    document = made_of(
        Paragraph(content=running),
        Paragraph(content=(Text(text="摘要：" + SENTENCE * 4),), role=Role.abstract),
        ListBlock(items=((Text(text=SENTENCE * 3),), (Text(text=SENTENCE * 2),))),
        Quote(paragraphs=((Text(text=SENTENCE * 4),),)),
        PROSE,
    )
    found = read_lines(typeset(document, PROFILE, files).pdf, document, PROFILE)
    assert (found.found, found.sought) == (6, 6)
    assert found.full == found.lines - 6
    assert not found.short and not found.marks
    assert abs(found.advance - 1) < 0.005


def test_lines_that_end_before_the_edge_are_caught(files, monkeypatch):
    document = made_of(*[PROSE] * 3)
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "styled(role, par(body), ..more)",
        "styled(role, pad(right: 6pt, par(body)), ..more)",
    )
    assert "没有排到右边" in refusal(pdf, document, starts)


def test_a_line_that_opens_with_a_closing_mark_is_caught(files, monkeypatch):
    document = made_of(paragraph(SENTENCE[:9]), PROSE)
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "#let runs(list) = list.map(run).join()",
        "#let runs(list) = list.map(it => { if type(it) != str { return run(it) }\n"
        '  for part in it.split("，").intersperse(none) {\n'
        '    if part == none { linebreak() + "，" } else { part } } }).join()',
    )
    assert "标点" in refusal(pdf, document, starts)


def test_characters_pulled_apart_are_caught(files, monkeypatch):
    document = made_of(*[PROSE] * 8)
    pdf, starts = broken(
        document,
        files,
        monkeypatch,
        "styled(role, par(body), ..more)",
        "styled(role, text(tracking: 0.5pt, par(body)), ..more)",
    )
    assert "字距" in refusal(pdf, document, starts)


@pytest.mark.parametrize(
    "blocks",
    [
        (paragraph("The quick brown fox jumps over the lazy dog. " * 60),),
        (paragraph("好消息" + "！" * 300),),
        (paragraph("（" * 200 + "码头" + "）" * 200),),
        (paragraph("见https://www.yunzhou.example/" + "a" * 200 + "，" + SENTENCE),) * 9,
        (paragraph("第一行\n第二行\n" + SENTENCE * 3),) * 6,
        (paragraph("……" * 150),),
    ],
    ids=["Latin", "300 marks", "brackets", "addresses", "broken by hand", "dots"],
)
def test_unusual_lines_are_no_reason_to_refuse_a_file(files, blocks):
    document = made_of(*blocks)
    made = typeset(document, PROFILE, files)
    assert "V14" in check_pdf(made.pdf, document, PROFILE, made.starts)


def test_no_line_ends_with_the_quote_that_opens_behind_an_address(files):
    url = (
        "https://www.yunzhou.example/zwgk/2034/06/22/policy/detail?id=2034062200017&channel=policy"
    )
    behind = "。“十五五”期间，全市R&D经费投入强度由2.8%提高到3.5%。" + SENTENCE
    document = made_of(*[paragraph("云" * n + f"详见{url}{behind}") for n in range(60)])
    assert not read_lines(typeset(document, PROFILE, files).pdf, document, PROFILE).marks


def test_a_line_that_ends_with_dots_is_full(files):
    words = "要加强“专精特新”企业培育……" * 40
    document = made_of(*[paragraph("云" * n + words) for n in range(12)])
    assert not read_lines(typeset(document, PROFILE, files).pdf, document, PROFILE).short


def test_a_line_that_ends_with_the_marks_of_several_notes_is_full(files):
    words = "改革永远在路上，码头完工。" * 6
    runs = [run for _ in range(30) for run in (Text(text=words), NOTE, NOTE)]
    document = made_of(Paragraph(content=tuple(runs)))
    assert not read_lines(typeset(document, PROFILE, files).pdf, document, PROFILE).short


def test_no_line_begins_with_the_sign_of_a_unit(files):
    mark, percent = Text(text="[3]", marks=(Mark.superscript,)), Text(text="%，" + SENTENCE)
    blocks = [
        Paragraph(content=(Text(text="云" * n + "下降12.5"), *more, percent))
        for n in range(60)
        for more in ((InlineFormula(source="α"),), (mark,), (NOTE,))
    ]
    document = made_of(*blocks)
    assert not read_lines(typeset(document, PROFILE, files).pdf, document, PROFILE).marks


def test_a_gutter_moves_the_edge_that_lines_reach(files):
    print_ = PROFILE.print.model_copy(update={"gutter_mm": 6.0})
    profile = PROFILE.model_copy(update={"print": print_})
    document = made_of(*[PROSE] * 12)
    found = read_lines(typeset(document, profile, files).pdf, document, profile)
    assert found.full > 100
    assert not found.short
