"""Addresses: one canonical form for one page, so that the same page is stored once."""

import hashlib
import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from editor.errors import Invalid

DEFAULT_PORTS = {"http": 80, "https": 443}
WECHAT_HOST = "mp.weixin.qq.com"
WECHAT_IDENTITY = ("__biz", "idx", "mid", "sn")
TRACKING = re.compile(
    r"(utm|share|sharer|spm|mc|_hs|_t)_\w+|share\w*|spm|hm(sr|pl|cu|kw|ci)|_hs(enc|mi)|scm|from|isappinstalled|bdshare|"
    r"nsukey|scene|clicktime|enterid|ascene|devicetype|wfr|fr|ivk_sa|tt_from|weibo_id|gclid|fbclid|"
    r"msclkid|yclid|_ga|ref_src|phpsessid|jsessionid|_",
    re.I,
)
# Second-level names that are themselves registries: the site's own name is one label further left.
REGISTRY_LABEL = re.compile(
    r"com|net|org|gov|edu|ac|mil|co|or|ne|go|bj|sh|tj|cq|he|sx|nm|ln|jl|hl|js|zj|ah|fj|jx|sd|ha|hb|"
    r"hn|gd|gx|hi|sc|gz|yn|xz|sn|gs|qh|nx|xj|tw|hk|mo"
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BLANKS = re.compile(r"[\x00-\x20\u3000\ufeff\u200b]+")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


def canonical_url(url: str) -> str:
    """Return the one address under which a page is known; raises Invalid when it is no address.

    Fragments, tracking parameters and the marks of mobile copies go; all other parameters stay,
    sorted, because many sites tell their pages apart by them. For identity, not for fetching.
    """
    parts = _split(url)
    host, port = _host(parts), parts.port
    if host == WECHAT_HOST:
        return _canonical_wechat(parts)
    host = _desktop_host(host)
    scheme = parts.scheme.lower()
    netloc = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    path = re.sub(r"(?i);jsessionid=[^/?]*", "", parts.path)
    path = re.sub(r"^/m/(?=.)", "/", _normal_escapes(_without_dots(path)))
    query = "&".join(sorted(_kept_parameters(parts.query)))
    return urlunsplit((scheme, netloc, path or "/", query, ""))


def url_hash(canonical: str) -> str:
    """Return the key (sha256, hex) of a canonical URL; http and https give the same key."""
    return hashlib.sha256(re.sub(r"^https?:", "", canonical).encode()).hexdigest()


def host_port(url: str) -> str:
    """Return "host" or "host:port" (default ports left off); raises Invalid for no address."""
    parts = _split(url)
    host = _host(parts)
    if parts.port in (None, DEFAULT_PORTS[parts.scheme.lower()]):
        return host
    return f"{host}:{parts.port}"


def absolute(base: str, href: str) -> str | None:
    """Return where a link on the page `base` leads, or None unless that is http or https.

    None also for a bare fragment. The fragment and any user name are dropped.
    """
    href = re.sub(r"[\t\r\n]", "", href).strip(" \x00\u3000\ufeff\u200b")
    if not href or href.startswith("#"):
        return None
    if not _SCHEME.match(href) or href.lower().startswith(("http:", "https:")):
        # Browsers read a backslash before the query as a slash; some old CMSs rely on it.
        path, mark, query = href.partition("?")
        href = path.replace("\\", "/") + mark + query
    try:
        parts = urlsplit(urljoin(base, href))
        host, port = _host(parts), parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in DEFAULT_PORTS or not host:
        return None
    netloc = host if port is None else f"{host}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or "/"
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]|")
    return urlunsplit((parts.scheme.lower(), netloc, path, query, ""))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(_BLANKS.sub("", url))
        usable = parts.scheme.lower() in DEFAULT_PORTS and bool(_host(parts))
        # Reading `port` raises ValueError when it is no number between 0 and 65535.
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Invalid(
            f"“{url[:80]}”不是完整的网址，请从浏览器地址栏复制以 http 开头的网址",
            f"“{url[:80]}” is not a complete address; copy it from the browser's address bar",
        )
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{host}]"
    if not host.isascii():
        return host.encode("idna").decode("ascii")
    return host


def _desktop_host(host: str) -> str:
    """Return the host of the desktop site for "m.…": "www.…" where that is the site's own name."""
    rest = host.removeprefix("m.")
    labels = rest.split(".")
    registry = len(labels) > 1 and bool(REGISTRY_LABEL.fullmatch(labels[-2]))
    own_labels = 3 if registry and len(labels[-1]) == 2 else 2
    if rest == host or len(labels) < own_labels:
        return host
    return f"www.{rest}" if len(labels) == own_labels else rest


def _canonical_wechat(parts: SplitResult) -> str:
    path = _normal_escapes(parts.path).rstrip("/")
    if re.fullmatch(r"/s/[\w-]+", path):
        return f"https://{WECHAT_HOST}{path}"
    kept = _kept_parameters(parts.query)
    if path == "/s":
        identity = [p for p in kept if p.partition("=")[0] in WECHAT_IDENTITY]
        kept = identity or kept
    return urlunsplit(("https", WECHAT_HOST, path or "/", "&".join(sorted(kept)), ""))


def _kept_parameters(query: str) -> list[str]:
    kept = []
    for parameter in re.split(r"&(?:amp;)?", query):
        name, mark, value = parameter.partition("=")
        if not parameter or TRACKING.fullmatch(name):
            continue
        kept.append(_normal_escapes(name) + mark + _normal_escapes(value).replace("%3D", "="))
    return kept


def _normal_escapes(text: str) -> str:
    """Return `text` with unreserved characters plain and all others escaped in upper case."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return quote(_ESCAPE.sub(plain, text), safe="/%:@!$&'()*+,;=~-._?[]|")


def _without_dots(path: str) -> str:
    """Return the path with "." and ".." resolved: RFC 3986, section 5.2.4."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == ".." and len(kept) > 1:
            kept.pop()
        elif segment not in (".", ".."):
            kept.append(segment)
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/".join(kept)
