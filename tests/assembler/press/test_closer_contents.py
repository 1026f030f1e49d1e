"""Contents of which a few lines would stand alone on a last page are set a little closer."""

import io

import pypdfium2
import pytest

from editor.assembler.contents import tightened, tightness
from editor.assembler.looks import looks
from editor.assembler.press.typeset import Press
from editor.assembler.word.edition import render_docx
from editor.assembler.word.office import find_office, to_pdf
from editor.store.files import FileStore
from editor.text.document import Part, paragraph
from tests.assembler.preflight.test_preflight import article, issue
from tests.assembler.sample import digest_profile
from tests.needs import missing

PROFILE = digest_profile()
LOOKS = looks(PROFILE)


def of(items):
    """Return an issue of one section with so many items, each of one line in the contents."""
    articles = tuple(
        article(
            headline=f"望川：第{number}座码头完工",
            anchor=f"i{number}",
            blocks=(paragraph("短讯。"),),
        )
        for number in range(1, items + 1)
    )
    one = issue(*articles)
    parts = (Part(anchor="s1", name=one.parts[0].name, articles=articles),)
    return one.model_copy(update={"parts": parts})


def first_of_two_pages():
    """Return the least number of items whose contents need two pages."""
    above = LOOKS["toc_title"].pitch + LOOKS["toc_title"].after + LOOKS["toc_section"].pitch
    full = (PROFILE.page.text_height - above) // LOOKS["toc_item"].pitch
    return int(full) + 1


@pytest.mark.parametrize(
    ("beyond", "closer"), [(-2, False), (0, True), (1, True), (5, False), (20, False)]
)
def test_lines_are_set_closer_only_where_a_few_would_stand_alone(beyond, closer):
    document = of(first_of_two_pages() + beyond)
    tight = tightness(document, PROFILE, LOOKS)
    assert (0.85 <= tight < 1) == closer
    own = tightened(document, PROFILE, LOOKS)
    assert (own["toc_item"].pitch < LOOKS["toc_item"].pitch) == closer
    assert own["body"] == LOOKS["body"]


@pytest.mark.parametrize("beyond", [-2, 0, 1])
def test_the_contents_of_the_pdf_take_one_page(tmp_path, beyond):
    press = Press(of(first_of_two_pages() + beyond), PROFILE, FileStore(tmp_path))
    # cover, masthead page, contents
    assert press.layout().front == 3


def test_the_contents_of_the_word_edition_take_one_page_and_leave_none_blank(tmp_path):
    program = find_office(None)
    if program is None:
        missing("LibreOffice")
    document = of(first_of_two_pages() + 1)
    word = render_docx(document, PROFILE, FileStore(tmp_path), numbers={}, pinned=False)
    pages = pypdfium2.PdfDocument(io.BytesIO(to_pdf(word, PROFILE, soffice=program)))
    texts = [page.get_textpage().get_text_bounded().replace(" ", "") for page in pages]
    last = next(number for number, text in enumerate(texts) if "目录" in text)
    assert f"第{first_of_two_pages() + 1}座码头" in texts[last]
    assert "热点关注" in texts[last + 1]
