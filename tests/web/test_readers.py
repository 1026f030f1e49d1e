"""Who may have what of an issue: each role and each route, before and after it is published."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor.assembler.editions.wechat import wechat_packet
from editor.assembler.gather import gather
from editor.desk import exports, feed, issue_states, issues
from editor.store.models import Export, Issue, PageEstimate, Publication
from editor.workflow import IssueState
from tests.assembler.sample import digest, digest_profile
from tests.cast import NOW, make_item
from tests.web.conftest import HTMX, Office

LATER = NOW + timedelta(days=6)
ONWARD = (IssueState.editing, IssueState.locked, IssueState.published)
PUBLISHED, DRAFT = "published", "draft"
YES, NO, LOGIN, NOTHING = 200, 403, 303, 404


@pytest.fixture
def shelf(app: Flask, office: Office) -> dict[str, int]:
    """Publish issue 61 and reopen it: files of the edition, and a draft of the correction."""
    files, found = app.extensions["files"], {}
    with app.extensions["database"].writing() as session:
        issue = session.get_one(Issue, 1)

        def go(*states: IssueState, reason: str = "") -> None:
            for state in states:
                issue_states.set_state(session, issue, state, by=None, now=LATER, reason=reason)

        def export(name: str, format: str, content: bytes, document: str) -> None:
            row = exports.request_export(session, issue, format, by=None, now=NOW)
            exports.claim(session, row.id)
            exports.finish(
                session, row, asset=files.put(content), size=len(content), digest=document,
                result={"companion": files.put(b"%PDF-1.7 same pages")}, findings=[],
            )  # fmt: skip
            found[name] = row.id or 0

        go(*ONWARD)
        packet = wechat_packet(digest(files), digest_profile(), files)
        for format, content in (
            ("pdf", b"%PDF-1.7"), ("docx", b"PK word"), ("epub", b"PK book"), ("zip", b"PK all"),
            ("web", b"<!DOCTYPE html><title>61</title>"), ("wechat", packet),
        ):  # fmt: skip
            export(format, format, content, issue.published_digest)
        go(IssueState.editing, reason="第二条的数字有误")
        make_item(session, issues.sections_of(session, issue)[0])
        export(DRAFT, "pdf", b"%PDF-1.7 draft", "d" * 64)
        session.add(PageEstimate(issue_id=1, pages=4, proof="0" * 64))
        session.commit()
    return found


def addresses(shelf: dict[str, int]) -> dict[str, str]:
    """Return the screens and files of the issue: what is published, and what is being made."""
    files = {f"{PUBLISHED} {name}": f"/exports/{id}/file" for name, id in shelf.items()}
    draft = files.pop(f"{PUBLISHED} {DRAFT}")
    return files | {
        "published list": "/issues/61/exports",
        "published reading": f"/exports/{shelf['web']}/read",
        "published companion": f"/exports/{shelf['docx']}/companion",
        "published posts": f"/exports/{shelf['wechat']}/wechat",
        "published post": f"/exports/{shelf['wechat']}/wechat/s1-1",
        "published back issues": "/back-issues",
        "draft file": draft,
        "draft board": "/issues/61/board",
        "draft pages": "/issues/61/board/pages",
        "draft preview": "/issues/61/pages/1",
        "draft picture": f"/issues/61/pages/{'0' * 64}/1.png",
        "draft preflight": "/issues/61/preflight",
        "draft progress": "/issues/61/progress",
        "draft item": "/items/1",
        "draft page of an item": "/items/1/page",
    }


@pytest.mark.parametrize(
    "role, published, draft",
    [
        ("reader", YES, NO),
        ("contributor", YES, YES),
        ("editor", YES, YES),
        ("deputy", YES, YES),
        ("chief", YES, YES),
        ("admin", YES, YES),
        ("Eve", NOTHING, NOTHING),  # chief of another publication
        ("Dee", NO, NO),  # member of none
        ("", LOGIN, LOGIN),
    ],
)
def test_readers_have_what_is_published_and_the_desk_what_is_being_made(
    app: Flask,
    shelf: dict[str, int],
    browser_of: Callable[[str], FlaskClient],
    role: str,
    published: int,
    draft: int,
) -> None:
    client = browser_of(role) if role else app.test_client()
    wrong = {}
    for name, path in addresses(shelf).items():
        expected = published if name.startswith(PUBLISHED) else draft
        status = client.get(path).status_code
        if name == "draft picture" and expected == YES:
            expected = NOTHING  # the file of the pages is not there
        if name == "published back issues" and role == "Eve":
            expected = YES  # those of her own publication
        if status != expected:
            wrong[name] = (status, expected)
    assert wrong == {}


@pytest.mark.parametrize("role", ["reader", "contributor", "editor", "deputy", "admin"])
def test_only_the_chief_waives(
    app: Flask, office: Office, browser_of: Callable[[str], FlaskClient], role: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = browser_of(role)
    sent = {"rule": "P03", "digest": "x", "reason": "已核对"}
    assert client.post("/issues/61/preflight/waivers", data=sent).status_code == NO
    assert client.post("/issues/61/preflight/waivers/1/take-back").status_code == NO


def test_a_reader_is_shown_the_published_file_and_not_the_draft_nor_the_way_to_the_desk(
    shelf: dict[str, int], browser_of: Callable[[str], FlaskClient]
) -> None:
    client = browser_of("reader")
    text = client.get("/issues/61/exports").text
    assert f"/exports/{shelf['pdf']}/file" in text
    assert f"export-{shelf[DRAFT]}" not in text
    assert "/board" not in text and "/preflight" not in text and 'name="format"' not in text
    assert client.get("/").location == "/back-issues"


def test_a_reader_sees_files_and_nothing_of_how_they_were_made(
    shelf: dict[str, int], browser_of: Callable[[str], FlaskClient]
) -> None:
    client = browser_of("reader")
    zh = {"Accept-Language": "zh"}
    text = client.get("/issues/61/exports", headers=zh).text
    assert f"/exports/{shelf['web']}/read" in text
    for word in ("sha256", "审签", "付印检查", "制作信息", "第二条的数字有误"):
        assert word not in text
    listed = client.get("/issues", headers=zh).text
    assert "已出版" in listed and "编辑中" not in listed
    assert 'aria-current="page">往期' in client.get("/back-issues", headers=zh).text


def test_the_list_of_editions_gets_a_file_as_soon_as_it_is_finished(
    shelf: dict[str, int], ada: FlaskClient
) -> None:
    text = ada.get(f"/exports/{shelf['epub']}", headers=HTMX).text
    assert 'id="edition-1-files" hx-swap-oob="true"' in text
    assert f"/exports/{shelf['epub']}/file" in text.split('id="edition-1-files"')[1]
    assert "edition-1-files" not in ada.get(f"/exports/{shelf[DRAFT]}", headers=HTMX).text


def test_a_reader_learns_nothing_of_an_issue_before_it_is_published(
    app: Flask, office: Office, browser_of: Callable[[str], FlaskClient]
) -> None:
    client = browser_of("reader")
    answer = client.get("/issues/61/exports", headers={"Accept-Language": "zh"})
    assert answer.status_code == NO and "还没有出版" in answer.text
    assert client.get(f"/exports/{office.export}/file").status_code == NO
    assert "第 7 期" not in client.get("/issues", headers={"Accept-Language": "zh"}).text


@pytest.mark.parametrize(
    "access, key, answer",
    [
        (feed.Access.off, "", 404),
        (feed.Access.key, "", 404),
        (feed.Access.key, "right", 200),
        (feed.Access.key, "wrong", 404),
        (feed.Access.open, "", 200),
    ],
)
def test_the_feed_and_its_files_are_had_with_the_key_alone(
    app: Flask, shelf: dict[str, int], access: feed.Access, key: str, answer: int
) -> None:
    with app.extensions["database"].writing() as session:
        issue, home = session.get_one(Issue, 1), session.get_one(Publication, 1)
        for state in ONWARD[1:]:
            issue_states.set_state(session, issue, state, by=None, now=LATER)
        for format in ("web", "pdf", "epub", "docx"):
            row = session.get_one(Export, shelf[format])
            row.digest = issue.published_digest
        opened = feed.open_feed(session, home, access, by=None, now=NOW)
        session.commit()
    query = f"?key={opened.key if key == 'right' else key}" if key else ""
    client = app.test_client()
    for path in ("/feeds/yunzhou.xml", *(f"/feeds/yunzhou/61/{f}" for f in ("web", "pdf", "epub"))):
        assert client.get(path + query).status_code == answer, path
    for path in ("/feeds/yunzhou/61/docx", "/feeds/yunzhou/61/zip", "/feeds/yunzhou/61/wechat"):
        assert client.get(path + query).status_code == 404, path


def test_nobody_changes_what_is_published(
    app: Flask, office: Office, browser_of: Callable[[str], FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.extensions["database"].writing() as session:
        issue = session.get_one(Issue, 1)
        for state in ONWARD:
            issue_states.set_state(session, issue, state, by=None, now=LATER)
        session.commit()
        kept, printed = issue.published_digest, gather(session, issue).digest()
    chief, item, board = browser_of("chief"), office.item, "/issues/61/board"
    text = {"base": 1, "headline": "改过的标题", "kind": "news"}
    changes: list[tuple[str, dict[str, object]]] = [
        (f"/items/{item}", text),
        (f"/items/{item}/restore", {"number": 1, "base": 1}),
        (f"/items/{item}/remove", {}),
        (f"/items/{item}/state", {"state": "ready"}),
        ("/issues/61/items/new", {"section": 1, "kind": "news", "headline": "新码头"}),
        (f"{board}/items/{item}/move", {"version": 0, "section": 2}),
        (f"{board}/order", {"version": 0, "sections": f'{{"1": [], "2": [{item}], "3": []}}'}),
        (f"{board}/budget", {"pages": 8}),
        ("/issues/61/sections", {"name": "读者来信"}),
        ("/issues/61/sections/1", {"name": "另名"}),
        ("/issues/61/sections/1/move", {"step": "down"}),
        ("/issues/61/sections/3/remove", {}),
        (f"/triage/{office.candidate}/take", {"section_id": 1}),
    ]
    answers = {path: chief.post(path, data=data).status_code for path, data in changes}
    with app.extensions["database"].reading() as session:
        issue = session.get_one(Issue, 1)
        assert (issue.published_digest, gather(session, issue).digest()) == (kept, printed)
    assert {path: status for path, status in answers.items() if status != 409} == {}
