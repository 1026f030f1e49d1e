"""Crawl, shortlist what will change, move the world a day on, crawl again: updates, no copies.

python -m tests.acceptance.updates --issue 000 --out OUT/ [--truth DIR] [--seed N]

Prints one line an article and, as the last line, one JSON object; exit 0 only when every article
that changed is an update of its candidate and none was stored twice.
"""

import argparse
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlmodel import Session, col, select

from editor import clock
from editor.desk import candidates
from editor.store.models import Candidate, CandidateText, Entry
from editor.text.urls import canonical_url, url_hash
from editor.workflow import CandidateState
from tests.acceptance import shared
from tests.acceptance.compiling import open_real_issue
from tests.acceptance.newsroom import prepare
from tests.acceptance.stage import World, newsroom, opened_desk
from tests.acceptance.truth import read_issue


def main() -> int:
    """Run it all; return the exit code."""
    options = arguments()
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    truth = read_issue(options.truth, options.issue)
    desk, app = opened_desk(out)
    with newsroom(options.truth, options.issue, out, "--seed", str(options.seed)) as world:
        open_real_issue(app, truth, world.data["window"])
        prepare(desk, world, truth.total, out)
        desk.run("crawl", "--issue", str(truth.total))
        wanted = shortlist(app, world)
        before = count(app)
        later = datetime.fromisoformat(world.data["default_now"]) + timedelta(days=1)
        world.control(f"/__clock?now={later.isoformat().replace('+', '%2B')}", post=True)
        desk.run("clock", "--set", later.isoformat())
        desk.run("crawl", "--issue", str(truth.total))
        return report(app, wanted, before)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issue", required=True, help="NNN of the truth folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for all that is made")
    parser.add_argument("--truth", type=Path, default=shared() / "truth")
    parser.add_argument("--seed", type=int, default=1, help="another world of the same issue")
    return parser.parse_args()


def candidate_at(session: Session, url: str) -> Candidate | None:
    """Return the candidate that an address led to."""
    key = url_hash(canonical_url(url))
    found = session.exec(select(Candidate).where(Candidate.url_hash == key)).first()
    if found is not None:
        return found
    listed = select(Entry.candidate_id).where(Entry.url_hash == key)
    return session.exec(select(Candidate).where(col(Candidate.id).in_(listed))).first()


def shortlist(app: Flask, world: World) -> list[str]:
    """Shortlist what will change in the world; returns the addresses."""
    urls = [row["url"] for row in world.data["updated_later"]]
    with app.extensions["database"].writing() as session:
        for url in urls:
            candidate = candidate_at(session, url)
            if candidate is not None and candidate.state == CandidateState.new:
                candidates.shortlist(session, candidate, by=None, now=clock.now())
        session.commit()
    return urls


def count(app: Flask) -> dict[str, int]:
    """Return how many candidates each address has."""
    with app.extensions["database"].reading() as session:
        rows = list(session.exec(select(Candidate.canonical_url)))
    return {url: rows.count(url) for url in set(rows)}


def report(app: Flask, wanted: list[str], before: dict[str, int]) -> int:
    """Say what became of each article; return 0 only when all are updates."""
    figures: dict[str, Any] = {"changed": len(wanted), "updates": 0, "kept_texts": 0}
    with app.extensions["database"].reading() as session:
        for url in wanted:
            candidate = candidate_at(session, url)
            version = candidate.text_version if candidate else 0
            texts = session.exec(
                select(CandidateText).where(
                    CandidateText.candidate_id == (candidate.id if candidate else 0)
                )
            ).all()
            figures["updates"] += version == 2
            figures["kept_texts"] += len(texts)
            print(f"version {version}  {url}")
        others = select(Candidate).where(col(Candidate.text_version) > 1)
        figures["all_updates"] = len(session.exec(others).all())
    figures["copies"] = sum(number > 1 for number in count(app).values())
    figures["candidates_before"] = sum(before.values())
    holds = figures["updates"] == len(wanted) > 0 and not figures["copies"]
    print(json.dumps({**figures, "holds": holds}))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
