"""A real desk into which hostile HTML has come: by feed, by page, typed, on the board, printed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

from flask import Flask
from sqlmodel import Session, col, select

from config.settings import Settings
from editor import clock
from editor.app import create_app
from editor.desk import candidates, exports, issues, items
from editor.store.clock_offset import set_clock
from editor.store.db import Database
from editor.store.models import Entry, Issue, Publication, User, id_of, metadata
from editor.store.queue import Task
from editor.text.document import Cell, Figure, Heading, Table, Text, paragraph
from editor.text.markup import blocks_from_html
from editor.workflow import SourceKind
from tests.cast import NOW, chief_ada, make_issue, make_publication, make_source
from tests.fakes import make_workshop
from workers.crawl import crawl
from workers.export import render
from workers.extraction import extract_one
from workers.workshop import Workshop

FEED_HOST, PAGE_HOST = "feed.yunzhou.example", "page.yunzhou.example"
PROSE = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市，首批十二条航线下月开通。"
PARAGRAPHS = "".join(f"<p>第{number}段：{PROSE}</p>" for number in range(8))


@dataclass(frozen=True)
class Case:
    """Where one payload went: its candidates and the items made of it."""

    payload: str
    candidates: tuple[int, ...] = ()
    items: tuple[int, ...] = ()


@dataclass(frozen=True)
class Desk:
    """The desk, its cases, and how many payloads came in by which door."""

    app: Flask
    shop: Workshop
    total: int
    cases: tuple[Case, ...]
    refused: dict[str, str]


@contextmanager
def hostile_desk(payloads: Sequence[str], folder: Path) -> Iterator[Desk]:
    """Bring every payload in by feed and by page on a desk in `folder`; nothing is taken yet."""
    database = Database(f"sqlite:///{folder / 'zhaibian.db'}")
    metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.commit()
    shop = make_workshop(database, folder, web_of(payloads))
    with database.writing() as session:
        home = make_publication(session)
        make_issue(session, home)
        chief_ada(session, home)
        set_clock(session, NOW)
        _sources(session, home)
        session.commit()
    clock.follow(lambda: NOW - clock.real())
    collect(shop)
    app = create_app(
        Settings(
            data_dir=folder,
            database_url=database.url,
            broker_url="memory://",
            secret_key="only for tests",
            testing=True,
        )
    )
    cases, refused = _found(shop, payloads)
    try:
        yield Desk(app, shop, 61, cases, refused)
    finally:
        app.extensions["database"].close()
        database.close()
        clock.follow(clock._no_offset)


# --- the web that carries them -------------------------------------------------------------------


def web_of(payloads: Sequence[str]) -> dict[str, Any]:
    """Return a feed whose entries, and a list whose rows and pages, say the payloads everywhere."""
    rows = "".join(
        f'<li><a href="/{number}.html">{escape(payload)}</a><span>2026-07-09</span></li>'
        for number, payload in enumerate(payloads)
    )
    return {
        f"https://{FEED_HOST}/feed.xml": feed_of(payloads),
        f"https://{PAGE_HOST}/list.html": f"<ul>{rows}</ul>",
        **{
            f"https://{PAGE_HOST}/{number}.html": page_of(number, payload)
            for number, payload in enumerate(payloads)
        },
    }


def feed_of(payloads: Sequence[str]) -> str:
    """Return an RSS feed; every text of every entry is a payload."""
    entries = "".join(
        f"<item><link>https://{FEED_HOST}/{number}.html</link><title>{escape(payload)}</title>"
        f"<author>{escape(payload)}</author><source>{escape(payload)}</source>"
        f"<description>{escape(payload)}</description>"
        f"<content:encoded>{escape(PARAGRAPHS + payload + PARAGRAPHS)}</content:encoded>"
        "<pubDate>Thu, 09 Jul 2026 08:30:00 +0800</pubDate></item>"
        for number, payload in enumerate(payloads)
    )
    space = "http://purl.org/rss/1.0/modules/content/"
    title = f"<title>{escape(payloads[0])}</title>" if payloads else ""
    return f'<rss version="2.0" xmlns:content="{space}"><channel>{title}{entries}</channel></rss>'


def page_of(number: int, payload: str) -> str:
    """Return an article page; title, headline, source, body and a caption are the payload."""
    said = escape(payload)
    return (
        f"<html><head><title>{said}</title></head><body><h1>第{number}号 {said}</h1>"
        f"<div class='info'>发布时间：2026-07-09 08:30 来源：{said}</div>"
        f"<div class='TRS_Editor'>{PARAGRAPHS}<figure><img src='/{number}.png' alt=''>"
        f"<figcaption>{said}</figcaption></figure>{payload}{PARAGRAPHS}</div></body></html>"
    )


def _sources(session: Session, home: Publication) -> None:
    due = NOW - timedelta(hours=1)
    feed = f"https://{FEED_HOST}/feed.xml"
    make_source(session, home, url=feed, host=FEED_HOST, next_run_at=due)
    make_source(
        session,
        home,
        kind=SourceKind.list,
        url=f"https://{PAGE_HOST}/list.html",
        host=PAGE_HOST,
        next_run_at=due,
        selectors={"item": "li", "link": "a", "date": "span"},
    )


def collect(shop: Workshop) -> None:
    """Crawl both hosts and extract until nothing rings any more."""
    waiting: list[tuple[Any, ...]] = [(Task.crawl_host, FEED_HOST), (Task.crawl_host, PAGE_HOST)]
    while waiting:
        task, argument = waiting.pop(0)
        if task == Task.crawl_host:
            crawl(shop, argument)
        elif task == Task.extract_entry:
            extract_one(shop, argument)
        waiting += shop.ring.rung  # type: ignore[attr-defined]
        shop.ring.rung.clear()  # type: ignore[attr-defined]


def _found(shop: Workshop, payloads: Sequence[str]) -> tuple[tuple[Case, ...], dict[str, str]]:
    """Return the payloads with their candidates, and the reason of every entry that has none."""
    with shop.database.reading() as session:
        entries = session.exec(select(Entry).order_by(col(Entry.id))).all()
    led = {entry.url: entry.candidate_id for entry in entries}
    refused = {entry.url: entry.reason for entry in entries if not entry.candidate_id}
    cases = []
    for number, payload in enumerate(payloads):
        urls = [f"https://{host}/{number}.html" for host in (FEED_HOST, PAGE_HOST)]
        found = [candidate_id for url in urls if (candidate_id := led.get(url))]
        cases.append(Case(payload, tuple(dict.fromkeys(found))))
        refused |= {url: "not listed" for url in urls if url not in led}
    return tuple(cases), refused


# --- what editors do with them -------------------------------------------------------------------


def take_all(desk: Desk) -> Desk:
    """Take every candidate into the issue and type every payload into an item of its own."""
    cases = []
    with desk.shop.database.writing() as session:
        home, issue, ada = _cast(session)
        section = issues.sections_of(session, issue)[0]
        for case in desk.cases:
            made = [
                candidates.take(
                    session,
                    candidates.get_candidate(session, home, id),
                    section=section,
                    by=ada,
                    now=NOW,
                )
                for id in case.candidates
            ]
            made.append(
                items.new_item(
                    session, section, kind=section.kind, fields=typed(case.payload), by=ada, now=NOW
                )
            )
            cases.append(replace(case, items=tuple(id_of(item) for item in made)))
        session.commit()
    return replace(desk, cases=tuple(cases))


def typed(payload: str) -> items.ItemFields:
    """Return the fields of an item in which every word is the payload, as a person types it."""
    words = (Text(text=payload),) if payload else ()
    return items.ItemFields(
        headline=payload[:500] or "无题",
        subtitle=payload[:500],
        source_line=payload[:200],
        dated_on=NOW.date(),
        byline=payload[:500],
        blocks=(
            paragraph(payload),
            Heading(level=1, content=words),
            Table(rows=((Cell(content=words),),), caption=payload[:500]),
            Figure(url=f"https://{PAGE_HOST}/1.png", caption=payload[:500], alt=payload[:500]),
            *blocks_from_html(payload, base_url=f"https://{PAGE_HOST}/"),
        ),
    )


def print_all(desk: Desk) -> dict[str, str]:
    """Export the issue as PDF and DOCX; return each format's state with its sentence, if any."""
    told = {}
    for kind in ("pdf", "docx"):
        with desk.shop.database.writing() as session:
            _, issue, ada = _cast(session)
            export = exports.request_export(session, issue, kind, by=ada, now=NOW)
            session.commit()
            export_id = id_of(export)
        render(desk.shop, export_id)
        with desk.shop.database.reading() as session:
            export = exports.get_export(session, export_id)
            told[kind] = " ".join(filter(None, (export.state.value, str(export.error or ""))))
    return told


def _cast(session: Session) -> tuple[Publication, Issue, User]:
    home = session.exec(select(Publication)).one()
    return home, session.exec(select(Issue)).one(), chief_ada(session, home)
