"""A slow little site of invented articles on this machine."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARTICLES = 24
BODY = "临澜市青屿区今天启用第 {n} 号码头。码头全部采用岸电，靠港船舶不再使用燃油辅机供电。"


class SlowSite(BaseHTTPRequestHandler):
    """A feed of summaries and its pages; every page takes a moment."""

    protocol_version = "HTTP/1.1"
    hits: dict[str, int]

    def do_GET(self) -> None:
        self.hits[self.path] = self.hits.get(self.path, 0) + 1
        if self.path == "/feed.xml":
            self._send(self._feed(), "application/rss+xml; charset=utf-8")
        elif self.path.startswith("/a/"):
            time.sleep(0.15)
            self._send(self._page(int(self.path[3:-5])), "text/html; charset=utf-8")
        else:
            self.send_error(404)

    def _send(self, text: str, media_type: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _feed(self) -> str:
        host = self.headers["Host"]
        items = "".join(
            f"<item><title>临澜市：第 {n} 号码头启用</title><link>http://{host}/a/{n}.html</link>"
            f"<pubDate>Mon, {1 + n % 9:02} Jun 2026 08:00:00 +0800</pubDate></item>"
            for n in range(ARTICLES)
        )
        return f'<rss version="2.0"><channel><title>临澜晚报</title>{items}</channel></rss>'

    def _page(self, n: int) -> str:
        text = "".join(f"<p>{BODY.format(n=n)}第 {part} 段说明来了。</p>" for part in range(6))
        return (
            f"<html><head><title>临澜市：第 {n} 号码头启用</title></head><body>"
            f"<h1>临澜市：第 {n} 号码头启用</h1>"
            f"<div class='article-content'>{text}</div></body></html>"
        )

    def log_message(self, *args: object) -> None:
        pass


def start_site() -> tuple[ThreadingHTTPServer, dict[str, int]]:
    """Start the site on a free port; returns the server and its counts by path."""
    hits: dict[str, int] = {}
    handler = type("Handler", (SlowSite,), {"hits": hits})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, hits
