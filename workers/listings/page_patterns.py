"""The pattern of a list's further pages, with {n} for the number, from its pager."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from editor.text.urls import absolute

MARK = "9130517"
# createPageHTML(7, 0, "index", "html"), with or without an element's name: TRS's script pager.
_SCRIPT = re.compile(
    r"createPageHTML\s*\((?:\s*['\"][\w-]*['\"]\s*,)?\s*\d{1,5}\s*,\s*\d{1,5}\s*,"
    r"\s*['\"](?P<name>[\w./-]{1,100})['\"]\s*,\s*['\"](?P<ending>\w{2,5})['\"]"
)
_NUMBER = re.compile(r"\W*(\d{1,4})\W*")
_GOES_ON = re.compile(r"下一?[页頁]|[后後]一?[页頁]|[尾末][页頁]|next|last", re.I)
_DIGITS = re.compile(r"(?<!\d)\d{1,5}(?!\d)")


def page_pattern(soup: BeautifulSoup, markup: str, url: str, base: str) -> str:
    """Return an absolute address with {n}, "" when the page has no pager that tells one.

    In a pager the numbers in the addresses grow with those that are shown. The usual script that
    writes a pager counts too, and a lone link to the next page.
    """
    shown: dict[str, set[int]] = defaultdict(set)
    going_on: Counter[str] = Counter()
    for target, text in _links(soup, url, base):
        number = _NUMBER.fullmatch(text)
        if number:
            for template, inside in _templates(target):
                if abs(int(number[1]) - inside) <= 1:
                    shown[template].add(inside)
        elif _GOES_ON.fullmatch(re.sub(r"[\W_]+", "", text)):
            going_on.update(template for template, _ in _templates(target)[-1:])
    likely = [each for each in shown if len(shown[each]) > 1 or going_on[each]]
    if likely:
        return max(likely, key=lambda each: (len(shown[each]), going_on[each], len(each)))
    script = _SCRIPT.search(markup)
    if script:
        target = absolute(base, f"{script['name']}_{MARK}.{script['ending']}") or ""
        return target.replace(MARK, "{n}")
    return max(going_on, key=lambda each: going_on[each], default="")


def _links(soup: BeautifulSoup, url: str, base: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses on this host with the words of their links, the page itself left out."""
    for link in soup.find_all("a", href=True):
        target = absolute(base, str(link["href"]))
        if target and target != url and urlsplit(target).netloc == urlsplit(url).netloc:
            yield target, " ".join(link.get_text().split())


def _templates(target: str) -> list[tuple[str, int]]:
    """Return the address with {n} for each number in turn, with that number."""
    parts = urlsplit(target)
    start = len(target) - len(target.partition(parts.netloc)[2])
    return [
        (f"{target[: found.start()]}{{n}}{target[found.end() :]}", int(found[0]))
        for found in _DIGITS.finditer(target, start)
        if "{" not in target
    ]
