"""The Word edition can be restyled: its looks lie in styles, and Word's gallery shows them."""

import io
import zipfile

import pytest
from lxml import etree

from editor.assembler.contents import entries
from editor.assembler.finished.lines import CLOSING, OPENING
from editor.assembler.looks import LOOKS
from editor.assembler.word.edition import render_docx
from editor.assembler.word.ooxml import qualified as w
from editor.store.files import FileStore
from tests.assembler import sample

SAMPLES = {
    "digest": (sample.digest, sample.digest_profile()),
    "review": (sample.review, sample.review_profile()),
}
# what data settles: space by which lines stay on the grid, what stays together, where pages open
OF_DATA = {"pStyle", "keepNext", "keepLines", "pageBreakBefore", "spacing", "sectPr"}
RUNNING = ("IssueBody", "SourceLine", "Abstract", "Keywords", "Quote", "heading2", "heading3")


@pytest.fixture(scope="module", params=SAMPLES)
def content(request, tmp_path_factory) -> bytes:
    files = FileStore(tmp_path_factory.mktemp("files"))
    make, profile = SAMPLES[request.param]
    document = make(files)
    numbers = {line.anchor: at for at, line in enumerate(entries(document, profile), start=1)}
    return render_docx(document, profile, files, numbers=numbers, pinned=False)


def parts(content: bytes):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: etree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.startswith("word/") and name.endswith(".xml")
        }


def local(node) -> str:
    return etree.QName(node).localname


def styles(content: bytes) -> dict[str, etree._Element]:
    return {
        style.get(w("w:styleId")): style
        for style in parts(content)["word/styles.xml"].iter(w("w:style"))
    }


def test_every_paragraph_has_a_style_of_its_role(content):
    for name, root in parts(content).items():
        for paragraph in root.iter(w("w:p")):
            style = paragraph.find(f"{w('w:pPr')}/{w('w:pStyle')}")
            assert style is not None, (name, "".join(paragraph.itertext())[:20])


def test_running_text_takes_its_type_from_its_style_alone(content):
    body = parts(content)["word/document.xml"]
    seen = 0
    for paragraph in body.iter(w("w:p")):
        properties = paragraph.find(w("w:pPr"))
        if properties.find(w("w:pStyle")).get(w("w:val")) not in RUNNING:
            continue
        seen += 1
        assert {local(node) for node in properties} <= OF_DATA | {"ind"}
        spacing = properties.find(w("w:spacing"))
        assert spacing is None or set(spacing.attrib) == {w("w:after")}
        for run in paragraph.iter(w("w:rPr")):
            assert run.find(w("w:sz")) is None
            fonts = run.find(w("w:rFonts"))
            assert fonts is None or set(fonts.attrib) == {w("w:hint")}
    assert seen > 10


def test_only_a_headline_is_indented_by_hand(content):
    for paragraph in parts(content)["word/document.xml"].iter(w("w:p")):
        style = paragraph.find(f"{w('w:pPr')}/{w('w:pStyle')}").get(w("w:val"))
        if style in ("IssueBody", "Quote", "SourceLine", "heading3", "heading4"):
            assert paragraph.find(f"{w('w:pPr')}/{w('w:ind')}") is None


def test_the_gallery_shows_the_styles_of_the_text_in_the_order_of_their_use(content):
    shown = sorted(
        (int(style.find(w("w:uiPriority")).get(w("w:val"))), identity)
        for identity, style in styles(content).items()
        if style.find(w("w:qFormat")) is not None and style.find(w("w:uiPriority")) is not None
    )
    names = [identity for _, identity in shown]
    assert names[:7] == [
        "heading1", "heading2", "heading3", "heading4", "heading5", "SoloSection", "IssueBody",
    ]  # fmt: skip
    assert {"SourceLine", "TableText", "AttachmentLabel"} <= set(names)
    assert not {"toc1", "header", "CoverTitle", "Spacer"} & set(names)


def test_words_own_styles_stay_out_of_the_gallery(content):
    latent = parts(content)["word/styles.xml"].find(w("w:latentStyles"))
    assert latent.get(w("w:defSemiHidden")) == "1"
    assert latent.get(w("w:defQFormat")) == "0"


def test_a_writer_who_ends_a_line_goes_on_in_the_next_style(content):
    found = styles(content)
    following = {
        identity: style.find(w("w:next")).get(w("w:val"))
        for identity, style in found.items()
        if style.find(w("w:next")) is not None
    }
    assert following["heading1"] == "heading2"
    assert following["heading2"] == "SourceLine"
    assert following["SourceLine"] == following["heading3"] == "IssueBody"
    assert "IssueBody" not in following


def test_outline_levels_are_the_headings_own(content):
    levels = {
        identity: int(style.find(f"{w('w:pPr')}/{w('w:outlineLvl')}").get(w("w:val")))
        for identity, style in styles(content).items()
        if style.find(f"{w('w:pPr')}/{w('w:outlineLvl')}") is not None
    }
    assert levels == {look.style_id: look.level for look in LOOKS if look.level is not None}


def test_word_is_told_which_marks_open_and_end_no_line(content):
    settings = parts(content)["word/settings.xml"]
    first, last = (
        settings.find(w(f"w:noLineBreaks{side}")).get(w("w:val")) for side in ("Before", "After")
    )
    assert set(first) >= CLOSING and set(last) >= OPENING
    assert "[" in first  # a citation's mark stays with its word


def test_word_opens_the_file_in_its_own_mode_and_in_chinese(content):
    settings = parts(content)["word/settings.xml"]
    mode = {
        node.get(w("w:name")): node.get(w("w:val")) for node in settings.iter(w("w:compatSetting"))
    }
    assert mode["compatibilityMode"] == "15"
    language = parts(content)["word/styles.xml"].find(f".//{w('w:rPrDefault')}//{w('w:lang')}")
    assert language.get(w("w:val")) == language.get(w("w:eastAsia")) == "zh-CN"
