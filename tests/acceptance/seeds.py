"""Crawl many worlds, one after another, and tell what each of them gave.

python -m tests.acceptance.seeds --out OUT/ [--issue 000 …] [--seeds 1-5] [--truth DIR]

Prints a row a world and, as the last line, one JSON object with the worst value of each figure;
exit 0 only when all that must hold holds in every world.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.acceptance import shared

ISSUES = ("000", "002", "003")
SHOWN = ("recall", "date_correct", "title_exact", "source_correct", "text_f1_median", "text_f1_p5",
         "tables_kept", "images_kept", "cluster_precision", "cluster_recall", "faults_named",
         "stored_twice", "crawl_seconds")  # fmt: skip
CEILINGS = ("stored_twice", "crawl_seconds")


def main() -> int:
    """Crawl every chosen world; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--issue", nargs="*", default=ISSUES)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-5"), help="1-5 or 3,7")
    parser.add_argument("--truth", type=Path, default=shared() / "truth")
    options = parser.parse_args()
    worlds: dict[str, dict[str, Any]] = {}
    print("world      " + " ".join(f"{name[:12]:>12}" for name in SHOWN), flush=True)
    for issue in options.issue:
        for seed in options.seeds:
            figures = crawled(issue, seed, options.out / f"{issue}-{seed}", options.truth)
            worlds[f"{issue}-{seed}"] = figures
            shown = " ".join(f"{figures.get(name, '-')!s:>12}" for name in SHOWN)
            print(f"{issue}-{seed:<6} {shown} {'' if figures['holds'] else 'FAILS'}", flush=True)
    done = [figures for figures in worlds.values() if "recall" in figures]
    worst = {name: (max if name in CEILINGS else min)(figures[name] for figures in done)
             for name in SHOWN if done}  # fmt: skip
    failing = [name for name, figures in worlds.items() if not figures["holds"]]
    print(json.dumps({"worlds": len(worlds), "failing": failing, "holds": not failing, **worst}))
    return 1 if failing else 0


def seeds_of(text: str) -> list[int]:
    """Return the seeds written `1-5` or `1,4,7`."""
    first, dash, last = text.partition("-")
    if dash:
        return list(range(int(first), int(last) + 1))
    return [int(part) for part in text.split(",")]


def crawled(issue: str, seed: int, out: Path, truth: Path) -> dict[str, Any]:
    """Crawl one world in a process of its own; its whole output lies in OUT/log.txt."""
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.acceptance.newsroom", "--no-print", "--issue", issue]
    command += ["--seed", str(seed), "--out", str(out), "--truth", str(truth)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    (out / "log.txt").write_text(done.stdout, encoding="utf-8")
    last = done.stdout.strip().rpartition("\n")[2]
    figures: dict[str, Any] = json.loads(last) if last.startswith("{") else {"holds": False}
    return figures


if __name__ == "__main__":
    sys.exit(main())
