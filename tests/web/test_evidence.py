"""Evidence on screen, in the frame, as a file and as an archive."""

import io
import json
import os
import zipfile

import pytest

from editor.desk import evidence
from editor.store.models import Candidate, Capture, Entry, Setting
from editor.text import still_page
from editor.workflow import EntryState
from tests.cast import NOW

PAGE = (
    "<html><head><title>东港</title><link rel='preconnect' href='https://evil.example'>"
    "<meta http-equiv='refresh' content='0;url=https://evil.example/'>"
    "<style>p{color:#333} @import url(https://evil.example/a.css);"
    "b{background:url(//evil.example)}</style><script>document.title='hit'</script></head>"
    "<body onload='hit()'><p>东港码头完工</p>"
    "<img src='https://evil.example/p.png' alt='码头' onerror='hit()'>"
    "<a href='https://evil.example/' ping='https://evil.example/'>更多</a>"
    "<form action='https://evil.example/'><input></form>"
    "<iframe src='https://evil.example/'></iframe><svg><script>hit()</script></svg></body></html>"
)


@pytest.fixture
def captured(app, office) -> Capture:
    """Give the capture of a GB 18030 page, of the candidate."""
    files = app.extensions["files"]
    body = PAGE.encode("gb18030")
    with app.extensions["database"].writing() as session:
        entry = session.get_one(Entry, office.entry)
        entry.state, entry.candidate_id, entry.reason = EntryState.done, office.candidate, ""
        capture = Capture(
            entry_id=entry.id,
            url=entry.url,
            final_url=entry.url,
            fetched_at=NOW,
            sha256=files.put(body),
            size=len(body),
            encoding="gb18030",
            headers={"content-type": "text/html", "etag": '"7"'},
        )
        session.add(capture)
        session.commit()
        session.refresh(capture)
        session.expunge(capture)
    return capture


def test_the_page_tells_where_when_and_whether_the_bytes_still_match(app, ada, office, captured):
    page = ada.get(f"/evidence/candidates/{office.candidate}").text
    for said in (
        captured.sha256,
        "字节与哈希一致",
        "2026-07-10 09:30",
        "gb18030",
        "etag",
        'sandbox=""',
    ):
        assert said in page
    path = app.extensions["files"].path(captured.sha256)
    path.write_bytes(b"forged")
    assert "字节与哈希不一致" in ada.get(f"/evidence/candidates/{office.candidate}").text
    os.unlink(path)
    page = ada.get(f"/evidence/candidates/{office.candidate}").text
    assert "文件缺失" in page and "<iframe" not in page


def test_the_framed_page_is_still_and_stands_behind_its_own_policy(ada, captured):
    answer = ada.get(f"/evidence/captures/{captured.id}/still")
    assert "东港码头完工" in answer.text
    for gone in (
        "evil.example",
        "script",
        "onload",
        "onerror",
        "refresh",
        "href",
        "<form",
        "iframe",
    ):
        assert gone not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_raw_bytes_come_as_a_file_and_never_as_a_page(ada, captured):
    answer = ada.get(f"/evidence/captures/{captured.id}/bytes")
    assert answer.data == PAGE.encode("gb18030")
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_nobody_of_another_publication_sees_it(browser_of, captured):
    eve = browser_of("Eve")
    for path in ("still", "bytes"):
        assert eve.get(f"/evidence/captures/{captured.id}/{path}").status_code == 404


def test_the_archive_holds_the_bytes_and_what_is_known_of_them(ada, office, captured):
    answer = ada.get(f"/evidence/candidates/{office.candidate}.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    manifest = json.loads(archive.read("manifest.json"))
    (article,) = manifest["articles"]
    (row,) = article["captures"]
    assert archive.read(row["file"]) == PAGE.encode("gb18030")
    assert (row["sha256"], row["condition"]) == (captured.sha256, "kept")
    assert row["headers"]["etag"] == '"7"' and row["fetched_at"].startswith("2026-07-10")
    assert article["url"] and article["title"]


def test_an_archive_without_anything_in_it_is_refused_in_words(ada, office):
    answer = ada.get(f"/evidence/candidates/{office.other}.zip")
    assert answer.status_code == 404 and "没有存证" in answer.text


def test_cleared_evidence_says_so_everywhere(app, ada, office, captured):
    with app.extensions["database"].writing() as session:
        session.get_one(Capture, captured.id).pruned_at = NOW
        session.commit()
    page = ada.get(f"/evidence/candidates/{office.candidate}").text
    assert "已清除" in page and "<iframe" not in page
    assert ada.get(f"/evidence/captures/{captured.id}/still").status_code == 404
    archive = ada.get(f"/evidence/candidates/{office.candidate}.zip")
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(archive.data)).read("manifest.json"))
    assert manifest["articles"][0]["captures"][0]["condition"] == "pruned"


def test_a_candidate_without_captures_says_so(ada, office):
    assert "没有存证" in ada.get(f"/evidence/candidates/{office.other}").text


def test_a_whole_issue_is_packed_in_the_boards_order(app, office, captured, tmp_path):
    with app.extensions["database"].writing() as session:
        candidate = session.get_one(Candidate, office.candidate)
        target = tmp_path / "evidence.zip"
        assert evidence.pack(session, app.extensions["files"], [candidate], target) == 1
        assert zipfile.ZipFile(target).testzip() is None
    assert [path.name for path in tmp_path.glob("*.zip")] == ["evidence.zip"]


# --- how long it is kept -------------------------------------------------------------------------


def test_the_setting_says_how_much_there_is_and_is_changed(app, ada, captured):
    page = ada.get("/settings/evidence").text
    assert 'value="400"' in page and "1 份" in page
    assert ada.post("/settings/evidence", data={"how": "days", "days": 3}).status_code == 422
    assert ada.post("/settings/evidence", data={"how": "days", "days": 90}).status_code == 303
    assert ada.post("/settings/evidence", data={"how": "days", "days": ""}).status_code == 422
    assert 'value="90"' in ada.get("/settings/evidence").text
    assert ada.post("/settings/evidence", data={"how": "forever", "days": ""}).status_code == 303
    with app.extensions["database"].reading() as session:
        assert session.get(Setting, "evidence_days").value == "forever"


# --- stillness, without a desk -------------------------------------------------------------------


@pytest.mark.parametrize("encoding, content_type", [
    ("gb18030", "text/html"), ("", "text/html; charset=gbk"), ("", "text/html"),
])  # fmt: skip
def test_the_text_is_decoded_as_it_was_read(encoding, content_type):
    assert still_page.decoded("东港码头".encode("gb18030"), encoding, content_type) == "东港码头"


@pytest.mark.parametrize("page", [
    "<p style=\"background:url('https://evil.example')\">一</p>",
    "<p style='background:u\\72l(https://evil.example)'>一</p>",
    "<style>p{background:u\\72l(//evil.example)}</style><p>一</p>",
    "<a href='javascript:hit()'>一</a>", "<p><base href='https://evil.example'>一</p>",
    "<img srcset='https://evil.example/a.png 2x' alt='一'>",
    "<input type=image src='https://evil.example/a.png' alt='一'>",
    "<table background='https://evil.example/a.png'><tr><td>一</table>",
    "<noscript><p>一</p></noscript><p>一<img src=https://evil.example></p>",
    "<math><mtext><style><img src=https://evil.example onerror=hit()></style></mtext></math>一",
    "<video poster='https://evil.example'></video><p>一</p>",
    "<p>一</p><template><img src='https://evil.example'></template>",
    "<p>一</p><x-evil href='https://evil.example'></x-evil>",
    "<p>一</p><style></style><svg><style>&lt;/style&gt;&lt;img src=https://evil.example&gt;</style>",
])  # fmt: skip
def test_nothing_in_a_still_page_names_an_address_to_fetch(page):
    shown = still_page.still(page)
    assert "一" in shown
    assert "evil.example" not in shown or "&lt;img" in shown
    assert "hit()" not in shown


def test_what_is_no_page_is_shown_as_the_text_it_is():
    assert still_page.plain("application/json", '{"a": "<p>"}')
    assert "&lt;p&gt;" in still_page.as_text('{"a": "<p>"}')
    assert not still_page.plain("text/html", "<p>一</p>")


def test_a_very_long_page_is_shown_in_part_and_says_so(app, ada, captured, monkeypatch):
    monkeypatch.setattr(evidence, "LONGEST_SHOWN", 300)
    assert "只显示开头部分" in ada.get(f"/evidence/captures/{captured.id}/still").text
