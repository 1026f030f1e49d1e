"""Captured pages on their way to extraction: several share a message, none waits for long."""

import time
from collections.abc import Sequence

from editor.store.queue import Task
from workers.workshop import Ring

TOGETHER = 8
PATIENCE = 1.0


def ring_for_extraction(ring: Ring, entry_ids: Sequence[int]) -> None:
    """Ask for the extraction of captured entries, some at a time; call it after the commit."""
    for start in range(0, len(entry_ids), TOGETHER):
        ring(Task.extract_entries, *entry_ids[start : start + TOGETHER])


class Captured:
    """The entries that a visit has captured and not yet rung for.

    A process that dies meanwhile loses only the bell: `tick` rings for what was left behind.
    """

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
