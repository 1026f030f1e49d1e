"""Whose turn it is to write to a SQLite file: one after the other, over all processes.

SQLite lets a writer that finds the file locked ask again after pauses that grow to 100 ms, in which
nobody may be writing at all: with sixteen threads and three processes most of the time goes there.
Here they queue, and the kernel wakes the next one at once. Whoever does not queue (another program)
still meets SQLite's own lock.
"""

import fcntl
import os
import sqlite3
import threading
from pathlib import Path
from typing import IO

from editor.store.files import unwritable


class Turns:
    """The queue before one file; threads share it, and a process that was forked begins anew.

    The kernel ends the turn of a process that dies.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._process = os.getpid()
        self._among_threads = threading.Lock()
        # of its own: a file that was opened before a fork is one and the same for both
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Wait for the turn.

        Raises sqlite3.OperationalError when a thread keeps it too long, Unusable where the file
        that one queues on cannot be made.
        """
        if self._process != os.getpid():
            self._begin_anew()
        if not self._among_threads.acquire(timeout=self._seconds):
            raise sqlite3.OperationalError("database is locked by another thread")
        try:
            self._file = self._file or self._opened()
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._among_threads.release()
            raise

    def _opened(self) -> IO[bytes]:
        try:
            return self._path.open("ab")
        except OSError as error:
            raise unwritable(error, self._path) from error

    def give_back(self) -> None:
        """End the turn; only whoever has it calls this."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._among_threads.release()
