"""What editors see of a layout: nearly empty pages, tables and pictures that do not fit."""

import pytest

from editor.assembler.press.pages import flags, thin_pages
from editor.assembler.press.typeset import Layout, Press
from editor.store.files import FileStore
from editor.text.document import AssetRef, Figure, paragraph
from editor.workflow import ItemKind
from tests.assembler.preflight.test_preflight import PROFILE, article, issue


def laid_out(end):
    return Layout(pages=5, front=3, blank=0, starts={"s1": 1, "s1-1": 1}, ends={"s1-1": end})


@pytest.mark.parametrize(
    "end, flagged",
    [((2, 2.0), True), ((2, 1.0), True), ((2, 3.0), False), ((1, 2.0), False)],
)
def test_a_last_page_of_one_or_two_lines_is_flagged(end, flagged):
    found = thin_pages(issue(article()), PROFILE, laid_out(end))
    assert bool(found) is flagged
    if flagged:
        assert "第 2 页只有" in found[0].chinese and found[0].anchor == "s1-1"


def test_a_short_page_end_is_no_matter_where_the_next_item_runs_on():
    document = issue(article(anchor="s1-1"), article(anchor="s1-2", headline="青屿：开工"))
    starts = {"s1": 1, "s1-1": 1, "s1-2": 2}
    ends = {"s1-1": (2, 2.0), "s1-2": (2, 9.0)}
    found = Layout(pages=5, front=3, blank=0, starts=starts, ends=ends)
    assert thin_pages(document, PROFILE, found) == ()
    essay = issue(
        article(anchor="s1-1"), article(anchor="s1-2", headline="青屿：开工", kind=ItemKind.essay)
    )
    assert len(thin_pages(essay, PROFILE, found)) == 1


def test_the_end_of_an_item_is_measured_by_typst(tmp_path):
    text = "青屿区第一座码头改造完工，港区货物可以直达临澜市。"
    document = issue(article(blocks=(paragraph(text * 8),) * 9))
    found = Press(document, PROFILE, FileStore(tmp_path)).layout()
    page, lines = found.ends["s1-1"]
    assert (found.starts["s1-1"], page) == (1, 3)
    assert 1 < lines < 40


def test_a_small_picture_is_flagged_beside_its_size(tmp_path):
    asset = AssetRef(sha256="ab" * 32, media_type="image/png", width=200, height=100)
    document = issue(article(blocks=(Figure(asset=asset.sha256, caption="图1 码头"),)))
    document = document.model_copy(update={"assets": (asset,)})
    found = flags(document, PROFILE, laid_out((1, 9.0)))
    assert [finding.code for finding in found] == ["small_picture"]
    assert "200×100" in found[0].chinese
