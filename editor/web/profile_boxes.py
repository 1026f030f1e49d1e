"""What of a publication's profile is set on its screen: groups of boxes, each for one key."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

from editor.profile import Wanted
from editor.workflow import ItemKind

LONGEST = 500


class Kind(StrEnum):
    """What a box looks like, and what its key holds.

    `pairs` are labels with values, `credits` roles with names, `sections` the sections of new
    issues.
    """

    line = "line"
    lines = "lines"
    flag = "flag"
    choice = "choice"
    pairs = "pairs"
    credits = "credits"
    sections = "sections"


@dataclass(frozen=True)
class Box:
    """A box for the profile's key `table.name`, or for `name` alone; `options` are a choice's."""

    key: str
    label: Any
    kind: Kind = Kind.line
    hint: Any = ""
    options: tuple[tuple[str, Any], ...] = ()
    longest: int = LONGEST


@dataclass(frozen=True)
class Group:
    """Boxes that belong together on paper; `open` ones are unfolded at first."""

    name: str
    title: Any
    note: Any
    boxes: tuple[Box, ...]
    open: bool = False


COVER = Group(
    "cover",
    _("刊名与封面"),
    "",
    (
        Box("name", _("刊名"), longest=60),
        Box("cover.slogan", _("刊名上方的标语"), Kind.lines, _("每行一条，不要标语就留空")),
        Box("cover.label_lines", _("期号行"), Kind.lines,
            _("每行一条。{year} 年、{month} 月、{number} 期号、{total} 总期号；"
              "写成 {total:zh} 就印汉字")),
        Box("cover.publisher", _("编印单位"), Kind.lines,
            _("每行印一行；括号里的下属单位另起一行")),
        Box("toc.place", _("目录印在"), Kind.choice,
            options=(("pages", _("封面之后，单独成页")), ("cover", _("封面上")))),
    ),
    open=True,
)  # fmt: skip
MASTHEAD = Group(
    "masthead",
    _("刊首页"),
    _("封面之后的一页：联系方式、编辑人员、采集窗口、二维码。"),
    (
        Box("masthead.show", _("印刊首页"), Kind.flag),
        Box("masthead.heading", _("页首标题（可不填）")),
        Box("masthead.fields", _("联系方式"), Kind.pairs,
            _("网址和邮箱在电子版里可以点开；太长的内容自动折行")),
        Box("masthead.editors_heading", _("编辑人员的标题")),
        Box("masthead.editors", _("编辑人员"), Kind.credits,
            _("一个职务几个人，用顿号隔开；职务自动撑到同宽，两字姓名自动加空")),
        Box("masthead.window_label", _("采集窗口前的文字")),
        Box("masthead.window_format", _("采集窗口的写法"),
            hint=_("%Y 年、%m 月、%d 日；第二次出现的起是最后一天，如 %Y.%m.%d-%m.%d")),
        Box("masthead.qr_url", _("二维码的网址（可不填）"), longest=2000),
        Box("masthead.qr_caption", _("二维码下的文字")),
    ),
    open=True,
)  # fmt: skip
CONTENTS = Group(
    "contents",
    _("目录"),
    "",
    (
        Box("toc.title", _("目录页的标题")),
        Box("toc.numbers", _("稿件行印页码"), Kind.flag),
        Box("toc.solo_number", _("只占一行的栏目印页码"), Kind.flag),
        Box("toc.section_numbers", _("栏目行的页码"), Kind.choice,
            options=(("none", _("不印")), ("all", _("都印")))),
        Box("toc.run_in_group", _("栏目名接排在该栏第一篇的标题之前"), Kind.flag),
        Box("toc.caps", _("拉丁字母一律大写"), Kind.flag),
    ),
)  # fmt: skip
SECTIONS = Group(
    "sections",
    _("栏目"),
    _("以后新开的期次照此建立栏目；已经打开的期次在它自己的“栏目设置”里改。"),
    (
        Box("section", _("新一期的栏目"), Kind.sections),
        Box("sections.suffix", _("栏目名后面加印的字符（可不填）"), longest=10),
        Box("sections.page_break", _("每个栏目另起一页"), Kind.flag),
    ),
)
ITEMS = Group(
    "items",
    _("稿件"),
    "",
    (
        Box("item.source_line", _("来源行"), hint=_("{source} 来源，{date} 日期")),
        Box("item.date_format", _("日期的写法"), hint=_("%Y 年、%m 月、%d 日")),
        Box("item.byline", _("作者行"), hint=_("{byline} 作者；留空就不印作者")),
        Box("item.byline_place", _("作者行的位置"), Kind.choice,
            options=(("own", _("自成一行")), ("run_in", _("接在末段之后")))),
        Box("item.byline_required", _("缺作者时在付印检查里提出"), Kind.flag),
        Box("item.source_required", _("缺来源或日期时在付印检查里提出"), Kind.flag),
        Box("item.page_break", _("每篇另起一页"), Kind.flag),
        Box("item.essay_page_break", _("长文章另起一页"), Kind.flag),
        Box("footnotes.marks", _("脚注编号"), Kind.choice, options=(("1", "1"), ("①", "①"))),
    ),
)  # fmt: skip
LABELS = Group(
    "labels",
    _("图表、附件与图书的用语"),
    "",
    (
        Box("attachment.label", _("附件名称前的文字")),
        Box("attachment.show_url", _("二维码旁印出网址"), Kind.flag),
        Box("table.continued", _("表格转页后的表题"), hint=_("{label} 表号")),
        Box("table.unit", _("表格的单位"), hint=_("{unit} 单位")),
        Box("figure.source", _("图片来源印在"), Kind.choice,
            options=(("above", _("图题之上")), ("below", _("图题之下")))),
        Box("books.title_author", _("图书第一栏的名称")),
        Box("books.publisher_date", _("图书第二栏的名称")),
        Box("books.summary", _("图书第三栏的名称")),
        Box("books.reason", _("图书第四栏的名称")),
    ),
)  # fmt: skip
FURNITURE = Group(
    "furniture",
    _("页眉和页码"),
    "",
    (
        Box("furniture.header_left", _("页眉左边"),
            hint=_("{publication} 刊名，{label} 期号，{section} 栏目")),
        Box("furniture.header_right", _("页眉右边")),
        Box("furniture.rule", _("页眉下印一条线"), Kind.flag),
        Box("furniture.footer", _("正文的页码"), hint=_("{page} 页码")),
        Box("furniture.contents_footer", _("目录的页码")),
    ),
)  # fmt: skip
COLOPHON = Group(
    "colophon",
    _("版权栏与更正"),
    _("印在全刊最后。更正过的期次可以在这里写明版次和更正的篇目。"),
    (
        Box("colophon.heading", _("版权栏的标题（可不填）")),
        Box("colophon.fields", _("版权栏各行"), Kind.pairs),
        Box("colophon.closing", _("版权栏的结束语（可不填）")),
        Box("colophon.edition_label", _("版次前的文字"), hint=_("留空就不印版次")),
        Box(
            "colophon.edition_value", _("版次的写法"), hint=_("{edition} 版次；{edition:zh} 印汉字")
        ),
        Box("colophon.corrections_label", _("更正篇目前的文字"), hint=_("留空就不印")),
        Box("feed.corrections", _("订阅里的更正说明"), hint=_("{headlines} 更正的篇目")),
    ),
)
GROUPS = (COVER, MASTHEAD, CONTENTS, SECTIONS, ITEMS, LABELS, FURNITURE, COLOPHON)

SOURCES = (
    ("", _("按稿件种类")),
    (Wanted.required.value, _("必须有")),
    (Wanted.wished.value, _("没有就提醒")),
    (Wanted.none.value, _("不查")),
)
SOLO = (("", _("栏目和各篇")), ("1", _("只占一行")))
KINDS = tuple(ItemKind)


def boxes() -> Iterator[Box]:
    """Yield every box of the screen."""
    for group in GROUPS:
        yield from group.boxes
