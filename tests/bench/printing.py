"""Processor seconds for the PDF, the DOCX, web page and EPUB of issues of 120, 240 and 500 pages.

Each size is printed in a process of its own that has printed nothing before, set up as a worker
is. The peers print the same document of 120 pages in the same run, in turn with us and each time
in a process of their own: LibreOffice makes a PDF of our DOCX, WeasyPrint makes one of our web
edition with the page, the faces and the sizes of the PDF. All three files are tagged and have an
outline; ours and WeasyPrint's are PDF/A-2b. The text is invented.
"""

import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from editor.assembler import fonts
from editor.assembler.editions.epub import epub
from editor.assembler.editions.web import web_page
from editor.assembler.press.typeset import Press, typeset
from editor.assembler.word.edition import render_docx
from editor.assembler.word.office import find_office, office_version, to_pdf
from editor.processes import collect_seldom
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import Article, IssueDocument, paragraph
from tests.assembler.sample import digest, digest_profile

PAGES = (120, 240, 500)
ROUNDS = 9
TURNS = 3  # of ours and the peers; what is told of each is its median
TIMEOUT = 500  # seconds for any one process
PDF_LIMIT = DOCX_LIMIT = 1.0  # seconds of processor time for 120 pages
AGAIN_LIMIT = 0.3
SCREENS_LIMIT = 0.2  # web page and EPUB together
OFFICE_LEAST, WEASYPRINT_LEAST = 4.0, 10.0  # times our time
LINEAR = 1.15  # a page of a large issue may cost this many times one of a small issue
COMMON = "市业企技新产创科发金目区数资持动展云评程集作合工成体学用"
KILOBYTES = 1024  # of a megabyte: ru_maxrss counts kilobytes


@dataclass(frozen=True)
class Cost:
    """Seconds by the wall's clock and of processor time."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} · {self.processor:.2f}"


@dataclass(frozen=True)
class Ours:
    """What an issue of so many pages costs; `peak` is the process's memory in MB."""

    pages: int
    pdf: Cost
    docx: Cost
    again: Cost
    peak: float
    sizes: tuple[float, float]
    screens: Cost


# --- the issue -----------------------------------------------------------------------------------


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


# --- ours ----------------------------------------------------------------------------------------


def clocked(step: Callable[[], Any]) -> tuple[Any, Cost]:
    """Return what the step gave and what it cost this process and those it waited for."""
    wall, processor = time.perf_counter(), _processor()
    given = step()
    return given, Cost(time.perf_counter() - wall, _processor() - processor)


def _processor() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _ours(document: IssueDocument, profile: Profile, files: FileStore) -> Ours:
    printed, pdf = clocked(lambda: typeset(document, profile, files))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES
    word, docx = clocked(
        lambda: render_docx(document, profile, files, numbers=printed.starts, pinned=False)
    )
    _, screens = clocked(
        lambda: (web_page(document, profile, files), epub(document, profile, files))
    )
    again = relaid(document, profile, files)
    sizes = (len(printed.pdf) / 1e6, len(word) / 1e6)
    return Ours(printed.pages, pdf, docx, again, peak, sizes, screens)


def relaid(document: IssueDocument, profile: Profile, files: FileStore) -> Cost:
    """Return what a layout costs after a paragraph was added to an item: in each part in turn."""
    costs = []
    for number in range(ROUNDS):
        parts = list(document.parts)
        at = number % len(parts)
        *others, last = parts[at].articles
        more = paragraph("临澜市新增一条便民线路。" * (number + 3))
        last = last.model_copy(update={"blocks": (more, *last.blocks)})
        parts[at] = parts[at].model_copy(update={"articles": (*others, last)})
        changed = document.model_copy(update={"parts": tuple(parts)})
        press, made = clocked(lambda changed=changed: Press(changed, profile, files))
        _, laid = clocked(press.layout)
        costs.append((made.wall + laid.wall, made.processor + laid.processor))
        press.draft()
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


# --- the peers -----------------------------------------------------------------------------------


def _screens(document: IssueDocument, profile: Profile, files: FileStore) -> dict[str, Any]:
    """Return what the editions for screens cost a process that has made nothing before."""
    _, web = clocked(lambda: web_page(document, profile, files))
    _, book = clocked(lambda: epub(document, profile, files))
    return {"web": asdict(web), "epub": asdict(book)}


def _printed(document: IssueDocument, profile: Profile, files: FileStore) -> dict[str, Any]:
    """Return what our PDF costs a process that has made nothing before."""
    _, cost = clocked(lambda: typeset(document, profile, files))
    return {"name": "our PDF", "cost": asdict(cost)}


def _libreoffice(document: IssueDocument, profile: Profile, files: FileStore) -> dict[str, Any]:
    program = find_office(None)
    if program is None:
        return {"missing": "LibreOffice is not installed"}

    def printed() -> bytes:
        word = render_docx(document, profile, files, numbers={}, pinned=False)
        return to_pdf(word, profile, soffice=program)

    _, cost = clocked(printed)
    return {"name": f"LibreOffice {office_version(program)}", "cost": asdict(cost)}


def _weasyprint(document: IssueDocument, profile: Profile, files: FileStore) -> dict[str, Any]:
    try:
        # an optional package of the bench, which needs pango from the system
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError) as error:
        return {"missing": f"WeasyPrint cannot be loaded: {str(error).splitlines()[0]}"}
    set_up = FontConfiguration()

    def printed() -> bytes:
        page = web_page(document, profile, files).decode("utf-8")
        style = weasyprint.CSS(string=_style(profile), font_config=set_up)
        made: bytes = weasyprint.HTML(string=page).write_pdf(
            stylesheets=[style], font_config=set_up, pdf_variant="pdf/a-2b", pdf_tags=True
        )
        return made

    pdf, cost = clocked(printed)
    return {
        "name": f"WeasyPrint {weasyprint.__version__}",
        "cost": asdict(cost),
        "pages": pdf.count(b"/Type /Page") - pdf.count(b"/Type /Pages"),
    }


def _style(profile: Profile) -> str:
    """Return a style sheet for the same page, faces, sizes, running feet and numbered contents."""
    page = profile.page
    faces = "".join(
        f"@font-face {{ font-family: '{family}'; font-weight: {weight}; "
        f"src: url({path.as_uri()}) }}"
        for family, paths in fonts.FILES.items()
        for path, weight in zip(paths, (400, 700), strict=False)
    )
    song, hei = profile.fonts.song or fonts.FALLBACK, profile.fonts.hei or fonts.FALLBACK
    return f"""{faces}
@page {{ size: {page.width}pt {page.height}pt; margin: {page.top}pt {page.side}pt {page.bottom}pt;
  @bottom-center {{ content: "— " counter(page) " —" }} }}
body {{ font: {page.body_size}pt/{page.pitch}pt '{song}'; margin: 0; text-align: justify }}
h1, h2, h3, h4, th {{ font-family: '{hei}'; font-weight: 700 }}
main > section {{ break-before: page }}
.page, main {{ max-width: none; margin: 0; padding: 0; display: block }}
.contents a::after {{ content: leader('.') target-counter(attr(href), page) }}
table {{ font-size: 9pt; line-height: 14pt; width: 100%; border-collapse: collapse }}
"""


# --- the run -------------------------------------------------------------------------------------

MAKERS: dict[str, Callable[[IssueDocument, Profile, FileStore], Any]] = {
    "small": lambda document, profile, files: {"pages": typeset(document, profile, files).pages},
    "ours": lambda document, profile, files: asdict(_ours(document, profile, files)),
    "pdf": _printed,
    "screens": _screens,
    "libreoffice": _libreoffice,
    "weasyprint": _weasyprint,
}


def _elsewhere(what: str, times: int = 1) -> dict[str, Any]:
    """Return what a fresh process found out; its memory and its time are its own."""
    command = [sys.executable, "-m", "tests.bench.printing", what, str(times)]
    answer = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False, text=True)
    if answer.returncode:
        raise RuntimeError(f"{' '.join(command[2:])}: {answer.stderr.strip().splitlines()[-1:]}")
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def run() -> dict[str, str]:
    """Return the figures as printable values, and whether each limit holds."""
    figures: dict[str, str] = {}
    small = int(_elsewhere("small")["pages"])
    first: Ours | None = None
    for pages in PAGES:
        found = _read(_elsewhere("ours", math.ceil(pages / small)))
        first = first or found
        figures |= _said(found, first)
    return figures | _beside_peers(math.ceil(PAGES[0] / small))


def _beside_peers(times: int) -> dict[str, str]:
    """Return the rows of our PDF and those of the peers, made in turn."""
    turns = [
        {who: _elsewhere(who, times) for who in ("pdf", "libreoffice", "weasyprint")}
        for _ in range(TURNS)
    ]
    ours = _median([turn["pdf"] for turn in turns])
    rows = {f"our PDF beside them, {TURNS} turns: seconds · of processor": f"{ours}"}
    for who, least in (("libreoffice", OFFICE_LEAST), ("weasyprint", WEASYPRINT_LEAST)):
        rows |= _beside([turn[who] for turn in turns], ours, least)
    return rows


def _median(found: list[dict[str, Any]]) -> Cost:
    costs = [Cost(**each["cost"]) for each in found]
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
    )


def _read(data: dict[str, Any]) -> Ours:
    costs = {name: Cost(**data.pop(name)) for name in ("pdf", "docx", "again", "screens")}
    return Ours(**data | {"sizes": tuple(data["sizes"])}, **costs)


def _said(found: Ours, first: Ours) -> dict[str, str]:
    """Return the rows of one size; limits are those of the first."""
    of, alone = f"{found.pages} pages", found is first
    rows = {
        f"{of}: PDF, seconds · of processor": f"{found.pdf}",
        f"{of}: DOCX, seconds · of processor": f"{found.docx}",
        f"{of}: layout after a change (median of {ROUNDS})": f"{found.again}",
        f"{of}: web page and EPUB, seconds · of processor": f"{found.screens}",
        f"{of}: memory at its peak, PDF, DOCX (MB)": (
            f"{found.peak:.0f} · {found.sizes[0]:.1f} · {found.sizes[1]:.1f}"
        ),
    }
    if alone:
        limits = (PDF_LIMIT, DOCX_LIMIT, AGAIN_LIMIT, SCREENS_LIMIT)
        costs = (found.pdf, found.docx, found.again, found.screens)
        for key, limit, cost in zip(rows, limits, costs, strict=False):
            rows[key] += f"   limit {limit:.1f}: {_verdict(cost.processor <= limit)}"
        return rows
    for key, cost, base in zip(
        rows, (found.pdf, found.docx), (first.pdf, first.docx), strict=False
    ):
        share = cost.processor / found.pages * first.pages / base.processor
        rows[key] += f"   a page {share:.2f} × that of {first.pages}: {_verdict(share <= LINEAR)}"
    return rows


def _beside(found: list[dict[str, Any]], ours: Cost, least: float) -> dict[str, str]:
    peer = found[0]
    if "missing" in peer:
        return {peer["missing"]: "not measured"}
    cost = _median(found)
    wall, processor = cost.wall / ours.wall, cost.processor / ours.processor
    of = f", {peer['pages']} pages" if peer.get("pages") else ""
    return {
        f"{peer['name']}{of}: seconds · of processor": f"{cost}",
        f"{peer['name']} ÷ our PDF": (
            f"{wall:.1f} · {processor:.1f}   at least {least:.0f}: "
            f"{_verdict(wall >= least)} · {_verdict(processor >= least)}"
        ),
    }


def _verdict(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"


def main() -> None:
    """Measure one thing in this process and print it as JSON."""
    what, times = sys.argv[1], int(sys.argv[2])
    collect_seldom()
    with tempfile.TemporaryDirectory() as folder:
        files, profile = FileStore(Path(folder)), digest_profile()
        small = digest(files)
        document = enlarged(small, times) if times > 1 else small
        print(json.dumps(MAKERS[what](document, profile, files)))


if __name__ == "__main__":
    main()
