"""Every kind of Word file that a profile can ask for is sound by the published schema."""

import pytest

from editor.assembler.contents import entries
from editor.assembler.word.edition import render_docx
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    Figure,
    FormulaBlock,
    ListBlock,
    PageBreak,
    Part,
    Quote,
    Text,
    paragraph,
)
from tests.assembler import sample
from tests.assembler.finished.test_word import broken
from tests.assembler.word.schema import schema_faults

DIGEST, REVIEW = sample.digest_profile(), sample.review_profile()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("files"))


def with_table(profile, table, **changes):
    own = getattr(profile, table).model_copy(update=changes)
    return profile.model_copy(update={table: own})


PROFILES = {
    "as it is": DIGEST,
    "office names": with_table(DIGEST, "fonts", office_names=True),
    "numbers on section lines": with_table(DIGEST, "toc", section_numbers="all"),
    "contents without numbers": with_table(DIGEST, "toc", numbers=False),
    "circled footnotes": with_table(DIGEST, "footnotes", marks="①"),
    "bound, from the right, in one ink": with_table(
        DIGEST, "print", gutter_mm=8, section_start="right", black_only=True
    ),
    "sections that run on": with_table(DIGEST, "sections", page_break=False),
}


@pytest.mark.parametrize("name", PROFILES)
def test_a_digest_is_sound_however_its_profile_sets_it(files, tmp_path, name):
    document, profile = sample.digest(files), PROFILES[name]
    numbers = {line.anchor: at for at, line in enumerate(entries(document, profile), start=1)}
    made = render_docx(document, profile, files, numbers=numbers, pinned=False)
    assert schema_faults(made, tmp_path) == []


@pytest.mark.parametrize("pinned", [False, True])
def test_a_review_is_sound_with_its_contents_on_the_cover(files, tmp_path, pinned):
    made = render_docx(sample.review(files), REVIEW, files, numbers={}, pinned=pinned)
    assert schema_faults(made, tmp_path) == []


def test_blocks_that_the_samples_lack_are_sound(files, tmp_path):
    items = ((Text(text="甲"),), (Text(text="乙"),))
    blocks = (
        ListBlock(ordered=True, items=items),
        ListBlock(items=items),
        Quote(paragraphs=items),
        FormulaBlock(source="y = ax² + b"),
        PageBreak(),
        sample.merged_table(),
        Figure(caption="图1：未取得的图片"),
        paragraph("控制符\x0b与<标记>&amp;"),
    )
    part = Part(
        anchor="s1",
        name="热点关注",
        articles=(Article(anchor="s1-1", headline="临澜：码头改造完工", blocks=blocks),),
    )
    document = sample.digest(files).model_copy(update={"parts": (part,)})
    made = render_docx(document, DIGEST, files, numbers={}, pinned=False)
    assert schema_faults(made, tmp_path) == []


@pytest.mark.slow
def test_a_file_with_its_fonts_is_sound(files, tmp_path):
    profile = with_table(DIGEST, "fonts", embed_in_docx=True)
    made = render_docx(sample.digest(files), profile, files, numbers={}, pinned=False)
    assert schema_faults(made, tmp_path) == []


def test_the_schema_finds_what_is_wrong(files, tmp_path):
    made = render_docx(sample.digest(files), DIGEST, files, numbers={}, pinned=False)
    for part, pattern, replacement in (
        ("word/document.xml", r'<w:jc w:val="center"/>', '<w:jc w:val="middle"/>'),
        ("word/styles.xml", r"(<w:name [^>]*/>)(<w:basedOn [^>]*/>)", r"\2\1"),
        ("word/settings.xml", r"(<w:zoom[^>]*/>)(<w:defaultTabStop[^>]*/>)", r"\2\1"),
    ):
        assert schema_faults(broken(made, part, pattern, replacement), tmp_path), part
