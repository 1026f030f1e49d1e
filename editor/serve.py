"""`zhaibian serve`: web, workers, beat and broker under one supervisor.

Starts in order, restarts what dies (with a growing pause), stops in reverse order. Every child
dies with the supervisor, even when that is killed outright.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import IO

from config.settings import Settings, socket_path
from editor.broker import broker_command
from editor.errors import Conflict, Unusable
from editor.processes import die_with

LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
STOP_SECONDS = 12.0


@dataclass
class Child:
    """One process under the supervisor; `pause` grows with each early death."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float = 0.0
    pause: float = 0.5
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start the process; it goes when we go."""
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid()),
        )
        self.started = time.monotonic()


def children(settings: Settings) -> list[Child]:
    """Return what an installation runs, in starting order."""
    celery = (sys.executable, "-m", "celery", "-A", "workers.app", "--quiet")
    worker = (*celery, "worker", "--without-mingle", "--without-gossip", "-l", "WARNING")
    threads = ("-P", "threads", "-c", str(settings.crawl_threads))
    found = [
        Child("web", (sys.executable, "-m", "editor.wsgi")),
        Child("crawl", (*worker, "-n", "crawl@%h", "-Q", "crawl", *threads)),
        Child("extract", (*worker, "-n", "extract@%h", "-Q", "extract", "-c",
                          str(settings.extract_processes))),
        Child("layout", (*worker, "-n", "layout@%h", "-Q", "layout", "-c", "1")),
        Child("export", (*worker, "-n", "export@%h", "-Q", "export", "-c", "1")),
        Child("beat", (*celery, "beat", "-l", "WARNING", "-s", str(settings.data_dir / "beat"))),
    ]  # fmt: skip
    if settings.embedded_broker:
        found.insert(0, Child("broker", broker_command(settings)))
    return found


class Supervisor:
    """Keeps children running until it is told to stop."""

    def __init__(self, settings: Settings, wanted: Sequence[Child], say: Callable[[str], None]):
        self.settings = settings
        self.children = wanted
        self.say = say
        self.stopping = False

    def run(self) -> None:
        """Start everything and watch over it; returns after an orderly stop."""
        self.listen()
        with self.running():
            self.watch()

    def listen(self) -> None:
        """Take SIGTERM and Ctrl+C as the wish to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def watch(self) -> None:
        """Restart what dies until told to stop."""
        while not self.stopping:
            self.revive()
            time.sleep(0.2)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the children for as long as the block lasts."""
        lock = only_supervisor(self.settings)
        try:
            for child in self.children:
                child.start()
                if child.name == "broker":
                    _await_socket(self.settings, child)
            yield
        finally:
            self._end()
            lock.close()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def revive(self) -> None:
        """Start again what has died, after its pause."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.restart_at:
                    child.start()
            elif (code := child.process.poll()) is not None:
                child.pause = 0.5 if now - child.started > STEADY_AFTER else child.pause * 2
                child.pause = min(child.pause, LONGEST_PAUSE)
                child.process, child.restart_at = None, now + child.pause
                self.say(f"{child.name} 已退出（{code}），{child.pause:.0f} 秒后重新启动")

    def _end(self) -> None:
        running = [child for child in reversed(self.children) if child.process]
        for child in running:
            if child.process and child.name != "broker":
                child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in sorted(running, key=lambda child: child.name == "broker"):
            _finish(child, deadline)


def only_supervisor(settings: Settings) -> IO[str]:
    """Hold the data folder's lock; raises Conflict when another `serve` runs on it."""
    lock = (settings.data_dir / "serve.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Conflict(
            f"数据目录 {settings.data_dir} 已有一个 zhaibian serve 在运行，请先停止它",
            f"Another zhaibian serve runs on {settings.data_dir}; stop it first",
        ) from None
    socket_path(settings.data_dir).unlink(missing_ok=True)  # left by a supervisor that was killed
    return lock


def _finish(child: Child, deadline: float) -> None:
    if child.process is None:
        return
    if child.name == "broker":
        child.process.terminate()
    try:
        child.process.wait(max(0.5, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


def _await_socket(settings: Settings, child: Child, seconds: float = 10) -> None:
    """Wait for the broker; raises Unusable when it does not come up."""
    socket, deadline = socket_path(settings.data_dir), time.monotonic() + seconds
    while not socket.exists():
        gone = child.process is None or child.process.poll() is not None
        if gone or time.monotonic() > deadline:
            raise Unusable(
                f"内置消息服务没有启动，请查看上面的输出；套接字：{socket}",
                f"The embedded broker did not start; see the output above. Socket: {socket}",
            )
        time.sleep(0.05)
