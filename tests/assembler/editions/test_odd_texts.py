"""Whatever signs a text is made of, every edition for screens passes its own checks."""

import random
from collections.abc import Iterator

import pytest

from editor.assembler.editions.checked import check_epub, check_web, check_wechat
from editor.assembler.editions.epub import epub
from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import wechat_packet
from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.preflight import issue as preflight
from editor.assembler.press.typeset import typeset
from editor.assembler.word.edition import render_docx
from editor.store.files import FileStore
from editor.text.document import (
    AnyBlock,
    Article,
    Attachment,
    BookEntry,
    Cell,
    Figure,
    FootnoteRef,
    FormulaBlock,
    Heading,
    Inlines,
    ListBlock,
    Mark,
    Paragraph,
    Quote,
    Role,
    Table,
    Text,
)
from tests.assembler import sample

# letters and marks, what markup and templates read, what has no form, what joins its neighbours
SIGNS = [
    *"的一是港口，。、“”‘’《》（）() .…·—-012abcXYZ%&<>\"'/\\{}#$@*_`~^|①㎡ﬁ½𠮷😀℃®",
    *"\n\t\r\x00\x0b\x1f\x7f\x80\x85\x9f\xa0\xad\u0301\u200b\u200d\u200e\u202e\u2028\u2029\u2060",
    *"\u3000\ufeff\ufffe\uffff",
    *("]]>", "<!--", "-->", "&amp;", "{{x}}", "{% x %}", "&#0;", "</p>", "<script>"),
]
LINKS = [None, None, "https://a.example/x", "javascript:x", "mailto:a@b.example"]
ADDRESSES = ["https://a.example/1", "https://a.example/℃\ufffe", "", "http://[x", "清单"]


class Odd:
    """Makes items of anything; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def text(self, most: int = 12) -> str:
        return "".join(self.dice.choice(SIGNS) for _ in range(self.dice.randint(0, most)))

    def inlines(self) -> Inlines:
        return tuple(self._inlines())

    def _inlines(self) -> Iterator[Text | FootnoteRef]:
        for _ in range(self.dice.randint(0, 4)):
            if self.dice.random() < 0.8:
                marks = tuple(self.dice.sample(list(Mark), self.dice.randint(0, 1)))
                yield Text(text=self.text(), marks=marks, href=self.dice.choice(LINKS))
            else:
                yield FootnoteRef(content=(Text(text=self.text(), href=self.dice.choice(LINKS)),))

    def block(self) -> AnyBlock:
        cells = [Cell(content=self.inlines(), header=number < 2) for number in range(4)]
        rows = (tuple(cells[:2]), tuple(cells[2:]))
        return self.dice.choice(
            [
                Heading(level=self.dice.choice([1, 2, 3]), content=self.inlines()),
                Paragraph(content=self.inlines(), role=self.dice.choice(list(Role))),
                ListBlock(items=(self.inlines(), self.inlines())),
                Quote(paragraphs=(self.inlines(),)),
                Table(rows=rows, caption=self.text(), unit=self.text(5), notes=(self.text(),)),
                Figure(caption=self.text(), source=self.text(), url="x"),
                FormulaBlock(source=self.text()),
                BookEntry(title=self.text(), author=self.text(), reason=self.text()),
            ]
        )

    def article(self) -> Article:
        links = self.dice.sample(ADDRESSES, self.dice.randint(0, 2))
        return Article(
            anchor="i7",
            headline=self.text(30),
            subtitle=self.text(),
            source_line=self.text(),
            byline=self.text(8),
            blocks=tuple(self.block() for _ in range(self.dice.randint(0, 6))),
            attachments=tuple(Attachment(label=self.text(), url=url) for url in links),
        )


@pytest.mark.parametrize("seed", range(24))
def test_an_item_of_odd_signs_passes_the_checks_of_every_edition(tmp_path, seed):
    files = FileStore(tmp_path)
    profile = sample.digest_profile() if seed % 2 else sample.review_profile()
    whole = sample.digest(files)
    part = whole.parts[0].model_copy(update={"articles": (Odd(seed).article(),)})
    issue = (whole.model_copy(update={"parts": (part,)}), profile)
    assert "V18" in check_web(web_page(*issue, files), *issue)
    assert "V18" in check_epub(epub(*issue, files), *issue)
    assert "V18" in check_wechat(wechat_packet(*issue, files), *issue)
    for finding in preflight.check(*issue):
        assert finding.chinese and finding.english and finding.digest


def test_soft_hyphens_are_not_set_and_spoil_no_link(tmp_path):
    files, profile = FileStore(tmp_path), sample.digest_profile()
    whole = sample.digest(files)
    article = Article(
        anchor="i7",
        headline="\xad望川：码头\xad改造完工",
        source_line="云州\xad日报",
        dated_on=whole.dated_on,
        # the engine's tags break on a link that ends with one
        blocks=(Paragraph(content=(Text(text="详见网\xad", href="https://a.example/x"),)),),
    )
    part = whole.parts[0].model_copy(update={"articles": (article,)})
    issue = (whole.model_copy(update={"parts": (part,)}), profile)
    printed = typeset(*issue, files)
    assert "V08" in check_pdf(printed.pdf, *issue, printed.starts)
    word = render_docx(*issue, files, numbers=printed.starts, pinned=True)
    assert "V17" in check_docx(word, *issue)
