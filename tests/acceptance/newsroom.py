"""Crawl the replayed web of one window, compile the real issue from it, print and check it.

python -m tests.acceptance.newsroom --issue 000 --out OUT/ [--truth DIR] [--seed N] [--no-print]

Prints a table and, as the last line, one JSON object with every figure; exit 0 only when all
that must hold holds.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.settings import load
from editor.assembler.word.office import find_office, to_pdf
from editor.profile import read_profile
from tests.acceptance import ledger, shared
from tests.acceptance.compiling import Compiled, open_real_issue, place_all
from tests.acceptance.printed import check, read_pdf, share_decoded
from tests.acceptance.reasons import faults_of, misnamed, read_rows
from tests.acceptance.stage import Desk, World, newsroom, opened_desk, sources_toml
from tests.acceptance.truth import read_issue

REFUSED = "out_of_window,undated"
PROFILE = Path("config/publications/digest.toml")

# Ticket's floors and ceilings: what must hold of each figure.
CRAWLED: dict[str, Callable[[float], bool]] = {
    "recall": lambda value: value >= 0.995,
    "stored_twice": lambda value: value == 0,
    "admitted_out_of_window": lambda value: value == 0,
    "admitted_unreachable": lambda value: value == 0,
    "date_correct": lambda value: value >= 0.99,
    "title_exact": lambda value: value >= 0.97,
    "source_correct": lambda value: value >= 0.97,
    "tables_kept": lambda value: value >= 0.98,
    "false_tables": lambda value: value == 0,
    "images_kept": lambda value: value >= 0.98,
    "text_f1_median": lambda value: value >= 0.99,
    "text_f1_p5": lambda value: value >= 0.95,
    "cluster_precision": lambda value: value >= 0.98,
    "cluster_recall": lambda value: value >= 0.95,
    "faults_named": lambda value: value == 1,
    "xss_residue": lambda value: value == 0,
    "secret_hits": lambda value: value == 0,
    "private_hits": lambda value: value == 0,
    "max_concurrency": lambda value: value == 1,
    "min_gap_ms": lambda value: value >= 1000,
    "crawl_delay_gap_ms": lambda value: value >= 2000,
}
PRINTED: dict[str, Callable[[float], bool]] = {
    "not_placed": lambda value: value == 0,
    "pdf_items_once": lambda value: value == 1,
    "pdf_contents_true": lambda value: value == 1,
    "pdf_qr_decoded": lambda value: value == 1,
    "docx_items_once": lambda value: value == 1,
    "docx_contents_true": lambda value: value == 1,
    "docx_qr_decoded": lambda value: value == 1,
}


def main() -> int:
    """Run it all; return the exit code."""
    if "--days" in sys.argv:
        return ledger.main([word for word in sys.argv[1:] if word != "--days"])
    options = arguments()
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    truth = read_issue(options.truth, options.issue)
    desk, app = opened_desk(out)
    with newsroom(options.truth, options.issue, out, "--seed", str(options.seed)) as world:
        open_real_issue(app, truth, world.data["window"])
        figures = crawl(desk, world, truth.total, out)
        if options.no_print:
            return report(figures, CRAWLED)
        compiled = place_all(app, truth, world.data)
    figures |= {"taken": compiled.taken, "typed": compiled.typed}
    figures["not_placed"] = len(compiled.missing)
    figures |= publish(desk, compiled, truth.total, out)
    return report(figures, CRAWLED | PRINTED)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issue", required=True, help="NNN of the truth folder")
    parser.add_argument("--out", required=True, type=Path, help="folder for all that is made")
    parser.add_argument("--truth", type=Path, default=shared() / "truth")
    parser.add_argument("--seed", type=int, default=1, help="another world of the same issue")
    parser.add_argument(
        "--days", action="store_true", help="day by day: see tests.acceptance.ledger"
    )
    parser.add_argument("--no-print", action="store_true", help="crawl and score only")
    return parser.parse_args()


def crawl(desk: Desk, world: World, total: int, out: Path) -> dict[str, Any]:
    """Crawl with the real worker and broker, export the candidates and score them."""
    prepare(desk, world, total, out)
    started = time.monotonic()
    desk.run("crawl", "--issue", str(total))
    seconds = time.monotonic() - started
    rows, scores = out / "candidates.jsonl", out / "scores.json"
    desk.run("candidates", "export", "--issue", str(total), "--jsonl", str(rows))
    desk.run("fetches", "export", "--jsonl", str(out / "fetches.jsonl"))
    stats = world.data["control_url"] + "/__stats"
    command = [sys.executable, str(shared() / "newsroom" / "score.py"), str(rows), str(world.path)]
    command += ["--stats", stats, "--refused", REFUSED, "--json", str(scores)]
    subprocess.run(command, check=True)
    figures = {"crawl_seconds": round(seconds, 1), **figures_of(json.loads(scores.read_text()))}
    return figures | {"faults_named": faults_named(world.data, out)}


def prepare(desk: Desk, world: World, total: int, out: Path) -> None:
    """Bring the world's sources and pasted links in, at the world's present time."""
    (out / "sources.toml").write_text(sources_toml(world.data), encoding="utf-8")
    desk.run("source", "import", str(out / "sources.toml"))
    desk.run("clock", "--set", world.data["default_now"])
    links = out / "links.txt"
    links.write_text("\n".join(world.data["paste_links"]), encoding="utf-8")
    desk.run("paste", "--file", str(links), "--issue", str(total))


def faults_named(world: dict[str, Any], out: Path) -> float:
    """Return the share of what cannot be had that ended in its reason; names the others."""
    wrong = misnamed(world, read_rows(out / "fetches.jsonl"))
    for sentence in wrong:
        print(sentence)
    return round(1 - len(wrong) / max(faults_of(world), 1), 4)


def figures_of(score: dict[str, Any]) -> dict[str, Any]:
    """Return the scorer's figures under one name each."""
    return {
        "recall": score["recall"]["articles"],
        "recall_issue_items": score["recall"]["issue_items"],
        "stored_twice": score["stored_twice"],
        "admitted_out_of_window": score["admitted_out_of_window"],
        "date_correct": score["date_correct"],
        "title_exact": score["title_exact"],
        "source_correct": score["source_correct"],
        "admitted_unreachable": sum(score["admitted_unreachable"].values()),
        "tables_kept": score["tables_kept"],
        "false_tables": score["false_tables"],
        "images_kept": score["images_kept"],
        "text_f1_median": score["text"]["f1"]["median"],
        "text_f1_p5": score["text"]["f1"]["p5"],
        "cluster_precision": score["clusters"]["precision"],
        "cluster_recall": score["clusters"]["recall"],
        "xss_residue": len(score["xss_residue"]),
        "secret_hits": score["politeness"]["secret_hits"],
        "max_concurrency": score["politeness"]["max_concurrency_per_site"],
        "min_gap_ms": score["politeness"]["min_gap_ms"],
        "crawl_delay_gap_ms": score["politeness"]["crawl_delay_min_gap_ms"],
        "private_hits": score["politeness"]["private_hits"],
    }


def publish(desk: Desk, compiled: Compiled, total: int, out: Path) -> dict[str, Any]:
    """Export both formats and check their pages; the DOCX as LibreOffice shows it."""
    figures: dict[str, Any] = {}
    for kind in ("pdf", "docx"):
        target = out / f"issue.{kind}"
        started = time.monotonic()
        desk.run("export", "--issue", str(total), "--format", kind, str(target))
        figures[f"{kind}_seconds"] = round(time.monotonic() - started, 1)
        shown = target if kind == "pdf" else rendered(target, out)
        printed = read_pdf(shown)
        for name, value in check(printed, compiled.expected).items():
            figures[f"{kind}_{name}"] = round(value, 4)
        figures[f"{kind}_qr_decoded"] = round(share_decoded(shown, compiled.expected), 4)
    return figures


def rendered(document: Path, out: Path) -> Path:
    """Return the DOCX as LibreOffice lays it out."""
    office = find_office(load().soffice)
    if office is None:
        raise SystemExit("LibreOffice is not installed: apt install libreoffice-writer-nogui")
    shown = out / "issue-docx.pdf"
    profile = read_profile(PROFILE)
    shown.write_bytes(to_pdf(document.read_bytes(), profile, soffice=office, timeout=300))
    return shown


def report(figures: dict[str, Any], must: dict[str, Callable[[float], bool]]) -> int:
    """Print the table and the JSON line; return 0 only when all that must hold holds."""
    held = {name: figures[name] is not None and rule(figures[name]) for name, rule in must.items()}
    for name, value in figures.items():
        mark = "" if name not in held else ("ok" if held[name] else "FAILS")
        print(f"{name:26} {value!s:>10}  {mark}")
    print(json.dumps({**figures, "holds": all(held.values())}))
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
