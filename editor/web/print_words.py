"""What an export did for the print shop, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext


def orders_said(done: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each order of `[print]` that the file carries out."""
    if gutter := done.get("gutter_mm"):
        yield _("装订线 %(mm)s 毫米，单双页对称", mm=f"{gutter:g}")
    if bleed := done.get("bleed_mm"):
        yield _("四边出血 %(mm)s 毫米，带裁切线", mm=f"{bleed:g}")
    if done.get("black_only"):
        yield _("文字和线条全黑")
    if done.get("sections_right"):
        yield _("每个栏目从右手页开始")
    if inserted := int(done.get("inserted") or 0):
        yield ngettext("中间插了 %(num)s 页空白", "中间插了 %(num)s 页空白", inserted)
    if done.get("cover"):
        yield _("封面单独成文件，正文文件不含封面")
    if blank := int(done.get("blank") or 0):
        yield ngettext("末尾补了 %(num)s 页空白", "末尾补了 %(num)s 页空白", blank)
    elif done.get("pad_to"):
        yield _("页数已是 %(count)s 的倍数", count=done["pad_to"])
    if done.get("pdf_only"):
        yield _("出血、单独的封面和末尾的空白页只做在 PDF 里")
