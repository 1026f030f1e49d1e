"""A desk under its real supervisor, and its processes as the kernel lists them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("zhaibian"))


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningDesk:
    """`zhaibian serve` on a data folder of its own."""

    def __init__(self, folder: Path, allow: str) -> None:
        self.environment = {
            **os.environ,
            "ZHAIBIAN_DATA": str(folder),
            "ZHAIBIAN_ALLOW_INTERNAL": allow,
            "ZHAIBIAN_HOST_GAP_MS": "50",
            "ZHAIBIAN_PORT": str(free_port()),
        }
        self.supervisor: subprocess.Popen[bytes] | None = None

    def run(self, *words: str) -> str:
        """Run a command to its end; its answer is returned."""
        done = subprocess.run(
            [PROGRAM, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command and go on."""
        return subprocess.Popen([PROGRAM, *words], env=self.environment)

    def serve(self) -> None:
        """Start the supervisor and wait until the web answers."""
        self.supervisor = self.start("serve")
        port = int(self.environment["ZHAIBIAN_PORT"])
        wait_until(lambda: answers(port), 60, "the web answers")
        wait_until(lambda: len(self.processes("crawl@")) > 0, 30, "the crawl worker runs")

    def processes(self, word: str) -> list[int]:
        """Return the living processes of this desk whose command line holds `word`."""
        marker = self.environment["ZHAIBIAN_DATA"].encode()
        return [pid for pid in living() if belongs(pid, marker) and word in command_line(pid)]

    def kill(self, word: str) -> None:
        """Kill outright every process whose command line holds `word`."""
        pids = self.processes(word)
        assert pids, f"nothing runs that is called {word}"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End everything."""
        if self.supervisor and self.supervisor.poll() is None:
            self.supervisor.terminate()
            self.supervisor.wait(40)


def living() -> list[int]:
    """Return the ids of processes that are not zombies."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _alive(path)]


def _alive(path: Path) -> bool:
    try:
        return "\nState:\tZ" not in (path / "status").read_text()
    except OSError:
        return False


def belongs(pid: int, marker: bytes) -> bool:
    """Whether the process was started with our data folder in its environment or its words.

    The broker writes its title over its environment, but names its socket there.
    """
    try:
        folder = Path(f"/proc/{pid}")
        return marker in (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
    except OSError:
        return False


def command_line(pid: int) -> str:
    """Return the process's command line, empty when it has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def answers(port: int) -> bool:
    """Whether something listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a fact; fails by name when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"after {seconds:.0f} s still not: {what}"
        time.sleep(0.1)
