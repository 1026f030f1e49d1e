"""Bells between crawl and extraction: several pages share one, and nobody rings twice for a host.

The database is the truth and a bell only saves time: `tick` rings for whatever was left behind.
"""

import time
from collections.abc import Collection, Sequence

from editor import clock
from editor.store import gate
from editor.store.queue import Task
from workers.workshop import Ring, Workshop

TOGETHER = 8
PATIENCE = 1.0


def ring_for_extraction(ring: Ring, entry_ids: Sequence[int]) -> None:
    """Ask for the extraction of captured entries, some at a time; call it after the commit."""
    for start in range(0, len(entry_ids), TOGETHER):
        ring(Task.extract_entries, *entry_ids[start : start + TOGETHER])


def ring_for_hosts(shop: Workshop, hosts: Collection[str]) -> None:
    """Ring for hosts with new work, after its commit.

    Not for one that is held: its holder, once it has given the host back, looks for work there
    and rings for itself.
    """
    if not hosts:
        return
    with shop.database.reading() as session:
        held = gate.held(session, hosts, now=clock.real())
    for host in sorted({*hosts} - held):
        shop.ring(Task.crawl_host, host)


class Captured:
    """The entries that a visit has captured and not yet rung for; none waits for long."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._waiting: list[int] = []
        self._since = 0.0

    def add(self, entry_id: int) -> None:
        """Note a captured entry; a full message goes at once."""
        self._since = self._since if self._waiting else time.monotonic()
        self._waiting.append(entry_id)
        if len(self._waiting) == TOGETHER:
            self.ring()

    def ring_before(self, pause: float) -> None:
        """Ring when nothing else will be captured for `pause` seconds, or one waits too long."""
        if pause > 0 or (self._waiting and time.monotonic() - self._since > PATIENCE):
            self.ring()

    def ring(self) -> None:
        """Ring for all that wait."""
        waiting, self._waiting = self._waiting, []
        ring_for_extraction(self._ring, waiting)
