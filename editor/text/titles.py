"""A page's headline: the words of <h1> and <title>, without the site's name around them."""

import re
import unicodedata
from difflib import SequenceMatcher

from editor.text.markup_inline import squeeze

_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<(?:script|style)\b.*$|</?[a-zA-Z!][^>]*>", re.S)
_JOINT = re.compile(r"\s*(?:_+|[|｜丨]|－{1,2}|—{2}|--+|–|»|>>|<<)\s*|\s+[-—·]\s+|-(?=[^\d\s])")
_SITE_WORDS = re.compile(
    r"(?:(?<![通情举海预简汇申播年周月季快捷战])报|网|网站|新闻|频道|门户|日报|晚报|早报|时报|晨报|商报|都市报|周报|周刊|杂志|在线|电视台|客户端"
    r"|政府|委员会|人民政府|官网|首页|资讯|中心|平台|公众号|博客|论坛|百科|文库|栏目|专栏|专题|正文"
    r"|财经|时政|要闻|国内|国际|社会|科技|产业|教育|体育|娱乐|军事|文化|健康|汽车|房产|滚动"
    r"|[A-Za-z0-9.\-]+\.(?:com|cn|net|org)(?:\.cn)?|News|Online)$",
    re.I,
)
_CHANNEL = re.compile(r"^.{0,4}(?:动态|公告|通知|公示|简报|要闻|快讯|播报|列表|详情|内容页?)$")
_CUT_SHORT = re.compile(r"(?:…+|\.{3,})$")
SHORTEST = 2
# Longer than the longest stored; what follows costs time and is no title.
LONGEST = 2000


def clean_title(h1: str, html_title: str, site_name: str = "") -> str:
    """Return the headline; "" when neither says anything.

    `h1` wins where it is part of <title> (or <title> says nothing); a heading that names only
    the site or the channel, or is cut short by an ellipsis, gives way to <title> without its
    site suffix.
    """
    heading, title = bare_title(h1), bare_title(html_title)
    stem = strip_site(title, site_name)
    if not heading:
        return stem
    if not title or not stem:
        return heading
    if _goes_on(heading, stem):
        return stem
    if names_site(heading, site_name) and not names_site(stem, site_name):
        return stem
    if _loose(heading) and _loose(heading) in _loose(title):
        return stem if _is_suffix_only(heading, stem) else heading
    return heading if _alike(heading, stem) or len(heading) >= 8 else stem


def begins_title(words: str, title: str) -> bool:
    """Return whether a page title begins with these words, whole up to a joint or its end."""
    if not words or not title.startswith(words):
        return False
    rest = title[len(words) :]
    return not rest.strip() or bool(_JOINT.match(rest))


def bare_title(text: str) -> str:
    """Return a title as one line without markup that was written into it."""
    return squeeze(_TAGS.sub("", text[:LONGEST]))


def strip_site(title: str, site_name: str = "") -> str:
    """Return <title> without the site and channel names behind (or before) its joints."""
    parts = _parts(title)
    while len(parts) > 1 and _cuts(parts, site_name):
        parts.pop()
    while len(parts) > 1 and names_site(parts[0][1], site_name) and len(parts[0][1]) <= 8:
        if len(parts[0][1]) > len(parts[1][1]):
            break
        parts.pop(0)
    return "".join(joint * bool(n) + text for n, (joint, text) in enumerate(parts)).strip()


def _parts(title: str) -> list[tuple[str, str]]:
    """Split at joints; each part comes with the joint before it."""
    parts: list[tuple[str, str]] = []
    joint, start = "", 0
    for match in _JOINT.finditer(title):
        if match.start() == 0:
            continue
        parts.append((joint, title[start : match.start()]))
        joint, start = match.group(), match.end()
    return [*parts, (joint, title[start:])]


def _cuts(parts: list[tuple[str, str]], site_name: str) -> bool:
    joint, last = parts[-1]
    rest = sum(len(text) for _, text in parts[:-1])
    if not last or names_site(last, site_name):
        return rest >= SHORTEST or not last
    strong = any(sign in joint for sign in "_|｜丨") or "--" in joint
    return strong and len(last) <= 12 and rest >= 8 and rest > len(last)


def names_site(text: str, site_name: str = "") -> bool:
    """Return whether a piece of a title reads as the name of a site or channel."""
    loose = _loose(text)
    if site_name and loose and (loose in _loose(site_name) or _loose(site_name) in loose):
        return len(loose) <= len(_loose(site_name)) + 8
    return (
        len(text) <= 20 and bool(_SITE_WORDS.search(text)) and not re.search(r"[，。！？：]", text)
    )


def _goes_on(heading: str, stem: str) -> bool:
    """Return whether the heading ends in an ellipsis where the other title goes on."""
    begun = _CUT_SHORT.sub("", heading)
    if begun == heading or not stem.startswith(begun):
        return False
    return not re.match(r"…|\.{3}", stem[len(begun) :])


def _is_suffix_only(heading: str, stem: str) -> bool:
    """Return whether the heading is merely what stands behind the joint of <title>."""
    return len(heading) <= 8 and len(stem) >= 10 and not _loose(stem).startswith(_loose(heading))


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, _loose(one), _loose(other), autojunk=False).ratio() >= 0.5


def _loose(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()
