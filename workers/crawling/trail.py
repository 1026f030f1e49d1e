"""The pages of one listing, followed from the newest back; no page twice, and not for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from editor.text.urls import host_port
from workers.values import Listing


class End(StrEnum):
    """How a trail ended: it went back far enough, the listing ended, or we stopped before."""

    reached = "reached"
    ran_out = "ran_out"
    stopped = "stopped"


@dataclass
class Trail:
    """Where a reading goes on, page by page.

    `need_back` is the moment to read back to; `whole` says that an earlier reading went there
    without a hole, so that a page of known entries ends this one.
    """

    host: str
    urls: list[str]
    need_back: datetime
    whole: bool
    pattern: str
    most: int
    number: int = 1
    visited: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    end: End = End.ran_out
    misses: int = 0
    skipped: bool = False

    def next(self) -> str:
        """Return the next page's address; only while `urls` has one."""
        url = self.urls.pop(0)
        self.visited.add(url)
        return url

    def missing(self, url: str) -> None:
        """Note that the listing has no such page: patterns are counted up until there is none."""
        self.misses += 1
        if other := self.beyond(url):
            self.urls.append(other)

    def beyond(self, url: str) -> str:
        """Return the address after `url` in the page pattern, once, else "".

        Nobody can tell whether a pattern's first number is a list's first page or its second:
        when the one that was tried is not there, or is the first again, the next may be.
        """
        before, mark, after = self.pattern.partition("{n}")
        number = url.removeprefix(before).removesuffix(after)
        if not mark or self.skipped or self.number != 2 or not number.isdecimal():
            return ""
        self.skipped = True
        return f"{before}{int(number) + 1}{after}"

    def take(
        self, url: str, listing: Listing, *, new: int, moments: Sequence[datetime]
    ) -> list[str]:
        """Note a page that was read, with its entries' dates, and go on; returns notes to log."""
        notes = []
        following = self._following(url, listing, new, moments)
        if following:
            notes += self._go_on(following)
        notes += self._add_children(listing.children)
        self.seen.update(entry.url for entry in listing.entries)
        self.number += 1
        return notes

    def _following(self, url: str, listing: Listing, new: int, moments: Sequence[datetime]) -> str:
        """Return the page to go on with, "" when those after this one hold nothing wanted."""
        if self.whole and new == 0:
            self.end = End.reached
            return ""
        if all(entry.url in self.seen for entry in listing.entries):
            return self.beyond(url)
        if moments and max(moments) < self.need_back:
            self.end = End.reached
            return ""
        return listing.next_url or ""

    def _go_on(self, url: str) -> list[str]:
        if url in self.visited:
            return ["the next page is one that was read already"]
        if self.number >= self.most:
            self.end = End.stopped
            return [f"stopped after {self.most} pages, before the window's start"]
        self.urls.append(url)
        return []

    def _add_children(self, children: Sequence[str]) -> list[str]:
        """Queue a sitemap index's own sitemaps; those of another host are named, not read."""
        ours = [url for url in children if host_port(url) == self.host]
        fresh = [url for url in dict.fromkeys(ours) if url not in self.visited]
        room = max(self.most - len(self.visited) - len(self.urls), 0)
        self.urls += fresh[:room]
        notes = []
        if len(ours) < len(children):
            notes.append(f"{len(children) - len(ours)} sitemaps on other hosts were not read")
        if len(fresh) > room:
            self.end = End.stopped
            notes.append(f"{len(fresh) - room} sitemaps beyond {self.most} were not read")
        return notes
