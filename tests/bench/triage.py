"""Requests a second, p95 and processor time of the triage page, 20,000 candidates, over HTTP."""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx

from config.settings import load
from editor.broker import broker_command
from editor.store import migrate
from editor.store.db import Database
from tests.cast import NOW, PASSWORD, chief_ada, make_candidate, make_issue, make_source

CANDIDATES = 20_000
REQUESTS = 400
CLIENTS = 8
PORT = 8765
# eight clients at once make waitress tell of its queue at every request
QUIET_WEB = (
    "import logging; logging.getLogger('waitress.queue').setLevel(logging.ERROR);"
    "from editor.wsgi import main; main()"
)


def run() -> dict[str, str]:
    """Return the figures as printable values; web and broker run as in an installation."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        environment = {"ZHAIBIAN_DATA": folder, "ZHAIBIAN_SECRET_KEY": "bench",
                       "ZHAIBIAN_PORT": str(PORT), "PATH": "/usr/bin:/bin"}  # fmt: skip
        commands = [
            broker_command(load(environment)),
            (sys.executable, "-c", QUIET_WEB),
        ]
        running = [subprocess.Popen(command, env=environment) for command in commands]
        try:
            return measure(running[-1].pid)
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait()


def fill(folder: Path) -> None:
    """Make an installation with invented candidates spread over the window."""
    database = Database(f"sqlite:///{folder / 'zhaibian.db'}")
    migrate.upgrade(database)
    chance = random.Random(1)
    with database.writing() as session:
        issue = make_issue(session)
        chief_ada(session)
        source = make_source(session)
        span = issue.closes_at - issue.opens_at
        for number in range(CANDIDATES):
            make_candidate(
                session,
                source_id=source.id,
                title=f"云州：第 {number} 号措施 助力产业升级",
                published_at=issue.opens_at + span * chance.random(),
                seen_at=NOW - timedelta(minutes=number),
            )
        session.commit()
    database.close()


def measure(web: int) -> dict[str, str]:
    """Log in once a client and ask for the page again and again; `web` is the server's process."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = list(pool.map(lambda _: logged_in(), range(CLIENTS)))
        list(pool.map(lambda client: client.get("/triage"), clients))
        before = processor_seconds(web)
        started = time.perf_counter()
        shares = pool.map(ask, clients)
        times = sorted(seconds for share in shares for seconds in share)
        wall = time.perf_counter() - started
        used = processor_seconds(web) - before
    p95 = times[int(len(times) * 0.95)]
    return {
        "candidates · clients": f"{CANDIDATES} · {CLIENTS}",
        "requests/s": f"{len(times) / wall:.1f}",
        "processor time a page (ms)": f"{used / len(times) * 1000:.1f}",
        "median · p95 (ms)": f"{times[len(times) // 2] * 1000:.0f} · {p95 * 1000:.0f}",
    }


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process so far (man proc: fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def logged_in() -> httpx.Client:
    """Return a client whose session is logged in."""
    client = httpx.Client(base_url=f"http://127.0.0.1:{PORT}", trust_env=False, timeout=30)
    for _ in range(100):
        try:
            page = client.get("/login")
            break
        except httpx.ConnectError:
            time.sleep(0.2)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token, "the login form has no token"
    form = {"email": "ada@yunzhou.example", "password": PASSWORD, "csrf_token": token[1]}
    answer = client.post("/login", data=form)
    assert answer.status_code == 303, answer.status_code
    return client


def ask(client: httpx.Client) -> list[float]:
    """Return the seconds of each request."""
    times = []
    for _ in range(REQUESTS // CLIENTS):
        started = time.perf_counter()
        client.get("/triage").raise_for_status()
        times.append(time.perf_counter() - started)
    return times
