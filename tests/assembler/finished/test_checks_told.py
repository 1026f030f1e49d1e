"""The manual tells which check runs on which export; the exports say the same."""

import re
from pathlib import Path

import pytest

from editor.assembler.editions.checked import check_epub, check_web, check_wechat
from editor.assembler.editions.epub import epub
from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import wechat_packet
from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.finished.word_pages import LOOKED_AT
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.store.files import FileStore
from tests.assembler import sample

MANUAL = Path(__file__).parents[3] / "docs" / "administrators.md"
FORMATS = ("PDF", "Word", "web page", "EPUB", "WeChat")
CODE = re.compile(r"V\d\d")
ALWAYS, REMARKED = "●", "◐"


def told(sign: str = ALWAYS) -> dict[str, set[str]]:
    """Return the checks that the manual's table marks so, by format: run on every export."""
    found: dict[str, set[str]] = {name: set() for name in FORMATS}
    for line in MANUAL.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != len(FORMATS) + 1 or not CODE.match(cells[0]):
            continue
        for name, cell in zip(FORMATS, cells[1:], strict=True):
            if cell.startswith(sign):
                found[name] |= set(CODE.findall(cells[0]))
    return found


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    files = FileStore(tmp_path_factory.mktemp("files"))
    document, profile = sample.digest(files), sample.digest_profile()
    issue = (document, profile)
    pdf = typeset(*issue, files)
    word = render_docx(*issue, files, numbers=pdf.starts, pinned=True)
    return {
        "PDF": check_pdf(pdf.pdf, *issue, pdf.starts),
        "Word": check_docx(word, *issue),
        "web page": check_web(web_page(*issue, files), *issue),
        "EPUB": check_epub(epub(*issue, files), *issue),
        "WeChat": check_wechat(wechat_packet(*issue, files), *issue),
    }


@pytest.mark.parametrize("name", FORMATS)
def test_the_manual_lists_what_is_checked_in_every_export(passed, name):
    assert told()[name] == set(passed[name])


def test_the_manual_lists_what_is_remarked_of_word_files():
    remarked = told(REMARKED)
    assert remarked.pop("Word") == set(LOOKED_AT)
    assert not any(remarked.values())
