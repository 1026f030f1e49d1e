"""A finished Word file that is broken is caught: one test for each way to break it."""

import io
import re
import zipfile

import pytest

from editor.assembler.finished.checks import check_docx
from editor.assembler.qr import qr_png
from editor.assembler.word.edition import render_docx
from editor.errors import Unusable
from editor.store.files import FileStore
from tests.assembler import sample

PROFILE = sample.digest_profile()
BODY = "word/document.xml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give the sample issue and its Word file."""
    files = FileStore(tmp_path_factory.mktemp("files"))
    document = sample.digest(files)
    numbers = {
        anchor: 1
        for part in document.parts
        for anchor in (part.anchor, *(article.anchor for article in part.articles))
    }
    return document, render_docx(document, PROFILE, files, numbers=numbers, pinned=False)


def broken(content, part, pattern, replacement, count=1):
    """Return the file with a part's XML changed where the pattern first matches."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                text, changes = re.subn(
                    pattern, replacement, data.decode(), count=count, flags=re.S
                )
                assert changes, f"nothing to break in {part}"
                data = text.encode()
            target.writestr(name, data)
    return out.getvalue()


def without(content, wanted):
    """Return the file without the parts whose names match."""
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            if not re.search(wanted, name):
                target.writestr(name, source.read(name))
    return out.getvalue()


def refusal(content, document):
    with pytest.raises(Unusable) as refused:
        check_docx(content, document, PROFILE)
    return refused.value.details["check"]


def test_a_sound_file_passes_every_check(made):
    document, content = made
    assert check_docx(content, document, PROFILE) == [
        "V01", "V02", "V03", "V07", "V08", "V09", "V10", "V15", "V17", "V18",
    ]  # fmt: skip


def test_a_code_of_another_address_is_caught(made):
    document, content = made
    source, out = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    url = next(a.url for article in document.articles() for a in article.attachments if a.url)
    own, other = qr_png(url), qr_png(url + "?from=elsewhere")
    assert own in {source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, other if data == own else data)
    assert refusal(out.getvalue(), document) == "V07"


@pytest.mark.parametrize(
    "what, part, pattern, replacement, check",
    [
        (
            "properties in an order that Word refuses",
            BODY,
            r"(<w:pStyle [^>]*/>)((?:<w:(?:keepNext|jc|spacing|ind)[^>]*/>)+)",
            r"\2\1",
            "V09",
        ),
        (
            "a field marked dirty",
            BODY,
            r'w:fldCharType="begin"',
            'w:fldCharType="begin" w:dirty="true"',
            "V09",
        ),
        (
            "a setting that asks to update fields",
            "word/settings.xml",
            r"(<w:zoom[^>]*/>)",
            r'\1<w:updateFields w:val="true"/>',
            "V09",
        ),
        (
            "a link to an address that the issue does not name",
            "word/_rels/document.xml.rels",
            r'(/hyperlink" Target=")[^"]+',
            r"\1https://elsewhere.example/",
            "V08",
        ),
        ("a link to no bookmark", BODY, r'(<w:hyperlink [^>]*w:anchor=")[^"]+', r"\1gone", "V10"),
        ("two drawings of one id", BODY, r'(<wp:docPr [^>]*?id=")\d+(")', r"\g<1>1\2", "V09"),
        ("a picture that names no part", BODY, r'r:embed="[^"]+"', 'r:embed="rIdGone"', "V09"),
        ("a style of no definition", BODY, 'w:val="IssueBody"', 'w:val="Gone"', "V09"),
        (
            "a list of no definition",
            BODY,
            r'(<w:pStyle w:val="IssueBody"/>)',
            r'\1<w:numPr><w:ilvl w:val="0"/><w:numId w:val="99"/></w:numPr>',
            "V09",
        ),
        ("a bookmark without its end", BODY, r"<w:bookmarkEnd [^>]*/>", "", "V09"),
        ("a cell without a paragraph", BODY, r"(</w:tcPr>).*?(</w:tc>)", r"\1\2", "V09"),
        ("a part of no type", "[Content_Types].xml", r'<Default [^>]*"png"[^>]*/>', "", "V09"),
        (
            "a type of no part",
            "[Content_Types].xml",
            r'PartName="/word/styles.xml"',
            'PartName="/word/stiles.xml"',
            "V09",
        ),
        (
            "a style's parts out of order",
            "word/styles.xml",
            r"(<w:name [^>]*/>)(<w:basedOn [^>]*/>)",
            r"\2\1",
            "V09",
        ),
        (
            "settings out of order",
            "word/settings.xml",
            r"(<w:zoom [^>]*/>)(<w:defaultTabStop [^>]*/>)",
            r"\2\1",
            "V09",
        ),
        (
            "a font's parts out of order",
            "word/fontTable.xml",
            r"(<w:charset [^>]*/>)(<w:family [^>]*/>)",
            r"\2\1",
            "V09",
        ),
        (
            "two notes of one id",
            "word/footnotes.xml",
            r'<w:footnote w:id="2"',
            '<w:footnote w:id="1"',
            "V09",
        ),
        (
            "a header's properties out of order",
            "word/header2.xml",
            r"(<w:pBdr>.*?</w:pBdr>)(<w:tabs>.*?</w:tabs>)",
            r"\2\1",
            "V09",
        ),
        ("a contents number of 0", BODY, r"(PAGEREF.*?<w:t[^>]*>)\d+(</w:t>)", r"\g<1>0\2", "V10"),
        ("a reference to no bookmark", BODY, r"PAGEREF _Toc\d+", "PAGEREF _Toc000000000", "V10"),
        ("a field that does not end", BODY, r'<w:fldChar w:fldCharType="end"/>', "", "V10"),
        ("a picture without a description", BODY, r'descr="[^"]+"', 'descr=""', "V15"),
        ("another language", "word/styles.xml", r'w:eastAsia="zh-CN"', 'w:eastAsia="ja-JP"', "V15"),
        ("no title", "docProps/core.xml", r"<dc:title>[^<]*", "<dc:title>", "V15"),
        ("a note without its text", "word/footnotes.xml", r"(<w:t[^>]*>)[^<]{4,}", r"\1", "V18"),
        ("a note without its mark", BODY, r"<w:footnoteReference[^>]*/>", "", "V18"),
    ],
)
def test_what_is_broken_is_caught(made, what, part, pattern, replacement, check):
    document, content = made
    # two drawings must share the id, whatever it was; every language must be another
    count = 0 if what in ("two drawings of one id", "another language") else 1
    assert refusal(broken(content, part, pattern, replacement, count), document) == check, what


def test_a_missing_part_is_caught(made):
    document, content = made
    assert refusal(without(content, r"word/media/"), document) == "V09"


def test_a_paragraph_that_moved_is_caught(made):
    document, content = made
    parts = document.parts
    article = parts[0].articles[0]
    turned = article.model_copy(update={"blocks": article.blocks[::-1]})
    other = document.model_copy(
        update={
            "parts": (
                parts[0].model_copy(update={"articles": (turned, *parts[0].articles[1:])}),
                *parts[1:],
            )
        }
    )
    assert refusal(content, other) == "V17"
