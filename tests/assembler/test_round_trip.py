"""The Word edition goes through other programs and comes back with its text, tables and notes."""

import io

import mammoth
import pytest

from editor.assembler.contents import entries
from editor.assembler.docx import render_docx
from editor.assembler.office import find_office
from editor.store.files import FileStore
from tests.acceptance.bulletins import counted, round_trip
from tests.acceptance.bulletins_reading import WordReading
from tests.acceptance.truth import bare
from tests.assembler import sample
from tests.needs import missing

PROFILE = sample.digest_profile()


@pytest.fixture(scope="module")
def content(tmp_path_factory) -> bytes:
    files = FileStore(tmp_path_factory.mktemp("files"))
    document = sample.digest(files)
    numbers = {line.anchor: at for at, line in enumerate(entries(document, PROFILE), start=1)}
    return render_docx(document, PROFILE, files, numbers=numbers, pinned=False)


def whole(content: bytes) -> str:
    reading = WordReading(content, PROFILE)
    return reading.front + reading.stream


def test_mammoth_reads_the_same_text(content):
    read = bare(mammoth.extract_raw_text(io.BytesIO(content)).value)
    assert read.startswith(whole(content))


@pytest.mark.office
@pytest.mark.slow
def test_text_tables_and_footnotes_survive_libreoffice(content, tmp_path):
    if find_office(None) is None:
        missing("LibreOffice: soffice is not on PATH")
    path = tmp_path / "issue.docx"
    path.write_bytes(content)
    again = round_trip(path, PROFILE)
    before = counted(content)
    assert before["notes"]
    assert before["spans"]
    assert counted(again) == before
    assert whole(again) == whole(content)
