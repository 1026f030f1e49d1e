"""Fakes of the doors: a web in which a test declares a world, and a small real web server."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config.settings import Settings
from editor import clock
from editor.errors import FetchError, Reason
from editor.store.db import Database
from editor.store.files import FileStore
from editor.store.queue import Task
from workers.crawling.fetch import Kind, Manners
from workers.values import Page
from workers.workshop import Workshop

HTML = "text/html; charset=utf-8"


class FakeWeb:
    """A web of declared answers: text, bytes, a page, or an error to raise.

    A list is answered in turn, its last member for ever. What is not declared is a 404, for
    robots.txt as well. `asked` holds the addresses in the order of the requests.
    """

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        kind: Kind = "page",
        manners: Manners | None = None,
    ) -> Page:
        """Answer as declared; the manners are kept as `Web` keeps them."""
        manners = manners or Manners()
        if not manners.allowed(url):
            raise FetchError(url, Reason.robots)
        manners.before()
        self.asked.append(url)
        manners.after()
        answer = self.answers.get(url, FetchError(url, Reason.http_404, status=404))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Page):
            return answer
        if etag and isinstance(answer, dict) and answer.get("etag") == etag:
            return make_page(url, b"", status=304)
        return make_page(url, answer)

    def pages(self) -> list[str]:
        """Return what was asked for, robots.txt left out."""
        return [url for url in self.asked if not url.endswith("/robots.txt")]


def make_page(url: str, body: Any, *, status: int = 200, final_url: str = "") -> Page:
    """Return a page; a dict holds `body` beside its headers."""
    headers = {"content-type": HTML}
    if isinstance(body, dict):
        headers |= {key: value for key, value in body.items() if key != "body"}
        body = body["body"]
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, final_url or url, status, headers, raw, clock.now())


@dataclass
class Bell:
    """A queue in which the test sees who was rung for, at once and for later."""

    rung: list[tuple[Any, ...]] = field(default_factory=list)
    later: list[tuple[Any, ...]] = field(default_factory=list)

    def __call__(self, task: Task, *args: int | str, delay: float = 0) -> bool:
        """Note the task; nothing runs."""
        (self.later if delay else self.rung).append((task, *args))
        return True


def make_workshop(
    database: Database, folder: Path, answers: dict[str, Any], **changes: Any
) -> Workshop:
    """Return a workshop on a fake web; hosts rest for no time unless the test says so."""
    settings = Settings(
        data_dir=folder,
        database_url=database.url,
        broker_url="memory://",
        secret_key="only for tests",
        **({"host_gap": 0.0} | changes),
    )
    return Workshop(settings, database, FileStore(folder / "files"), FakeWeb(answers), Bell())


# --- a real server -----------------------------------------------------------------------------

Respond = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A web server on a loopback address; `routes` maps paths to what answers them."""

    def __init__(self, server: ThreadingHTTPServer, routes: dict[str, Any]) -> None:
        self.routes = routes
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.address, self.port = server.server_address[0], server.server_port

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.address!s}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return what was asked for, in order."""
        return [path for path, _ in self.seen]


@contextmanager
def serving(routes: dict[str, Any], address: str = "127.0.0.1") -> Iterator[Site]:
    """Serve: bytes as a page, (status, headers, body), or a function that gets the handler."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.seen.append((self.path, headers))
            answer = site.routes.get(self.path, (404, {}, b"nothing here"))
            if callable(answer):
                answer(self)
                return
            respond(self, *(answer if isinstance(answer, tuple) else (200, {}, answer)))

        def log_message(self, *_args: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer((address, 0), Handler)
    server.daemon_threads = True
    site = Site(server, routes)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def respond(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Send an answer with its length, unless the headers say another."""
    handler.send_response(status)
    for name, value in ({"Content-Type": HTML, "Content-Length": str(len(body))} | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
