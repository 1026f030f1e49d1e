"""Crawl pages a second against Scrapy + trafilatura on the same replayed web, same run."""

import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from tests.acceptance import shared
from tests.acceptance.stage import Desk, World, fresh_desk, newsroom, sources_toml

SCALE = "12"


class HurriedDesk(Desk):
    """A desk without pauses between requests: the web it reads is its own machine."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment with the gap at 0."""
        return {**super().environment, "ZHAIBIAN_HOST_GAP_MS": "0"}


def run() -> dict[str, str]:
    """Return the figures as printable values."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        with newsroom(shared() / "truth", "000", out, "--scale", SCALE) as world:
            world.control("/__faults?on=0", post=True)
            peer_pages, peer_seconds = peer(world, out)
            world.control("/__reset", post=True)
            pages, seconds = ours(world, out)
    return {
        "ours: pages · seconds · pages/s": f"{pages} · {seconds:.1f} · {pages / seconds:.1f}",
        "Scrapy + trafilatura: pages · seconds · pages/s": (
            f"{peer_pages} · {peer_seconds:.1f} · {peer_pages / peer_seconds:.1f}"
        ),
        "ratio ours / peer": f"{pages / seconds / (peer_pages / peer_seconds):.2f}",
    }


def peer(world: World, out: Path) -> tuple[int, float]:
    """Return the pages and seconds of Scrapy with trafilatura, one process."""
    command = [sys.executable, "-m", "tests.bench.scrapy_peer", str(world.path),
               str(out / "peer.db")]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    return figures["pages"], figures["seconds"]


def ours(world: World, out: Path) -> tuple[int, float]:
    """Return the pages and seconds of our crawl, worker start-up included."""
    desk = HurriedDesk(fresh_desk(out).folder)
    (out / "sources.toml").write_text(sources_toml(world.data), encoding="utf-8")
    desk.run("source", "import", str(out / "sources.toml"))
    desk.run("clock", "--set", world.data["default_now"])
    window = world.data["window"]
    month = datetime.fromisoformat(window["end_before"]).month
    desk.run("issue", "open", "--year", window["end"][:4], "--month", str(month), "--total", "25",
             "--opens", window["start_at"], "--closes", window["end_before"])  # fmt: skip
    links = out / "links.txt"
    links.write_text("\n".join(world.data["paste_links"]), encoding="utf-8")
    desk.run("paste", "--file", str(links), "--issue", "25")
    started = time.monotonic()
    desk.run("crawl", "--issue", "25")
    seconds = time.monotonic() - started
    rows = desk.run("candidates", "export", "--issue", "25").splitlines()
    return len(rows), seconds
