"""robots.txt as RFC 9309 reads it: the longest matching rule wins, and allow wins a tie."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

LINE = re.compile(r"^\s*([A-Za-z-]+)\s*:\s*([^#]*)")
LONGEST_DELAY = 120.0
READ = 512 * 1024


@dataclass(frozen=True)
class Rules:
    """What one crawler may do on a host. `delay` is the pause it asks for, in seconds."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0

    def allows(self, url: str) -> bool:
        """Whether the address may be visited; robots.txt itself always may."""
        parts = urlsplit(url)
        path = _normal(parts.path or "/") + (f"?{_normal(parts.query)}" if parts.query else "")
        if path == "/robots.txt":
            return True
        matches = [(len(rule), allow) for rule, allow in self.rules if _matches(rule, path)]
        return max(matches, default=(0, True))[1]


def parse_robots(text: str, agent: str) -> Rules:
    """Return the rules for `agent` (a product token), or those for everybody.

    Groups that name the same agent are read as one; what cannot be understood is passed over,
    as the standard asks.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    names: list[str] = []
    naming = False
    for line in text[:READ].lstrip("\ufeff").splitlines():
        found = LINE.match(line)
        if not found:
            continue
        key, value = found[1].lower(), found[2].strip()
        if key == "user-agent":
            names = [*names, value.lower()] if naming else [value.lower()]
            naming = True
            groups.setdefault(value.lower(), [])
        elif key in ("allow", "disallow", "crawl-delay"):
            naming = False
            for name in names:
                groups[name].append((key, value))
    return _rules(groups.get(agent.lower(), groups.get("*", [])))


def _rules(lines: list[tuple[str, str]]) -> Rules:
    paths = tuple((_normal(value), key == "allow") for key, value in lines if _rule(key, value))
    delays = [_seconds(value) for key, value in lines if key == "crawl-delay"]
    return Rules(paths, min(max(delays, default=0.0), LONGEST_DELAY))


def _rule(key: str, value: str) -> bool:
    return key != "crawl-delay" and value.startswith(("/", "*"))


def _seconds(value: str) -> float:
    try:
        return max(float(value), 0.0) if value.lower() not in ("nan", "inf") else 0.0
    except ValueError:
        return 0.0


def _normal(path: str) -> str:
    """One spelling for escaped and bare characters, as RFC 9309 §2.2.2 compares them."""
    return quote(unquote(path), safe="/*$?&=+,;:@!'()~%")


def _matches(rule: str, path: str) -> bool:
    """Match without a regular expression: `*` would make a hostile rule exponential."""
    anchored = rule.endswith("$")
    pieces = (rule[:-1] if anchored else rule).split("*")
    if not path.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1]:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    if len(pieces) == 1:
        return not anchored or at == len(path)
    last = pieces[-1]
    if anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0
