"""Heights of the Word edition sum to whole lines, so that facing pages end alike."""

from datetime import date

import pypdfium2
import pytest

from editor.assembler.looks import looks
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.assembler.word.grid import (
    halves,
    head_gaps,
    lines_of,
    on_grid,
    whole,
)
from editor.assembler.word.office import find_office, to_pdf
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import Article, Part, Table, paragraph
from editor.workflow import ItemKind
from tests.acceptance.grid import measured
from tests.assembler import sample
from tests.needs import missing

DIGEST, REVIEW = sample.digest_profile(), sample.review_profile()
BOUND = DIGEST.model_copy(
    update={"print": DIGEST.print.model_copy(update={"gutter_mm": 8.0, "section_start": "right"})}
)


@pytest.mark.parametrize(
    "points, lines", [(24, 24), (24.2, 24), (25, 48), (1, 24), (60, 72), (96, 96)]
)
def test_heights_are_rounded_up_to_whole_lines(points, lines):
    assert whole(points, 24) == lines
    assert halves(25, 24) == 36


@pytest.mark.parametrize(
    "lines, wished, gaps",
    [
        # headline of one line and source line: the rest goes below the source line
        (54, [6, 6], [6, 12]),
        (84, [6, 6], [6, 6]),
        # three lines leave six points: both spaces give way
        (114, [6, 6], [3, 3]),
        (30, [6], [18]),
    ],
)
def test_an_items_head_takes_whole_lines_and_stays_a_group(lines, wished, gaps):
    assert head_gaps(lines, wished, 24) == gaps
    assert (lines + sum(gaps)) % 24 == 0


@pytest.mark.parametrize("profile", [DIGEST, REVIEW])
def test_headings_captions_and_bylines_take_lines_of_the_body(profile):
    own, pitch = on_grid(looks(profile), profile.page), profile.page.pitch
    for role in ("inner1", "inner2", "inner3", "byline", "caption", "figure_caption", "unit"):
        assert (own[role].pitch, own[role].after) == (pitch, 0)
    for role in ("section", "solo"):
        assert (own[role].pitch + own[role].after) % pitch == pytest.approx(0)


@pytest.mark.parametrize(
    "text, room, lines",
    [
        ("", 5, 1),
        ("云州日报", 4, 1),
        ("云州日报社", 4, 2),
        ("云州日报。", 4, 2),
        ("产值\n（万元）", 6, 2),
        ("a" * 40, 10, 3),
    ],
)
def test_lines_are_counted_as_they_are_set(text, room, lines):
    assert lines_of(text, room) == lines


# --- in LibreOffice's pages ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("files"))


def pages_of(content: bytes, profile: Profile) -> bytes:
    office = find_office(None)
    if office is None:
        missing("LibreOffice: soffice is not on PATH")
    return to_pdf(content, profile, soffice=office)


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.parametrize("name", ["digest", "review", "bound"])
def test_nearly_every_line_of_text_stands_on_the_grid(files, name):
    profile = {"digest": DIGEST, "review": REVIEW, "bound": BOUND}[name]
    document = sample.digest(files)
    made = render_docx(document, profile, files, numbers={}, pinned=False)
    grid = measured(pages_of(made, profile), profile.page)
    assert grid.lines > 100
    assert grid.share > 0.97


def test_a_line_beside_the_grid_is_counted_as_such(files):
    pdf = typeset(sample.digest(files), DIGEST, files).pdf
    pitch = DIGEST.page.pitch
    other = DIGEST.page.model_copy(update={"pitch": pitch * 0.9})
    assert measured(pdf, DIGEST.page).share > 0.97
    assert measured(pdf, other).share < 0.5


def table(number: int, rows: int = 9) -> Table:
    head = sample.cells("行业", "一年", "二年", "三年", header=True)
    body = [
        sample.cells(f"第{number}表{row}行", "1234.5", "1234.5", "1234.5") for row in range(rows)
    ]
    body[4] = sample.cells(
        f"电力热力燃气及水的生产和供应以及其他第{number}表4行", "1234.5", "1234.5", "1234.5"
    )
    notes = ("资料来源：云州统计年鉴。",)
    return Table(rows=(head, *body), caption=f"表 {number} 各业产值", unit="万元", notes=notes)


@pytest.mark.office
@pytest.mark.slow
def test_no_row_is_lost_wherever_a_table_meets_the_foot_of_a_page(files):
    articles = tuple(
        Article(
            anchor=f"s1-{lines}",
            headline=f"第{lines}条",
            kind=ItemKind.essay,
            source_line="云州日报",
            dated_on=date(2034, 6, 20),
            blocks=(*(paragraph("正文。") for _ in range(lines)), table(lines)),
        )
        for lines in range(8, 30)
    )
    part = Part(anchor="s1", name="热点关注", articles=articles)
    document = sample.digest(files).model_copy(update={"parts": (part,)})
    made = render_docx(document, DIGEST, files, numbers={}, pinned=False)
    with pypdfium2.PdfDocument(pages_of(made, DIGEST)) as pages:
        printed = "".join("".join(page.get_textpage().get_text_range().split()) for page in pages)
    lost = [
        (number, row)
        for number in range(8, 30)
        for row in range(9)
        if f"第{number}表{row}行" not in printed
    ]
    assert lost == []
