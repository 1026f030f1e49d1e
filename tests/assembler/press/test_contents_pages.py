"""The pages of the contents: none of them ends or begins with a line that stands alone."""

import re

import pypdfium2
import pytest

from editor.assembler.press.typeset import Press
from editor.store.files import FileStore
from tests.assembler.preflight.test_preflight import PROFILE, article, issue

ENTRY = re.compile(r"\.{9,}\s*\d+")


def entries_by_page(pdf: bytes) -> list[int]:
    """Return how many lines of contents each sheet has, of those that have any."""
    with pypdfium2.PdfDocument(pdf) as pages:
        texts = [page.get_textpage().get_text_range() for page in pages]
    counted = [len(ENTRY.findall(text)) for text in texts]
    return [count for count in counted if count]


@pytest.mark.parametrize("more", [*range(1, 9), *range(24, 34)])
def test_no_page_of_the_contents_holds_a_line_or_two(tmp_path, more):
    files = FileStore(tmp_path)

    def set_with(count: int) -> list[int]:
        items = (
            article(anchor=f"s1-{number}", headline=f"望川：码头改造{number}完工")
            for number in range(1, count + 1)
        )
        return entries_by_page(Press(issue(*items), PROFILE, files).draft())

    full = set_with(60)[0]
    assert min(set_with(full + more)) >= 3
