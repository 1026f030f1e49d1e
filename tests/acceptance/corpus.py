"""Compare our extractor with others on real pages that carry labels.

python -m tests.acceptance.corpus --corpus DIR [--out OUT]

`DIR/manifest.jsonl` has a page a line (shared/corpus/README.md). Prints the pages where we are
weak, a table for each split, and as the last line one JSON object; exit 0 only when ours is best
or within noise on every split and no bad text goes without its badge. With `--out` the figures
of every page are written to OUT/pages.jsonl.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

from editor.errors import ParseError
from editor.text.document import Blocks, block_lines
from editor.text.markup import parse_page
from tests.acceptance import shared
from tests.acceptance.comparing import Margin, margin, same_width, text_f1
from tests.acceptance.peers import Told, installed_peers, offline
from workers.charset import decode
from workers.containers import by_name
from workers.extract import extract

OURS = "zhaibian"
ZONE = ZoneInfo("Asia/Shanghai")
TRUSTED = 0.85
BAD = 0.7
WEAK = 0.9
FACTS = ("title", "day", "source")


@dataclass
class Scored:
    """A labelled page with every extractor's figures; `facts` says what was right (or None)."""

    id: str
    splits: tuple[str, ...]
    f1: dict[str, float] = field(default_factory=dict)
    facts: dict[str, dict[str, bool | None]] = field(default_factory=dict)
    agreement: float | None = None
    method: str = ""
    refused: str = ""

    @property
    def badged(self) -> bool:
        """Return whether an editor is told to look at the original (or finds no text at all)."""
        doubted = self.agreement is not None and self.agreement < TRUSTED
        return doubted or bool(self.refused)


def main() -> int:
    """Run it all; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=shared() / "corpus")
    parser.add_argument("--out", type=Path, help="folder for the figures of every page")
    options = parser.parse_args()
    seconds: dict[str, float] = defaultdict(float)
    with offline() as tried:
        rows = list(_rows(options.corpus))
        pages = [score(options.corpus, row, seconds) for row in rows if row["text"]]
        unlabelled = [refusal(options.corpus, row) for row in rows if not row["text"]]
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(vars(page), ensure_ascii=False) for page in pages)
        (options.out / "pages.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return report(pages, seconds, tried, unlabelled)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        path = folder / (row.get("text_file") or f"text/{row['id']}.txt")
        yield {**row, "text": path.read_text(encoding="utf-8") if path.is_file() else ""}


def _ask_ours(body: bytes, url: str, page: Scored) -> Told:
    now = datetime.now(UTC)
    try:
        found = extract(body, url=url, content_type="", now=now, zone=ZONE)
    except ParseError as error:
        page.refused = str(error.reason)
        return Told()
    page.agreement, page.method = found.agreement, found.method
    day = found.published.moment.astimezone(ZONE).date().isoformat() if found.published else ""
    return Told(_text(found.blocks), found.title, day, found.source_name)


def _text(blocks: Blocks) -> str:
    return "\n".join(line for block in blocks for line in block_lines(block))


def score(folder: Path, row: dict[str, Any], seconds: dict[str, float]) -> Scored:
    """Return the figures of one page; each extractor's time is added to `seconds`."""
    body, url = (folder / row["file"]).read_bytes(), row.get("url") or ""
    html = body.decode(row.get("encoding") or "utf-8", "replace")
    page = Scored(row["id"], _splits(row, body))
    asked: dict[str, Callable[[], Told]] = {OURS: lambda: _ask_ours(body, url, page)}
    for name, peer in installed_peers().items():
        asked[name] = lambda peer=peer: peer(html, url)  # type: ignore[misc]
    for name, ask in asked.items():
        started = time.perf_counter()
        told = ask()
        seconds[name] += time.perf_counter() - started
        page.f1[name] = text_f1(told.text, row["text"])
        page.facts[name] = {
            "title": _right(told.title, row.get("expected_title")),
            "day": _right(told.day, (row.get("expected_date") or "")[:10]),
            "source": _right(told.source, row.get("expected_source")),
        }
    return page


def _right(told: str, label: str | None) -> bool | None:
    """Return whether the fact is the label's, None without a label."""
    return same_width(told) == same_width(label) if label else None


def _splits(row: dict[str, Any], body: bytes) -> tuple[str, ...]:
    tree = parse_page(decode(body).text)
    touched = tree is not None and by_name(tree) is not None
    upstream = str(row.get("label_method", "")).startswith("upstream")
    return (
        "all",
        "containers" if touched else "no containers",
        "upstream labels" if upstream else "other labels",
    )


def refusal(folder: Path, row: dict[str, Any]) -> str:
    """Return what we say of a page that has no label: its reason, or the method that found text."""
    page = Scored(row["id"], ())
    _ask_ours((folder / row["file"]).read_bytes(), row.get("url") or "", page)
    return page.refused or page.method


def report(
    pages: list[Scored], seconds: dict[str, float], tried: list[str], unlabelled: list[str]
) -> int:
    """Print the tables and the JSON line; return 0 only when all holds."""
    if not pages:
        raise SystemExit("no page of this corpus has a label")
    for page in sorted((p for p in pages if p.f1[OURS] < WEAK), key=lambda p: p.f1[OURS]):
        best = max(page.f1, key=lambda name: page.f1[name])
        badge = "查正文" if page.badged else ""
        print(f"weak {page.id:38} {page.f1[OURS]:.3f} {page.refused or page.method:12} {badge:6}"
              f" best {best} {page.f1[best]:.3f}")  # fmt: skip
    worse = [
        f"{split}: {name}"
        for split in sorted({name for page in pages for name in page.splits})
        for name, gap in _table(split, [page for page in pages if split in page.splits]).items()
        if not gap.not_worse
    ]
    missed = [page.id for page in pages if page.f1[OURS] < BAD and not page.badged]
    share = {fact: _share(pages, OURS, fact) for fact in FACTS}
    figures = {
        "pages": len(pages),
        "f1": round(fmean(page.f1[OURS] for page in pages), 4),
        "title_exact": share["title"],
        "date_correct": share["day"],
        "source_correct": share["source"],
        "badge_missed": len(missed),
        "badged": sum(page.badged for page in pages),
        "missed_pages": missed,
        "worse_than": worse,
        "unlabelled": {name: unlabelled.count(name) for name in sorted(set(unlabelled))},
        "network_refused": len(tried),
        "ms_per_page": {k: round(1000 * v / len(pages)) for k, v in seconds.items()},
        "holds": not worse and not missed,
    }
    print(json.dumps(figures, ensure_ascii=False))
    return 0 if figures["holds"] else 1


def _table(split: str, pages: list[Scored]) -> dict[str, Margin]:
    """Print a split's table; return our margin over each peer."""
    print(f"\n{split}: {len(pages)} pages")
    print(f"{'':18}    F1   title    date  source   ours minus theirs, 95 %")
    ours = [page.f1[OURS] for page in pages]
    gaps: dict[str, Margin] = {}
    for name in pages[0].f1:
        scores = [page.f1[name] for page in pages]
        facts = "  ".join(f"{_share(pages, name, fact):6.3f}" for fact in FACTS)
        words = ""
        if name != OURS:
            gap = gaps[name] = margin(ours, scores)
            words = f"{gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"
            words += "" if gap.not_worse else "  WORSE"
        print(f"{name:18} {fmean(scores):.3f}  {facts}   {words}")
    return gaps


def _share(pages: list[Scored], name: str, fact: str) -> float:
    known = [page.facts[name][fact] for page in pages if page.facts[name][fact] is not None]
    return round(sum(map(bool, known)) / len(known), 4) if known else 0.0


if __name__ == "__main__":
    sys.exit(main())
