"""付印检查 looks for the pictures themselves: a file that is gone, or is not what was uploaded."""

import io

import pytest
from PIL import Image

from editor.assembler.preflight.issue import check
from editor.store.files import FileStore
from editor.text.document import AssetRef, BookEntry, Figure, IssueDocument
from tests.assembler import sample


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path)


@pytest.fixture
def picture(files):
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "#3b6ea5").save(out, "PNG")
    sha256 = files.put(out.getvalue())
    return AssetRef(sha256=sha256, media_type="image/png", width=900, height=600)


def found(document: IssueDocument, files: FileStore) -> list[tuple[str, str]]:
    findings = check(document, sample.digest_profile(), files=files)
    return [
        (finding.grade, finding.code)
        for finding in findings
        if finding.code in ("picture_lost", "picture_spoilt", "book_without_cover")
    ]


def showing(*blocks, assets, files) -> IssueDocument:
    whole = sample.digest(files)
    article = whole.parts[0].articles[0].model_copy(update={"blocks": blocks})
    part = whole.parts[0].model_copy(update={"articles": (article,)})
    return whole.model_copy(update={"parts": (part,), "assets": tuple(assets)})


@pytest.fixture
def document(picture, files):
    return showing(Figure(asset=picture.sha256, caption="图 1 码头"), assets=[picture], files=files)


def test_a_picture_that_lies_in_the_store_is_nothing_to_tell(document, files):
    assert found(document, files) == []


def test_a_picture_whose_file_is_gone_stops_every_format_and_names_item_and_caption(
    document, picture, files
):
    files.path(picture.sha256).unlink()
    assert found(document, files) == [("block", "picture_lost")]
    findings = check(document, sample.digest_profile(), files=files)
    [finding] = [each for each in findings if each.code == "picture_lost"]
    assert document.parts[0].articles[0].headline[:6] in finding.chinese
    assert "图 1 码头" in finding.chinese and "图 1 码头" in finding.english
    assert finding.formats == () and not finding.waivable


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_picture_that_was_damaged_on_the_disk_is_found_however_often_one_looks(
    document, picture, files, content
):
    assert found(document, files) == []
    files.path(picture.sha256).write_bytes(content)
    assert found(document, files) == [("block", "picture_spoilt")]
    assert found(document, files) == [("block", "picture_spoilt")]


def test_a_cover_of_a_book_is_looked_for_too(picture, files):
    book = BookEntry(title="观潮", author="张学军", cover=picture.sha256)
    document = showing(book, assets=[picture], files=files)
    files.path(picture.sha256).unlink()
    assert found(document, files) == [("block", "picture_lost")]


def test_a_cover_that_was_never_stored_is_no_cover(picture, files):
    book = BookEntry(title="观潮", author="张学军", cover="ab" * 32)
    assert found(showing(book, assets=[], files=files), files) == [("note", "book_without_cover")]
