"""Compare our extractor with others on real pages that carry labels.

python -m tests.acceptance.corpus --corpus DIR [--out OUT]

`DIR/manifest.jsonl` has a page a line (shared/corpus/README.md); only `file` must be there, and
what a row does not label is not judged. Prints the pages where we are
weak, a table for each split, and as the last line one JSON object; exit 0 only when ours is best
or within noise on every split and no bad text goes without its badge. With `--out` the figures
of every page are written to OUT/pages.jsonl.
"""

import argparse
import json
import re
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
from tests.acceptance.peers import PEERS, Peer, Told, installed_peers, offline
from workers.articles.containers import by_name
from workers.articles.extract import extract
from workers.articles.wechat import Elsewhere
from workers.charset import codec_name, decode

OURS = "zhaibian"
ZONE = ZoneInfo("Asia/Shanghai")
TRUSTED = 0.85
BAD = 0.7
WEAK = 0.9
# Drawn from fewer pages, an interval says nothing.
FEWEST = 5
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
    peer_failures: list[str] = field(default_factory=list)

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
        if not line.strip():
            continue
        row = json.loads(line)
        name = str(row.get("id") or Path(row["file"]).stem)
        path = folder / (row.get("text_file") or f"text/{name}.txt")
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        yield {**row, "id": name, "text": text.strip()}


def _ask_ours(body: bytes, url: str, page: Scored) -> Told:
    now = datetime.now(UTC)
    try:
        found = extract(body, url=url, content_type="", now=now, zone=ZONE)
    except ParseError as error:
        page.refused = str(error.reason)
        return Told()
    except Elsewhere as other:
        page.refused = f"leads to {other.url}"[:100]
        return Told()
    page.agreement, page.method = found.agreement, found.method
    day = found.published.moment.astimezone(ZONE).date().isoformat() if found.published else ""
    return Told(_text(found.blocks), found.title, day, found.source_name)


def _ask_peer(name: str, peer: Peer, html: str, url: str, page: Scored) -> Told:
    try:
        return peer(html, url)
    except Exception as error:  # noqa: BLE001 - what another extractor raises is its own score of 0
        page.peer_failures.append(f"{name}: {error!r}"[:200])
        return Told()


def _text(blocks: Blocks) -> str:
    return "\n".join(line for block in blocks for line in block_lines(block))


def score(folder: Path, row: dict[str, Any], seconds: dict[str, float]) -> Scored:
    """Return the figures of one page; each extractor's time is added to `seconds`."""
    body, url = (folder / row["file"]).read_bytes(), row.get("url") or ""
    html = _as_labelled(body, str(row.get("encoding") or ""))
    page = Scored(row["id"], _splits(row, body))
    asked: dict[str, Callable[[], Told]] = {OURS: lambda: _ask_ours(body, url, page)}
    for name, peer in installed_peers().items():
        asked[name] = lambda name=name, peer=peer: _ask_peer(name, peer, html, url, page)  # type: ignore[misc]
    for name, ask in asked.items():
        started = time.perf_counter()
        told = ask()
        seconds[name] += time.perf_counter() - started
        page.f1[name] = text_f1(told.text, row["text"])
        page.facts[name] = {
            "title": _right(told.title, row.get("expected_title")),
            "day": _right(told.day, _day(row.get("expected_date"))),
            "source": _right(told.source, row.get("expected_source")),
        }
    return page


def _as_labelled(body: bytes, encoding: str) -> str:
    """Return a page as its label says, as we read it when the label says nothing known."""
    name = codec_name(encoding)
    return body.decode(name, "replace") if name else decode(body).text


def _day(label: object) -> str:
    """Return a label's day as 2026-07-01, whatever stands between its numbers; "" without one."""
    found = re.match(r"\s*(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})", str(label or ""))
    return "-".join(number.zfill(2) for number in found.groups()) if found else ""


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
    names = sorted({name for page in pages for name in page.splits})
    gaps = {name: _table(name, [page for page in pages if name in page.splits]) for name in names}
    worse = [
        f"{split}: {name}"
        for split, margins in gaps.items()
        for name, gap in margins.items()
        if not gap.not_worse and _told_apart(pages, split)
    ]
    missing = sorted(set(PEERS) - set(installed_peers()))
    if missing:
        print(f"\nnot compared with {', '.join(missing)}: install requirements-bench.lock")
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
        "splits": {name: _verdict(pages, name, margins) for name, margins in gaps.items()},
        "peers_missing": missing,
        "peers_failed": [failure for page in pages for failure in page.peer_failures],
        "unlabelled": {name: unlabelled.count(name) for name in sorted(set(unlabelled))},
        "network_refused": len(tried),
        "ms_per_page": {k: round(1000 * v / len(pages)) for k, v in seconds.items()},
        "holds": not worse and not missed,
    }
    print(json.dumps(figures, ensure_ascii=False))
    return 0 if figures["holds"] else 1


def _verdict(pages: list[Scored], split: str, gaps: dict[str, Margin]) -> dict[str, Any]:
    """Return how we stand on a split against the peer that is best there."""
    ours = [page for page in pages if split in page.splits]
    theirs = {name: fmean(page.f1[name] for page in ours) for name in gaps}
    best = max(theirs, key=lambda name: theirs[name])
    gap = gaps[best]
    verdict = "worse" if _told_apart(pages, split) else "too few pages"
    return {
        "pages": len(ours),
        "f1": round(fmean(page.f1[OURS] for page in ours), 4),
        "best_peer": best,
        "peer_f1": round(theirs[best], 4),
        "margin": [round(gap.low, 4), round(gap.mean, 4), round(gap.high, 4)],
        "verdict": "best" if gap.low > 0 else "within noise" if gap.not_worse else verdict,
    }


def _told_apart(pages: list[Scored], split: str) -> bool:
    """Return whether a split has pages enough for a bootstrap to say anything."""
    return sum(split in page.splits for page in pages) >= FEWEST


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
