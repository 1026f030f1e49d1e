"""What other extractors take for an article's text, title, date and source: the benchmark's peers.

All get the page decoded as its label says, which spares them guessing the charset. newspaper4k
and GNE take part when the extra `bench` is installed. Nothing may reach the network meanwhile.
"""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any, NoReturn


@dataclass(frozen=True)
class Told:
    """What an extractor says of a page; "" where it says nothing."""

    text: str = ""
    title: str = ""
    day: str = ""
    source: str = ""


Peer = Callable[[str, str], Told]

# Zones that GNE's own documentation leaves to its caller.
NOISE = [
    f'//*[contains(@class, "{name}") or contains(@id, "{name}")]'
    for name in ("comment", "footer", "copyright", "recommend", "related", "share", "sidebar")
]


PEERS = ("readability-lxml", "trafilatura", "newspaper4k", "GNE")


def installed_peers() -> dict[str, Peer]:
    """Return the peers by name, those that are not installed left out."""
    peers: dict[str, Peer] = {"readability-lxml": _readability, "trafilatura": _trafilatura}
    if find_spec("newspaper"):
        peers["newspaper4k"] = _newspaper
    if find_spec("gne"):
        peers["GNE"] = _gne
    for name in ("readability.readability", "trafilatura", "newspaper", "tldextract", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return peers


@contextmanager
def offline() -> Iterator[list[str]]:
    """Refuse every connection while the block runs; gives the list of those that were tried."""
    tried: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(_socket: socket.socket, address: object) -> NoReturn:
        tried.append(str(address))
        raise ConnectionRefusedError(f"offline: {address}")

    def unknown(host: object, *_args: object, **_options: object) -> NoReturn:
        tried.append(str(host))
        raise socket.gaierror(f"offline: {host}")

    socket.socket.connect = refuse  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = unknown
    try:
        yield tried
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.getaddrinfo = look_up


def _readability(html: str, url: str) -> Told:
    from lxml import etree
    from lxml.html import document_fromstring
    from readability import Document
    from readability.readability import Unparseable

    try:
        document = Document(html, url=url or None)
        words = document_fromstring(document.summary()).itertext()
        text = "".join(str(word) for word in words)
        return Told(text, document.short_title() or "")
    except (Unparseable, etree.ParserError, ValueError):
        return Told()


def _trafilatura(html: str, url: str) -> Told:
    from trafilatura import bare_extraction

    found: Any = bare_extraction(
        html,
        url=url or None,
        favor_precision=True,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
    )
    if found is None:
        return Told()
    return Told(found.text or "", found.title or "", (found.date or "")[:10], found.sitename or "")


def _newspaper(html: str, url: str) -> Told:
    from newspaper import Article, ArticleException
    from newspaper.configuration import Configuration

    config = Configuration()
    config.fetch_images = False
    config.language = "zh"
    try:
        article = Article(url or "https://www.example.org/", config=config)
        article.download(input_html=html)
        article.parse()
    except (ArticleException, ValueError):
        return Told()
    published = article.publish_date
    day = published.date().isoformat() if isinstance(published, datetime) else ""
    return Told(article.text or "", article.title or "", day)


def _gne(html: str, url: str) -> Told:
    from gne import GeneralNewsExtractor
    from gne.exceptions import NoContentException
    from lxml import etree

    try:
        found = GeneralNewsExtractor().extract(html, host=url, noise_node_list=NOISE)
    except (NoContentException, etree.ParserError, ValueError, AttributeError, IndexError):
        return Told()
    day = str(found.get("publish_time") or "").replace("/", "-").replace("年", "-")
    return Told(found["content"], found["title"], day.replace("月", "-").replace("日", "")[:10])
