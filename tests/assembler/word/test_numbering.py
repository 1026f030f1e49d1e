"""Page numbers of the Word edition: verified by LibreOffice, else pinned."""

import re
import stat

import pypdfium2
import pytest
import zxingcpp

from editor.assembler.contents import entries
from editor.assembler.finished.checks import check_docx, check_pdf
from editor.assembler.press.typeset import typeset
from editor.assembler.word import office
from editor.assembler.word.edition import render_docx
from editor.assembler.word.numbering import Unverified, number_docx, pdf_result, printed_numbers
from editor.assembler.word.office import OfficeError, find_office, font_configuration, to_pdf
from editor.errors import Unusable
from editor.store.files import FileStore
from editor.text.document import paragraph
from tests.assembler import sample
from tests.needs import missing

PROFILE = sample.digest_profile()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def digest(files):
    return sample.digest(files)


@pytest.fixture(scope="module")
def pdf(digest, files):
    return typeset(digest, PROFILE, files)


def quiet(done: int, total: int, message: str) -> None:
    assert 0 <= done <= total
    assert message


def numbered(digest) -> list:
    return [line for line in entries(digest, PROFILE) if line.numbered]


def pages_of(pdf: bytes) -> list[tuple[str, list[str]]]:
    """Return each section's and item's title with the numbers printed at its page's foot."""
    opened = pypdfium2.PdfDocument(pdf)
    found = []
    for mark in opened.get_toc(max_depth=15):
        if mark.level < 2:
            page = opened[mark.get_dest().get_index()]
            foot = page.get_textpage().get_text_bounded(0, 0, 600, PROFILE.page.bottom)
            found.append(("".join(mark.get_title().split()), re.findall(r"\d+", foot)))
    opened.close()
    return found


# --- without LibreOffice -------------------------------------------------------------------------


def test_without_libreoffice_numbers_are_pinned_and_say_so(digest, files, pdf):
    made = number_docx(
        digest, PROFILE, files, soffice="no-such-office", starts=pdf.starts, on_progress=quiet
    )
    count = len(numbered(digest))
    assert made.result["numbering"] == "N3"
    assert made.result["label"] == (
        "未使用 LibreOffice（找不到设置的程序 no-such-office）：每条另起一页并固定起始页码，"
        "目录与页脚一致，个别页码可能重复或跳号"
    )
    assert made.result["verified"] == f"{count}/{count}"
    assert made.result["engine"] == "typst"
    assert check_docx(made.content, digest, PROFILE)
    assert made.companion.startswith(b"%PDF")


def test_an_office_that_fails_leads_to_pinned_numbers_with_the_reason(digest, files, pdf, tmp_path):
    broken = tmp_path / "soffice"
    broken.write_text("#!/bin/sh\nexit 7\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    made = number_docx(
        digest, PROFILE, files, soffice=str(broken), starts=pdf.starts, on_progress=quiet
    )
    assert made.result["numbering"] == "N3"
    assert made.result["reason"] == "LibreOffice 异常退出（代码 7）"


@pytest.mark.parametrize("left", ["", "%PDF-1.7"])
def test_an_office_that_leaves_half_a_pdf_leads_to_pinned_numbers(
    digest, files, pdf, tmp_path, left
):
    full = tmp_path / "soffice"
    full.write_text(f"""#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --outdir ] && out="$2"; shift; done
printf '%s' '{left}' > "$out/issue.pdf"
""")
    full.chmod(full.stat().st_mode | stat.S_IXUSR)
    made = number_docx(
        digest, PROFILE, files, soffice=str(full), starts=pdf.starts, on_progress=quiet
    )
    assert made.result["numbering"] == "N3"
    assert made.result["reason"] == "LibreOffice 产出的 PDF 打不开，请查看磁盘是否已满"


def test_an_office_that_hangs_is_ended(digest, tmp_path):
    slow = tmp_path / "soffice"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(OfficeError, match="did not finish"):
        to_pdf(b"", PROFILE, soffice=str(slow), timeout=0.2)


def test_without_a_program_set_it_is_said_to_be_not_installed(digest, files, pdf, monkeypatch):
    monkeypatch.setenv("PATH", "")
    made = number_docx(digest, PROFILE, files, soffice=None, starts=pdf.starts, on_progress=quiet)
    assert made.result["reason"] == "未安装"


def test_contents_without_numbers_need_no_office(files, pdf):
    document, profile = sample.review(files), sample.review_profile()
    made = number_docx(
        document, profile, files, soffice="no-such-office", starts={}, on_progress=quiet
    )
    assert made.result["numbering"] == "none"
    assert (made.looked_at, made.remarks) == ((), ())
    assert check_docx(made.content, document, profile)


def test_an_issue_without_items_has_no_pages_to_look_at(files):
    empty, profile = sample.review(files).model_copy(update={"parts": ()}), sample.review_profile()
    made = number_docx(empty, profile, files, soffice=None, starts={}, on_progress=quiet)
    assert (made.result["numbering"], made.remarks) == ("none", ())


def test_contents_without_numbers_say_when_nobody_saw_their_pages(files, tmp_path):
    broken = tmp_path / "soffice"
    broken.write_text("#!/bin/sh\nexit 7\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    document, profile = sample.review(files), sample.review_profile()
    made = number_docx(document, profile, files, soffice=str(broken), starts={}, on_progress=quiet)
    assert made.result["engine"] == ""
    assert [remark.grade for remark in made.remarks] == ["note"]
    assert "LibreOffice 异常退出（代码 7）" in made.remarks[0].chinese
    assert check_docx(made.content, document, profile)


def test_the_pdf_says_where_its_numbers_come_from():
    result = pdf_result("typst 0.15.2", 66, 130)
    assert result["label"] == "页码由排版引擎在本文件中生成"
    assert (result["engine"], result["version"]) == ("typst", "0.15.2")
    assert result["verified"] == "66/66"


def test_an_outline_that_is_not_the_contents_is_refused(digest, files, pdf):
    other = digest.model_copy(update={"parts": digest.parts[:-1]})
    with pytest.raises(Unverified):
        printed_numbers(pdf.pdf, other, PROFILE)


def test_the_numbers_read_from_the_pdf_are_the_ones_it_was_set_with(digest, pdf):
    read = printed_numbers(pdf.pdf, digest, PROFILE)
    assert all(pdf.starts[anchor] == number for anchor, number in read.items())


# --- the checks of the PDF -----------------------------------------------------------------------


def test_a_finished_pdf_passes_its_checks(digest, pdf):
    passed = check_pdf(pdf.pdf, digest, PROFILE, pdf.starts)
    assert passed[:3] == ["V01", "V02", "V03"] and len(passed) == 14


def test_a_headline_of_markup_passes_its_checks(digest, files):
    tail = """//["'`-->]]>]"""
    odd = f'<?xml-stylesheet type="text/css" href="data:,*%7bx:expression(write(2));%7d"?>{tail}'
    odd += tail
    part = digest.parts[0]
    named = part.articles[0].model_copy(update={"headline": odd})
    part = part.model_copy(update={"articles": (named, *part.articles[1:])})
    other = digest.model_copy(update={"parts": (part, *digest.parts[1:])})
    made = typeset(other, PROFILE, files)
    assert check_pdf(made.pdf, other, PROFILE, made.starts)


def test_a_pdf_whose_numbers_are_wrong_fails_v01(digest, pdf):
    wrong = dict(pdf.starts)
    wrong["s1-1"] += 1
    with pytest.raises(Unusable, match="页码"):
        check_pdf(pdf.pdf, digest, PROFILE, wrong)


def test_a_pdf_that_lacks_an_item_fails_v03(digest, pdf):
    first = digest.parts[0]
    more = first.model_copy(update={"articles": (*first.articles, digest.parts[1].articles[0])})
    other = digest.model_copy(update={"parts": (more, *digest.parts[1:])})
    with pytest.raises(Unusable, match="稿件齐全"):
        check_pdf(pdf.pdf, other, PROFILE, pdf.starts)


# --- fonts and programs --------------------------------------------------------------------------


def test_office_names_stand_for_our_fonts(tmp_path):
    text = font_configuration(PROFILE, tmp_path)
    assert "<family>黑体</family><prefer><family>Noto Sans SC</family>" in text
    assert text.count("<dir>") == 1


def test_a_program_that_is_not_there_is_not_found():
    assert find_office("no-such-office") is None


# --- with LibreOffice ----------------------------------------------------------------------------


@pytest.fixture
def libreoffice() -> str:
    """Give the program; without it the test is skipped, and said so."""
    return find_office(None) or missing("LibreOffice: it is not installed")


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.usefixtures("libreoffice")
def test_verified_numbers_are_those_printed_in_libreoffice(digest, files, pdf):
    made = number_docx(digest, PROFILE, files, soffice=None, starts=pdf.starts, on_progress=quiet)
    count = len(numbered(digest))
    version = office.office_version(find_office(None))
    assert made.result["numbering"] == "N2"
    assert made.result["label"] == (
        f"目录页码经 LibreOffice {version} 实际分页核对（{count}/{count}）；"
        "其他软件或缺字体时分页可能变化，可在目录上“更新域”"
    )
    laid_out = to_pdf(made.content, PROFILE, soffice=find_office(None))
    printed = pages_of(laid_out)
    numbers = printed_numbers(laid_out, digest, PROFILE)
    for line, (title, foot) in zip(entries(digest, PROFILE), printed, strict=True):
        assert title == "".join(line.text.split())
        assert str(numbers[line.anchor]) in foot
    check_codes(laid_out, digest)


@pytest.mark.office
@pytest.mark.usefixtures("libreoffice")
def test_a_backslash_in_a_headline_keeps_the_numbers_verified(files):
    first = sample.digest(files).parts[0]
    headline = "青屿/临澜|横岭\\白沙四地联动"
    text = (paragraph("四地将共用一个平台。"),)
    named = first.articles[0].model_copy(update={"headline": headline, "blocks": text})
    document = sample.digest(files).model_copy(
        update={"parts": (first.model_copy(update={"articles": (named,)}),)}
    )
    made = number_docx(document, PROFILE, files, soffice=None, starts={}, on_progress=quiet)
    assert (made.result["numbering"], made.result["reason"]) == ("N2", "")
    assert not [each for each in made.remarks if "横岭" in each.chinese]


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.usefixtures("libreoffice")
def test_pinned_numbers_are_those_printed_in_any_program(digest, files, pdf):
    made = number_docx(digest, PROFILE, files, soffice="none", starts=pdf.starts, on_progress=quiet)
    companion = typeset(digest, PROFILE, files, item_per_page=True)
    printed = pages_of(to_pdf(made.content, PROFILE, soffice=find_office(None)))
    for line, (_, foot) in zip(entries(digest, PROFILE), printed, strict=True):
        assert str(companion.starts[line.anchor]) in foot


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.usefixtures("libreoffice")
def test_office_names_are_laid_out_with_our_fonts_and_a_stand_in_for_latin(files):
    fonts = PROFILE.fonts.model_copy(update={"office_names": True})
    profile = PROFILE.model_copy(update={"fonts": fonts})
    document = sample.digest(files)
    content = render_docx(document, profile, files, numbers={}, pinned=False)
    laid_out = to_pdf(content, profile, soffice=find_office(None))
    named = set(re.findall(rb"/FontName/[A-Z]{6}\+(\w+)", laid_out))
    assert named <= {b"NotoSerifSC", b"NotoSansSC", b"ZhaibianKai", b"LiberationSerif"}
    assert {b"NotoSerifSC", b"LiberationSerif"} <= named


def check_codes(pdf: bytes, digest) -> None:
    """Every code on the rendered pages reads as the address beside it."""
    opened = pypdfium2.PdfDocument(pdf)
    read = {
        code.text
        for page in opened
        for code in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
    }
    opened.close()
    wanted = {item.url for article in digest.articles() for item in article.attachments}
    assert wanted | {digest.qr_url} == read
