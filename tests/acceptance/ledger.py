"""Live through one window in half days, with feeds that roll over, and check the ledger.

python -m tests.acceptance.ledger --issue 000 --out OUT/ [--seed N] [--scale 12]
    [--stop DAYS | --outage DAYS]

`--stop` stops the workers for so many world days, `--outage` has every site answer 503. What the
ledger names is compared with the newsroom's own gaps. Prints a table and, as the last line, one
JSON object with every figure; exit 0 only when all that must hold holds.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from config.settings import load
from editor import clock
from editor.app import create_app
from editor.commands.collecting import at_work, ring
from editor.commands.crew import crew
from editor.commands.office import Office
from editor.desk import publications, sources
from editor.store.clock_offset import set_clock
from editor.store.models import HostGate
from tests.acceptance import shared
from tests.acceptance.compiling import open_real_issue
from tests.acceptance.stage import Desk, World, fresh_desk, newsroom, sources_toml
from tests.acceptance.truth import read_issue

STEP = timedelta(hours=12)
REFUSED = "out_of_window,undated"
GOOD = ("ok", "not_modified", "empty")
PATIENCE = 600.0
TRIES = 5
FLOOR = 0.995
# the trouble starts in the middle of the window, when the feeds are full
TROUBLE_DAY = 12

Intervals = list[tuple[str, str]]


@dataclass(frozen=True)
class Trouble:
    """Three days or so in which nothing is read: half-open, in world time."""

    kind: str
    starts: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether it lasts at this moment."""
        return self.starts <= moment < self.ends


def main(words: Sequence[str] | None = None) -> int:
    """Run it all; return the exit code."""
    options = arguments(words)
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    truth = read_issue(options.truth, options.issue)
    desk = fresh_desk(out)
    os.environ.update(desk.environment | {"ZHAIBIAN_HOST_GAP_MS": str(options.gap)})
    drawn = ("--seed", str(options.seed), "--scale", str(options.scale))
    with newsroom(options.truth, options.issue, out, *drawn) as world:
        open_real_issue(create_app(load()), truth, world.data["window"])
        started = time.monotonic()
        steps = list(moments(world.data))
        trouble = trouble_of(options, steps)
        live_through(desk, world, steps, trouble, truth.total, out)
        seconds = round(time.monotonic() - started, 1)
        figures = {"steps": len(steps), "seconds": seconds, **judge(desk, world, steps, truth, out)}
    return report(figures)


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line, or these words of one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issue", required=True, help="NNN of the truth folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for all that is made")
    parser.add_argument("--truth", type=Path, default=shared() / "truth")
    parser.add_argument("--seed", type=int, default=1, help="another world of the same issue")
    parser.add_argument("--scale", type=int, default=12, help="how many articles a site writes")
    parser.add_argument("--gap", type=int, default=20, help="milliseconds between requests")
    parser.add_argument("--stop", type=int, default=0, help="world days without workers")
    parser.add_argument("--outage", type=int, default=0, help="world days without any site")
    return parser.parse_args(words)


def moments(world: dict[str, Any]) -> Iterator[datetime]:
    """Yield the half days of the window, then the world's present."""
    now, end = (datetime.fromisoformat(world["window"][key]) for key in ("start_at", "end_before"))
    last = datetime.fromisoformat(world["default_now"])
    while now < min(end, last):
        yield now
        now += STEP
    yield last


def trouble_of(options: argparse.Namespace, steps: Sequence[datetime]) -> Trouble | None:
    """Return what goes wrong, and when; None when nothing does."""
    days = options.stop or options.outage
    if not days:
        return None
    starts = steps[0] + timedelta(days=TROUBLE_DAY)
    return Trouble("stop" if options.stop else "outage", starts, starts + timedelta(days=days))


# --- the window --------------------------------------------------------------------------------


def live_through(
    desk: Desk,
    world: World,
    steps: Sequence[datetime],
    trouble: Trouble | None,
    total: int,
    out: Path,
) -> None:
    """Move both clocks through the window; the workers do what falls due at each step."""
    (out / "sources.toml").write_text(sources_toml(world.data), encoding="utf-8")
    links = out / "links.txt"
    links.write_text("\n".join(world.data["paste_links"]), encoding="utf-8")
    set_clocks(Office(), world, steps[0])
    desk.run("source", "import", str(out / "sources.toml"))
    stopped = trouble if trouble and trouble.kind == "stop" else None
    before = [step for step in steps if stopped is None or step < stopped.starts]
    after = [step for step in steps if stopped is not None and step >= stopped.ends]
    work(world, before, trouble)
    if after:
        work(world, after, trouble)
    desk.run("paste", "--file", str(links), "--issue", str(total), "--wait")


def work(world: World, steps: Sequence[datetime], trouble: Trouble | None) -> None:
    """Run the workers for these steps, as `zhaibian serve` does."""
    office = Office()
    with crew(office, "crawl", "extract", "beat"):
        for step in steps:
            down = trouble is not None and trouble.kind == "outage" and trouble.holds(step)
            world.control(f"/__outage?on={int(down)}", post=True)
            set_clocks(office, world, step)
            settle(office)
            print(step.isoformat(), "out" if down else "", flush=True)
        settle(office, wholly=True)


def set_clocks(office: Office, world: World, now: datetime) -> None:
    """Make it `now` in the world and at the desk."""
    world.control(f"/__clock?now={now.isoformat().replace('+', '%2B')}", post=True)
    for left in reversed(range(TRIES)):
        try:
            with office.database.writing() as session:
                set_clock(session, now)
                session.commit()
            return
        except OperationalError:
            # on a crowded machine, writers may keep the database for longer than one waits
            if not left:
                raise


def settle(office: Office, *, wholly: bool = False) -> None:
    """Wait until nothing is due; `wholly` also for what is tried again within a minute."""
    deadline, quiet = time.monotonic() + PATIENCE, 0
    while quiet < 2:
        if time.monotonic() > deadline:
            raise SystemExit("the workers do not come to an end")
        ring(office)
        time.sleep(0.4)
        quiet = 0 if busy(office, wholly=wholly) else quiet + 1


def busy(office: Office, *, wholly: bool) -> bool:
    """Whether some host has work now, or is held by a worker."""
    with office.database.reading() as session:
        publication = publications.only_publication(session, None)
        held = session.exec(
            select(HostGate.host).where(col(HostGate.lease_until) >= clock.real()).limit(1)
        ).first()
        due = sources.hosts_due(session, clock.now())
        return bool(held or due or (wholly and at_work(session, publication)))


# --- what came of it ---------------------------------------------------------------------------


def judge(
    desk: Desk, world: World, steps: Sequence[datetime], truth: Any, out: Path
) -> dict[str, Any]:
    """Score the candidates, and compare the ledger with what rolled over."""
    rows, scores = out / "candidates.jsonl", out / "scores.json"
    fetches, ledger = out / "fetches.jsonl", out / "ledger.jsonl"
    total = str(truth.total)
    desk.run("candidates", "export", "--issue", total, "--jsonl", str(rows))
    desk.run("fetches", "export", "--jsonl", str(fetches))
    desk.run("ledger", "--issue", total, "--jsonl", str(ledger))
    command = [sys.executable, str(shared() / "newsroom" / "score.py"), str(rows), str(world.path)]
    command += ["--refused", REFUSED, "--reachable", "now,earlier", "--json", str(scores)]
    subprocess.run(command, check=True)
    score = json.loads(scores.read_text(encoding="utf-8"))
    readings = readings_of(world.data, lines_of(fetches), steps)
    expected = expected_gaps(world.data, readings)
    named = named_gaps(world.data, lines_of(ledger), steps)
    differences = compare(expected, named)
    return {
        "recall": score["recall"]["articles"],
        "stored_twice": score["stored_twice"],
        "admitted_out_of_window": score["admitted_out_of_window"],
        "gaps_expected": sum(len(site["intervals"]) for site in expected.values()),
        "gaps_equal": not differences,
        "gaps_different": differences,
        **recovery(world.data, expected, set(score["missed_urls"])),
    }


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return a file's JSON objects."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def readings_of(
    world: dict[str, Any], fetches: Sequence[dict[str, Any]], steps: Sequence[datetime]
) -> dict[str, list[datetime]]:
    """Return the steps at which each feed was read with success."""
    sites = {site["feed_url"]: site["name"] for site in world["sites"] if site["feed_url"]}
    found: dict[str, set[datetime]] = {name: set() for name in sites.values()}
    for row in fetches:
        if row["url"] in sites and row["outcome"] in GOOD:
            found[sites[row["url"]]].add(step_of(datetime.fromisoformat(row["at"]), steps))
    return {name: sorted(read) for name, read in found.items()}


def step_of(moment: datetime, steps: Sequence[datetime]) -> datetime:
    """Return the step during which something happened."""
    return max((step for step in steps if step <= moment), default=steps[0])


def expected_gaps(
    world: dict[str, Any], readings: dict[str, list[datetime]]
) -> dict[str, dict[str, Any]]:
    """Return what the newsroom says rolled out of each feed between its readings."""
    sys.path.insert(0, str(shared() / "newsroom"))
    import gaps  # type: ignore[import-not-found]

    return {name: gaps.gaps(world, read)[name] for name, read in readings.items()}


def named_gaps(
    world: dict[str, Any], ledger: Sequence[dict[str, Any]], steps: Sequence[datetime]
) -> dict[str, Intervals]:
    """Return the gaps that the ledger names for the feed sites, each begun at its step.

    A gap in which the list page showed nothing that was missing is none.
    """
    zone = datetime.fromisoformat(world["window"]["start_at"]).tzinfo
    feeds = {site["name"] for site in world["sites"] if site["feed_url"]}
    found: dict[str, Intervals] = {name: [] for name in feeds}
    for line in ledger:
        for hole in line["holes"] if line["name"] in feeds else ():
            if hole["state"] == "filled" and not hole["recovered"]:
                continue
            after = step_of(datetime.fromisoformat(hole["after"]), steps).astimezone(zone)
            found[line["name"]].append((after.isoformat(), hole["before"]))
    return found


def compare(expected: dict[str, dict[str, Any]], named: dict[str, Intervals]) -> list[str]:
    """Return a line for every site whose gaps differ."""
    lines = []
    for name, site in sorted(expected.items()):
        wanted = {tuple(interval) for interval in site["intervals"]}
        got = set(named.get(name, ()))
        lines += [f"{name}: not named {after} — {before}" for after, before in sorted(wanted - got)]
        lines += [f"{name}: no gap {after} — {before}" for after, before in sorted(got - wanted)]
    return lines


def recovery(
    world: dict[str, Any], expected: dict[str, dict[str, Any]], lost: set[str]
) -> dict[str, Any]:
    """Return how much of what rolled over was recovered where a list page shows it."""
    lists = {site["name"] for site in world["sites"] if site["list_url"]}
    had = {row["canonical_url"] for row in world["expected"] if row["reachable"] != "never"}
    missed = [url for name in lists for url in expected.get(name, {}).get("missed", ())]
    can = [url for url in missed if url in had]
    back = [url for url in can if url not in lost]
    return {
        "missed": sum(len(site["missed"]) for site in expected.values()),
        "on_a_list": len(can),
        "recovered": len(back),
        "recovered_share": len(back) / len(can) if can else 1.0,
    }


def report(figures: dict[str, Any]) -> int:
    """Print the table, the differences and the JSON line; return 0 only when all holds."""
    held = {
        "recall": figures["recall"] >= FLOOR,
        "stored_twice": figures["stored_twice"] == 0,
        "gaps_equal": figures["gaps_equal"],
        "recovered_share": figures["recovered_share"] == 1.0,
    }
    for line in figures["gaps_different"]:
        print(line)
    for name, value in figures.items():
        if name != "gaps_different":
            mark = "" if name not in held else ("ok" if held[name] else "FAILS")
            print(f"{name:26} {value!s:>10}  {mark}")
    print(json.dumps({**figures, "holds": all(held.values())}, ensure_ascii=False))
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
