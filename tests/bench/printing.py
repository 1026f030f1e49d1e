"""Seconds for the PDF and the DOCX of an issue of about 120 pages, made of invented text."""

import math
import tempfile
import time
from pathlib import Path

from editor.assembler.docx import render_docx
from editor.assembler.typeset import typeset
from editor.store.files import FileStore
from editor.text.document import Article, IssueDocument
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
        wall, cpu = time.perf_counter(), time.process_time()
        word = render_docx(document, profile, files, numbers=printed.starts, pinned=False)
        docx = f"{time.perf_counter() - wall:.2f} · {time.process_time() - cpu:.2f}"
    return {
        "pages": str(printed.pages),
        "PDF: seconds · of processor time": pdf,
        "DOCX: seconds · of processor time": docx,
        "PDF · DOCX: MB": f"{len(printed.pdf) / 1e6:.1f} · {len(word) / 1e6:.1f}",
    }
