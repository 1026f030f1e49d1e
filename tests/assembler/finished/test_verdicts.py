"""A failed check of a finished file names the item, the place and what to do about it."""

import re

import pytest

from editor.assembler.finished.checks import check_pdf
from editor.assembler.finished.verdicts import CHECKS, SUMS, failed
from editor.assembler.press.typeset import typeset
from editor.errors import Unusable
from editor.store.files import FileStore
from editor.text.document import paragraph
from tests.assembler import sample


@pytest.mark.parametrize("check", list(CHECKS))
def test_every_failed_check_says_what_to_do_and_not_to_try_the_same_again(check):
    error = failed(check, "第 3 面有一处不对", "something is wrong on sheet 3")
    name, english = CHECKS[check]
    assert f"（{name}）：第 3 面有一处不对。" in error.chinese
    assert f"the check of its {english}: something is wrong on sheet 3. " in error.english
    assert (
        ("请打开稿件" in error.chinese) or ("管理员" in error.chinese) or ("增删" in error.chinese)
    )
    assert check == SUMS or ("请重试" not in error.chinese and "ry again" not in error.english)
    assert error.details == {"check": check}


def test_the_place_is_named_with_the_items_on_the_page(tmp_path):
    files = FileStore(tmp_path)
    document, profile = sample.digest(files), sample.digest_profile()
    printed = typeset(document, profile, files)
    # a narrower type area than the one it was printed in: the first page of text leaves it
    narrow = profile.page.model_copy(update={"em_per_line": 24})
    with pytest.raises(Unusable) as refused:
        check_pdf(
            printed.pdf, document, profile.model_copy(update={"page": narrow}), printed.starts
        )
    first = document.parts[0].articles[0].headline
    assert re.search(r"第 \d 面有文字超出版心（在《.+》）。请打开稿件", refused.value.chinese)
    assert first[:10] in refused.value.chinese and first[:10] in refused.value.english


def test_the_item_whose_text_is_missing_is_named_shortly(tmp_path):
    files = FileStore(tmp_path)
    document, profile = sample.digest(files), sample.digest_profile()
    printed = typeset(document, profile, files)
    part = document.parts[0]
    first = part.articles[0].model_copy(update={"blocks": (paragraph("没有印过的一段。"),)})
    part = part.model_copy(update={"articles": (first, *part.articles[1:])})
    other = document.model_copy(update={"parts": (part, *document.parts[1:])})
    with pytest.raises(Unusable) as refused:
        check_pdf(printed.pdf, other, profile, printed.starts)
    assert "缺少“没有印过的一段。”" in refused.value.chinese
    assert f"《{first.headline[:20]}" in refused.value.chinese
    assert "把这一处删去重打" in refused.value.chinese
