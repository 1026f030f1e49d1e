"""A PostgreSQL server for the tests: Debian's binaries in a private folder, or one that is named.

`ZHAIBIAN_TEST_POSTGRES` is the URL of a server on which databases may be made and dropped.
"""

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text

from editor.store.db import Database

OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses='' "
    "-c max_connections=60 -c shared_buffers=64MB"
)
NUMBERS = count(1)


class NoServer(Exception):
    """There is no PostgreSQL server and none can be started; says why."""


class Server:
    """A running server; `undertaker` ends one of our own, None for somebody else's."""

    def __init__(self, url: str, undertaker: subprocess.Popen[bytes] | None = None) -> None:
        self.url = make_url(url)
        self.undertaker = undertaker
        self.shared = f"zhaibian_shared_{os.getpid()}"
        self.admin = create_engine(self.url, isolation_level="AUTOCOMMIT")

    def url_of(self, name: str) -> str:
        """Return the URL of one of the server's databases."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    def make_tables(self, create: Callable[[Engine], None]) -> None:
        """Make the database that the tests use one after another."""
        self._run(f"DROP DATABASE IF EXISTS {self.shared} WITH (FORCE)")
        self._run(f"CREATE DATABASE {self.shared} TEMPLATE template0")
        engine = create_engine(self.url_of(self.shared))
        create(engine)
        engine.dispose()

    @contextmanager
    def emptied_database(self, tables: Sequence[str]) -> Iterator[Database]:
        """Give the shared database and empty its tables afterwards (children come first).

        Deleting a few rows takes milliseconds; truncating or a database per test takes 0.4 s.
        """
        database = Database(self.url_of(self.shared))
        try:
            yield database
        finally:
            database.close()
            engine = create_engine(self.url_of(self.shared), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                # a test that left a transaction open must fail, not hang
                connection.exec_driver_sql("SET lock_timeout = '10s'")
                connection.exec_driver_sql("".join(f'DELETE FROM "{name}";' for name in tables))
            engine.dispose()

    @contextmanager
    def empty_database(self) -> Iterator[Database]:
        """Give a database without any table and drop it afterwards."""
        name = f"zhaibian_test_{os.getpid()}_{next(NUMBERS)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template0")
        database = Database(self.url_of(name))
        try:
            yield database
        finally:
            database.close()
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Drop the shared database; stop and delete the server when it is ours."""
        self._run(f"DROP DATABASE IF EXISTS {self.shared} WITH (FORCE)")
        self.admin.dispose()
        if self.undertaker is not None:
            self.undertaker.communicate(timeout=60)

    def _run(self, statement: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(statement))


def start_server(url: str = "") -> Server:
    """Return the server named, or start one; raises NoServer saying what is missing."""
    if url:
        return Server(url)
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="zhaibian-pg-"))
    undertaker = _undertaker(binaries, folder)
    try:
        _give_away(folder)
        _run([binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust",
              "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])  # fmt: skip
        _run([binaries / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w",
              "-o", f"-k {folder} {OPTIONS}", "start"])  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        undertaker.communicate(timeout=60)
        said = getattr(error, "stderr", "") or str(error)
        raise NoServer(f"the server did not start: {said.strip()[-300:]}") from error
    url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
    return Server(url, undertaker)


def _undertaker(binaries: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start what stops and deletes the server once we close its input, or die however we die."""
    stop = [*_as_owner(), binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"]
    script = f"read -r _; {shlex.join(map(str, stop))}; rm -rf {shlex.quote(str(folder))}"
    return subprocess.Popen(
        ["sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _as_owner() -> list[str | Path]:
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path))
    if not found:
        raise NoServer("no server is installed (apt-get install postgresql) and "
                       "ZHAIBIAN_TEST_POSTGRES names none")  # fmt: skip
    return found[0].parent


def _give_away(folder: Path) -> None:
    """PostgreSQL refuses to run as root: let its own user have the folder."""
    if os.geteuid() != 0:
        return
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        raise NoServer("root cannot run the server and there is no user postgres") from None
    os.chown(folder, owner.pw_uid, owner.pw_gid)


def _run(command: list[str | Path]) -> None:
    subprocess.run(
        list(map(str, [*_as_owner(), *command])),
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        # a pipe would be inherited by the server and never close
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if "initdb" in str(command[0]) else subprocess.DEVNULL,
        text=True,
        timeout=120,
    )
