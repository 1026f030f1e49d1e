"""Crawl pages a second against Scrapy + trafilatura on the same web, in the same run.

Ours runs in one process that does everything, in two (one fetches, one extracts), and as it is
installed on two cores (one fetches, two extract). Neither side's start-up counts: our workers
wait before the first address is given to them, and Scrapy's clock starts with its spider. A
figure is pages from the first request to the last row; the processor time is that of all our
processes, start-up included.
"""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from celery import Celery
from kombu import Connection

from config.settings import load
from editor.serve import Supervisor, children
from tests.acceptance import shared
from tests.acceptance.stage import Desk, World, fresh_desk, newsroom, sources_toml
from tests.bench.triage import processor_seconds

# one process that fetches and extracts takes both queues
BOTH = "crawl,extract"
CREW = ("broker", "crawl", "extract", "beat")
SCALE = os.environ.get("BENCH_SCALE", "12")
COPIES = os.environ.get("BENCH_COPIES", "6")


@dataclass(frozen=True)
class HurriedDesk(Desk):
    """A desk without pauses between requests: the web it reads is its own machine."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment with the gap at 0."""
        return {**super().environment, "ZHAIBIAN_HOST_GAP_MS": "0"}

    @contextmanager
    def working(self, processes: int) -> Iterator[None]:
        """Run the broker and so many working processes until they answer, and for the block."""
        os.environ.update(self.environment, ZHAIBIAN_EXTRACT_PROCESSES=str(max(processes - 1, 1)))
        settings = load()
        wanted = [child for child in children(settings) if child.name in CREW]
        if processes == 1:
            wanted = [child for child in wanted if child.name != "extract"]
            crawl = next(child for child in wanted if child.name == "crawl")
            crawl.command = [BOTH if word == "crawl" else word for word in crawl.command]
        with Supervisor(settings, wanted, print).running():
            _await_workers(settings.broker_url, len(wanted) - 2)
            yield


def _await_workers(broker_url: str, count: int, seconds: float = 60) -> None:
    """Wait until so many workers answer; raises SystemExit when they do not."""
    ends = time.monotonic() + seconds
    # a connection of its own: the pool would keep one to the broker of the run before
    with Celery(broker=broker_url) as celery, Connection(broker_url) as connection:
        while len(celery.control.ping(timeout=1, connection=connection)) < count:
            if time.monotonic() > ends:
                raise SystemExit("the workers did not start")


@dataclass(frozen=True)
class Figure:
    """What a crawl took; `server` is the processor time of the web it read."""

    pages: int
    seconds: float
    processor: float
    server: float = 0.0

    @property
    def rate(self) -> float:
        """Return pages a second."""
        return self.pages / self.seconds

    def __str__(self) -> str:
        each = self.processor / self.pages * 1000
        return (
            f"{self.pages} pages · {self.seconds:.1f} s · {self.rate:.1f} pages/s · "
            f"{each:.0f} ms processor time a page · server {self.server:.1f} s"
        )


def run() -> dict[str, str]:
    """Return both tables as printable values."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        with newsroom(shared() / "truth", "000", out, "--scale", SCALE) as world:
            world.control("/__faults?on=0", post=True)
            news = compared(without_delays(world, out), out, reset=True)
        with corpus_sites(out) as world:
            real = compared(world, out, reset=False)
    return {f"newsroom: {name}": value for name, value in news.items()} | {
        f"real pages: {name}": value for name, value in real.items()
    }


def without_delays(world: World, out: Path) -> World:
    """Return the world without the site that asks for pauses: we keep them, the peer does not."""
    sites = [site for site in world.data["sites"] if "crawl_delay_2" not in site["faults"]]
    data, path = world.data | {"sites": sites}, out / "hurried.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return World(path, data)


def compared(world: World, out: Path, *, reset: bool) -> dict[str, str]:
    """Return the peer's figures and ours with one to three processes, the server warm."""
    peer(world, out)
    runs: list[Figure] = []
    for processes in (0, 1, 2, 3):
        if reset:
            world.control("/__reset", post=True)
        before = children_seconds()
        figure = ours(world, out, processes) if processes else peer(world, out)
        runs.append(replace(figure, server=children_seconds() - before))
    scrapy, one, two, three = runs
    return {
        "Scrapy + trafilatura, one process": str(scrapy),
        "ours, one process for everything": str(one),
        "ours, two processes": str(two),
        "ours, three processes": str(three),
        "ours with one / Scrapy": f"{one.rate / scrapy.rate:.2f}",
        "ours with two / Scrapy": f"{two.rate / scrapy.rate:.2f}",
        "ours with three / Scrapy": f"{three.rate / scrapy.rate:.2f}",
        "two / one": f"{two.rate / one.rate:.2f}",
    }


@contextmanager
def corpus_sites(out: Path) -> Iterator[World]:
    """Serve real pages for as long as the block lasts."""
    path = out / "corpus.json"
    command = [sys.executable, "-m", "tests.bench.corpus_site", str(path), COPIES]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise SystemExit("the sites did not start")
        yield World(path, json.loads(path.read_text(encoding="utf-8")))
    finally:
        process.terminate()
        process.wait(10)


def children_seconds() -> float:
    """Return the processor time so far of the servers that run under this process."""
    own = os.getpid()
    pids = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    return sum(processor_seconds(int(pid)) for pid in pids)


def spent() -> float:
    """Return the processor time of all ended children and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peer(world: World, out: Path) -> Figure:
    """Return the figures of Scrapy with trafilatura, one process."""
    rows = out / "peer.db"
    rows.unlink(missing_ok=True)
    before = spent()
    command = [sys.executable, "-m", "tests.bench.scrapy_peer", str(world.path), str(rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    return Figure(figures["pages"], figures["seconds"], spent() - before)


def ours(world: World, out: Path, processes: int) -> Figure:
    """Return the figures of our crawl on a fresh installation."""
    desk = HurriedDesk(fresh_desk(out).folder)
    (out / "sources.toml").write_text(sources_toml(world.data), encoding="utf-8")
    desk.run("source", "import", str(out / "sources.toml"))
    desk.run("clock", "--set", world.data["default_now"])
    window = world.data["window"]
    month = datetime.fromisoformat(window["end_before"]).month
    desk.run("issue", "open", "--year", window["end"][:4], "--month", str(month), "--total", "25",
             "--opens", window["start_at"], "--closes", window["end_before"])  # fmt: skip
    if world.data["paste_links"]:
        links = out / "links.txt"
        links.write_text("\n".join(world.data["paste_links"]), encoding="utf-8")
        desk.run("paste", "--file", str(links), "--issue", "25")
    before = spent()
    with desk.working(processes):
        desk.run("crawl", "--issue", "25")
    return replace(measured(desk.folder / "zhaibian.db"), processor=spent() - before)


def measured(path: Path) -> Figure:
    """Return the candidates stored, and the seconds from the first request to the last of them."""
    with sqlite3.connect(path) as rows:
        (first,) = rows.execute("SELECT min(created_at) FROM fetch").fetchone()
        last, pages = rows.execute("SELECT max(created_at), count(*) FROM candidate").fetchone()
    took = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    return Figure(pages, took.total_seconds(), 0.0)
