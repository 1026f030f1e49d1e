"""The next page of an article that its site has cut into several."""

import re
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from editor.text.markup_inline import squeeze

_NEXT = re.compile(r"^[\[【(（<《\s]*(?:下一?页|后一?页|Next(?:\s*page)?)[\]】)）>》»›\s]*$", re.I)
_SUFFIX = re.compile(r"(?:[_\-./]?(?:p|page)?[_\-]?(?P<number>\d{1,2}))$", re.I)
_PAGE_QUERY = re.compile(
    r"(?:^|&)(?:p|page|pn|pageno|pagenum|currentpage|pageindex)=(\d{1,3})\b", re.I
)


def next_page(tree: HtmlElement, url: str) -> str | None:
    """Return the address of the article's next page, None at its end.

    Only a link that says so counts, and only when its address is this page's own with another
    page number: the pager of a list, or the next article, does not qualify.
    """
    for link in tree.iter("a"):
        href = (link.get("href") or "").strip()
        if not href or not _NEXT.match(squeeze(link.text_content())):
            continue
        try:
            target = urljoin(url, href).split("#")[0]
        except ValueError:
            continue
        if continues(url, target):
            return target
    return None


def continues(url: str, target: str) -> bool:
    """Return whether `target` is a later page of the article at `url`."""
    try:
        here, there = urlsplit(url), urlsplit(target)
    except ValueError:
        return False
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        return False
    stem, number = _stem(here.path)
    other, next_number = _stem(there.path)
    query, there_query = _PAGE_QUERY.search(here.query), _PAGE_QUERY.search(there.query)
    if here.path == there.path:
        same = _PAGE_QUERY.sub("", here.query) == _PAGE_QUERY.sub("", there.query).strip("&")
        later = int(there_query[1]) if there_query else 0
        return same and later > (int(query[1]) if query else 1)
    if here.query != there.query:
        return False
    base = _file(here.path)
    if other == base and next_number is not None:
        return 1 <= next_number <= 99
    return number is not None and stem == other and next_number == number + 1


def _file(path: str) -> str:
    return re.sub(r"\.[a-z]{2,5}$", "", path, flags=re.I)


def _stem(path: str) -> tuple[str, int | None]:
    """Return a path without its ending and page number, and that number."""
    base = _file(path)
    match = _SUFFIX.search(base)
    if not match or not re.search(r"[_\-/.]|p", match.group(), re.I):
        return base, None
    return base[: match.start()], int(match["number"])
