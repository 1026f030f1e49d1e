"""The demo's web server: `python -m editor.demo.site ADDRESSES.json`.

Each site listens on a port of its own on 127.0.0.1, so that each is a host of its own to the
crawler. The addresses are written to the file named once all of them listen.
"""

import json
import sys
import threading
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

from editor.demo.content import DemoSite, read_sites
from editor.demo.pages import Answer, answer
from editor.schedule import Window


class SiteHandler(BaseHTTPRequestHandler):
    """Answers for one site."""

    protocol_version = "HTTP/1.1"

    def __init__(self, site: DemoSite, base: list[str], *args: object) -> None:
        self.site = site
        self.base = base
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send the page, the feed or a 404."""
        found = answer(self.site, self.path, self.base[0]) or Answer(404, "text/plain", b"404")
        self.send_response(found.status)
        self.send_header("Content-Type", found.media_type)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        self.wfile.write(found.body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the supervisor's output belongs to the desk."""


class SiteServer(ThreadingHTTPServer):
    """A site's server; a crawler that hangs up is no fault worth a traceback."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Report what went wrong, unless the other side only closed the connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def start(
    sites: tuple[DemoSite, ...], ports: dict[str, int]
) -> list[tuple[DemoSite, str, ThreadingHTTPServer]]:
    """Start a server per site, on its port of `ports` if that is free, else on any.

    Returns each site with its base address.
    """
    running = []
    for site in sites:
        base = [""]
        server = _listen(partial(SiteHandler, site, base), ports.get(site.key, 0))
        base[0] = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append((site, base[0], server))
    return running


def _listen(handler: partial[SiteHandler], port: int) -> ThreadingHTTPServer:
    try:
        return SiteServer(("127.0.0.1", port), handler)
    except OSError:
        return SiteServer(("127.0.0.1", 0), handler)


def known_ports(target: Path) -> dict[str, int]:
    """Return the ports of the last start, so that a restarted demo keeps its addresses."""
    if not target.exists():
        return {}
    addresses = json.loads(target.read_text(encoding="utf-8"))
    return {key: int(base.rpartition(":")[2]) for key, base in addresses.items()}


def main() -> None:
    """Serve until killed. Arguments: the addresses file, the window's two ISO moments."""
    target, opens, closes = sys.argv[1:4]
    window = Window(datetime.fromisoformat(opens), datetime.fromisoformat(closes))
    zone = ZoneInfo("Asia/Shanghai")
    window = Window(window.opens_at.astimezone(zone), window.closes_at.astimezone(zone))
    running = start(read_sites(window), known_ports(Path(target)))
    addresses = {site.key: base for site, base, _ in running}
    part = Path(target + ".part")
    part.write_text(json.dumps(addresses), encoding="utf-8")
    part.replace(target)
    threading.Event().wait()


if __name__ == "__main__":
    main()
