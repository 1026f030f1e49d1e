"""Whether everything that cannot be had ended in the reason that its fault deserves."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def misnamed(world: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for every faulty address whose last outcome gives another reason.

    The reason of an address is its last row's; the bait addresses lead into a private network.
    """
    endings = {row["url"]: row for row in rows}
    wanted = [(url, reason) for fault, reason in world["fault_codes"].items()
              for url in world["fault_urls"].get(fault, ())]  # fmt: skip
    wanted += [(url, "blocked_private") for site in world["sites"] for url in site["bait_urls"]]
    found = [(url, reason, endings.get(url)) for url, reason in wanted]
    return [
        f"{url}: {row['outcome'] + ' ' + row['reason'] if row else 'no row'} instead of {reason}"
        for url, reason, row in found
        if row is None or row["reason"] != reason or row["outcome"] not in ("failed", "refused")
    ]


def faults_of(world: Mapping[str, Any]) -> int:
    """Return how many addresses of the world must end in a reason."""
    hard = sum(len(world["fault_urls"].get(fault, ())) for fault in world["fault_codes"])
    return hard + sum(len(site["bait_urls"]) for site in world["sites"])


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read what `fetches export --jsonl` wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
