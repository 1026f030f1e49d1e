"""A busy invented office to look at: sources in trouble, a full queue, a half-full board.

`python -m tests.browser.office FOLDER [PORT]` serves it by hand; the password is `PASSWORD`.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlmodel import Session
from werkzeug.serving import make_server

from config.settings import Settings
from editor import clock
from editor.app import create_app
from editor.desk import candidates, issues
from editor.store.clock_offset import set_clock
from editor.store.db import Database
from editor.store.models import Cluster, Entry, Fetch, Hole, Issue, Publication, Source, metadata
from editor.text.document import Cell, Heading, ListBlock, Table, Text, paragraph
from editor.workflow import EntryState, HoleCause, HoleState, Outcome, SourceKind
from tests.cast import (
    NOW,
    chief_ada,
    contributor_cy,
    editor_ben,
    make_candidate,
    make_issue,
    make_publication,
    make_source,
    stranger_dee,
)

SECTIONS = [
    {"name": "热点关注", "quota": 6},
    {"name": "国内动态", "quota": 12},
    {"name": "国际视野", "quota": 8},
    {"name": "政策法规", "quota": 6},
    {"name": "专题研究", "kind": "essay", "quota": 3},
    {"name": "数据榜单", "kind": "ranking", "quota": 2},
    {"name": "会议预告"},
    {"name": "好书推荐", "kind": "books", "quota": 4},
]
TITLES = (
    "云州推行“一窗通办”，企业开办时间压缩至半天",
    "临澜市公布新一轮城市更新计划，三十二个老旧小区纳入改造",
    "青屿区港口集团与六家航运企业签署合作备忘录",
    "研究显示：沿海湿地修复五年后鸟类种群恢复至原有水平的八成",
    "云州大学发布《县域数字基础设施发展报告》",
    "国际档案联合会通过关于长期保存的新准则",
    "多部门联合印发《公共数据开放管理办法（试行）》，自下月起施行",
    "临澜轨道交通四号线全线贯通",
    "关于举办第九届区域信息资源研讨会的通知",
    "全省图书馆联盟上线跨馆预约服务，首周借阅量增长四成",
)
PLACES = ("云州日报", "临澜晚报", "青屿发布", "云州省信息学会", "东麓研究院", "海岬观察")


def furnish(session: Session) -> None:
    """Fill an empty database with the office: people, sources, candidates, items."""
    home = make_publication(session, section=SECTIONS)
    issue = make_issue(session, home)
    ada = chief_ada(session, home)
    ada.name = "林岸"
    editor_ben(session, home).name = "周牧"
    contributor_cy(session, home)
    stranger_dee(session)
    places = _sources(session, home)
    _candidates(session, home, places)
    _decisions(session, home, issue)
    _failures(session, home, places)
    _holes(session, places)
    set_clock(session, NOW)
    session.commit()


def _sources(session: Session, home: Publication) -> list[Source]:
    places = []
    for number, name in enumerate(PLACES):
        source = make_source(
            session,
            home,
            name=name,
            kind=SourceKind.list if number % 3 == 1 else SourceKind.feed,
            default_section=SECTIONS[number]["name"],
            last_ok_at=NOW - timedelta(minutes=12 + 30 * number),
            next_run_at=NOW + timedelta(minutes=48 - 5 * number),
        )
        places.append(source)
    places[3].failures, places[3].last_reason = 4, "http_403"
    places[4].paused_at, places[4].pause_reason = NOW, "网站改版，等新地址"
    for source in places:
        _month(session, source, source.id or 0)
        for hours in reversed(range(6)):
            _visit(session, source, hours)
    return places


def _visit(session: Session, source: Source, hours: int) -> None:
    bad = source.failures > hours
    session.add(
        Fetch(
            source_id=source.id,
            url=source.url,
            outcome=Outcome.failed if bad else (Outcome.not_modified, Outcome.ok)[hours % 2],
            reason="http_403" if bad else "",
            http_status=403 if bad else 200,
            seconds=0.4 + hours / 10,
            bytes=0 if bad else 18_432 + 977 * hours,
            entries=0 if bad else 20,
            new=0 if bad else hours,
            created_at=NOW - timedelta(hours=hours),
            fetched_at=NOW - timedelta(hours=hours, minutes=1),
        )
    )


def _holes(session: Session, places: list[Source]) -> None:
    """Let some listings have gaps, open, queued, filled and failed."""
    places[0].list_url = "https://daily.yunzhou.example/news/"
    for place, cause, state, days in (
        (0, HoleCause.rolled_over, HoleState.open, (20, 17)),
        (0, HoleCause.failing, HoleState.filled, (9, 8)),
        (2, HoleCause.rolled_over, HoleState.open, (4, 3.5)),
        (5, HoleCause.failing, HoleState.failed, (12, 9)),
        (1, HoleCause.unread, HoleState.dismissed, (24, 22)),
    ):
        session.add(
            Hole(
                source_id=places[place].id or 0,
                cause=cause,
                state=state,
                after_at=NOW - timedelta(days=days[0]),
                before_at=NOW - timedelta(days=days[1]),
                recovered=7 if state is HoleState.filled else 0,
                reason="http_404" if state is HoleState.failed else "",
            )
        )


def _month(session: Session, source: Source, number: int) -> None:
    """Let the source have been read once a day for a month, each day with its own outcome."""
    outcomes = (Outcome.ok, Outcome.not_modified, Outcome.ok, Outcome.empty, Outcome.failed)
    for day in range(1, 30):
        if (day + number) % 11:
            outcome = outcomes[(day * (number + 2)) % 5 if day % 4 == 0 else day % 3]
            session.add(
                Fetch(
                    source_id=source.id,
                    url=source.url,
                    outcome=outcome,
                    reason="timeout" if outcome is Outcome.failed else "",
                    new=day % 5 if outcome is Outcome.ok else 0,
                    oldest_seen=NOW - timedelta(days=day + 5),
                    newest_seen=NOW - timedelta(days=day),
                    fetched_at=NOW - timedelta(days=day),
                )
            )


def _candidates(session: Session, home: Publication, places: list[Source]) -> None:
    cluster = Cluster(publication_id=home.id or 0)
    session.add(cluster)
    session.flush()
    for number in range(150):
        source = places[number % len(places)]
        published = NOW - timedelta(hours=3 * number + number % 7)
        make_candidate(
            session,
            home,
            source_id=source.id,
            source_name=source.name,
            title=TITLES[number % len(TITLES)] + ("" if number < 10 else f"（之{number}）"),
            published_at=None if number % 29 == 28 else published,
            blocks=_text(TITLES[number % len(TITLES)]),
            characters=0 if number == 4 else 640 + 13 * number,
            agreement=0.61 if number == 2 else 0.98,
            suggested_section=source.default_section,
            cluster_id=cluster.id if number in (1, 7, 11) else None,
        )


def _text(title: str) -> tuple[Heading | ListBlock | Table, ...]:
    sentence = "改造工程分三个阶段推进，首批项目将于年底前完工，惠及沿线四万余名居民。"
    return (
        paragraph(f"本报讯（记者 江汀）{title}。{sentence * 2}"),
        Heading(level=2, content=(Text(text="一、主要举措"),)),
        paragraph(sentence * 3),
        ListBlock(
            ordered=True, items=((Text(text="简化流程"),), (Text(text="公开数据 API 与说明"),))
        ),
        Table(
            caption="表 1　三个阶段的进度",
            rows=(
                tuple(Cell(content=(Text(text=t),), header=True) for t in ("阶段", "小区", "户数")),
                tuple(Cell(content=(Text(text=t),)) for t in ("第一阶段", "12", "8,460")),
                tuple(Cell(content=(Text(text=t),)) for t in ("第二阶段", "20", "15,210")),
            ),
        ),
        paragraph(sentence * 4),
    )


def _decisions(session: Session, home: Publication, issue: Issue) -> None:
    ben = editor_ben(session, home)
    sections = issues.sections_of(session, issue)
    page = candidates.queue_page(session, home, issue, candidates.QueueFilter(), limit=60).rows
    for number, row in enumerate(page[20:44]):
        candidate = candidates.get_candidate(session, home, row.id)
        if number % 3 == 0:
            section = sections[number % len(sections)]
            candidates.take(session, candidate, section=section, by=ben, now=NOW)
        elif number % 3 == 1:
            candidates.spike(session, candidate, "超出范围", by=ben, now=NOW)
        else:
            candidates.shortlist(session, candidate, by=ben, now=NOW)


def _failures(session: Session, home: Publication, places: list[Source]) -> None:
    for number, reason in enumerate(("timeout", "http_404", "wechat_blocked")):
        session.add(
            Entry(
                publication_id=home.id or 0,
                source_id=places[number].id,
                url=f"https://daily.yunzhou.example/lost/{number}.html",
                url_hash=f"lost{number}",
                fetch_url="",
                host="daily.yunzhou.example",
                title=TITLES[number],
                published_at=NOW - timedelta(days=number + 1),
                state=EntryState.failed,
                reason=reason,
                attempts=number + 1,
            )
        )


def open_office(folder: Path) -> Flask:
    """Return the application on a fresh office in this folder."""
    database = Database(f"sqlite:///{folder / 'zhaibian.db'}")
    metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.commit()
    with database.writing() as session:
        furnish(session)
    database.close()
    return create_app(
        Settings(
            data_dir=folder,
            database_url=database.url,
            broker_url="memory://",
            secret_key="only for tests",
            testing=True,
        )
    )


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve the application on this machine while the block runs; gives its address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        app.extensions["database"].close()
        clock.follow(clock._no_offset)


if __name__ == "__main__":
    with served(open_office(Path(sys.argv[1])), int(sys.argv[2])) as address:
        print(address)
        threading.Event().wait()
