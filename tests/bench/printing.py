"""Seconds for the PDF and the DOCX of an issue of about 120 pages, made of invented text."""

import math
import statistics
import tempfile
import time
from pathlib import Path

from editor.assembler.docx import render_docx
from editor.assembler.typeset import Press, typeset
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import Article, IssueDocument, paragraph
from tests.assembler.sample import digest, digest_profile

PAGES = 120
COMMON = "市业企技新产创科发金目区数资持动展云评程集作合工成体学用"


def enlarged(document: IssueDocument, times: int) -> IssueDocument:
    """Return the document with every part's articles repeated, under anchors of their own.

    Every round has words of its own: typst remembers a paragraph that it has set before.
    """
    parts = []
    for part in document.parts:
        articles = [
            _reworded(article, round_).model_copy(update={"anchor": f"{article.anchor}-{round_}"})
            for round_ in range(times)
            for article in part.articles
        ]
        parts.append(part.model_copy(update={"articles": tuple(articles)}))
    return document.model_copy(update={"parts": tuple(parts)})


def _reworded(article: Article, round_: int) -> Article:
    turned = COMMON[round_:] + COMMON[:round_]
    return Article.model_validate_json(
        article.model_dump_json().translate(str.maketrans(COMMON, turned))
    )


def relaid(document: IssueDocument, profile: Profile, files: FileStore) -> str:
    """Return what a layout costs after a paragraph was added to an item: in each part in turn."""
    walls, cpus = [], []
    for number in range(9):
        parts = list(document.parts)
        at = number % len(parts)
        *others, last = parts[at].articles
        more = paragraph("临澜市新增一条便民线路。" * (number + 3))
        last = last.model_copy(update={"blocks": (more, *last.blocks)})
        parts[at] = parts[at].model_copy(update={"articles": (*others, last)})
        changed = document.model_copy(update={"parts": tuple(parts)})
        wall, cpu = time.perf_counter(), time.process_time()
        press = Press(changed, profile, files)
        press.layout()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        press.draft()
    return f"{statistics.median(walls):.2f} · {statistics.median(cpus):.2f}"


def run() -> dict[str, str]:
    """Return the figures as printable values."""
    with tempfile.TemporaryDirectory() as folder:
        files, profile = FileStore(Path(folder)), digest_profile()
        small = digest(files)
        pages = typeset(small, profile, files).pages
        document = enlarged(small, math.ceil(PAGES / pages))
        wall, cpu = time.perf_counter(), time.process_time()
        printed = typeset(document, profile, files)
        pdf = f"{time.perf_counter() - wall:.2f} · {time.process_time() - cpu:.2f}"
        again = relaid(document, profile, files)
        wall, cpu = time.perf_counter(), time.process_time()
        word = render_docx(document, profile, files, numbers=printed.starts, pinned=False)
        docx = f"{time.perf_counter() - wall:.2f} · {time.process_time() - cpu:.2f}"
    return {
        "pages": str(printed.pages),
        "PDF: seconds · of processor time": pdf,
        "layout after a change: seconds · of processor time (medians of 9)": again,
        "DOCX: seconds · of processor time": docx,
        "PDF · DOCX: MB": f"{len(printed.pdf) / 1e6:.1f} · {len(word) / 1e6:.1f}",
    }
