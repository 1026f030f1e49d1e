"""Feeds that nobody should write, made on the spot: large, deep, expanding, damaged."""

import gzip
from collections.abc import Iterator
from pathlib import Path

ITEM = "<item><title>云州{0}</title><link>http://a.example/{0}</link>{1}</item>"
WORDS = "青屿区推进产业升级。"


def write_all(folder: Path) -> list[Path]:
    """Write every hostile feed into the folder; return the files."""
    paths = []
    for name, body in bodies():
        path = folder / f"made__{name}.xml"
        path.write_bytes(body)
        paths.append(path)
    return paths


def bodies() -> Iterator[tuple[str, bytes]]:
    """Yield each feed with its name; one at a time, since some are of 50 MB."""
    yield from large()
    yield from small()


def large() -> Iterator[tuple[str, bytes]]:
    """Yield the feeds of about 50 MB."""
    text = f"<description>{WORDS * 400}</description>"
    yield "fifty_megabytes", _rss("".join(ITEM.format(n, text) for n in range(4100)))
    yield "fifty_megabytes_of_one_text", _rss(ITEM.format(1, f"<a>{'云' * (16 << 20)}</a>"))
    yield "fifty_megabytes_of_items", _rss("<item/>" * (6 << 20))
    yield "fifty_megabytes_of_json", b'{"items":[' + b'{"url":"http://a.example/"},' * 1_700_000
    yield "beyond_fifty_megabytes", _good() + b" " * (51 << 20)
    yield "only_brackets", b"<" * (10 << 20)


def small() -> Iterator[tuple[str, bytes]]:
    """Yield the feeds that are hostile at a few megabytes or less."""
    yield "billion_laughs", _laughs()
    yield "quadratic_blowup", _blowup()
    yield "deep", b"<rss><channel>" + b"<a>" * 300_000
    yield "deep_json", b'{"items":' + b"[" * 300_000
    yield "huge_attribute", _rss(f'<item a="{"云" * 1_000_000}"><title>云州</title></item>')
    attributes = " ".join(f'a{n}="1"' for n in range(100_000))
    yield "many_attributes", _rss(f"<item {attributes}><title>云州</title></item>")
    names = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(100_000))
    yield "many_namespaces", _rss(f"<item {names}><title>云州</title></item>")
    yield "nul_bytes", _good().replace(b"<item>", b"\0<item>\0\0")
    yield "gzip", gzip.compress(_good())
    yield "gzip_in_gzip", gzip.compress(gzip.compress(_good()))
    yield "gzip_bomb", gzip.compress(bytes(100 << 20), 1)
    yield "open_cdata", _rss("<item><title><![CDATA[" * 100_000)
    yield "ampersands", _rss(ITEM.format(1, f"<description>{'&' * 1_500_000}</description>"))
    yield "utf_16", _good().decode().encode("utf-16")


def _good() -> bytes:
    return _rss("".join(ITEM.format(n, "") for n in range(20)))


def _rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>云州</title>{items}</channel></rss>'.encode()


def _laughs() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE rss [<!ENTITY l0 "哈">{laughs}]>'
    return head.encode() + _rss(ITEM.format(1, "<description>&l11;</description>"))


def _blowup() -> bytes:
    head = f'<!DOCTYPE rss [<!ENTITY a "{"云" * 50_000}">]>'
    return head.encode() + _rss(ITEM.format(1, f"<description>{'&a;' * 50_000}</description>"))
