"""The next page of a list: a link that says so, or the number in an address."""

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from editor.text.urls import absolute

_NEXT_WORDS = re.compile(
    r"(?:下一?[页頁]|[后後]一?[页頁]|next(?:page)?|older(?:posts|entries)?)", re.I
)
_TOTALS = (
    re.compile(r"createPageHTML\s*\((?:\s*['\"][\w-]*['\"]\s*,)?\s*(\d{1,5})\s*,"),
    re.compile(
        r"\b(?:countPage|totalPages?|pageCount|pageTotal|page_count|total_page)\b\W{1,4}(\d{1,5})"
    ),
    re.compile(r"共\s*(\d{1,5})\s*页"),
)
_NUMBER = "9130517"


def linked_page(soup: BeautifulSoup, url: str, base: str, selector: str) -> str | None:
    """Return where the list goes on according to a selector or a link that says “next page”.

    None too when that is this page itself or another host: neither continues the list.
    """
    chosen: list[Tag] = list(soup.select(selector)) if selector else []
    if not selector:
        chosen = [tag for tag in soup.select("[rel~=next]") if tag.name in ("a", "link")]
        chosen += [tag for tag in soup.find_all("a", href=True) if _says_next(tag)]
    for tag in chosen:
        link = tag if tag.has_attr("href") else tag.find("a", href=True)
        target = absolute(base, str(link["href"])) if isinstance(link, Tag) else None
        if target and target != absolute(url, url) and _host(target) == _host(url):
            return target
    return None


def numbered_page(
    soup: BeautifulSoup, markup: str, url: str, base: str, pattern: str, page: int
) -> str | None:
    """Return the address that `pattern` gives the next page, None where the pager shows the end.

    `pattern` holds {n}; a page whose own address fits it says its number. The first page does
    not always: what the second is called then comes from the pager's links; without any, it is
    2 in a query (?page=2) and 1 in a file name (index_1.html), as the common systems have it.
    """
    template = absolute(base, pattern.replace("{n}", _NUMBER)) or ""
    if _NUMBER not in template:
        return None
    fitting = re.compile(re.escape(template).replace(_NUMBER, r"(\d{1,6})"))
    links = _numbered_links(soup, base, fitting)
    # The difference between the number that people see and the one in the address.
    shift = next(
        (shown - number for number, shown in links.items() if shown is not None),
        0 if _NUMBER in urlsplit(template).query else 1,
    )
    own = fitting.fullmatch(absolute(url, url) or "")
    number = int(own[1]) if own else max(page, 1) - shift
    if links and not any(other > number for other in links):
        return None
    total = _total(markup)
    if not links and total is not None and number + shift >= total:
        return None
    return template.replace(_NUMBER, str(number + 1))


def _says_next(tag: Tag) -> bool:
    text = re.sub(r"[\W_]+", "", tag.get_text() or str(tag.get("title") or ""))
    return bool(_NEXT_WORDS.fullmatch(text))


def _numbered_links(
    soup: BeautifulSoup, base: str, fitting: re.Pattern[str]
) -> dict[int, int | None]:
    """Return the page numbers in the pager's addresses, each with the number it shows."""
    numbers: dict[int, int | None] = {}
    for tag in soup.find_all("a", href=True):
        match = fitting.fullmatch(absolute(base, str(tag["href"])) or "")
        if match:
            shown = re.fullmatch(r"\W*(\d{1,6})\W*", tag.get_text())
            numbers[int(match[1])] = int(shown[1]) if shown else numbers.get(int(match[1]))
    return numbers


def _total(markup: str) -> int | None:
    found = (pattern.search(markup) for pattern in _TOTALS)
    return next((int(match[1]) for match in found if match), None)


def _host(url: str) -> str:
    return urlsplit(url).netloc
