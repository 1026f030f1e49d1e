"""Try a source before it is saved: what would it list? Stores nothing.

`python -m workers.crawling.tryout --kind list --url URL --item "ul li" --link a --date span` prints
the first rows; without `--url` the source is read from standard input as a JSON object. The exit
code is 1 when nothing could be read.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from config.settings import Settings, load
from editor import clock
from editor.desk.source_draft import SELECTORS, SourceDraft
from editor.errors import FetchError, ParseError, Reason, sentence, two_sentences
from editor.workflow import SourceKind
from workers.charset import decode
from workers.crawling.fetch import AGENT, Manners, Redirected, Web
from workers.crawling.listing import parse_page
from workers.crawling.robots import Rules, parse_robots
from workers.crawling.visit import robots_url
from workers.values import Listed, Page
from workers.workshop import Door

ROWS = 10
MOST_MOVES = 5


@dataclass(frozen=True)
class TryReport:
    """What a source would list: the first rows, how many there are, or why there are none."""

    rows: tuple[Listed, ...] = ()
    entries: int = 0
    undated: int = 0
    title: str = ""
    final_url: str = ""
    notes: tuple[str, ...] = ()
    reason: Reason | None = None
    detail: str = ""

    def sentence(self, language: str = "zh") -> str:
        """Return what went wrong for a person, "" when nothing did."""
        return sentence(self.reason, language) if self.reason else ""


def try_source(
    settings: Settings,
    draft: SourceDraft,
    *,
    web: Door | None = None,
    now: datetime | None = None,
    zone: ZoneInfo | None = None,
) -> TryReport:
    """Read the source's first page as the crawl would, robots.txt and guard included."""
    door = web or Web(settings)
    try:
        page = _get(door, draft)
        listing = parse_page(
            page,
            draft,
            number=1,
            now=now or clock.now(),
            zone=zone or ZoneInfo("Asia/Shanghai"),
        )
    except FetchError as error:
        return TryReport(reason=error.reason, detail=error.detail)
    except ParseError as error:
        return TryReport(reason=error.reason, detail=error.detail)
    entries = listing.entries
    return TryReport(
        rows=entries[:ROWS],
        entries=len(entries),
        undated=sum(entry.published is None for entry in entries),
        title=listing.title,
        final_url=page.final_url,
        notes=listing.notes,
        reason=None if entries or listing.children else Reason.empty,
    )


def _get(door: Door, draft: SourceDraft) -> Page:
    url = draft.url
    for _ in range(MOST_MOVES + 1):
        try:
            manners = Manners(allowed=_rules(door, url).allows)
            kind = "page" if draft.kind == SourceKind.list else "feed"
            return door.get(url, kind=kind, manners=manners)  # type: ignore[arg-type]
        except Redirected as moved:
            url = moved.url
    raise FetchError(draft.url, Reason.redirects)


def _rules(door: Door, url: str) -> Rules:
    try:
        page = door.get(robots_url(url), kind="robots")
    except (FetchError, Redirected):
        # the crawl itself is stricter; one look at a person's wish does no harm
        return Rules()
    return parse_robots(decode(page.body, page.content_type).text, AGENT)


def main(words: Sequence[str] | None = None) -> int:
    """Print what a source would list; 1 when it would list nothing."""
    parser = argparse.ArgumentParser(prog="python -m workers.crawling.tryout", description=__doc__)
    parser.add_argument("--url", default="", help="without it: a JSON object on standard input")
    parser.add_argument("--kind", default="feed", choices=[kind.value for kind in SourceKind])
    parser.add_argument("--encoding", default="")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    for name in SELECTORS:
        parser.add_argument(f"--{name}", default="", help=f"selector or path of {name}")
    options = vars(parser.parse_args(words))
    try:
        draft = SourceDraft.model_validate(_described(options))
    except ValidationError as error:
        print("；".join(" / ".join(two_sentences(problem)) for problem in error.errors()))
        return 1
    report = try_source(load(), draft)
    print(as_json(report) if options["json"] else as_text(report))
    return 1 if report.reason else 0


def _described(options: dict[str, Any]) -> Any:
    if not options["url"]:
        return json.load(sys.stdin)
    fields = {name: options[name] for name in ("url", "kind", "encoding")}
    selectors = {name: options[name] for name in SELECTORS if options[name]}
    return fields | {"name": options["url"][:200], "selectors": selectors}


def as_json(report: TryReport) -> str:
    """Return the report as one JSON object."""
    return json.dumps(
        {
            "entries": report.entries,
            "undated": report.undated,
            "title": report.title,
            "final_url": report.final_url,
            "reason": report.reason,
            "chinese": report.sentence("zh"),
            "english": report.sentence("en"),
            "detail": report.detail,
            "notes": report.notes,
            "rows": [
                {"title": row.title, "url": row.url, "published_at": _when(row)}
                for row in report.rows
            ],
        },
        ensure_ascii=False,
    )


def as_text(report: TryReport) -> str:
    """Return the report for a terminal."""
    if report.reason:
        detail = f" ({report.detail})" if report.detail else ""
        return f"{report.sentence('zh')} / {report.sentence('en')}{detail}"
    rows = [f"{_when(row) or '—':<16.16}  {row.title}  {row.url}" for row in report.rows]
    total = f"共 {report.entries} 条，{report.undated} 条没有日期 / {report.entries} entries"
    return "\n".join([*rows, total, *report.notes])


def _when(row: Listed) -> str:
    if row.published is None:
        return ""
    return row.published.moment.astimezone(ZoneInfo("Asia/Shanghai")).isoformat()


if __name__ == "__main__":
    sys.exit(main())
