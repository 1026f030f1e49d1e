"""A served desk with one slow source, for tests that kill what serves it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.running_desk import RunningDesk
from tests.faults.small_web import start_site


@contextmanager
def killable_desk(folder: Path) -> Iterator[tuple[RunningDesk, dict[str, int]]]:
    """Give a running desk in `folder` and the hits of its only source by path."""
    server, hits = start_site()
    address = f"127.0.0.1:{server.server_address[1]}"
    desk = RunningDesk(folder, address.replace(":", "@"))
    desk.run("init", "--profile", "config/publications/digest.toml")
    desk.run("clock", "--set", "2026-06-20T10:00:00+08:00")
    desk.run("issue", "open", "--year", "2026", "--month", "6", "--total", "60")
    desk.run("source", "add", f"http://{address}/feed.xml", "--name", "临澜晚报")
    desk.serve()
    try:
        yield desk, hits
    finally:
        desk.stop()
        server.shutdown()


def candidates(desk: RunningDesk) -> list[dict[str, Any]]:
    """Return the candidates as the command line exports them."""
    lines = desk.run("candidates", "export", "--issue", "60").splitlines()
    return [json.loads(line) for line in lines]
