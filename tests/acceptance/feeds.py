"""Read any folder of feed files: entries or a reason, never another exception or a hang.

python -m tests.acceptance.feeds --dir DIR [--seconds N] [--memory MB] [--hostile]

With `--hostile` feeds of 50 MB, expanding entities and the like are made and read too
(tests/acceptance/hostile_feeds.py). Every file is read in a child process with a limit on time
and memory. Prints what became of each file with its seconds and the child's peak memory, and as
the last line one JSON object; exit 0 only when every file gave entries or a reason within the
limits.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from zoneinfo import ZoneInfo

from editor.errors import ParseError
from tests.acceptance import shared
from tests.acceptance.hostile_feeds import write_all
from workers.listings.feeds import parse_feed

SECONDS = 30.0
MEGABYTES = 1500
# How much memory a child may have taken before it is replaced, so that peaks stay tellable.
STALE_KB = 250_000
FRESH = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Outcome:
    """What became of a file: `said` is entries, a reason, or what went wrong."""

    path: Path
    said: str
    held: bool
    entries: int = 0
    seconds: float = 0.0
    peak_kb: int = 0


def main() -> int:
    """Run it all; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, default=shared() / "feeds")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="limit for one file")
    parser.add_argument("--memory", type=int, default=MEGABYTES, help="limit of the child in MB")
    parser.add_argument("--hostile", action="store_true", help="make hostile feeds and read them")
    options = parser.parse_args()
    paths = sorted(path for path in options.dir.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as folder:
        if options.hostile:
            paths += write_all(Path(folder))
        outcomes = list(read_all(paths, seconds=options.seconds, megabytes=options.memory))
    return report(outcomes)


# --- the child -----------------------------------------------------------------------------------


def child(pipe: Connection, megabytes: int) -> None:
    """Read the files whose paths come through the pipe; answer what became of each."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    while path := pipe.recv():
        started = time.perf_counter()
        said, held, entries = read_one(Path(path))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pipe.send((said, held, entries, time.perf_counter() - started, peak))


def read_one(path: Path) -> tuple[str, bool, int]:
    """Return what the parser says of a file, whether it may say so, and how many entries."""
    try:
        body = path.read_bytes()
        listing = parse_feed(
            body,
            url=f"https://feeds.example/{path.stem}",
            content_type="",
            now=datetime.now(UTC),
            zone=ZoneInfo("Asia/Shanghai"),
        )
    except ParseError as error:
        return str(error.reason), True, 0
    except Exception as error:  # noqa: BLE001 - that there is any other is what is measured
        return f"{type(error).__name__}: {error}"[:200], False, 0
    return "entries", bool(listing.entries), len(listing.entries)


# --- the parent ----------------------------------------------------------------------------------


class Reader:
    """A child process that reads files; replaced when it hangs, dies or has grown."""

    def __init__(self, megabytes: int) -> None:
        self.pipe, theirs = FRESH.Pipe()
        self.process = FRESH.Process(target=child, args=(theirs, megabytes), daemon=True)
        self.process.start()
        theirs.close()

    def read(self, path: Path, seconds: float) -> Outcome:
        """Return what became of a file; the child is dead afterwards when it did not answer."""
        self.pipe.send(str(path))
        try:
            if self.pipe.poll(seconds):
                said, held, entries, taken, peak = self.pipe.recv()
                return Outcome(path, said, held, entries, taken, peak)
            said = f"no answer within {seconds:.0f} s"
        except EOFError:
            said = "the child died"
        self.close()
        return Outcome(path, said, False, seconds=seconds)

    def close(self) -> None:
        """End the child."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def read_all(paths: list[Path], *, seconds: float, megabytes: int) -> Iterator[Outcome]:
    """Read the files one after another; a child that hung, died or grew is replaced."""
    reader = Reader(megabytes)
    for path in paths:
        if not reader.process.is_alive():
            reader = Reader(megabytes)
        outcome = reader.read(path, seconds)
        if reader.process.is_alive() and outcome.peak_kb > STALE_KB:
            reader.close()
        yield outcome
    with closing(reader):
        pass


def report(outcomes: list[Outcome]) -> int:
    """Print a line a file and the JSON line; return 0 only when all held."""
    for each in outcomes:
        mark = "" if each.held else "FAILS"
        megabytes = each.peak_kb / 1024
        print(f"{each.path.name[:70]:70} {each.said[:60]:14} {each.entries:5}"
              f" {each.seconds:7.3f} s {megabytes:6.0f} MB {mark}")  # fmt: skip
    failed = [each for each in outcomes if not each.held]
    figures = {
        "files": len(outcomes),
        "with_entries": sum(each.entries > 0 for each in outcomes),
        "entries": sum(each.entries for each in outcomes),
        "reasons": dict(Counter(each.said for each in outcomes if each.held and not each.entries)),
        "failed": {each.path.name: each.said for each in failed},
        "slowest_seconds": round(max((each.seconds for each in outcomes), default=0), 3),
        "peak_mb": round(max((each.peak_kb for each in outcomes), default=0) / 1024),
        "holds": bool(outcomes) and not failed,
    }
    print(json.dumps(figures, ensure_ascii=False))
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
