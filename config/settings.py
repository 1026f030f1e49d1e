"""The installation's settings: a frozen value, read once from the environment.

Every variable starts with `ZHAIBIAN_`; a secret `X` may also come from a file named by `X_FILE`.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

PREFIX = "ZHAIBIAN_"
TEN_MEGABYTES = 10 * 1024 * 1024


class SettingsError(ValueError):
    """A variable that is missing or cannot be read; the sentence names it."""


@dataclass(frozen=True)
class Allowance:
    """An internal network (and port, or any port when None) that the crawler may visit."""

    network: IPv4Network | IPv6Network
    port: int | None = None


@dataclass(frozen=True)
class Settings:
    """All that differs between installations. Times are in seconds, sizes in bytes."""

    data_dir: Path
    database_url: str
    broker_url: str
    secret_key: str
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: int = 0
    contact: str = ""
    allow_internal: tuple[Allowance, ...] = ()
    host_gap: float = 1.0
    fetch_total: float = 30.0
    page_bytes: int = TEN_MEGABYTES
    font_dir: Path | None = None
    soffice: str | None = None
    crawl_threads: int = 16
    extract_processes: int = field(default_factory=lambda: os.cpu_count() or 1)
    testing: bool = False

    @property
    def embedded_broker(self) -> bool:
        """Whether `zhaibian serve` starts a broker of its own (a socket in the data folder)."""
        return self.broker_url == socket_url(self.data_dir)

    @property
    def files_dir(self) -> Path:
        """Where assets, captures and exports lie."""
        return self.data_dir / "files"


# A socket's path may have 107 bytes (unix(7)); a longer one moves to the temporary folder.
LONGEST_SOCKET = 100


def socket_path(data_dir: Path) -> Path:
    """Return where the embedded broker's private socket lies."""
    path = data_dir / "broker" / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"zhaibian-{os.getuid()}-{name}" / "valkey.sock"


def socket_url(data_dir: Path) -> str:
    """Return the address of the embedded broker's private socket."""
    return f"redis+socket://{socket_path(data_dir)}"


def load(environ: Mapping[str, str] | None = None, *, data_dir: Path | None = None) -> Settings:
    """Read the settings; raises SettingsError naming the variable that is wrong.

    `data_dir` wins over `ZHAIBIAN_DATA`; the default is `.zhaibian` in the home folder.
    """
    env = os.environ if environ is None else environ
    folder = (data_dir or Path(_text(env, "DATA", str(Path.home() / ".zhaibian")))).resolve()
    public_url = _text(env, "PUBLIC_URL", "")
    host = _text(env, "HOST", "127.0.0.1")
    port = _number(env, "PORT", 8000, low=1, high=65535)
    soffice = _text(env, "SOFFICE", "")
    fonts = _text(env, "FONT_DIR", "")
    return Settings(
        data_dir=folder,
        database_url=_secret(env, "DATABASE_URL") or f"sqlite:///{folder / 'zhaibian.db'}",
        broker_url=_secret(env, "BROKER_URL") or socket_url(folder),
        secret_key=_secret(env, "SECRET_KEY") or _own_secret(folder),
        public_url=public_url or f"http://{host}:{port}",
        host=host,
        port=port,
        trusted_proxies=_number(env, "TRUSTED_PROXIES", 0, low=0, high=5),
        contact=_text(env, "CONTACT", ""),
        allow_internal=_allowances(env),
        host_gap=_number(env, "HOST_GAP_MS", 1000, low=0, high=600_000) / 1000,
        fetch_total=float(_number(env, "FETCH_SECONDS", 30, low=1, high=300)),
        page_bytes=_number(env, "PAGE_BYTES", TEN_MEGABYTES, low=1024, high=1 << 30),
        font_dir=Path(fonts) if fonts else None,
        soffice=soffice or None,
        crawl_threads=_number(env, "CRAWL_THREADS", 16, low=1, high=64),
        extract_processes=_number(env, "EXTRACT_PROCESSES", os.cpu_count() or 1, low=1, high=64),
        testing=_text(env, "TESTING", "") == "1",
    )


def _text(env: Mapping[str, str], name: str, default: str) -> str:
    return env.get(PREFIX + name, "").strip() or default


def _number(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    raw = _text(env, name, str(default))
    try:
        value = int(raw)
    except ValueError:
        raise SettingsError(f"{PREFIX}{name} must be a whole number, not “{raw}”") from None
    if not low <= value <= high:
        raise SettingsError(f"{PREFIX}{name} must lie between {low} and {high}, not {value}")
    return value


def _secret(env: Mapping[str, str], name: str) -> str:
    file = _text(env, f"{name}_FILE", "")
    if not file:
        return _text(env, name, "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{PREFIX}{name}_FILE cannot be read: {error.strerror}") from error


def _own_secret(folder: Path) -> str:
    """Return the key kept in the data folder; empty until `zhaibian init` has made one."""
    try:
        return (folder / "secret.key").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _allowances(env: Mapping[str, str]) -> tuple[Allowance, ...]:
    """Read `ZHAIBIAN_ALLOW_INTERNAL`: networks or addresses with an optional `@port`, by commas."""
    return tuple(
        parse_allowance(part.strip())
        for part in _text(env, "ALLOW_INTERNAL", "").split(",")
        if part.strip()
    )


def parse_allowance(text: str) -> Allowance:
    """Return the allowance written `10.1.0.0/24` or `10.1.0.7@8080`."""
    network, _, port = text.partition("@")
    try:
        return Allowance(ip_network(network), int(port) if port else None)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}ALLOW_INTERNAL: “{text}” is not a network: {error}") from None
