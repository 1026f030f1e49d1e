"""The addresses to which an issue may lead, and the runs in which they stand."""

from collections.abc import Iterable, Iterator

from editor.assembler.phrases import link
from editor.text.document import (
    AnyBlock,
    FootnoteRef,
    Inline,
    IssueDocument,
    Text,
    inline_contents,
)


def addresses(document: IssueDocument) -> Iterator[str]:
    """Yield every address outside the issue: of masthead, colophon, attachments and texts."""
    if document.qr_url:
        yield document.qr_url
    for pair in (*document.masthead, *document.colophon):
        if url := link(pair.value):
            yield url
    for article in document.articles():
        yield from (attachment.url for attachment in article.attachments)
        for run in printed_runs(article.blocks):
            if isinstance(run, Text) and run.href:
                yield run.href


def printed_runs(blocks: Iterable[AnyBlock]) -> Iterator[Inline]:
    """Yield every run of the blocks, those of footnotes after their mark."""
    for block in blocks:
        for content in inline_contents(block):
            for run in content:
                yield run
                if isinstance(run, FootnoteRef):
                    yield from run.content
