"""Milliseconds of each triage query over 100,000 candidates, on SQLite and on PostgreSQL.

The peer is what one writes first: every column, LIKE and OFFSET, on the same rows. The texts
are as long as articles are: 700 characters at the median, a tenth of them above 1,700.
"""

import math
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, or_, text
from sqlmodel import Session, col, func, select

from editor.desk.candidates import QueueFilter, counts, queue_page
from editor.store import migrate, search
from editor.store.db import Database
from editor.store.models import Candidate, Issue, Publication, Source, Star, User, id_of
from editor.store.models.base import new_row
from editor.text.document import paragraph
from editor.workflow import CandidateState, SourceKind
from tests.cast import NOW, chief_ada, make_issue, make_publication
from tests.postgres import NoServer, start_server

CANDIDATES, ISSUES, SOURCES, CHUNK, ROUNDS = 100_000, 10, 500, 1000, 40
SENTENCES, LONGEST = 20_000, 500
FIRSTS = "云临青海港新石清金安"
SECONDS = "州澜屿堤城桥田河山湖"
KINDS = "市区县乡镇"
# pairs of characters: every second one begins a word
_NOUNS = "码头海堤学校医院公交水库粮仓展馆渔港市集园区街道车站工厂果园茶山"
_VERBS = "改造启用扩建验收开工督查调研签约招标公示部署评估"
NOUNS = [_NOUNS[place : place + 2] for place in range(0, len(_NOUNS), 2)]
VERBS = [_VERBS[place : place + 2] for place in range(0, len(_VERBS), 2)]
# words that stand in such a share of the texts, and one that went out of use
SHARES = {"潮位": 0.002, "灯塔": 0.01, "渡口": 0.03, "堤坝": 0.05, "航道": 0.1}
FORMER, FORMER_SINCE = "驳船", 5
SECTIONS = ("热点关注", "国内动态", "专题研究")
STATES = (
    [CandidateState.new] * 45
    + [CandidateState.spiked] * 45
    + [CandidateState.shortlisted] * 5
    + [CandidateState.taken] * 5
)


def run() -> dict[str, str]:
    """Return the figures as printable values."""
    figures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'zhaibian.db'}")
        try:
            figures |= measured(database)
        finally:
            database.close()
    try:
        with postgres() as database:
            figures |= measured(database)
    except NoServer as error:
        figures["postgresql"] = f"not measured: {error}"
    return figures


@contextmanager
def postgres() -> Iterator[Database]:
    """Give an empty database on a server of our own."""
    server = start_server()
    try:
        with server.empty_database() as database:
            yield database
    finally:
        server.stop()


# --- the rows ------------------------------------------------------------------------------------


def fill(database: Database, number: int = CANDIDATES) -> None:
    """Make ten issues' candidates, invented, spread over windows, states and sources."""
    migrate.upgrade(database)
    chance = random.Random(1)
    said = [sentence(chance) for _ in range(SENTENCES)]
    with database.writing() as session:
        home = make_publication(session)
        ada = chief_ada(session)
        issue = make_issue(session, home)
        sources = make_sources(session, home)
        session.commit()
        for start in range(0, number, CHUNK):
            rows = [row(home, issue, sources, chance, start + one, said) for one in range(CHUNK)]
            session.execute(insert(Candidate), rows)
            session.commit()
        stars = range(1, number, max(1, number // 300))
        session.execute(
            insert(Star), [{"user_id": id_of(ada), "candidate_id": one} for one in stars]
        )
        session.commit()
    index_all(database)
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    if database.dialect == "postgresql":
        # what autovacuum does by itself soon after so many rows
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))


def index_all(database: Database) -> None:
    """Make all candidates findable; on PostgreSQL an index over what is there is made at once."""
    (vectors,) = search.DOCUMENT.indexes
    late = [vectors] if database.dialect == "postgresql" else []
    for index in late:
        index.drop(database.engine)
    last = None
    while True:
        with database.writing() as session:
            noted = search.note_waiting(session, limit=CHUNK, below=last)
            session.commit()
        if not noted:
            break
        last = noted[-1]
    for index in late:
        index.create(database.engine)


def make_sources(session: Session, home: Publication) -> list[int]:
    """Make the sources; their ids."""
    made = [
        Source(
            publication_id=id_of(home),
            name=f"{FIRSTS[n % 10]}{SECONDS[n // 10 % 10]}日报第{n}版",
            kind=SourceKind.feed,
            url=f"https://daily{n}.yunzhou.example/feed.xml",
            host=f"daily{n}.yunzhou.example",
            next_run_at=NOW,
        )
        for n in range(SOURCES)
    ]
    session.add_all(made)
    session.flush()
    return [id_of(one) for one in made]


def sentence(chance: random.Random) -> str:
    """Return some invented words."""
    place = chance.choice(FIRSTS) + chance.choice(SECONDS) + chance.choice(KINDS)
    return f"{place}{chance.choice(NOUNS)}{chance.randrange(999)}号{chance.choice(VERBS)}"


def row(
    home: Publication,
    issue: Issue,
    sources: list[int],
    chance: random.Random,
    number: int,
    said: list[str],
) -> dict[str, Any]:
    """Return one candidate's columns; one in fifty has no date."""
    length = min(LONGEST, round(chance.lognormvariate(math.log(60), 0.7)))
    spoken = chance.choices(said, k=length)
    spoken += [f"本次会议谈到{word}" for word, share in SHARES.items() if chance.random() < share]
    spoken += [f"本次会议谈到{FORMER}"] * (number % ISSUES >= FORMER_SINCE)
    words = "，".join(spoken) + "。"
    url = f"https://daily.yunzhou.example/{number}.html"
    back = timedelta(days=30) * (number % ISSUES)
    span = issue.closes_at - issue.opens_at
    published: datetime | None = issue.opens_at - back + span * chance.random()
    return new_row(
        Candidate,
        publication_id=id_of(home),
        source_id=chance.choice(sources),
        url=url,
        canonical_url=url,
        url_hash=f"{number:064}",
        title=chance.choice(said),
        source_name="云州日报",
        published_at=published if number % 50 else None,
        date_how="feed ≠ page" if chance.random() < 0.01 else "feed",
        date_precision="second",
        seen_at=NOW,
        excerpt=words[:200],
        characters=len(words),
        suggested_section=chance.choice(SECTIONS),
        state=chance.choice(STATES),
        fingerprint="x",
        blocks=(paragraph(words),),
    )


# --- the questions -------------------------------------------------------------------------------


def questions(session: Session, ada: User) -> dict[str, Callable[[int], QueueFilter]]:
    """Return what is asked, by its name on the screen; each round asks about something else."""
    sources = session.exec(select(Source.id).order_by(col(Source.id))).all()
    place = [first + second for first in FIRSTS for second in SECONDS]
    return {
        "default queue": lambda _: QueueFilter(),
        "every state and tray": lambda _: QueueFilter(state="all", tray="all"),
        "out of window": lambda _: QueueFilter(tray="out_of_window"),
        "undated": lambda _: QueueFilter(tray="undated"),
        "by section": lambda n: QueueFilter(section=SECTIONS[n % 3]),
        "by source": lambda n: QueueFilter(source_id=sources[n % len(sources)]),
        "by source, everywhere": lambda n: QueueFilter(
            source_id=sources[n % len(sources)], state="all", tray="all"
        ),
        "starred": lambda _: QueueFilter(starred_by=ada.id, state="all", tray="all"),
        "search, in the window": lambda n: QueueFilter(text=place[n % 100] + "市" + NOUNS[n % 16]),
        "search, everywhere": lambda n: QueueFilter(
            text=place[n % 100] + "市" + NOUNS[n % 16] + str(n), state="all", tray="all"
        ),
        "search, two words": lambda n: QueueFilter(
            text=f"{place[n % 100]} {NOUNS[n % 16]}{n}号", state="all", tray="all"
        ),
        "search, word of every text": lambda n: QueueFilter(text=VERBS[n % 12]),
        "search, that word everywhere": lambda n: QueueFilter(
            text=VERBS[n % 12], state="all", tray="all"
        ),
        "search, one character": lambda n: QueueFilter(text=SECONDS[n % 10]),
        "search, two characters": lambda n: QueueFilter(text=NOUNS[n % 16]),
        "search, one mark": lambda n: QueueFilter(text="《，—%、"[n % 5], state="all", tray="all"),
        **{
            f"search, in {share:.1%} of texts": lambda _, word=word: QueueFilter(
                text=word, state="all", tray="all"
            )
            for word, share in SHARES.items()
        },
        "search, a word out of use": lambda _: QueueFilter(text=FORMER, state="all", tray="all"),
        "doubtful dates": lambda _: QueueFilter(date_doubtful=True, state="all", tray="all"),
        "search, nothing found": lambda n: QueueFilter(text=f"浅滩{n}", state="all", tray="all"),
    }


def measured(database: Database) -> dict[str, str]:
    """Return median and p95 of every question, and the peer's median beside it."""
    fill(database)
    figures = {}
    with database.reading() as session:
        home, issue, ada = (
            session.exec(select(model)).one() for model in (Publication, Issue, User)
        )
        for name, ask in questions(session, ada).items():
            ours = times(lambda n, ask=ask: queue_page(session, home, issue, ask(n), viewer=ada))
            peers = times(lambda n, ask=ask: naive(session, home, issue, ask(n)), rounds=5)
            figures[f"{database.dialect}: {name}"] = said(ours, peers)
        tallied = times(lambda _: counts(session, home, issue))
        figures[f"{database.dialect}: counts"] = said(tallied, [])
    return figures


def times(ask: Callable[[int], Any], rounds: int = ROUNDS) -> list[float]:
    """Return the milliseconds of each round, sorted; a first one warms up."""
    ask(0)
    taken = []
    for number in range(rounds):
        started = time.perf_counter()
        ask(number)
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def said(ours: list[float], peers: list[float]) -> str:
    """Return median and p95, and how many times longer the peer takes."""
    median, p95 = ours[len(ours) // 2], ours[int(len(ours) * 0.95)]
    words = f"{median:6.1f} · {p95:6.1f} ms (median · p95)"
    if peers:
        peer = peers[len(peers) // 2]
        words += f"; LIKE and OFFSET {peer:7.1f} ms, {peer / median:.1f} ×"
    return words


def naive(session: Session, home: Publication, issue: Issue, filter: QueueFilter) -> int:
    """Ask the same in the plainest way: whole rows, LIKE on the texts, a count of all."""
    query = select(Candidate).where(Candidate.publication_id == home.id)
    if filter.state != "all":
        query = query.where(Candidate.state == filter.state)
    published = col(Candidate.published_at)
    match filter.tray:
        case "window":
            query = query.where(published >= issue.opens_at, published < issue.closes_at)
        case "out_of_window":
            query = query.where(or_(published < issue.opens_at, published >= issue.closes_at))
        case "undated":
            query = query.where(published.is_(None))
    if filter.section:
        query = query.where(Candidate.suggested_section == filter.section)
    if filter.source_id:
        query = query.where(Candidate.source_id == filter.source_id)
    if filter.starred_by:
        query = query.join(Star).where(Star.user_id == filter.starred_by)
    for word in filter.text.split():
        title, excerpt = col(Candidate.title), col(Candidate.excerpt)
        query = query.where(or_(title.contains(word), excerpt.contains(word)))
    page = session.exec(query.order_by(published.desc()).offset(0).limit(100)).all()
    session.expunge_all()
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    return len(page) + total
