"""The window ledger as a file: a CSV table for spreadsheets, JSON lines for programs."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from editor.desk.ledger import LedgerLine

# a spreadsheet takes a cell that begins with one of these for a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row(line: LedgerLine) -> dict[str, Any]:
    """Return a line as plain values; moments in ISO 8601, UTC."""
    return {
        "source": line.source.name,
        "kind": line.source.kind.value,
        "url": line.source.url,
        "state": line.state,
        "tried": line.tried,
        "ok": line.ok,
        "unchanged": line.unchanged,
        "failed": line.failed,
        "first_at": _text(line.first_at),
        "last_at": _text(line.last_at),
        "oldest_seen": _text(line.oldest_seen),
        "newest_seen": _text(line.newest_seen),
        "failing_since": _text(line.failing_since),
        "reason": line.source.last_reason if line.failing_since else "",
        "entries": line.entries,
        "in_window": line.in_window,
        "undated": line.undated,
        "undated_share": round(line.undated_share, 4),
        "late": line.late,
        "lost": line.lost,
        "gaps": [
            {
                "after_at": _text(hole.after_at),
                "before_at": _text(hole.before_at),
                "cause": hole.cause.value,
                "state": hole.state.value,
                "recovered": hole.recovered,
                "reason": hole.reason,
            }
            for hole in line.holes
        ],
    }


def to_jsonl(lines: Iterable[LedgerLine]) -> str:
    """Return a JSON object a line."""
    return "".join(json.dumps(row(line), ensure_ascii=False) + "\n" for line in lines)


def to_csv(lines: Iterable[LedgerLine]) -> str:
    """Return a table with a byte order mark, without which Excel misreads Chinese."""
    rows = [row(line) for line in lines]
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    if rows:
        writer.writerow(rows[0])
    for each in rows:
        each["gaps"] = "; ".join(
            f"{gap['after_at']}/{gap['before_at']} {gap['cause']} {gap['state']}"
            for gap in each["gaps"]
        )
        writer.writerow([_cell(value) for value in each.values()])
    return out.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
