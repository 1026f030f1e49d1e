"""Every service of docker-compose.yml, by its own command, against real PostgreSQL and Redis.

There need be no Docker engine: the commands are read from the files that Docker reads and are
started here; only addresses and folders are other ones. Then they do a small issue together.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery import Celery
from redis import Redis
from redis.exceptions import RedisError

from tests.faults.running_desk import answers, free_port, wait_until
from tests.faults.small_web import ARTICLES, start_site
from tests.needs import missing
from tests.postgres import Server

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.postgres]

COMPOSE: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = Path("Dockerfile").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
WORKERS = ["crawl", "extract", "layout", "export"]
CREW = {f"{name}@{socket.gethostname()}" for name in WORKERS}
STOP_SECONDS = int(COMPOSE["x-desk"]["stop_grace_period"].removesuffix("s"))
FILLED_IN = {"POSTGRES_PASSWORD": "check", "ZHAIBIAN_SECRET_KEY": "only for tests"}
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


def filled_in(text: str) -> str:
    """Return the text with its `${NAME:-default}` replaced, as Docker does it with our .env."""

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if kind == "?":
            return FILLED_IN[name]
        return FILLED_IN.get(name, default or "")

    return VARIABLE.sub(value, text)


def image_command() -> list[str]:
    """Return what the image runs when a service names no command."""
    found = re.search(r"^CMD (\[.*?\])$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    assert found, "the Dockerfile has no CMD"
    return json.loads(found[1])


def command_of(name: str) -> list[str]:
    return SERVICES[name].get("command") or image_command()


@dataclass
class Ship:
    """The services as processes; each writes its log beside the others."""

    folder: Path
    environment: dict[str, str]
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a service by its command; only its port and its scratch file are ours."""
        words = [
            word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}").replace(
                "/tmp/", f"{self.folder}/"
            )
            for word in command_of(name)
        ]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                words, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        return self.running[name]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def run(self, *words: str) -> str:
        """Run a command in a container, as an administrator does; returns its answer."""
        done = subprocess.run(
            [str(BIN / "zhaibian"), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def stop(self) -> dict[str, int]:
        """Stop everything as Docker does; returns how each service ended."""
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        codes = {}
        for name, process in self.running.items():
            try:
                codes[name] = process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait()
        return codes


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Start Debian's Redis by the command in the file, on a free port of this machine."""
    if shutil.which("redis-server") is None:
        missing("redis-server is not installed (apt-get install redis-server)")
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    private = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    server = subprocess.Popen([*command_of("redis"), *private], stdout=subprocess.DEVNULL)
    client = Redis(port=port)

    def ready() -> bool:
        try:
            return bool(client.ping())
        except RedisError:
            return False

    wait_until(ready, 20, "Redis answers")
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    client.close()
    yield port
    server.terminate()
    assert server.wait(20) == 0


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server, _ = start_site()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="module")
def ship(
    postgres_server: Server, redis_port: int, site: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ship]:
    """Start migrate, and when it has ended all the others, as depends_on says."""
    folder = tmp_path_factory.mktemp("ship")
    named = {key: filled_in(value) for key, value in SERVICES["web"]["environment"].items()}
    assert named["ZHAIBIAN_DATABASE_URL"] == "postgresql+psycopg://zhaibian:check@postgres/zhaibian"
    assert named["ZHAIBIAN_BROKER_URL"] == "redis://redis:6379/0"
    with postgres_server.empty_database() as database:
        environment = {
            **{key: value for key, value in os.environ.items() if "ZHAIBIAN" not in key},
            **named,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "ZHAIBIAN_DATA": str(folder / "data"),
            "ZHAIBIAN_DATABASE_URL": database.url,
            "ZHAIBIAN_BROKER_URL": f"redis://127.0.0.1:{redis_port}/0",
            "ZHAIBIAN_ALLOW_INTERNAL": site.replace(":", "@"),
            "ZHAIBIAN_HOST_GAP_MS": "50",
        }
        ship = Ship(folder, environment, free_port())
        try:
            assert ship.start("migrate").wait(120) == 0, ship.log("migrate")
            del ship.running["migrate"]
            for name in SERVICES:
                if name not in ("postgres", "redis", "migrate"):
                    ship.start(name)
            wait_until(lambda: answers(ship.port), 90, "the web listens")
            wait_until(lambda: names_of(ship) >= CREW, 90, f"{sorted(CREW)} answer")
            yield ship
        finally:
            ship.stop()


# --- what is written in the files ----------------------------------------------------------------


def test_the_file_names_the_services_of_the_house():
    assert set(SERVICES) == {
        "postgres",
        "redis",
        "migrate",
        "web",
        "beat",
        *(f"worker-{name}" for name in WORKERS),
    }


def test_every_service_of_ours_waits_for_the_tables_and_shares_the_files():
    for name, service in SERVICES.items():
        if not service["image"].startswith("zhaibian/"):
            continue
        assert "files:/data" in service["volumes"]
        waits = service["depends_on"]
        if name == "migrate":
            assert waits == {"postgres": {"condition": "service_healthy"}}
        else:
            assert waits["migrate"] == {"condition": "service_completed_successfully"}
            assert waits["redis"] == {"condition": "service_healthy"}


def test_everything_that_the_image_copies_is_there_and_not_ignored():
    ignored = Path(".dockerignore").read_text(encoding="utf-8").split()
    copied = [
        word
        for line in DOCKERFILE.replace("\\\n", "").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in shlex.split(line)[1:-1]
    ]
    assert {"config", "editor", "workers", "templates", "pyproject.toml"} <= set(copied)
    for name in copied:
        assert Path(name).exists(), name
        assert name not in ignored


def test_every_variable_that_must_be_filled_in_stands_in_the_example():
    named = {found[1] for found in VARIABLE.finditer(Path("docker-compose.yml").read_text("utf-8"))}
    example = Path(".env.example").read_text(encoding="utf-8")
    assert named == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


# --- what runs -----------------------------------------------------------------------------------


def test_the_web_answers(ship: Ship):
    for path in ("/alive", "/login"):
        with urllib.request.urlopen(f"http://127.0.0.1:{ship.port}{path}", timeout=20) as answer:
            assert answer.status == 200
    asks, *words = SERVICES["web"]["healthcheck"]["test"]
    assert asks == "CMD"
    words = [word.replace("127.0.0.1:8000", f"127.0.0.1:{ship.port}") for word in words]
    subprocess.run(words, env=ship.environment, check=True, timeout=20)


def names_of(ship: Ship) -> set[str]:
    """Return the workers that answer now."""
    celery = Celery(broker=ship.environment["ZHAIBIAN_BROKER_URL"])
    replies: list[dict[str, Any]] = celery.control.ping(timeout=2.0)
    return {name for reply in replies for name in reply}


def test_every_worker_answers_under_its_name_and_serves_its_queue(ship: Ship):
    assert names_of(ship) == CREW
    celery = Celery(broker=ship.environment["ZHAIBIAN_BROKER_URL"])
    queues = celery.control.inspect(timeout=5.0).active_queues()
    served = {name.partition("@")[0]: [each["name"] for each in queues[name]] for name in CREW}
    assert served == {name: [name] for name in WORKERS}


def test_a_small_issue_is_crawled_taken_and_printed(ship: Ship, site: str, tmp_path: Path):
    ship.run("publication", "load", "config/publications/digest.toml", "--yes")
    ship.run("clock", "--set", "2026-06-20T10:00:00+08:00")
    ship.run("issue", "open", "--year", "2026", "--month", "6", "--total", "60")
    ship.run("source", "add", f"http://{site}/feed.xml", "--name", "临澜晚报")
    ship.run("crawl", "--issue", "60")
    rows = [json.loads(line) for line in ship.run("candidates", "export").splitlines()]
    titles = Counter(row["title"] for row in rows)
    assert len(titles) == ARTICLES and set(titles.values()) == {1}
    chosen = [str(row["id"]) for row in rows[:6]]
    ship.run("take", *chosen, "--section", "国内动态", "--issue", "60")
    target = tmp_path / "60.pdf"
    ship.run("export", str(target), "--issue", "60", "--format", "pdf")
    assert target.read_bytes().startswith(b"%PDF")


def test_beat_rings_and_a_worker_hears_it(ship: Ship):
    wait_until(
        lambda: "Sending due task tick" in ship.log("beat"), 60, f"beat rings\n{ship.log('beat')}"
    )
    wait_until(
        lambda: bool(re.search(r"timetable\.tick\[[^]]+\] succeeded", ship.log("worker-crawl"))),
        30,
        "a worker does what beat rang for",
    )


def test_all_services_live_until_they_are_told_to_stop(ship: Ship):
    dead = {name: ship.log(name) for name, each in ship.running.items() if each.poll() is not None}
    assert dead == {}
    for name in ship.running:
        assert "Traceback" not in ship.log(name), ship.log(name)
    codes = ship.stop()
    assert set(codes.values()) == {0}, codes
