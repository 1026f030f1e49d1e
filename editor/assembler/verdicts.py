"""What the checks of finished files are called, how one fails, and how texts are compared."""

import re
import unicodedata

from editor.errors import Unusable

LEADERS = re.compile(r"[.…·․\s]")
# what pdfium reads for a hyphen where it believes that a word was parted
PDFIUM_HYPHEN = "\ufffe"
EDGE = 20  # characters compared at either end of an item

# What each check is called on screens; the codes are those of publishing.md §16.
CHECKS = {
    "V01": ("页码", "page numbers"),
    "V02": ("目录", "contents"),
    "V03": ("稿件齐全", "every item"),
    "V04": ("书签和页标", "outline and page labels"),
    "V05": ("字体嵌入", "embedded fonts"),
    "V06": ("用字", "characters"),
    "V07": ("二维码", "QR codes"),
    "V08": ("链接", "links"),
    "V09": ("文件结构", "file structure"),
    "V10": ("目录域", "contents fields"),
    "V11": ("页面和边距", "page size and margins"),
    "V12": ("空白页和孤立标题", "blank pages and stranded headings"),
    "V15": ("语言、标题和替代文字", "language, title and descriptions"),
    "V17": ("内容回读", "text read back"),
    "V18": ("脚注", "footnotes"),
    "V19": ("不联网、无脚本、链接有效", "no requests, no scripts, links that lead somewhere"),
    "SUMS": ("校验和", "checksums"),
}


def failed(check: str, chinese: str, english: str) -> Unusable:
    """Return the error of a failed check, named in words and by its code in `check`."""
    name, name_english = CHECKS[check]
    return Unusable(
        f"导出文件没有通过成品检查（{name}）：{chinese}。请重试；如仍出现请把这句话告诉管理员",
        f"The file failed the check of its {name_english}: {english}. Try again, or tell the "
        "administrator",
        check=check,
    )


def bare(text: str) -> str:
    """Return a text as two renderings agree on it: no white space, no dots, one form per sign."""
    return LEADERS.sub("", unicodedata.normalize("NFKC", text.replace(PDFIUM_HYPHEN, "-")))
