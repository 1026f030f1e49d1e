"""Milliseconds to group a candidate among 10,000, 50,000 and 100,000 stored ones.

The corpus is invented: its articles share words but no paragraph, and five of a hundred are
reprints (cut, with another dateline, some words replaced). The peer keeps everything in memory
and stores nothing: rensa's own index over all of a text (128 permutations, threshold .25), its
proposals confirmed by containment.
"""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from rensa import RMinHash, RMinHashLSH
from sqlalchemy import insert
from sqlmodel import Session, col, select

from editor.store import migrate
from editor.store.db import Database
from editor.store.models import Candidate, ShingleBand, id_of
from editor.text import fingerprint
from editor.text.document import paragraph
from tests.cast import NOW, make_publication
from workers.candidates.cluster import group

SIZES = (10_000, 50_000, 100_000)
MEASURED = 1_000
REPRINTS = 0.05
LIMIT_MS = 5.0
CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 800)]


class Press:
    """An invented press: words of two characters, some of them used a hundred times as often."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.words = ["".join(self.chance.sample(CHARACTERS, 2)) for _ in range(6_000)]
        self.weights = [1 / (rank + 20) for rank in range(len(self.words))]
        total = 0.0
        self.summed = [total := total + weight for weight in self.weights]

    def article(self) -> str:
        """Return an article of some 600 to 1,500 characters in paragraphs."""
        return "\n".join(self.sentences() for _ in range(self.chance.randint(4, 9)))

    def sentences(self) -> str:
        """Return a paragraph with a figure or two."""
        drawn = self.chance.choices(self.words, cum_weights=self.summed, k=75)
        figure = f"{self.chance.uniform(1, 999):.1f}"
        clauses = ["".join(drawn[start : start + 9]) for start in range(0, 75, 9)]
        return "，".join((*clauses[:4], figure + "万元", *clauses[4:])) + "。"

    def reprint(self, text: str) -> str:
        """Return another paper's copy: a dateline, words replaced, the end left out."""
        lines = text.splitlines()
        kept = lines[: max(3, len(lines) - self.chance.randint(0, 2))]
        place = self.chance.randrange(20, len(kept[0]) - 10)
        kept[0] = kept[0][:place] + self.chance.choice(self.words) + kept[0][place + 2 :]
        return f"本报云州7月{self.chance.randint(1, 28)}日电（记者 甘棠）" + "\n".join(kept)


def run() -> dict[str, str]:
    """Return the figures as printable values, and whether the limit holds."""
    press, figures = Press(7), {}
    peer = Peer()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'zhaibian.db'}")
        migrate.upgrade(database)
        with database.writing() as session:
            home = id_of(make_publication(session))
            session.commit()
        texts: list[str] = []
        for size in SIZES:
            fresh = [press.article() for _ in range(size - len(texts))]
            texts += fresh
            fill(database, home, fresh)
            for text in fresh:
                peer.add(text)
            figures |= measure(database, home, press, texts, peer)
        database.close()
    return figures


def fill(database: Database, home: int, texts: Sequence[str]) -> None:
    """Store candidates that have been grouped: strangers all, each with its keys."""
    with database.writing() as session:
        stored = store(session, home, texts)
        table = cast(Any, ShingleBand).__table__
        session.execute(
            insert(table),
            sorted(
                (
                    {"key": key, "candidate_id": id}
                    for id, text in zip(stored, texts, strict=True)
                    for key in {*fingerprint.bands(fingerprint.wording(text))}
                ),
                key=lambda row: row["key"],
            ),
        )
        session.commit()


def store(session: Session, home: int, texts: Sequence[str], *, grouped: bool = True) -> list[int]:
    """Store candidates with these texts; returns their ids in order."""
    last = session.exec(select(Candidate.id).order_by(col(Candidate.id).desc()).limit(1)).first()
    first = (last or 0) + 1
    session.execute(
        insert(Candidate), list(rows(home, texts, range(first, first + len(texts)), grouped))
    )
    return list(range(first, first + len(texts)))


def rows(
    home: int, texts: Sequence[str], ids: Sequence[int], grouped: bool
) -> Iterator[dict[str, Any]]:
    """Yield the rows of candidates, spread over a year."""
    for id, text in zip(ids, texts, strict=True):
        words = fingerprint.wording(text)
        url = f"https://daily.yunzhou.example/{id}.html"
        yield {
            "id": id, "publication_id": home, "url": url, "canonical_url": url,
            "url_hash": f"{id:064d}", "title": text[:24], "source_name": "云州日报",
            "published_at": NOW - timedelta(minutes=5 * id), "seen_at": NOW,
            "characters": len(text),
            "fingerprint": fingerprint.digest(words) if grouped else "",
            "state": "new", "score_reasons": [], "suggestion_evidence": [],
            "figures": " ".join(words.figures) if grouped else "",
            "blocks": tuple(paragraph(line) for line in text.splitlines()),
        }  # fmt: skip


def measure(
    database: Database, home: int, press: Press, texts: Sequence[str], peer: "Peer"
) -> dict[str, str]:
    """Group new candidates one by one, then as many in batches; the peer looks the same up."""
    news = [arrival(press, texts) for _ in range(2 * MEASURED)]
    with database.writing() as session:
        ids = store(session, home, [text for text, _ in news], grouped=False)
        session.commit()
    single = cost(lambda id: group(database, id), ids[:MEASURED])
    chunks = [ids[at : at + 50] for at in range(MEASURED, len(ids), 50)]
    batched = cost(lambda chunk: group(database, *chunk), chunks, of=50)
    other = cost(lambda new: peer.find(new[0]), news[:MEASURED])
    with database.reading() as session:
        joined = session.exec(
            select(Candidate.id).where(col(Candidate.id).in_(ids), col(Candidate.cluster_id) > 0)
        ).all()
    right = {id for id, (_, reprint) in zip(ids, news, strict=True) if reprint}
    return {
        f"{len(texts):7,}: ms each, limit {LIMIT_MS:.0f} (processor) · in batches of 50": (
            f"{single} · {batched}"
        ),
        f"{len(texts):7,}: rensa in memory, ms · ours ÷ peer (processor)": (
            f"{other} · {single.processor / other.processor:.2f}"
        ),
        f"{len(texts):7,}: reprints found · strangers joined": (
            f"{len(right & set(joined))} of {len(right)} · {len(set(joined) - right)}"
        ),
    }


def arrival(press: Press, texts: Sequence[str]) -> tuple[str, bool]:
    """Return a new article, and whether it is a reprint of a stored one."""
    if press.chance.random() < REPRINTS:
        return press.reprint(press.chance.choice(texts)), True
    return press.article(), False


@dataclass(frozen=True)
class Cost:
    """Milliseconds a candidate: by the wall's clock and by the processor's, which is ours alone."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} ({self.processor:.2f})"


def cost(step: Any, pieces: Sequence[Any], *, of: int = 1) -> Cost:
    """Return what a candidate costs; a piece holds so many of them."""
    wall, processor = time.perf_counter(), time.process_time()
    for piece in pieces:
        step(piece)
    share = 1000 / len(pieces) / of
    return Cost((time.perf_counter() - wall) * share, (time.process_time() - processor) * share)


class Peer:
    """rensa's index in memory, as its own documentation uses it."""

    def __init__(self) -> None:
        self.index = RMinHashLSH(threshold=0.25, num_perm=128, num_bands=64)
        self.texts: list[str] = []

    def add(self, text: str) -> None:
        """Make a text findable."""
        self.index.insert(len(self.texts), self.sketch(text))
        self.texts.append(text)

    def find(self, text: str) -> list[int]:
        """Return the texts that hold at least .46 of this one, or the other way round; add it."""
        grams = shingles(text)
        near = self.index.query(self.sketch(text))
        found = [one for one in near if contained(grams, shingles(self.texts[one]))]
        self.add(text)
        return found

    def sketch(self, text: str) -> RMinHash:
        """Return the sketch of all of a text."""
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update([text[at : at + 5] for at in range(len(text) - 4)])
        return sketch


def shingles(text: str) -> set[str]:
    """Return the runs of four characters."""
    return {text[at : at + 4] for at in range(len(text) - 3)}


def contained(one: set[str], other: set[str]) -> bool:
    """Whether one of them holds enough of the other."""
    return len(one & other) >= 0.46 * min(len(one), len(other))
