"""Crawl the replayed web twice with two crawl workers, and read its own statistics of our manners.

python -m tests.acceptance.politeness --issue 000 --out OUT/ [--broker redis|embedded] [--seed N]

Prints a table and, as the last line, one JSON object with every figure; exit 0 only when all
that must hold holds.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from flask import Flask
from sqlmodel import Session, col, func, select

from config.settings import Settings, load
from editor.commands.crew import broker_answers
from editor.serve import Child, Supervisor, children
from editor.store.models import Capture, CrawlRun, Fetch, Source
from editor.workflow import Outcome
from tests.acceptance import shared
from tests.acceptance.compiling import open_real_issue
from tests.acceptance.newsroom import prepare
from tests.acceptance.stage import CONTACT, Desk, World, newsroom, opened_desk
from tests.acceptance.truth import read_issue

GAP_MS = 1000
DELAY_MS = 2000
CREW = ("broker", "crawl", "extract", "beat")

MUST: dict[str, Callable[[float], bool]] = {
    "workers_that_crawled": lambda value: value == 2,
    "max_concurrency": lambda value: value == 1,
    "min_gap_ms": lambda value: value >= GAP_MS,
    "crawl_delay_gap_ms": lambda value: value >= DELAY_MS,
    "disallowed_requests": lambda value: value == 0,
    "secret_hits": lambda value: value == 0,
    "private_hits": lambda value: value == 0,
    "internal_hits": lambda value: value == 0,
    "agents_without_contact": lambda value: value == 0,
    "robots_asked_most": lambda value: value == 1,
    "listings_answered_304": lambda value: value == 1,
    "listings_known_by_hash": lambda value: value == 1,
    "listings_parsed_again": lambda value: value == 0,
    "new_captures": lambda value: value == 0,
    "pages_sent_again": lambda value: value == 0,
}


def main() -> int:
    """Crawl twice and judge; return the exit code."""
    options = arguments()
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    truth = read_issue(options.truth, options.issue)
    with broker(options.broker) as address:
        os.environ.update({"ZHAIBIAN_BROKER_URL": address} if address else {})
        desk, app = opened_desk(out)
        seed = ("--seed", str(options.seed))
        with newsroom(options.truth, options.issue, out, *seed) as world, workers(load()):
            open_real_issue(app, truth, world.data["window"])
            prepare(desk, world, truth.total, out)
            first = crawled(desk, app, world, truth.total)
            second = crawled(desk, app, world, truth.total)
            busy = workers_that_crawled(app)
    figures = {"workers_that_crawled": busy, **manners(world.data, second.stats)}
    return report(figures | second_visit(world.data, first, second))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--issue", required=True, help="NNN of the truth folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for all that is made")
    parser.add_argument("--broker", choices=("redis", "embedded"), default="embedded")
    parser.add_argument("--truth", type=Path, default=shared() / "truth")
    parser.add_argument("--seed", type=int, default=1, help="another world of the same issue")
    return parser.parse_args()


# --- what runs ---------------------------------------------------------------------------------


@contextmanager
def broker(kind: str) -> Iterator[str]:
    """Run a Redis server of our own and give its address; "" leaves the desk its embedded one."""
    if kind == "embedded":
        yield ""
        return
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is not installed: apt install redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    server = subprocess.Popen([*command, "--appendonly", "no"], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def workers(settings: Settings) -> Iterator[None]:
    """Run what an office with two crawl workers runs, for as long as the block lasts."""
    wanted = [child for child in children(settings) if child.name in CREW]
    wanted += [second(child) for child in wanted if child.name == "crawl"]
    supervisor = Supervisor(settings, wanted, lambda text: print(text, file=sys.stderr))
    with supervisor.running():
        watch = threading.Thread(target=supervisor.watch, daemon=True)
        watch.start()
        try:
            deadline = time.monotonic() + 30
            while not broker_answers(settings.broker_url) and time.monotonic() < deadline:
                time.sleep(0.1)
            yield
        finally:
            supervisor.stopping = True
            watch.join()


def second(child: Child) -> Child:
    """Return the same worker under another name."""
    command = ["second@%h" if word == "crawl@%h" else word for word in child.command]
    return replace(child, name="second", command=command)


@dataclass(frozen=True)
class Round:
    """What there was after a crawl: the web's statistics and our own rows of that round."""

    stats: dict[str, Any]
    listings: dict[str, list[Fetch]]
    captures: int
    seconds: float


def crawled(desk: Desk, app: Flask, world: World, total: int) -> Round:
    """Crawl everything once; all sources are due."""
    started = time.monotonic()
    desk.run("crawl", "--issue", str(total))
    seconds = round(time.monotonic() - started, 1)
    with app.extensions["database"].reading() as session:
        captures = session.exec(select(func.count(col(Capture.id)))).one()
        return Round(world.control("/__stats"), listings(session), captures, seconds)


def listings(session: Session) -> dict[str, list[Fetch]]:
    """Return the last round's fetches of listings, by the name of their source."""
    run = session.exec(select(func.max(CrawlRun.id))).one()
    rows = session.exec(
        select(Source.name, Fetch)
        .join(Fetch, col(Fetch.source_id) == Source.id)
        .where(Fetch.run_id == run, col(Fetch.entry_id).is_(None))
        .order_by(col(Fetch.id))
    )
    found: dict[str, list[Fetch]] = {}
    for name, fetch in rows:
        if not fetch.detail.startswith("picture:"):
            found.setdefault(name, []).append(fetch)
    return found


def workers_that_crawled(app: Flask) -> int:
    """Return how many worker processes did crawl tasks, by their own count."""
    told = app.extensions["celery"].control.inspect(timeout=5).stats() or {}
    return sum("crawl_host" in " ".join(stats["total"]) for stats in told.values())


# --- judging -----------------------------------------------------------------------------------


def manners(world: Mapping[str, Any], stats: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the web's statistics say of both crawls together."""
    sites = stats["sites"]
    slow = {site["name"] for site in world["sites"] if "crawl_delay_2" in site["faults"]}
    return {
        "requests": stats["total_hits"],
        "max_concurrency": max(site["max_concurrency"] for site in sites.values()),
        "min_gap_ms": shortest(sites.values()),
        "crawl_delay_gap_ms": shortest(sites[name] for name in slow & sites.keys()),
        "disallowed_requests": sum(
            disallowed(site, sites[site["name"]]["paths"])
            for site in world["sites"]
            if site["name"] in sites
        ),
        "secret_hits": stats["secret_hits"],
        "private_hits": stats["private_hits"],
        "internal_hits": stats["internal_hits"],
        "agents_without_contact": sum(f"(+{CONTACT})" not in name for name in stats["user_agents"]),
        "robots_asked_most": max(site["paths"].get("/robots.txt", 0) for site in sites.values()),
    }


def shortest(sites: Any) -> float:
    """Return the shortest gap of any of the sites, in milliseconds."""
    gaps = [site["min_gap_ms"] for site in sites if site["min_gap_ms"] is not None]
    return min(gaps, default=0.0)


def disallowed(site: Mapping[str, Any], paths: Mapping[str, int]) -> int:
    """Return how many requests the site's robots.txt forbids, as Python's own parser reads it."""
    rules = RobotFileParser()
    rules.parse((site["robots"] or "").splitlines())
    return sum(count for path, count in paths.items()
               if path != "/robots.txt" and not rules.can_fetch("zhaibian", path))  # fmt: skip


def second_visit(world: Mapping[str, Any], first: Round, second: Round) -> dict[str, Any]:
    """Return what the second crawl asked for, and whether it knew again what had not changed."""
    sites = [site for site in world["sites"] if site["feed_url"] or site["list_url"]]
    marked = [site for site in sites if site["validators"] != "none"]
    plain = [site for site in sites if site["validators"] == "none"]
    by_mark = [site for site in marked if known(second, site) == (304,)]
    by_hash = [site for site in plain if known(second, site) == (200,)]
    for site in marked + plain:
        if site not in by_mark + by_hash:
            print(f"{site['name']} ({site['validators']}): {told(second, site)}")
    fetches = [fetch for rows in second.listings.values() for fetch in rows]
    return {
        "sites_with_validators": len(marked),
        "sites_without": len(plain),
        "listings_answered_304": round(len(by_mark) / max(len(marked), 1), 4),
        "listings_known_by_hash": round(len(by_hash) / max(len(plain), 1), 4),
        "listings_parsed_again": sum(fetch.entries > 0 for fetch in fetches),
        "answers_304_counted": second.stats["not_modified"] - first.stats["not_modified"],
        "new_captures": second.captures - first.captures,
        "pages_sent_again": sent_again(world, first, second),
        "second_requests": second.stats["total_hits"] - first.stats["total_hits"],
        "first_seconds": first.seconds,
        "second_seconds": second.seconds,
    }


def known(crawl: Round, site: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Return the statuses with which the site's listing was found to be unchanged."""
    rows = crawl.listings.get(site["name"], [])
    return tuple(fetch.http_status for fetch in rows if fetch.outcome == Outcome.not_modified)


def told(crawl: Round, site: Mapping[str, Any]) -> str:
    """Return how the site's listing was read, for a person."""
    rows = crawl.listings.get(site["name"], [])
    return "; ".join(f"{fetch.url} {fetch.outcome} {fetch.http_status} {fetch.detail}"
                     for fetch in rows) or "not asked"  # fmt: skip


def sent_again(world: Mapping[str, Any], first: Round, second: Round) -> int:
    """Return how many requests the second crawl made for articles that the first had."""
    had = {(article["site"], urlsplit(url)._replace(scheme="", netloc="").geturl())
           for article in world["expected"] if article["reachable"] != "never"
           for url in article["all_urls"]}  # fmt: skip
    return sum(
        count - first.stats["sites"].get(name, {"paths": {}})["paths"].get(path, 0)
        for name, site in second.stats["sites"].items()
        for path, count in site["paths"].items()
        if (name, path) in had
    )


def report(figures: dict[str, Any]) -> int:
    """Print the table and the JSON line; return 0 only when all that must hold holds."""
    held = {name: rule(figures[name]) for name, rule in MUST.items()}
    for name, value in figures.items():
        mark = "" if name not in held else ("ok" if held[name] else "FAILS")
        print(f"{name:26} {value!s:>10}  {mark}")
    print(json.dumps({**figures, "holds": all(held.values())}))
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
