"""What the checks of finished files are called, how one fails, and how texts are compared."""

import re
import unicodedata

from editor.errors import Unusable

LEADERS = re.compile(r"[.…·․\xad\s]")
# what pdfium reads for a hyphen where it believes that a word was parted
PDFIUM_HYPHEN = "\ufffe"
# what no font shows: private characters and the sign for a lost one
NO_CHARACTER = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
EDGE = 20  # characters compared at either end of an item

# What each check is called on screens; the codes are those of publishing.md §16.
SUMS = "SUMS"
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
    "V12": ("空白页和分开的内容", "blank pages and what was parted"),
    "V13": ("续表", "tables over several pages"),
    "V14": ("行的编排", "lines of type"),
    "V15": ("语言、标题和替代文字", "language, title and descriptions"),
    "V17": ("内容回读", "text read back"),
    "V18": ("脚注", "footnotes"),
    "V19": ("不联网、无脚本、链接有效", "no requests, no scripts, links that lead somewhere"),
    SUMS: ("校验和", "checksums"),
}

# What helps. The same text fails the same way again, so that none of them says to try again.
OURS = (
    "这不是稿件的问题，再导出一次也一样：请先用其他格式，并把这句话告诉管理员",
    "The text is not to blame and another attempt ends alike: use another format for now, and "
    "tell the administrator",
)
RETYPE = (
    "多半是这一处有少见的符号或看不见的字符：请打开稿件，把这一处删去重打，再导出；"
    "仍不行就先用其他格式，并把这句话告诉管理员",
    "An odd or invisible character there is the likeliest cause: open the item, type the place "
    "anew and export again; if that does not help use another format, and tell the administrator",
)
ADVICE = {
    "V02": RETYPE,
    "V03": RETYPE,
    "V05": (
        "请管理员检查字体文件夹里的字体文件，换好后再导出",
        "Ask the administrator to look at the files in the folder of fonts, then export again",
    ),
    "V06": (
        "请打开稿件换一个字或符号，或请管理员补充字体，再导出",
        "Open the item and use another character, or ask the administrator for a font",
    ),
    "V07": (
        "请打开稿件核对这个网址，太长的换成短网址，再导出",
        "Open the item and look at this address; replace a long one by a short one",
    ),
    "V08": (
        "请打开稿件核对附件和正文里的这个链接，改好后再导出",
        "Open the item and mend this link in its text or its attachment, then export again",
    ),
    "V11": (
        "请打开稿件，把排不下的地方改短：过长的一串字母或网址加空格断开，太宽的表格减栏或拆开，再导出",
        "Open the item and shorten what does not fit: part a long run of letters, take columns "
        "from a wide table, then export again",
    ),
    "V12": (
        "请在这一处前面增删一两句话，或删去多余的分页，再导出",
        "Add or cut a sentence or two before that place, or take out a page break",
    ),
    "V14": (
        "请打开稿件，把这一处过长的一串字母、数字或标点断开或改短，再导出",
        "Open the item and part or shorten a long run of letters, figures or marks there",
    ),
    "V17": RETYPE,
    "V18": (
        "请打开稿件核对脚注，把这一条删去重写，再导出",
        "Open the item and write this footnote anew, then export again",
    ),
    "V19": (
        "请打开稿件核对这里的链接和图片，改好后再导出；仍不行请把这句话告诉管理员",
        "Open the item and look at its links and pictures, then export again; if that does not "
        "help tell the administrator",
    ),
    SUMS: (
        "请再导出一次；再出现就是存储有故障，请立即告诉管理员",
        "Export once more; should it happen again the disk is failing: tell the administrator",
    ),
}


class FailedCheck(Unusable):
    """A finished file that is not handed out: `check` is the code, `sheet` the index of its page.

    Its sentences name the place and say what to do; `said` is what was found, in both languages.
    """

    def __init__(
        self,
        check: str,
        chinese: str,
        english: str,
        *,
        sheet: int | None = None,
        at: tuple[str, str] = ("", ""),
    ) -> None:
        name, name_english = CHECKS[check]
        advice, advice_english = ADVICE.get(check, OURS)
        super().__init__(
            f"导出文件没有通过成品检查（{name}）：{chinese}{at[0] and f'（{at[0]}）'}。{advice}",
            f"The file failed the check of its {name_english}: {english}"
            f"{at[1] and f' ({at[1]})'}. {advice_english}",
            check=check,
        )
        self.check, self.sheet, self.said = check, sheet, (chinese, english)

    def found_at(self, chinese: str, english: str) -> "FailedCheck":
        """Return the same failure, with the place in words."""
        return FailedCheck(self.check, *self.said, sheet=self.sheet, at=(chinese, english))


def failed(check: str, chinese: str, english: str, *, sheet: int | None = None) -> FailedCheck:
    """Return the error of a failed check; with `sheet` the items on that page are named, too."""
    return FailedCheck(check, chinese, english, sheet=sheet)


def bare(text: str) -> str:
    """Return a text as renderings agree on it: no blanks, dots, soft hyphens; one form a sign."""
    return LEADERS.sub("", unicodedata.normalize("NFKC", text.replace(PDFIUM_HYPHEN, "-")))
