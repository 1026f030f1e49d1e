"""A real desk into which hostile HTML has come: by feed, page and file, typed, and everywhere."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from flask import Flask
from sqlmodel import Session, col, select

from config.settings import Settings
from editor import clock
from editor.app import create_app
from editor.assembler import fonts
from editor.desk import candidates, exports, issues, items, uploads
from editor.store.clock_offset import set_clock
from editor.store.db import Database
from editor.store.models import Entry, Issue, Publication, Upload, User, id_of, metadata
from editor.store.queue import Task
from editor.text.document import Cell, Figure, Heading, Table, Text, paragraph
from editor.text.markup import blocks_from_html
from editor.text.markup_inline import visible
from editor.text.urls import url_hash
from editor.workflow import EntryState, SourceKind
from tests.cast import NOW, chief_ada, make_issue, make_publication, make_source
from tests.fakes import make_workshop
from tests.workers.files.word_files import word_file
from workers.candidates.extraction import extract
from workers.crawling.crawl import crawl
from workers.files.reading import Read, drawn, read_file
from workers.files.uploads import read_one
from workers.printing.export import render
from workers.workshop import Workshop

FEED_HOST, PAGE_HOST = "feed.yunzhou.example", "page.yunzhou.example"
PROSE = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市，首批十二条航线下月开通。"
PARAGRAPHS = "".join(f"<p>第{number}段：{PROSE}</p>" for number in range(8))
DOORS = ("html", "txt", "docx", "pdf")
# so many payloads share a page, a file and an item; a feed's entry carries one
TOGETHER, MOST_ENTRIES = 8, 150


@dataclass(frozen=True)
class Case:
    """What came in by one door together: its payloads, the candidates and items made of them."""

    door: str
    payloads: tuple[str, ...]
    candidates: tuple[int, ...] = ()
    items: tuple[int, ...] = ()


@dataclass(frozen=True)
class Desk:
    """The desk, its cases, and what could not be had with the reason."""

    app: Flask
    shop: Workshop
    total: int
    cases: tuple[Case, ...]
    refused: dict[str, str]


def batches(payloads: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return the payloads in groups of at most `size`."""
    return [tuple(payloads[n : n + size]) for n in range(0, len(payloads), size)]


@contextmanager
def hostile_desk(payloads: Sequence[str], folder: Path) -> Iterator[Desk]:
    """Bring every payload in by every door on a desk in `folder`; nothing is taken yet."""
    database = Database(f"sqlite:///{folder / 'zhaibian.db'}")
    metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.commit()
    entries = batches(payloads, -(-len(payloads) // MOST_ENTRIES) or 1)
    pages = batches(payloads, TOGETHER)
    shop = make_workshop(database, folder, web_of(entries, pages))
    with database.writing() as session:
        home = make_publication(session, item={"source_required": False})
        make_issue(session, home)
        chief_ada(session, home)
        set_clock(session, NOW)
        _sources(session, home, payloads)
        _failures(session, home, payloads)
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
    cases, refused = _found(shop, {"feed": (FEED_HOST, entries), "page": (PAGE_HOST, pages)})
    for door in DOORS:
        cases += [_handed_in(shop, door, batch) for batch in pages]
    cases += [Case("typed", batch) for batch in pages]
    refused |= _refused_files(shop)
    try:
        yield Desk(app, shop, 61, tuple(cases), refused)
    finally:
        app.extensions["database"].close()
        database.close()
        clock.follow(clock._no_offset)


# --- the web that carries them -------------------------------------------------------------------


def web_of(entries: Sequence[tuple[str, ...]], pages: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Return a feed whose entries, and a list whose rows and pages, say the payloads everywhere."""
    rows = "".join(
        f'<li><a href="/{number}.html">{escape(" ".join(batch))}</a><span>2026-07-09</span></li>'
        for number, batch in enumerate(pages)
    )
    return {
        f"https://{FEED_HOST}/feed.xml": feed_of(entries),
        f"https://{PAGE_HOST}/list.html": f"<ul>{rows}</ul>",
        **{
            f"https://{PAGE_HOST}/{number}.html": page_of(number, batch)
            for number, batch in enumerate(pages)
        },
    }


def feed_of(entries: Sequence[tuple[str, ...]]) -> str:
    """Return an RSS feed; every text of every entry is its payloads."""
    texts = "".join(
        f"<item><link>https://{FEED_HOST}/{number}.html</link>"
        f"<title>{escape(' '.join(batch))}</title><author>{escape(' '.join(batch))}</author>"
        f"<source>{escape(' '.join(batch))}</source>"
        f"<description>{escape(' '.join(batch))}</description><content:encoded>"
        f"{escape(PARAGRAPHS + PARAGRAPHS.join(batch) + PARAGRAPHS)}</content:encoded>"
        "<pubDate>Thu, 09 Jul 2026 08:30:00 +0800</pubDate></item>"
        for number, batch in enumerate(entries)
    )
    space = "http://purl.org/rss/1.0/modules/content/"
    title = f"<title>{escape(entries[0][0])}</title>" if entries else ""
    return f'<rss version="2.0" xmlns:content="{space}"><channel>{title}{texts}</channel></rss>'


def page_of(number: int, batch: Sequence[str]) -> str:
    """Return an article page; title, headline, source, body and captions are the payloads."""
    said = escape(" ".join(batch))
    figures = "".join(
        f"<figure><img src='/{number}-{n}.png' alt=''><figcaption>{escape(payload)}</figcaption>"
        f"</figure>{payload}"
        for n, payload in enumerate(batch)
    )
    return (
        f"<html><head><title>{said}</title></head><body><h1>第{number}号 {said}</h1>"
        f"<div class='info'>发布时间：2026-07-09 08:30 来源：{said}</div>"
        f"<div class='TRS_Editor'>{PARAGRAPHS}{figures}{PARAGRAPHS}</div></body></html>"
    )


def _sources(session: Session, home: Publication, payloads: Sequence[str]) -> None:
    due = NOW - timedelta(hours=1)
    feed = f"https://{FEED_HOST}/feed.xml"
    said = payloads[0] if payloads else "云州日报"
    make_source(session, home, url=feed, host=FEED_HOST, next_run_at=due, name=said[:200] or "-")
    make_source(
        session,
        home,
        kind=SourceKind.list,
        url=f"https://{PAGE_HOST}/list.html",
        host=PAGE_HOST,
        next_run_at=due,
        selectors={"item": "li", "link": "a", "date": "span"},
    )
    for payload in payloads:
        words = payload[:200] or "-"
        make_source(
            session,
            home,
            kind=SourceKind.manual,
            name=words,
            printed_name=words,
            pause_reason=words,
            paused_at=NOW,
        )


def _failures(session: Session, home: Publication, payloads: Sequence[str]) -> None:
    """Add an entry for each payload that could not be had, and people with such names."""
    for number, payload in enumerate(payloads):
        url = f"https://{PAGE_HOST}/lost/{number}.html"
        session.add(
            Entry(
                publication_id=id_of(home),
                url=url,
                url_hash=url_hash(url),
                fetch_url=url,
                host=PAGE_HOST,
                title=payload[:1000],
                state=EntryState.failed,
                reason="http_404",
                published_at=NOW,
                attempts=9,
            )
        )
        if number < 30:
            email = f"p{number}@yunzhou.example"
            session.add(User(email=email, name=payload[:100] or "-", password_hash="-"))


def collect(shop: Workshop) -> None:
    """Crawl both hosts and extract until nothing rings any more."""
    waiting: list[tuple[Any, ...]] = [(Task.crawl_host, FEED_HOST), (Task.crawl_host, PAGE_HOST)]
    while waiting:
        task, *arguments = waiting.pop(0)
        if task == Task.crawl_host:
            crawl(shop, *arguments)
        elif task == Task.extract_entries:
            extract(shop, *arguments)
        bell: Any = shop.ring
        waiting += [rung for rung in bell.rung if len(rung) > 1]
        bell.rung.clear()


def _found(
    shop: Workshop, listed: dict[str, tuple[str, Sequence[tuple[str, ...]]]]
) -> tuple[list[Case], dict[str, str]]:
    """Return the groups with their candidates, and the reason of every entry that has none."""
    with shop.database.reading() as session:
        entries = session.exec(
            select(Entry).where(~col(Entry.url).contains("/lost/")).order_by(col(Entry.id))
        ).all()
    led = {entry.url: entry.candidate_id for entry in entries}
    refused = {entry.url: entry.reason for entry in entries if not entry.candidate_id}
    cases = []
    for door, (host, groups) in listed.items():
        for number, batch in enumerate(groups):
            url = f"https://{host}/{number}.html"
            candidate_id = led.get(url)
            cases.append(Case(door, batch, (candidate_id,) if candidate_id else ()))
            if url not in led:
                refused[url] = "not listed"
    return cases, refused


# --- files ---------------------------------------------------------------------------------------


def _handed_in(shop: Workshop, door: str, batch: tuple[str, ...]) -> Case:
    """Hand a file in that says the payloads in its name, its fields and its text."""
    content = file_of(door, batch)
    # every other title and source come from the file itself
    said = uploads.Said(batch[0][:900], batch[-1][:200]) if door in ("txt", "pdf") else None
    with shop.database.writing() as session:
        home, issue, ada = _cast(session)
        handed = [uploads.FileIn(f"{batch[0][:200]}.{door}", content)]
        (row,) = uploads.hand_in(
            session, shop.files, home, handed, said or uploads.Said(), issue=issue, by=ada, now=NOW
        )
        session.commit()
        upload_id = id_of(row)
    read_one(shop, upload_id, _read_here)
    with shop.database.reading() as session:
        candidate_id = session.get_one(Upload, upload_id).candidate_id
    return Case(door, batch, (candidate_id,) if candidate_id else ())


def _read_here(path: Path, *, name: str, now: Any, zone: ZoneInfo) -> Read:
    handed = read_file(path.read_bytes(), name=name, now=now, zone=zone)
    blocks, pictures, notes = drawn(handed)
    return Read(replace(handed, blocks=blocks, notes=notes), pictures)


def file_of(door: str, batch: Sequence[str]) -> bytes:
    """Return a file of this kind in which the payloads stand."""
    if door == "html":
        return page_of(0, batch).encode()
    if door == "txt":
        return "\n".join([PROSE, *batch, PROSE]).encode()
    if door == "docx":
        return _word(batch)
    return _pdf(batch)


def _word(batch: Sequence[str]) -> bytes:
    links = tuple(
        (f"h{n}", "hyperlink", _in_xml(payload) or "x", True)
        for n, payload in enumerate([*batch, "javascript:alert(1)"])
    )
    paragraphs = "".join(
        f'<w:p><w:hyperlink r:id="h{n}"><w:r><w:t xml:space="preserve">'
        f"{_in_xml(payload)}</w:t></w:r></w:hyperlink></w:p>"
        for n, payload in enumerate([*batch, PROSE])
    )
    field = "<w:p><w:r><w:instrText>DDEAUTO c:\\\\calc.exe</w:instrText></w:r></w:p>"
    return word_file(paragraphs + field, links=links)


def _in_xml(payload: str) -> str:
    """Return the payload as XML can carry it."""
    return escape(" ".join(visible(payload).split()))


def _pdf(batch: Sequence[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, data = Path(folder) / "a.typ", Path(folder) / "a.json"
        data.write_text(json.dumps([visible(payload) for payload in [*batch, PROSE]]))
        source.write_text('#for said in json("a.json") [#par(text(said))\n]')
        return typst.compile(str(source), font_paths=[str(Path(fonts.__file__).parent)])


def _refused_files(shop: Workshop) -> dict[str, str]:
    with shop.database.reading() as session:
        rows = session.exec(select(Upload).where(col(Upload.candidate_id).is_(None))).all()
        return {f"upload {row.id}": f"{row.reason} {row.detail}".strip() for row in rows}


# --- what editors do with them -------------------------------------------------------------------


def take_all(desk: Desk) -> Desk:
    """Take every candidate into the issue and type every group into an item of its own."""
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
            if case.door == "typed":
                fields = typed(case.payloads)
                made.append(
                    items.new_item(
                        session, section, kind=section.kind, fields=fields, by=ada, now=NOW
                    )
                )
            cases.append(replace(case, items=tuple(id_of(item) for item in made)))
        session.commit()
    return replace(desk, cases=tuple(cases))


def typed(batch: Sequence[str]) -> items.ItemFields:
    """Return the fields of an item in which every word is a payload, as a form takes them."""
    texts = [" ".join(visible(payload).split()) for payload in batch]
    said = " ".join(texts)
    blocks: list[Any] = []
    for payload, text in zip(batch, texts, strict=True):
        words = (Text(text=text),) if text else ()
        blocks += [
            paragraph(text),
            Heading(level=1, content=words),
            Table(rows=((Cell(content=words),),), caption=text[:500]),
            Figure(url=f"https://{PAGE_HOST}/1.png", caption=text[:500], alt=text[:500]),
            *blocks_from_html(payload, base_url=f"https://{PAGE_HOST}/"),
        ]
    return items.ItemFields(
        headline=said[:500] or "无题",
        subtitle=said[:500],
        source_line=said[:200],
        dated_on=NOW.date(),
        byline=said[:500],
        blocks=tuple(blocks),
    )


@dataclass(frozen=True)
class Printed:
    """How an export ended: its state with its sentence, and the file if there is one."""

    state: str
    content: bytes = b""
    id: int = 0


def print_all(desk: Desk) -> dict[str, Printed]:
    """Export the issue in every format."""
    printed = {}
    for kind in exports.FORMATS:
        with desk.shop.database.writing() as session:
            _, issue, ada = _cast(session)
            export = exports.request_export(session, issue, kind, by=ada, now=NOW)
            session.commit()
            export_id = id_of(export)
        render(desk.shop, export_id)
        with desk.shop.database.reading() as session:
            export = exports.get_export(session, export_id)
            state = " ".join(filter(None, (export.state.value, str(export.error or ""))))
            content = desk.shop.files.get(export.asset) if export.asset else b""
            printed[kind] = Printed(state, content, export_id)
    return printed


def _cast(session: Session) -> tuple[Publication, Issue, User]:
    home = session.exec(select(Publication)).one()
    return home, session.exec(select(Issue)).one(), chief_ada(session, home)
