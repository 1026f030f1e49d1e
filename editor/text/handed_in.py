"""Files that people hand in: what can be wrong with one, and what of it is not taken over.

Each reason and note has a sentence in both languages, because workers store what screens say.
"""

from enum import StrEnum

MOST_BYTES = 50 * 1024 * 1024


class FileReason(StrEnum):
    """Why a file did not become a candidate."""

    empty = "empty"
    too_large = "too_large"
    no_text = "no_text"
    scanned = "scanned"
    encrypted = "encrypted"
    garbled = "garbled"
    broken = "broken"
    bomb = "bomb"
    old_word = "old_word"
    archive_page = "archive_page"
    rich_text = "rich_text"
    picture = "picture"
    spreadsheet = "spreadsheet"
    unknown_kind = "unknown_kind"
    too_slow = "too_slow"
    missing = "missing"


REASONS: dict[FileReason, tuple[str, str]] = {
    FileReason.empty: (
        "文件是空的，请检查后重新上传",
        "The file is empty; check it and upload it again",
    ),
    FileReason.too_large: (
        "文件超过 50 MB，没有收下；请压缩其中的图片或拆分后再传",
        "The file is larger than 50 MB and was not taken; shrink its pictures or split it",
    ),
    FileReason.no_text: (
        "文件里没有可用的文字，请检查内容后重新上传",
        "There is no usable text in the file; check it and upload it again",
    ),
    FileReason.scanned: (
        "扫描件没有文字，请先识别（OCR）再上传",
        "A scan without text: run text recognition (OCR) on it, then upload it again",
    ),
    FileReason.encrypted: (
        "文件有密码，打不开；请去掉密码后再传",
        "The file is protected by a password; remove it and upload the file again",
    ),
    FileReason.garbled: (
        "PDF 里的文字没有编码，取出来是乱码；请先识别（OCR），或上传原来的 Word 文件",
        "The PDF's characters have no meaning for programs; run OCR or upload the Word file",
    ),
    FileReason.broken: (
        "文件已损坏，读不出来；请用原来的程序打开并另存后再传",
        "The file is damaged; open it in its own program, save it again and upload that",
    ),
    FileReason.bomb: (
        "文件解压后异常地大，出于安全没有读取；请另存一份后再传",
        "The file inflates beyond all measure and was not read; save a fresh copy and upload that",
    ),
    FileReason.old_word: (
        "这是旧版 Word 文件（.doc），请在 Word 或 WPS 中另存为 .docx 后再传",
        "This is an old Word file (.doc); save it as .docx in Word or WPS and upload that",
    ),
    FileReason.archive_page: (
        "这是单文件网页（.mht），请在浏览器中另存为“仅 HTML”后再传",
        "This is a web archive (.mht); save the page as “HTML only” and upload that",
    ),
    FileReason.rich_text: (
        "这是 RTF 文件，请在 Word 或 WPS 中另存为 .docx 后再传",
        "This is an RTF file; save it as .docx in Word or WPS and upload that",
    ),
    FileReason.picture: (
        "这是图片，没有文字；请先识别（OCR）再上传",
        "This is a picture without text; run text recognition (OCR) on it first",
    ),
    FileReason.spreadsheet: (
        "这是表格、演示或其他办公文件，请把文字另存为 .docx 后再传",
        "This is a spreadsheet, slides or another office file; save its text as .docx",
    ),
    FileReason.unknown_kind: (
        "看不出这是什么文件；可以上传 DOCX、PDF、HTML 和 TXT",
        "This kind of file is not known; DOCX, PDF, HTML and TXT can be uploaded",
    ),
    FileReason.too_slow: (
        "文件太复杂，读了三次都没有读完；请拆分，或复制文字另存为 TXT 后再传",
        "The file is too complex and could not be read in three tries; split it or save it as TXT",
    ),
    FileReason.missing: (
        "原文件不在数据目录中，请重新上传",
        "The file is missing from the data folder; upload it again",
    ),
}


class FileNote(StrEnum):
    """What a person should know about how a file was read."""

    known = "known"
    replaced = "replaced"
    cut = "cut"
    changes = "changes"
    comments = "comments"
    hidden = "hidden"
    contents = "contents"
    margins = "margins"
    macros = "macros"
    objects = "objects"
    pictures_lost = "pictures_lost"
    pictures_outside = "pictures_outside"
    symbols = "symbols"
    formulas = "formulas"
    nested_tables = "nested_tables"
    pdf_rebuilt = "pdf_rebuilt"
    pdf_tables = "pdf_tables"
    pdf_pictures = "pdf_pictures"
    pdf_empty_pages = "pdf_empty_pages"


NOTES: dict[FileNote, tuple[str, str]] = {
    FileNote.known: (
        "这个文件以前传过，没有重复收录",
        "This file was uploaded before and is not listed twice",
    ),
    FileNote.replaced: (
        "编码有误，个别字无法还原，请对照原件",
        "Some characters could not be decoded; compare with the original",
    ),
    FileNote.cut: (
        "文件太长，只收到上限为止，请对照原件",
        "The file is too long and was taken only up to the limit; compare with the original",
    ),
    FileNote.changes: (
        "有修订痕迹：按接受全部修订读取（{count} 处）",
        "Tracked changes were read as if all were accepted ({count})",
    ),
    FileNote.comments: ("批注没有收入（{count} 条）", "Comments were left out ({count})"),
    FileNote.hidden: ("隐藏文字没有收入（{count} 处）", "Hidden text was left out ({count})"),
    FileNote.contents: (
        "自动目录没有收入（{count} 行）",
        "The table of contents was left out ({count} lines)",
    ),
    FileNote.margins: (
        "页眉、页脚和页码没有收入（{count} 行）",
        "Headers, footers and page numbers were left out ({count} lines)",
    ),
    FileNote.macros: ("文件含宏，没有读取也不会运行", "The file has macros; they were not read"),
    FileNote.objects: (
        "图表、嵌入文件等没有收入（{count} 个）",
        "Charts and embedded files were left out ({count})",
    ),
    FileNote.pictures_lost: (
        "有图片格式不能用，没有收入（{count} 张）",
        "Pictures of unusable formats were left out ({count})",
    ),
    FileNote.pictures_outside: (
        "有图片不在文件里，没有去取（{count} 张）",
        "Pictures that lie outside the file were not fetched ({count})",
    ),
    FileNote.symbols: (
        "有特殊字体的符号认不出，以“□”代替（{count} 个）",
        "Symbols of special fonts were replaced by “□” ({count})",
    ),
    FileNote.formulas: (
        "公式已改写成一行文字，请对照原件（{count} 个）",
        "Formulas were written as plain text; compare with the original ({count})",
    ),
    FileNote.nested_tables: (
        "表格里的表格已并入单元格文字（{count} 个）",
        "Tables inside tables became text of their cell ({count})",
    ),
    FileNote.pdf_rebuilt: (
        "PDF 没有段落：段落和标题是按版面推断的，请对照原件",
        "A PDF has no paragraphs: they were inferred from the layout; compare with the original",
    ),
    FileNote.pdf_tables: (
        "表格只收成文字行，请对照原件（{count} 行）",
        "Tables were taken over as lines of text only ({count} lines)",
    ),
    FileNote.pdf_pictures: (
        "PDF 中的图片没有收入（{count} 张）",
        "Pictures in the PDF were not taken over ({count})",
    ),
    FileNote.pdf_empty_pages: (
        "有的页没有文字，可能是扫描页（{count} 页）",
        "Some pages have no text; they may be scans ({count})",
    ),
}


class Unreadable(Exception):
    """A file that cannot become a candidate; `detail` is for administrators, in English."""

    def __init__(self, reason: FileReason, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason
        self.detail = detail


def reason_pair(code: str) -> tuple[str, str]:
    """Return a stored reason's sentences, Chinese and English; the code itself when unknown."""
    try:
        return REASONS[FileReason(code)]
    except ValueError:
        return code, code


def note_pair(code: str, count: int) -> tuple[str, str]:
    """Return a stored note's sentences with its number; the code itself when unknown."""
    try:
        chinese, english = NOTES[FileNote(code)]
    except ValueError:
        return code, code
    return chinese.format(count=count), english.format(count=count)
