"""Real article pages on eight small sites of this machine, several reworded copies of each.

Usage: python -m tests.bench.corpus_site WORLD.json COPIES; prints a line when it listens.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

from tests.acceptance import shared

SITES = 8
# common characters trade places, so that no copy is a reprint of another
COMMON = "市业企技新产创科发区数资动展云评程集作合工成体学国人民会大年来中在有上地家"
# pictures lie on hosts that this machine does not reach, and the peer asks for none
PICTURE = re.compile(r"<img\b[^>]{0,5000}>", re.I)
ELSEWHERE = re.compile(r"""(?:https?:)?//[^"'\s>]+""", re.I)
PUBLISHED = "Mon, 06 Jul 2026 09:00:00 +0800"


def reworded(text: str, copy: int) -> str:
    """Return the page with its commonest characters exchanged, another way for each copy."""
    turned = COMMON[copy:] + COMMON[:copy]
    return text.translate(str.maketrans(COMMON, turned))


def pages(copies: int) -> dict[str, bytes]:
    """Return what each path answers, in UTF-8."""
    rows = (shared() / "corpus" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    found = {}
    for row in map(json.loads, rows):
        if row["kind"] in ("list", "error"):
            continue
        text = (shared() / "corpus" / row["file"]).read_bytes().decode("utf-8", "ignore")
        if "charset=utf-8" not in text.lower().replace('"', ""):
            continue
        for copy in range(copies):
            shown = PICTURE.sub(lambda tag: ELSEWHERE.sub("", tag[0]), reworded(text, copy))
            found[f"/{row['id']}-{copy}.html"] = shown.encode()
    return found


def feed(base: str, paths: list[str]) -> bytes:
    """Return a feed that lists the paths, without their texts."""
    items = "".join(
        f"<item><title>第 {number} 篇</title><link>{escape(base + path)}</link>"
        f"<pubDate>{PUBLISHED}</pubDate></item>"
        for number, path in enumerate(paths)
    )
    return f'<rss version="2.0"><channel><title>云州</title>{items}</channel></rss>'.encode()


class Site(BaseHTTPRequestHandler):
    """Answers pages and each address's own feed; there is no robots.txt."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, bytes] = {}

    def do_GET(self) -> None:
        """Answer a page, the feed of the address that was asked, or 404."""
        host = self.headers.get("Host", "")
        body = self.answers.get(host + self.path) or self.answers.get(self.path, b"")
        kind = "application/rss+xml" if self.path == "/feed.xml" else "text/html"
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Write the world that a crawler needs to know, and serve it until killed."""
    answers = pages(int(sys.argv[2]))
    server = ThreadingHTTPServer(("0.0.0.0", 0), Site)
    names = [f"127.0.1.{1 + number}:{server.server_port}" for number in range(SITES)]
    for number, name in enumerate(names):
        own = sorted(answers)[number::SITES]
        Site.answers[f"{name}/feed.xml"] = feed(f"http://{name}", own)
    Site.answers |= answers
    sites = [
        {"name": name, "kind": "rss_summary", "feed_url": f"http://{name}/feed.xml", "list_url": ""}
        for name in names
    ]
    window = {"start_at": "2026-06-16T00:00:00+08:00", "end_before": "2026-07-16T00:00:00+08:00",
              "end": "2026-07-15"}  # fmt: skip
    world = {"sites": sites, "paste_links": [], "window": window,
             "default_now": "2026-07-10T09:00:00+08:00"}  # fmt: skip
    Path(sys.argv[1]).write_text(json.dumps(world), encoding="utf-8")
    print(f"{len(answers)} pages", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
