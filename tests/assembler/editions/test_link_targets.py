"""Links of editions for screens: what is printed and coded stays exact, the link is a good URI."""

import shutil
import subprocess
from pathlib import Path

import pytest

from editor.assembler.editions.checked import check_epub, check_web, check_wechat
from editor.assembler.editions.epub import epub
from editor.assembler.editions.reading import target
from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import wechat_packet
from editor.store.files import FileStore
from editor.text.document import Attachment, IssueDocument, Paragraph, Text
from tests.assembler import sample
from tests.needs import missing

TARGETS = {
    "https://www.yunzhou.example/a.htm?a=1&b=<2>": "https://www.yunzhou.example/a.htm?a=1&b=%3C2%3E",
    "https://a.example/100%?q=50%25": "https://a.example/100%25?q=50%25",
    "https://a.example/a[1]#x#y": "https://a.example/a%5B1%5D#x%23y",
    "https://a.example/名单?查询=值#锚": "https://a.example/名单?查询=值#锚",
    "https://[::1]/a b": "https://[::1]/a%20b",
    "https://a b.example/": "https://a%20b.example/",
    "mailto:desk@yunzhou.example": "mailto:desk@yunzhou.example",
    "javascript:alert(1)": "",
    "": "",
}


@pytest.mark.parametrize("url", TARGETS)
def test_a_link_is_written_as_a_uri(url):
    assert target(url) == TARGETS[url]
    assert target(target(url)) == target(url)


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path / "files")


@pytest.fixture
def issue(files) -> IssueDocument:
    whole = sample.digest(files)
    links = tuple(Attachment(label="《名单》", url=url) for url in TARGETS if url[:4] == "http")
    text = Paragraph(content=tuple(Text(text=url, href=url) for url in TARGETS if url))
    article = (
        whole.parts[0].articles[0].model_copy(update={"blocks": (text,), "attachments": links})
    )
    part = whole.parts[0].model_copy(update={"articles": (article,)})
    return whole.model_copy(update={"parts": (part,)})


def test_odd_addresses_are_printed_and_coded_exactly_and_linked_as_uris(issue, files):
    profile = sample.digest_profile()
    page = web_page(issue, profile, files)
    assert {"V03", "V07", "V08"} <= set(check_web(page, issue, profile))
    assert b"b=&lt;2&gt;</a>" in page and b'b=%3C2%3E"' in page
    assert "V08" in check_epub(epub(issue, profile, files), issue, profile)
    assert "V08" in check_wechat(wechat_packet(issue, profile, files), issue, profile)


@pytest.mark.slow
def test_epubcheck_takes_every_address(issue, files, tmp_path):
    program = shutil.which("epubcheck")
    if program is None or shutil.which("java") is None:
        missing("epubcheck: the Debian package epubcheck is not installed")
    book = tmp_path / "issue.epub"
    book.write_bytes(epub(issue, sample.digest_profile(), files))
    command = ["java", "-jar", str(Path(program).resolve()), str(book)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120)
    # a host with a blank is no host, of which it warns
    assert "0 fatals / 0 errors" in told.stdout + told.stderr, told.stderr[-2000:]
