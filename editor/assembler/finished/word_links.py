"""V07 and V08 in a finished Word file: its codes hold their addresses, its links lead there."""

from collections.abc import Collection, Iterator, Mapping
from urllib.parse import unquote

from editor.assembler.finished.addresses import addresses
from editor.assembler.finished.verdicts import failed
from editor.assembler.preflight.findings import named
from editor.assembler.qr import qr_png
from editor.assembler.word.ooxml import Node
from editor.text.document import IssueDocument
from editor.text.quoting import briefly

HYPERLINK = "/hyperlink"  # how the type of such a relationship ends


def check_codes(pictures: Collection[bytes], document: IssueDocument) -> None:
    """V07: the code of each printed address is among the file's pictures, dot by dot."""
    for article in document.articles():
        for attachment in article.attachments:
            if attachment.url and qr_png(attachment.url) not in pictures:
                url, (chinese, english) = briefly(attachment.url), named(article)
                raise failed(
                    "V07",
                    f"{chinese}的附件没有二维码：{url}",
                    f"{english} has no code for {url}",
                )


def check_links(parts: Mapping[str, Node], document: IssueDocument) -> None:
    """V08: links lead where the issue says; every attachment has one.

    Whether those inside the file lead to a bookmark is looked at with its structure.
    """
    known = {unquote(url) for url in addresses(document)}
    seen = {unquote(url) for url in _targets(parts)}
    for url in sorted(seen - known):
        raise failed("V08", f"有不认识的链接 {briefly(url)}", f"a foreign link {briefly(url)}")
    for article in document.articles():
        for attachment in article.attachments:
            if attachment.url and unquote(attachment.url) not in seen:
                url, (chinese, english) = briefly(attachment.url), named(article)
                raise failed(
                    "V08", f"{chinese}的附件没有链接：{url}", f"{english} has no link to {url}"
                )


def _targets(parts: Mapping[str, Node]) -> Iterator[str]:
    """Yield the addresses of all links that leave the file."""
    for name, part in parts.items():
        if name.endswith(".rels"):
            for relation in part:
                if (relation.get("Type") or "").endswith(HYPERLINK):
                    yield relation.get("Target") or ""
