"""Suggest the selectors of every list site of the replayed web, from its address alone.

python -m tests.acceptance.lists --out OUT/ [--truth DIR] [--issue 000 …] [--seed 1 …]

The first suggestion is followed over all pages and compared with what the site's own selectors
find. Prints the sites that fall short and, as the last line, one JSON object; exit 0 only when
each site's share is at least 0.95 and nothing else is found.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.settings import Allowance, Settings
from editor.errors import FetchError, ParseError
from tests.acceptance import shared
from tests.acceptance.stage import newsroom
from workers.crawling.fetch import Redirected, Web
from workers.listings.discovery import look
from workers.listings.pages import parse_list
from workers.values import Page

ZONE = ZoneInfo("Asia/Shanghai")
ISSUES = ("000", "002", "003")
MOST_PAGES = 200
FLOOR = 0.95


def main() -> int:
    """Measure every list site of the chosen worlds; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--truth", type=Path, default=shared() / "truth")
    parser.add_argument("--issue", nargs="*", default=ISSUES)
    parser.add_argument("--seed", nargs="*", type=int, default=[1])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    allowed = (Allowance(ip_network("127.0.1.0/24")),)
    web = Web(Settings(data_dir=options.out, database_url="sqlite://", broker_url="memory://",
                       secret_key="only for measuring", allow_internal=allowed))  # fmt: skip
    shares: list[float] = []
    extra, seconds = 0, []
    for issue in options.issue:
        for seed in options.seed:
            with newsroom(options.truth, issue, options.out, "--seed", str(seed)) as world:
                world.control("/__faults?on=0", post=True)
                now = datetime.fromisoformat(world.data["default_now"])
                for site in (each for each in world.data["sites"] if each["list_url"]):
                    share, more, took = measure(web, site, now)
                    shares.append(share)
                    extra += more
                    seconds.append(took)
                    if share < FLOOR or more:
                        print(f"{issue} seed {seed} {site['name']}: {share:.3f}, {more} others")
                        print(f"  {site['list_url']} {site['selectors']} pages {site['pages']}")
    figures = {"sites": len(shares), "worst": min(shares), "short": sum(s < FLOOR for s in shares),
               "others": extra, "slowest_ms": round(max(seconds) * 1000)}  # fmt: skip
    print(json.dumps(figures))
    return 1 if figures["short"] or extra else 0


def measure(web: Web, site: Mapping[str, Any], now: datetime) -> tuple[float, int, float]:
    """Return the share of the site's entries found, how many others, and the seconds it took."""
    url = site["list_url"]
    wanted = set(entries(web, url, site["selectors"], site["page_pattern"], now))
    page = web.get(url)
    started = time.perf_counter()
    try:
        found = look(
            page.body, url=page.final_url, content_type=page.content_type, now=now, zone=ZONE
        ).choices[0]
    except ParseError:
        return 0.0, 0, time.perf_counter() - started
    took = time.perf_counter() - started
    ours = set(entries(web, url, found.selectors, found.page_pattern, now))
    return len(ours & wanted) / max(len(wanted), 1), len(ours - wanted), took


def entries(
    web: Web, url: str, selectors: Mapping[str, str], pattern: str, now: datetime
) -> Iterator[str]:
    """Yield the addresses that the list shows on all its pages."""
    following: str | None = url
    for number in range(1, MOST_PAGES):
        if following is None or (page := fetched(web, following, number)) is None:
            return
        try:
            listing = parse_list(
                page.body, url=page.final_url, content_type=page.content_type,
                selectors=selectors, page_pattern=pattern, page=number, now=now, zone=ZONE,
            )  # fmt: skip
        except ParseError:
            return
        yield from (entry.url for entry in listing.entries)
        following = listing.next_url


def fetched(web: Web, url: str, number: int) -> Page | None:
    """Return the page; None where a list, counted up, has no further one."""
    try:
        return web.get(url)
    except (FetchError, Redirected):
        if number == 1:
            raise
        return None


if __name__ == "__main__":
    sys.exit(main())
