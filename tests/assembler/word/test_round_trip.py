"""The Word edition goes through other programs and comes back with its text, tables and notes."""

import io

import mammoth
import pytest

from editor.assembler.contents import entries
from editor.assembler.word.edition import render_docx
from editor.assembler.word.office import find_office
from editor.store.files import FileStore
from editor.text.document import (
    Article,
    Attachment,
    Cell,
    FootnoteRef,
    FormulaBlock,
    IssueDocument,
    ListBlock,
    Mark,
    PageBreak,
    Part,
    Quote,
    Table,
    Text,
    paragraph,
)
from tests.acceptance.bulletins import counted, round_trip
from tests.acceptance.bulletins_reading import WordReading
from tests.acceptance.truth import bare
from tests.assembler import sample
from tests.needs import missing

PROFILE = sample.digest_profile()
REVIEW = sample.review_profile()
NOTE = FootnoteRef(content=(Text(text="见《云州年鉴》第12页。"),))
ITEMS = ((Text(text="甲"), NOTE), (Text(text="乙", marks=(Mark.strong,)),))


def unusual(files: FileStore) -> IssueDocument:
    """Return an issue of one item that has all that issues rarely have."""
    spanning = Table(
        rows=(
            (Cell(content=(Text(text="产业"),), header=True, colspan=2),
             Cell(content=(Text(text="产值"),), header=True)),
            (Cell(content=(Text(text="工业"),), rowspan=3), *sample.cells("石化", "1")),
            sample.cells("装备", "2"),
            (Cell(content=(Text(text="电子"), NOTE)), Cell(content=(Text(text="3"),))),
        ),
        caption="表 1 跨行又跨列", notes=("注：初步统计。",),
    )  # fmt: skip
    blocks = (
        ListBlock(ordered=True, items=ITEMS),
        ListBlock(items=ITEMS),
        Quote(paragraphs=((Text(text="“先进水平”"), NOTE),)),
        spanning,
        spanning.model_copy(update={"caption": ""}),
        FormulaBlock(source="y = ax² + b"),
        PageBreak(),
        paragraph("鳀琍祎𠮷㛃𣲗喆堃龑頔。" * 30),
        sample.wide_table(),
        sample.long_table(),
    )
    links = tuple(
        Attachment(label=f"《规划》之{number}", url=f"https://www.yunzhou.example/{number}")
        for number in (1, 2)
    )
    article = Article(anchor="s1-1", headline="临澜：改造完工", blocks=blocks, attachments=links)
    part = Part(anchor="s1", name="热点关注", articles=(article,))
    return sample.digest(files).model_copy(update={"parts": (part,)})


SAMPLES = {
    "digest": (sample.digest, PROFILE),
    "review": (sample.review, REVIEW),
    "unusual": (unusual, PROFILE),
}


@pytest.fixture(scope="module", params=SAMPLES)
def content(request, tmp_path_factory) -> bytes:
    files = FileStore(tmp_path_factory.mktemp("files"))
    make, profile = SAMPLES[request.param]
    document = make(files)
    numbers = {line.anchor: at for at, line in enumerate(entries(document, profile), start=1)}
    return render_docx(document, profile, files, numbers=numbers, pinned=False)


def whole(content: bytes) -> str:
    reading = WordReading(content, PROFILE)
    return reading.front + reading.stream


def test_mammoth_reads_the_same_text(content):
    read = bare(mammoth.extract_raw_text(io.BytesIO(content)).value)
    assert read.startswith(whole(content))


@pytest.mark.office
@pytest.mark.slow
def test_text_tables_and_footnotes_survive_libreoffice(content, tmp_path):
    if find_office(None) is None:
        missing("LibreOffice: soffice is not on PATH")
    path = tmp_path / "issue.docx"
    path.write_bytes(content)
    again = round_trip(path, PROFILE)
    before = counted(content)
    assert before["w:tr"]
    assert counted(again) == before
    assert whole(again) == whole(content)
