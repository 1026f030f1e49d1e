"""The door to files: contents by their sha256, written once, never changed."""

import errno
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from editor.errors import NotFound, Unusable

MADE = "made"  # a folder beside those of stored files, which have names of two characters
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileStore:
    """Files under one folder, each named by its hash: `ab/abcdef….`"""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Return where the file lies (or would lie)."""
        return self.root / sha256[:2] / sha256

    def made_from(self, sha256: str, name: str) -> Path:
        """Return where something made of a stored file lies (or would lie).

        It can be made again: no backup holds it, and it goes with the file.
        """
        return self.root / MADE / f"{sha256}-{name}"

    def put(self, content: bytes) -> str:
        """Store the bytes and return their sha256; raises Unusable when the disk is full."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        try:
            # what is wanted anew is not old any more: `remove` leaves it alone
            os.utime(target)
            return sha256
        except FileNotFoundError:
            pass
        except OSError as error:
            raise unwritable(error, self.root) from error
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, content)
        except OSError as error:
            raise unwritable(error, self.root) from error
        return sha256

    def remove(self, sha256: str, *, untouched: timedelta) -> bool:
        """Throw the file away unless somebody stored the same bytes in that time; whether it went.

        The caller makes sure that no row names it, and holds `clearing`.
        """
        path = self.path(sha256)
        try:
            if time.time() - path.stat().st_mtime < untouched.total_seconds():
                return False
            path.unlink()
            for made in (self.root / MADE).glob(f"{sha256}-*"):
                made.unlink(missing_ok=True)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise unwritable(error, self.root) from error
        return True

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """See to it that no file goes while the block lasts: for a backup."""
        with self._lock(fcntl.LOCK_SH):
            yield

    @contextmanager
    def clearing(self) -> Iterator[bool]:
        """Give whether files may go now: not while a backup or another clearing runs."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB))
                free = True
            except BlockingIOError:
                free = False
            yield free

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        # the kernel gives the lock back when its holder dies
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            file = (self.root / ".lock").open("w")
        except OSError as error:
            raise unwritable(error, self.root) from error
        with file:
            fcntl.flock(file, kind)
            yield

    def get(self, sha256: str) -> bytes:
        """Return the bytes; raises NotFound when the file is gone."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(
                f"文件 {sha256[:8]} 不在数据目录中，请从备份恢复",
                f"File {sha256[:8]} is missing from the data folder; restore it from a backup",
            ) from error


def write_whole(target: Path, content: bytes) -> None:
    """Write beside the target, then rename: a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def unwritable(error: OSError, place: Path) -> Unusable:
    """Return the error for what could not be written to `place`: the disk is full, or barred."""
    if error.errno in FULL:
        return disk_full(place)
    return Unusable(
        f"无法写入 {place}：{error.strerror}。请检查路径和权限",
        f"{place} cannot be written: {error.strerror}. Check the path and its permissions",
    )


def disk_full(place: Path | str) -> Unusable:
    """Return the error for a full disk; `place` is what was to be written."""
    return Unusable(
        f"磁盘已满，没有写入 {place}。请清理磁盘后重试，已有内容没有丢失",
        f"The disk is full; nothing was written to {place}. Free some space and try again; "
        "nothing that was there is lost",
    )
