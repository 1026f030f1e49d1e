"""The editor's tree and our blocks say the same thing, and nothing unknown gets in."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.errors import Invalid
from editor.text.document import (
    BookEntry,
    Cell,
    Figure,
    FootnoteRef,
    FormulaBlock,
    Heading,
    InlineFormula,
    ListBlock,
    Mark,
    PageBreak,
    Paragraph,
    Quote,
    Role,
    Table,
    Text,
    paragraph,
)
from editor.web.editor_tree import blocks_from_tree, joined, tree_from_blocks

words = st.text(st.sampled_from("临澜市公布12.5% abcμ《》，\n "), min_size=1, max_size=12)
marks = st.sets(st.sampled_from(Mark)).map(lambda found: tuple(m for m in Mark if m in found))
hrefs = st.sampled_from([None, None, "https://yunzhou.example/a?b=1", "mailto:desk@x.example"])
texts = st.builds(Text, text=words, marks=marks, href=hrefs)
notes = st.lists(texts, max_size=3).map(joined).map(lambda t: FootnoteRef(content=t))
inlines = st.one_of(texts, texts, st.builds(InlineFormula, source=words), notes)
maybe_empty = st.lists(inlines, max_size=5).map(joined)
lines = maybe_empty.filter(bool)
ids = st.just("")
cells = st.builds(
    Cell,
    content=maybe_empty,
    colspan=st.integers(1, 3),
    rowspan=st.integers(1, 3),
    header=st.booleans(),
)
titles = st.text(max_size=8)
blocks = st.one_of(
    st.builds(Heading, id=ids, level=st.sampled_from([1, 2, 3]), content=lines),
    st.builds(Paragraph, id=ids, role=st.sampled_from(Role), content=lines),
    st.builds(
        ListBlock, id=ids, ordered=st.booleans(), items=st.lists(lines, min_size=1).map(tuple)
    ),
    st.builds(Quote, id=ids, paragraphs=st.lists(lines, min_size=1).map(tuple)),
    st.builds(
        Table,
        id=ids,
        rows=st.lists(
            st.lists(cells, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3
        ).map(tuple),
        caption=titles,
        unit=titles,
        notes=st.lists(words.map(str.strip).filter(bool), max_size=2).map(tuple),
    ),
    st.builds(
        Figure,
        id=ids,
        asset=st.sampled_from(["", "ab" * 32]),
        url=st.just("https://x.example/1.png"),
        caption=titles,
        source=titles,
        alt=titles,
    ),
    st.builds(FormulaBlock, id=ids, source=words.map(str.strip).filter(bool)),
    st.just(PageBreak()),
    st.builds(BookEntry, id=ids, title=st.just("潮间带札记"), author=titles, summary=titles),
)


def read(*nodes: dict[str, Any]):
    return blocks_from_tree(json.dumps({"type": "doc", "content": list(nodes)}))


def para(*content: dict[str, Any], **attrs: Any) -> dict[str, Any]:
    return {"type": "paragraph", "attrs": attrs, "content": list(content)}


def text(value: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": value, "marks": [{"type": mark} for mark in marks]}


@settings(max_examples=200, deadline=None)
@given(st.lists(blocks, max_size=6).map(tuple))
def test_blocks_come_back_from_the_tree_as_they_were(written):
    assert blocks_from_tree(json.dumps(tree_from_blocks(written))) == written


def test_ids_survive_and_a_copied_id_is_given_up():
    found = read(para(text("甲"), id="b1"), para(text("乙"), id="b1"), para(text("丙"), id="b2"))
    assert [block.id for block in found] == ["b1", "", "b2"]


def test_empty_paragraphs_and_outer_blanks_are_left_out_and_hard_spaces_become_spaces():
    found = read(para(), para(text("　　")), para(text("　　青屿\xa0区 "), {"type": "hardBreak"}))
    assert found == (paragraph("青屿 区"),)


def test_characters_that_nobody_sees_are_left_out():
    (block,) = read(para(text("一\u200b带\ufeff一路")))
    assert block.content == (Text(text="一带一路"),)


def test_an_accent_laid_over_a_letter_becomes_the_letter_that_fonts_have():
    (block,) = read(para(text("cafe\u0301")))
    assert block.content[0].text == "caf\u00e9"


def test_paragraphs_in_one_cell_become_lines_of_it():
    cell = {
        "type": "tableCell",
        "attrs": {"colspan": 2, "rowspan": 1, "colwidth": [120, 80]},
        "content": [para(text("甲")), para(), para(text("乙", "bold"))],
    }
    (table,) = read({"type": "table", "content": [{"type": "tableRow", "content": [cell]}]})
    (found,) = table.rows[0]
    assert found.colspan == 2
    assert found.content == (Text(text="甲\n"), Text(text="乙", marks=(Mark.strong,)))


def test_a_row_that_cells_above_cover_stays_so_that_spans_keep_their_meaning():
    high = {
        "type": "tableCell",
        "attrs": {"colspan": 1, "rowspan": 2, "colwidth": None},
        "content": [para(text("甲"))],
    }
    rows = [{"type": "tableRow", "content": [high]}, {"type": "tableRow"}]
    (table,) = read({"type": "table", "content": rows})
    assert len(table.rows) == 2
    assert table.rows[1] == ()


@pytest.mark.parametrize(
    "node",
    [
        {"type": "iframe", "attrs": {"src": "https://x.example"}},
        {"type": "paragraph", "attrs": {"style": "color:red"}},
        para({"type": "text", "text": "甲", "marks": [{"type": "underline"}]}),
        para(
            {
                "type": "text",
                "text": "甲",
                "marks": [{"type": "link", "attrs": {"href": "javascript:alert(1)"}}],
            }
        ),
        {"type": "heading", "attrs": {"level": 1}, "content": [text("甲")]},
        {"type": "heading", "attrs": {"level": "2"}, "content": [text("甲")]},
        {"type": "figure", "attrs": {"asset": "../../etc/passwd"}},
        para(text("甲"), id="<script>"),
        para(text("甲"), role="boss"),
    ],
)
def test_what_nobody_knows_is_refused_with_a_sentence(node):
    with pytest.raises(Invalid) as caught:
        read(node)
    assert "没有保存" in caught.value.chinese
    assert "not saved" in caught.value.english


@pytest.mark.parametrize("tree", ["", "[]", "{", '{"type":"doc","content":"x"}', '"\\ud800"'])
def test_what_is_no_tree_is_refused(tree):
    with pytest.raises(Invalid):
        blocks_from_tree(tree)
