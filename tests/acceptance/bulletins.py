"""Print a real bulletin from its truth file and measure the finished PDF and Word files.

python -m tests.acceptance.bulletins --truth DIR --seeds DIR --issue NNN --out OUT/

Leaves issue.pdf, issue.docx and pinned.docx in OUT/. Prints what is wrong, a table of the elements
B01 … B112 by format and, as the last line, one JSON object with the shares from 0 to 1; exit 0 only
when every share that must hold is 1.
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import mammoth
from docx import Document
from docx.table import Table as DocxTable
from lxml import etree

from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.finished.lines import STRETCH
from editor.assembler.press.typeset import typeset
from editor.assembler.word.numbering import NumberedDocx, number_docx
from editor.assembler.word.office import find_office, font_configuration, to_pdf
from editor.assembler.word.ooxml import qualified as w
from editor.profile import Profile
from editor.store.files import FileStore
from editor.text.document import IssueDocument
from tests.acceptance import shared
from tests.acceptance.bulletins_document import (
    Source,
    document_of,
    printed_otherwise,
    profile_of,
    read_source,
)
from tests.acceptance.bulletins_elements import elements
from tests.acceptance.bulletins_measures import (
    Share,
    contents_true,
    items_equal,
    lines_of_type,
    outline_complete,
)
from tests.acceptance.bulletins_questions import Issue
from tests.acceptance.bulletins_reading import PdfReading, Reading, WordReading, text_of
from tests.acceptance.truth import bare

NO_OFFICE = "/no/such/program"
TIMEOUT = 180
FULL_LINES = 0.99
SHOWN = 8


@dataclass
class Report:
    """The shares by name, and what is wrong with them."""

    shares: dict[str, float] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)

    def note(self, name: str, share: Share) -> None:
        """Keep a share and print what does not hold."""
        self.shares[name] = round(share.share, 4)
        print(f"{name:24} {share.held}/{share.seen}", flush=True)
        for words in share.wrong[:SHOWN]:
            print(f"    {words}")
        if len(share.wrong) > SHOWN:
            print(f"    … and {len(share.wrong) - SHOWN} more")

    def check(self, name: str, problem: str) -> None:
        """Keep a check that holds or does not."""
        self.note(name, Share(int(not problem), 1, [problem] if problem else []))

    def holds(self) -> bool:
        """Whether all that must be whole is whole."""
        floors = {"full_lines": FULL_LINES}
        return all(share >= floors.get(name, 1.0) for name, share in self.shares.items())


def main() -> int:
    """Print and measure one issue; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--truth", type=Path, default=shared() / "truth")
    parser.add_argument("--seeds", type=Path, default=shared() / "seeds")
    parser.add_argument("--issue", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    source = read_source(options.truth, options.seeds, options.issue)
    report = measured(source, options.out)
    print(json.dumps({"issue": options.issue, "holds": report.holds(), **report.shares,
                      **report.facts}, ensure_ascii=False))  # fmt: skip
    return 0 if report.holds() else 1


def measured(source: Source, out: Path) -> Report:
    """Print the issue in every way into `out` and return what was measured."""
    profile, files, report = profile_of(source), FileStore(out / "files"), Report()
    document = document_of(source, profile, files)
    for line in printed_otherwise(source, document):
        print(f"the original's contents say “{line.printed}” for “{line.headline}”")
    pdf = typeset(document, profile, files)
    word = _word(document, profile, files, pdf.starts, None)
    pinned = _word(document, profile, files, pdf.starts, NO_OFFICE)
    for name, content in (("issue.pdf", pdf.pdf), ("issue.docx", word.content),
                          ("pinned.docx", pinned.content)):  # fmt: skip
        (out / name).write_bytes(content)
    check_pdf(pdf.pdf, document, profile, pdf.starts)
    check_docx(word.content, document, profile)
    of_pdf, of_word = PdfReading(pdf.pdf, profile), WordReading(word.content, profile)
    _texts(report, (of_pdf, of_word), document, source, profile)
    _contents(report, of_pdf, document, profile, word, pinned)
    _pdf(report, of_pdf, document, profile, out / "issue.pdf")
    _docx(report, of_word, document, source, profile, out / "issue.docx")
    _elements(report, Issue(source, document, profile), (of_pdf, of_word))
    report.facts |= {
        "pages": pdf.pages,
        "numbering": word.result["numbering"],
        "agrees_with_pdf": word.result["agrees_with_pdf"],
        "reason": word.result["reason"],
        "remarks": [remark.chinese for remark in word.remarks],
        "pinned": pinned.result["numbering"],
    }
    return report


def _word(
    document: IssueDocument,
    profile: Profile,
    files: FileStore,
    starts: dict[str, int],
    soffice: str | None,
) -> NumberedDocx:
    return number_docx(
        document, profile, files, soffice=soffice, starts=starts, on_progress=lambda *_: None
    )


# --- the points ----------------------------------------------------------------------------------


def _texts(
    report: Report,
    readings: tuple[PdfReading, WordReading],
    document: IssueDocument,
    source: Source,
    profile: Profile,
) -> None:
    both = Share()
    for reading in readings:
        share = items_equal(reading, document, source, profile)
        report.note(f"items_equal_{reading.kind.lower()}", share)
        both = Share(both.held + share.held, both.seen + share.seen)
    report.shares["items_equal"] = round(both.share, 4)


def _contents(
    report: Report,
    of_pdf: PdfReading,
    document: IssueDocument,
    profile: Profile,
    word: NumberedDocx,
    pinned: NumberedDocx,
) -> None:
    report.note("contents_true_pdf", contents_true(of_pdf, document, profile))
    office = find_office(None)
    if office is None:
        raise SystemExit("LibreOffice is needed to measure the Word edition")
    both = Share()
    for name, made in (("verified", word), ("pinned", pinned)):
        printed = PdfReading(to_pdf(made.content, profile, soffice=office), profile)
        share = contents_true(printed, document, profile)
        report.note(f"contents_true_{name}", share)
        both = Share(both.held + share.held, both.seen + share.seen)
    report.shares["contents_true_docx"] = round(both.share, 4)


def _pdf(
    report: Report, reading: PdfReading, document: IssueDocument, profile: Profile, path: Path
) -> None:
    setting, shares = lines_of_type(path.read_bytes(), document, profile)
    for name, share in shares.items():
        report.note(name, share)
    uneven = "" if abs(setting.advance - 1) <= STRETCH else f"{setting.advance:.3f} em"
    report.check("even_advance", uneven)
    report.note("outline", outline_complete(reading, document, profile))
    urls = Counter(link.url for one in document.articles() for link in one.attachments)
    urls += Counter([document.qr_url] if document.qr_url else [])
    missing = urls - Counter(reading.codes)
    report.note("codes_decoded", Share(urls.total() - missing.total(), urls.total(), [*missing]))
    report.check("qpdf", _problem("qpdf", "--check", str(path)))
    report.check("fonts_embedded", _fonts(path))


def _docx(
    report: Report,
    reading: WordReading,
    document: IssueDocument,
    source: Source,
    profile: Profile,
    path: Path,
) -> None:
    report.check("unzip", _problem("unzip", "-tq", str(path)))
    report.check("python_docx", _differs(reading.stream, _through_python_docx(path, reading)))
    whole = reading.front + reading.stream
    report.check("mammoth", _differs(whole, _through_mammoth(path)))
    again = round_trip(path, profile)
    report.check("libreoffice_text", _differs(whole, _all_text(again)))
    counts = [counted(content) for content in (path.read_bytes(), again)]
    report.check("libreoffice_tables", "" if counts[0] == counts[1] else f"{counts}")


def _elements(report: Report, issue: Issue, readings: tuple[Reading, ...]) -> None:
    """Ask every element of every format and print the table."""
    share = Share()
    print(f"\n{'':6}" + "".join(f"{reading.kind:>12}" for reading in readings))
    for name, questions in elements(issue).items():
        cells = []
        for reading in readings if questions else ():
            found = sum(question(reading) for question in questions)
            share.note(found == len(questions), f"{name} {reading.kind}: {found}/{len(questions)}")
            cells.append(f"{found}/{len(questions)}")
        print(f"{name:6}" + "".join(f"{cell:>12}" for cell in cells or ["–", "–"]))
    print()
    report.note("elements_found", share)


# --- other programs ------------------------------------------------------------------------------


def _problem(*command: str) -> str:
    """Return what a program complains about, "" when it ends well."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[:300]


def _fonts(path: Path) -> str:
    """Return the fonts that are not embedded as subsets."""
    done = subprocess.run(
        ["pdffonts", str(path)], capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    rows = done.stdout.splitlines()[2:]
    loose = [row for row in rows if not re.search(r"\byes +yes +yes +\d+ +\d+\s*$", row)]
    return "; ".join(loose)[:300]


def _differs(one: str, other: str) -> str:
    """Return where two texts part, "" when they are equal."""
    if one == other:
        return ""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
              min(len(one), len(other)))  # fmt: skip
    return (
        f"{len(one)} and {len(other)} characters; “{one[at : at + 30]}” is “{other[at : at + 30]}”"
    )


def _through_python_docx(path: Path, reading: WordReading) -> str:
    """Return the body's text as python-docx reads it: by paragraphs and by cells."""
    texts: list[str] = []
    for block in Document(str(path)).iter_inner_content():
        if isinstance(block, DocxTable):
            cells = (cell for row in block._tbl.tr_lst for cell in row.tc_lst)
            texts += [text_of(node) for cell in cells for node in cell.iter(w("w:p"))]
        else:
            texts.append(block.text)
    whole = bare("".join(texts))
    return whole[len(whole) - len(reading.stream) :]


def _through_mammoth(path: Path) -> str:
    with path.open("rb") as file:
        return bare(mammoth.extract_raw_text(file).value)


def _all_text(content: bytes) -> str:
    root = _part(content, "word/document.xml")
    return bare("".join(text_of(node) for node in root.iter(w("w:p"))))


def _part(content: bytes, name: str) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(name))


def counted(content: bytes) -> dict[str, object]:
    """Return how many tables, spans, heads and pictures a Word file has, and its notes."""
    root = _part(content, "word/document.xml")
    tags = ("w:tbl", "w:tr", "w:footnoteReference")
    merges = [m.get(w("w:val")) for m in root.iter(w("w:vMerge"))]
    return {
        **{tag: sum(1 for _ in root.iter(w(tag))) for tag in tags},
        "spans": merges.count("restart"),
        "headers": sum(1 for h in root.iter(w("w:tblHeader")) if h.get(w("w:val")) != "false"),
        "pictures": sum(1 for _ in root.iter("{*}blip")),
        "notes": _notes(content),
    }


def _notes(content: bytes) -> list[str]:
    """Return the footnotes' texts; a file without any may lack the part."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "word/footnotes.xml" not in archive.namelist():
            return []
    root = _part(content, "word/footnotes.xml")
    texts = (bare("".join(map(text_of, note.iter(w("w:p"))))) for note in root)
    return [text for text in texts if text]


def round_trip(path: Path, profile: Profile) -> bytes:
    """Return the Word file as LibreOffice saves it again."""
    office = find_office(None) or "soffice"
    with tempfile.TemporaryDirectory(prefix="zhaibian-round-") as name:
        folder = Path(name)
        (folder / "fonts.conf").write_text(font_configuration(profile, folder), encoding="utf-8")
        command = [office, f"-env:UserInstallation={(folder / 'user').as_uri()}", "--headless",
                   "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder / "out"),
                   str(path)]  # fmt: skip
        environment = {**os.environ, "HOME": name, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
        subprocess.run(command, env=environment, capture_output=True, timeout=TIMEOUT, check=True)
        return (folder / "out" / path.name).read_bytes()


if __name__ == "__main__":
    sys.exit(main())
