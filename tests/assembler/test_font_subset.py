"""A font cut down to an issue's characters shows those as before, and no others."""

import io
import re

import pypdfium2
import pytest
from docx import Document
from PIL import ImageFont

from editor.assembler.contents import entries
from editor.assembler.fonts import FILES
from editor.assembler.fonts.cmap import read_folder
from editor.assembler.fonts.subset import subset
from editor.assembler.word import office
from editor.assembler.word.edition import render_docx
from editor.assembler.word.numbering import printed_numbers
from editor.store.files import FileStore
from tests.assembler import sample
from tests.needs import missing

TEXT = frozenset("云州日报 Yunzhou é，《》“”①")
FACES = [path for paths in FILES.values() for path in paths]


@pytest.mark.parametrize("path", FACES, ids=lambda path: path.stem)
def test_a_subset_keeps_shapes_and_widths(path):
    whole = path.read_bytes()
    cut = subset(whole, TEXT)
    assert len(cut) < len(whole) / 10
    before = ImageFont.truetype(io.BytesIO(whole), 80)
    after = ImageFont.truetype(io.BytesIO(cut), 80)
    for sign in sorted(TEXT):
        assert after.getlength(sign) == before.getlength(sign)
        assert after.getbbox(sign) == pytest.approx(before.getbbox(sign), abs=1)
    assert after.getmetrics() == before.getmetrics()


def test_a_subset_maps_only_the_characters_it_shows(tmp_path):
    rare = "𠮷"
    (tmp_path / "cut.ttf").write_bytes(subset(FACES[-1].read_bytes(), TEXT | {rare}))
    assert read_folder(tmp_path).characters == TEXT | {rare}


def test_the_same_characters_give_the_same_font():
    whole = FACES[0].read_bytes()
    assert subset(whole, frozenset("云州")) == subset(whole, frozenset("州云"))


# --- in a Word file ------------------------------------------------------------------------------


def embedded(tmp_path) -> tuple[bytes, dict[str, int]]:
    files, profile = FileStore(tmp_path / "files"), embedding()
    document = sample.digest(files)
    numbers = {line.anchor: at for at, line in enumerate(entries(document, profile), start=1)}
    return render_docx(document, profile, files, numbers=numbers, pinned=False), numbers


def embedding():
    profile = sample.digest_profile()
    fonts = profile.fonts.model_copy(update={"embed_in_docx": True})
    return profile.model_copy(update={"fonts": fonts})


def test_a_file_with_its_fonts_stays_small_and_readable(tmp_path):
    content, _ = embedded(tmp_path)
    assert len(content) < 3_000_000
    assert content == embedded(tmp_path)[0]
    assert Document(io.BytesIO(content)).paragraphs


@pytest.mark.office
@pytest.mark.slow
def test_a_machine_without_chinese_fonts_breaks_the_pages_alike(tmp_path, monkeypatch):
    program = office.find_office(None)
    if program is None:
        missing("LibreOffice: soffice is not on PATH")
    latin = sorted(office.SYSTEM_FONTS.rglob("*Serif*-Regular.ttf")) or sorted(
        office.SYSTEM_FONTS.rglob("DejaVuSans.ttf")
    )
    if not latin:
        missing("a Latin font below /usr/share/fonts")
    content, _ = embedded(tmp_path)
    files, profile = FileStore(tmp_path / "files"), embedding()
    document = sample.digest(files)
    usual = office.to_pdf(content, profile, soffice=program)
    (tmp_path / "latin").mkdir()
    (tmp_path / "latin" / latin[0].name).write_bytes(latin[0].read_bytes())
    known = office.font_configuration

    def bare(*arguments):
        return re.sub(
            r"<dir>[^<]*</dir>", f"<dir>{tmp_path / 'latin'}</dir>", known(*arguments), count=1
        )

    monkeypatch.setattr(office, "font_configuration", bare)
    poor = office.to_pdf(content, profile, soffice=program)
    assert printed_numbers(poor, document, profile) == printed_numbers(usual, document, profile)
    with pypdfium2.PdfDocument(poor) as pages:
        assert "云州" in pages[0].get_textpage().get_text_range().replace(" ", "")
