"""Bad input, as a person meets it: a clear sentence in both languages, and nothing lost."""

import json
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from config.settings import load
from editor.app import create_app
from editor.desk import issues, items
from editor.store.db import Database
from editor.store.models import Export, Issue, Item, Publication, Revision
from editor.text.document import body_text, paragraph
from editor.workflow import ExportState
from tests.cast import NOW, PASSWORD, editor_ben, make_issue, make_item
from tests.fakes import serving
from tests.faults.printing import (
    DISK_FULL,
    DISK_FULL_ENGLISH,
    add_photograph,
    holdings,
    run_exports,
)
from tests.faults.running_desk import PROGRAM, RunningDesk, free_port
from tests.faults.small_web import ARTICLES, start_site
from tests.web.conftest import HTMX, Office, log_in

pytestmark = pytest.mark.faults

PROFILE = Path("config/publications/digest.toml")


def in_english(client: FlaskClient, path: str) -> str:
    """Return the page as a reader of English gets it."""
    return unescape(client.get(path, headers={"Accept-Language": "en"}).text)


def in_chinese(client: FlaskClient, path: str) -> str:
    return unescape(client.get(path, headers={"Accept-Language": "zh-CN"}).text)


# --- profiles ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> RunningDesk:
    """Give an installation with the digest's profile in it."""
    desk = RunningDesk(tmp_path_factory.mktemp("installed"), "")
    desk.run("init", "--profile", str(PROFILE))
    return desk


def refused(desk: RunningDesk, *words: str) -> str:
    """Run a command that must be refused, without a traceback; returns its sentences."""
    done = subprocess.run(
        [PROGRAM, *words],
        env=desk.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("错误：") and " / " in last
    return last


def test_a_backup_does_not_overwrite_another(installed, tmp_path):
    archive = tmp_path / "old.tar.gz"
    archive.write_bytes(b"last month's")
    assert "已经存在" in refused(installed, "backup", str(archive))
    assert archive.read_bytes() == b"last month's"
    installed.run("backup", "--replace", str(archive))
    assert archive.stat().st_size > 1000


def test_an_upgrade_needs_an_installation(tmp_path):
    nowhere = RunningDesk(tmp_path / "nowhere", "")
    assert "还没有初始化" in refused(nowhere, "upgrade")


def profile_rows(desk: RunningDesk) -> list[dict]:
    database = Database(f"sqlite:///{desk.environment['ZHAIBIAN_DATA']}/zhaibian.db")
    with database.reading() as session:
        found = [row.model_dump() for row in session.exec(select(Publication))]
    database.close()
    return found


BAD_PROFILES = {
    "an unknown key": (
        PROFILE.read_text(encoding="utf-8").replace("em_per_line", "em_per_lime").encode(),
        ["不认识的项“page.em_per_lime”，请检查拼写或删去", "改正后重新载入"],
        ["unknown key “page.em_per_lime”, check its spelling or remove it", "load it again"],
    ),
    "a value that cannot be": (
        PROFILE.read_text(encoding="utf-8").replace("first_day = 16", "first_day = 31").encode(),
        ["“schedule.first_day”的值不对", "改正后重新载入"],
        ["“schedule.first_day”", "Correct it and load it again"],
    ),
    "malformed TOML": (
        '[page]\nwidth = 595.3\nname = "云州信息摘编\n'.encode(),
        ["不是有效的 TOML 文件，错在第 3 行第", "请改正后重新载入"],
        ["is not valid TOML", "line 3", "Correct it and load it again"],
    ),
    "another encoding": (
        PROFILE.read_text(encoding="utf-8").encode("gb18030"),
        ["不是 UTF-8 编码，请另存为 UTF-8 后重新载入"],
        ["is not UTF-8; save it as UTF-8 and load it again"],
    ),
}


@pytest.mark.parametrize("case", BAD_PROFILES)
def test_a_wrong_profile_is_refused_and_the_one_in_use_stays(installed, tmp_path, case):
    content, chinese, english = BAD_PROFILES[case]
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    before = profile_rows(installed)
    answer = refused(installed, "publication", "load", str(path), "--yes")
    for part in ["mine.toml", *chinese, *english]:
        assert part in answer
    assert profile_rows(installed) == before
    assert path.read_bytes() == content


def test_a_list_of_sources_in_another_encoding_is_refused_whole(installed, tmp_path):
    path = tmp_path / "sources.csv"
    path.write_bytes("name,url\n临澜晚报,https://evening.linlan.example/f.xml\n".encode("gb18030"))
    answer = refused(installed, "source", "import", str(path))
    assert "sources.csv 不是 UTF-8 编码，请另存为 UTF-8" in answer
    assert "save it as UTF-8" in answer
    assert installed.run("source", "list") == ""


def test_a_profile_with_a_byte_order_mark_is_read(installed, tmp_path):
    path = tmp_path / "windows.toml"
    path.write_text(PROFILE.read_text(encoding="utf-8"), encoding="utf-8-sig")
    installed.run("publication", "load", str(path), "--yes")
    assert [row["slug"] for row in profile_rows(installed)] == ["digest"]


# --- sources -------------------------------------------------------------------------------------

PRIVATE = "http://10.20.30.40/feed.xml"
PASTED = "http://192.168.7.9/a.html"
HOMEPAGE = "<!doctype html><html><head><title>临澜晚报</title></head><body>欢迎</body></html>"


@dataclass
class Crawled:
    """A desk whose sources are good, refused, HTML and private, after one crawl of all."""

    desk: RunningDesk
    said: str
    asked: list[str]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """Crawl once with the real command: real broker, real workers, real sites."""
    server, hits = start_site()
    nobody = f"http://127.0.0.1:{free_port()}/feed.xml"
    with serving({"/feed.xml": HOMEPAGE.encode()}) as wrong:
        desk = RunningDesk(tmp_path_factory.mktemp("crawled"), "127.0.0.1")
        desk.run("init", "--profile", str(PROFILE))
        desk.run("clock", "--set", "2026-06-20T10:00:00+08:00")
        desk.run("issue", "open", "--year", "2026", "--month", "6", "--total", "60")
        for name, url in {
            "临澜晚报": f"http://127.0.0.1:{server.server_address[1]}/feed.xml",
            "青屿时报": nobody,
            "云州新闻网": wrong.url("/feed.xml"),
            "内网公告": PRIVATE,
        }.items():
            desk.run("source", "add", url, "--name", name)
        desk.run("paste", PASTED, "--issue", "60")
        done = subprocess.run(
            [PROGRAM, "crawl", "--issue", "60"],
            env=desk.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        yield Crawled(desk, done.stderr, list(hits))
    server.shutdown()


@pytest.fixture
def desk_page(crawled: Crawled) -> Iterator[FlaskClient]:
    """Give the browser of somebody logged in to the desk that crawled."""
    environ = {**crawled.desk.environment, "ZHAIBIAN_BROKER_URL": "memory://"}
    app = create_app(load({**environ, "ZHAIBIAN_TESTING": "1"}))
    database = app.extensions["database"]
    with database.writing() as session:
        ben = editor_ben(session, session.exec(select(Publication)).one())
        session.commit()
        assert ben.email == "ben@yunzhou.example"
    client = app.test_client()
    assert log_in(client, "Ben", PASSWORD) == 303
    yield client
    database.close()


FAILURES = {
    "青屿时报": (
        "对方服务器拒绝连接，稍后会再试",
        "The server refuses the connection; we will try again",
    ),
    "云州新闻网": (
        "这个网址返回的不是订阅源，请检查网址，或改用“列表页”",
        "The address does not return a feed; check it, or add it as a list page",
    ),
    "内网公告": (
        "网址指向内部网络，出于安全没有访问；确需访问请让管理员加入许可名单",
        "The address leads into a private network and was not visited; "
        "the administrator can allow it",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAILURES)
def test_a_source_that_cannot_be_read_says_why(crawled, desk_page, name):
    chinese, english = FAILURES[name]
    assert f"{name}：{chinese} / {english}" in crawled.said
    listed = crawled.desk.run("source", "list")
    (line,) = [line for line in listed.splitlines() if name in line]
    assert chinese in line and english in line
    assert chinese in in_chinese(desk_page, "/sources")
    assert english in in_english(desk_page, "/sources")


@pytest.mark.slow
def test_the_other_sources_of_the_crawl_go_on(crawled):
    lines = crawled.desk.run("candidates", "export", "--issue", "60").splitlines()
    assert len(lines) == ARTICLES
    (line,) = [row for row in crawled.desk.run("source", "list").splitlines() if "晚报" in row]
    assert "\tok\t" in line
    assert not any(name in line for name in FAILURES)


@pytest.mark.slow
def test_a_pasted_private_address_is_kept_and_says_why_it_was_not_visited(crawled, desk_page):
    chinese, english = FAILURES["内网公告"]
    page = in_chinese(desk_page, "/triage/failed")
    assert PASTED in page and chinese in page
    assert english in in_english(desk_page, "/triage/failed")
    fetches = crawled.desk.run("fetches", "export")
    assert '"refused"' in fetches and "blocked_private" in fetches


# --- what is printed -----------------------------------------------------------------------------

EXPORTS = "/issues/61/exports"
RARE = "\U0002ebf0"  # a character of 2022 that no shipped font has


def export_of(app: Flask, client: FlaskClient, total: int = 61, format: str = "pdf") -> Export:
    """Press the button and let the real task do its work; returns the export as it ended."""
    answer = client.post(f"/issues/{total}/exports", data={"format": format})
    assert answer.status_code == 303
    run_exports(app)
    with app.extensions["database"].reading() as session:
        return issue_exports(session, total)[0]


def issue_exports(session, total: int) -> list[Export]:
    query = select(Export).join(Issue).where(Issue.total_number == total)
    return list(session.exec(query.order_by(Export.id.desc())))


def texts(app: Flask, item_id: int) -> list[str]:
    """Return the text of every version of the item, the first one first."""
    with app.extensions["database"].reading() as session:
        rows = session.exec(
            select(Revision).where(Revision.item_id == item_id).order_by(Revision.number)
        )
        return [body_text(row.blocks) for row in rows]


def test_an_empty_issue_is_not_printed_and_says_so(app: Flask, ada: FlaskClient, office: Office):
    with app.extensions["database"].writing() as session:
        make_issue(session)
        session.commit()
    export = export_of(app, ada, total=62)
    assert (export.state, export.asset) == (ExportState.failed, "")
    page = in_chinese(ada, "/issues/62/exports")
    assert "这一期还没有稿件，不能排版。请先在工作台采用候选或新建稿件" in page and "重试" in page
    assert "The issue has no item yet; take a candidate or write one first" in in_english(
        ada, "/issues/62/exports"
    )
    # the way on: put something in and press again
    with app.extensions["database"].writing() as session:
        issue = session.exec(select(Issue).where(Issue.total_number == 62)).one()
        make_item(session, issues.sections_of(session, issue)[0])
        session.commit()
    again = export_of(app, ada, total=62)
    assert again.state is ExportState.done
    assert ada.get(f"/exports/{again.id}/file").data.startswith(b"%PDF")


def test_the_command_for_an_empty_issue_ends_with_the_same_sentence(installed):
    installed.run("issue", "open", "--total", "70")
    answer = refused(installed, "export", "--issue", "70", "--format", "pdf")
    assert "这一期还没有稿件，不能排版" in answer and "The issue has no item yet" in answer


def test_a_missing_glyph_is_named_with_its_code_point_and_item(
    app: Flask, ada: FlaskClient, office: Office
):
    with app.extensions["database"].writing() as session:
        section = issues.sections_of(session, session.get(Issue, 1))[1]
        text = paragraph(f"古渡口旧名{RARE}津，见于旧志。")
        item = make_item(session, section, headline="青屿区：古渡口修复", blocks=(text,))
        session.commit()
    before = texts(app, item.id)
    export = export_of(app, ada)
    assert export.state is ExportState.failed
    chinese, english = in_chinese(ada, EXPORTS), in_english(ada, EXPORTS)
    for page, place in ((chinese, "《青屿区：古渡口修复》"), (english, "“青屿区：古渡口修复”")):
        assert RARE in page and "U+2EBF0" in page and place in page
    assert "请改用别的字，或请管理员补充字体" in chinese
    assert "replace it, or ask the administrator to add a font" in english
    assert texts(app, item.id) == before


def test_a_missing_glyph_stops_no_other_issue(app: Flask, ada: FlaskClient, office: Office):
    with app.extensions["database"].writing() as session:
        first = issues.sections_of(session, session.get(Issue, 1))[0]
        item = make_item(session, first, blocks=(paragraph(RARE),))
        later = make_issue(session)
        make_item(session, issues.sections_of(session, later)[0])
        session.commit()
    assert export_of(app, ada).state is ExportState.failed
    assert export_of(app, ada, total=62).state is ExportState.done
    # and this one once the character is replaced
    mend(app, item.id, "津")
    assert export_of(app, ada).state is ExportState.done
    assert texts(app, item.id) == [RARE, "津"]


def mend(app: Flask, item_id: int, text: str) -> None:
    with app.extensions["database"].writing() as session:
        item = session.get(Item, item_id)
        fields = items.fields_of(items.current(session, item))
        changed = fields.model_copy(update={"blocks": (paragraph(text),)})
        items.revise(session, item, changed, base=1, by=None, now=NOW)
        session.commit()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse to lengthen any file of this process beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_export_for_which_there_is_no_room_says_so_and_the_retry_works(
    app: Flask, ada: FlaskClient, office: Office
):
    run_exports(app)
    add_photograph(app)
    before = holdings(app)
    with largest_file(1 << 20):
        export = export_of(app, ada)
    assert export.state is ExportState.failed
    chinese, english = in_chinese(ada, EXPORTS), in_english(ada, EXPORTS)
    assert all(part in chinese for part in (*DISK_FULL, "重试"))
    assert all(part in english for part in DISK_FULL_ENGLISH)
    assert holdings(app) == before
    again = export_of(app, ada)
    assert again.state is ExportState.done
    assert len(ada.get(f"/exports/{again.id}/file").data) > 1 << 20


# --- two people, one item ------------------------------------------------------------------------


def typed(base: int, text: str, **more: str) -> dict[str, object]:
    """Return what the item page sends."""
    node = {
        "type": "paragraph",
        "attrs": {"id": "b0", "role": "body"},
        "content": [{"type": "text", "text": text}],
    }
    tree = json.dumps({"type": "doc", "content": [node]})
    return {"base": base, "headline": "便民服务站启用", "tree": tree} | more


@pytest.fixture
def two(app: Flask, ada: FlaskClient, browser_of, office: Office) -> FlaskClient:
    """Give Ben's browser: he has saved the item while Ada had its first version open."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.extensions["database"].writing() as session:
        editor_ben(session)
        session.commit()
    ben = browser_of("Ben")
    answer = ben.post(f"/items/{office.item}", data=typed(1, "贝恩的文字。"), headers=HTMX)
    assert answer.get_json()["revision"] == 2
    return ben


def test_a_stale_page_gets_409_with_who_and_when_and_both_texts(
    app: Flask, ada: FlaskClient, two: FlaskClient, office: Office
):
    with app.extensions["database"].reading() as session:
        saved = items.current(session, session.get(Item, office.item)).created_at
        zone = session.get(Publication, 1).timezone
    at = saved.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    for language, sentence in {
        "zh-CN": f"Ben {at} 已保存第 2 版，您的修改还没有保存",
        "en": f"Ben saved revision 2 at {at} while you were editing",
    }.items():
        headers = {**HTMX, "Accept-Language": language}
        answer = ada.post(f"/items/{office.item}", data=typed(1, "艾达的文字。"), headers=headers)
        assert answer.status_code == 409
        text = unescape(answer.text)
        assert sentence in text
        assert "贝恩的文字。" in text and "艾达的文字。" in text
    assert texts(app, office.item)[-1] == "贝恩的文字。"


@pytest.mark.parametrize(
    "choice, order",
    [
        ("mine", ["贝恩的文字。", "艾达的文字。"]),
        ("theirs", ["贝恩的文字。", "艾达的文字。", "贝恩的文字。"]),
    ],
)
def test_whichever_text_is_chosen_the_other_is_kept(
    app: Flask, ada: FlaskClient, two: FlaskClient, office: Office, choice, order
):
    data = typed(2, "艾达的文字。", choose=choice)
    assert ada.post(f"/items/{office.item}", data=data, headers=HTMX).status_code == 200
    assert texts(app, office.item)[1:] == order
