"""The shipped fonts: whole, licensed, and honest about what they hold."""

import hashlib
import shutil
from datetime import date

import pytest

from editor.assembler import fonts
from editor.assembler.fonts import cmap
from editor.assembler.makings import font_digests
from editor.assembler.preflight.issue import check
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    Cell,
    FootnoteRef,
    IssueDocument,
    Paragraph,
    Part,
    Table,
    Text,
    paragraph,
)
from tests.assembler import sample


def issue(*blocks, **changes):
    article = Article(anchor="s1-1", headline="望川：码头改造完工", blocks=blocks, **changes)
    return IssueDocument(
        publication="云州信息摘编",
        slug="digest",
        year=2034,
        number=7,
        total_number=31,
        dated_on=date(2034, 7, 15),
        label_lines=("2034 年 第七期",),
        parts=(Part(anchor="s1", name="热点关注", articles=(article,)),),
    )


def test_every_font_file_is_the_one_that_was_built():
    for line in (fonts.FOLDER / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((fonts.FOLDER / name).read_bytes()).hexdigest() == digest, name


def test_each_family_lies_there_with_its_licence():
    for family, paths in fonts.FILES.items():
        assert all(path.is_file() for path in paths)
        licence = fonts.FOLDER / f"OFL-{family.replace(' ', '')}.txt"
        assert "SIL OPEN FONT LICENSE" in licence.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", ["鳀琍祎", "℃®→•·①×〔〕～－—…“”‘’", "㎡，。、；：？！（）《》", "個體經濟"]
)
def test_what_bulletins_use_is_covered(text):
    assert set(text) <= fonts.coverage()


@pytest.mark.parametrize(
    "block",
    [
        paragraph("码头改造完工😀"),
        Paragraph(content=(Text(text="完工"), FootnoteRef(content=(Text(text="见😀"),)))),
        Table(rows=((Cell(content=(Text(text="😀"),)),),)),
        Table(rows=((Cell(content=(FootnoteRef(content=(Text(text="😀"),)),)),),)),
        Table(rows=(), notes=("注：😀",)),
    ],
)
def test_a_character_without_a_glyph_is_named_with_its_item(block):
    [missing] = fonts.missing_glyphs(issue(block))
    assert (missing.character, missing.code_point, missing.where) == ("😀", "U+1F600", "s1-1")


def test_the_joiners_within_a_sign_are_not_named_beside_its_parts():
    found = fonts.missing_glyphs(issue(paragraph("完工👩\u200d👧❤\ufe0f。")))
    assert [missing.character for missing in found] == ["❤", "👧", "👩"]
    [joiner] = fonts.missing_glyphs(issue(paragraph("完\u200d工。")))
    assert joiner.code_point == "U+200D"


def test_the_cmap_reader_finds_what_the_build_wrote_down():
    shown = cmap.read_folder(fonts.FOLDER).characters
    assert fonts.coverage() <= shown
    assert "😀" not in shown


def test_a_font_of_the_office_closes_the_gap(tmp_path, monkeypatch):
    shutil.copy(fonts.FOLDER / "ZhaibianKai-Regular.ttf", tmp_path / "own.ttf")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    monkeypatch.setattr(fonts, "coverage", lambda: frozenset("望川：码头改造完工"))
    fonts.shown.cache_clear()
    document = issue(paragraph("鳀"))
    assert "鳀" in {missing.character for missing in fonts.missing_glyphs(document)}
    assert fonts.missing_glyphs(document, font_dir=tmp_path) == []
    fonts.shown.cache_clear()


def test_a_private_use_character_counts_as_missing():
    assert [entry.code_point for entry in fonts.missing_glyphs(issue(byline="\ue000"))] == [
        "U+E000"
    ]


def test_line_breaks_and_tabs_are_no_characters():
    assert fonts.missing_glyphs(issue(paragraph("一\n二\t三"))) == []


def test_what_is_no_font_in_the_offices_folder_is_left_out_and_told(tmp_path):
    (tmp_path / "song.ttf").write_bytes(fonts.FILES["Noto Sans SC"][0].read_bytes())
    (tmp_path / "kai.ttf").write_bytes(b"not a font")
    (tmp_path / "gone.otf").symlink_to(tmp_path / "elsewhere.otf")
    document, profile = sample.digest(FileStore(tmp_path / "files")), sample.digest_profile()
    [finding] = [f for f in check(document, profile, tmp_path) if f.code == "fonts_unread"]
    assert finding.grade == "warn"
    assert "gone.otf、kai.ttf" in finding.chinese and "song.ttf" not in finding.chinese
    assert {"song.ttf", "kai.ttf"} <= set(font_digests(tmp_path))


def test_a_folder_of_fonts_that_is_not_there_is_told(tmp_path):
    document, profile = sample.digest(FileStore(tmp_path / "files")), sample.digest_profile()
    [finding] = [f for f in check(document, profile, tmp_path / "no") if f.code == "fonts_unread"]
    assert str(tmp_path / "no") in finding.chinese
