"""Send hostile HTML through the whole path and open every screen that shows it in Chromium.

python -m tests.acceptance.payloads --file FILE [--out OUT]

FILE has one JSON string a line. Each comes in by a feed (title, author, full text), by a list and
its page (title, source, body, caption), in files (HTML, TXT, DOCX, PDF; also as a file's name),
typed into an item (every field), pasted into the text editor, and as the name of a source, a
failed entry and a person, on a real desk with a temporary database. Then every screen is opened
in a real browser, and so are the web edition, every page of the EPUB and every WeChat article,
from the desk and as files; every finished file is searched for what is active. The last line
is one JSON object; exit 0 only when nothing executed, no markup of a payload became live, nothing
was stopped by the policy alone and no request left the desk.
"""

import argparse
import io
import json
import logging
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Route,
    sync_playwright,
)

from editor.assembler.editions.wechat import posts_in
from tests.acceptance import shared
from tests.acceptance.harmless import active_in
from tests.acceptance.hostile import Desk, Printed, hostile_desk, print_all, take_all
from tests.browser.conftest import ARGS
from tests.browser.office import served
from tests.cast import PASSWORD

# Whatever calls one of these has run; so has whatever leaves one of these names on the window.
WATCH = """(() => {
  window.__ran = [];
  for (const name of ["alert", "confirm", "prompt", "print", "open"])
    window[name] = () => { window.__ran.push(name); };
  window.__refused = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.__refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
})();"""
# What ran, what the policy refused, and what of foreign markup is alive on this screen.
LOOK = """(desk) => {
  const live = [];
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    // evidence is shown in a frame that may do nothing
    const caged = name === "iframe" && element.hasAttribute("sandbox")
      && !/allow-(scripts|top|forms|popups|same)/.test(element.getAttribute("sandbox"));
    if (!caged && ["iframe", "object", "embed", "base", "applet", "frame", "portal"].includes(name))
      live.push(name);
    const data = element.type === "application/json";
    if (name === "script" && !data && !element.src.startsWith(desk)) live.push("foreign script");
    for (const attribute of element.attributes) {
      const value = attribute.value.replace(/[\\u0000-\\u0020]/g, "").toLowerCase();
      if (/^on/i.test(attribute.name)) live.push(`${name} ${attribute.name}`);
      if (/^(href|src|action|formaction|xlink:href|data|srcdoc|poster|background)$/i
          .test(attribute.name) && /^(javascript|vbscript|data:text)/.test(value))
        live.push(`${name} ${attribute.name}=${value.slice(0, 40)}`);
    }
  }
  const names = ["newsroom_xss", "xss", "pwned"].filter((name) => window[name] instanceof Element
    ? false : window[name] !== undefined);
  return { ran: [...window.__ran, ...names], refused: window.__refused.splice(0), live };
}"""
PASTE = """(html) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", html);
  document.querySelector(".body-text").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
BEGUN = time.monotonic()
MORE = re.compile(r"evidence|capture|update|version|compare|change")
CAGE = "sandbox"
CANARY = "<img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"


@dataclass
class Watch:
    """What was seen on the screens so far; each entry names the screen."""

    desk: str
    files: str = ""
    ran: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    caged: int = 0
    screens: Counter[str] = field(default_factory=Counter)
    where: str = ""

    def follow(self, context: BrowserContext) -> Page:
        """Return a page of which everything is noted; requests that would leave are stopped."""
        context.add_init_script(WATCH)
        context.route("**/*", self._gate)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.errors.append(f"{self.where}: {error}"))
        page.on("console", self._console)
        page.on("websocket", lambda socket: self.left.append(f"{self.where}: {socket.url}"))
        page.on("request", self._request)
        return page

    def look(self, page: Page, kind: str, where: str) -> None:
        """Note what ran and what is alive on the screen that is open."""
        self.where = where
        self.screens[kind] += 1
        seen: dict[str, list[str]] = page.evaluate(LOOK, self.desk)
        self.ran += [f"{where}: {what}" for what in seen["ran"]]
        self.live += [f"{where}: {what}" for what in seen["live"]]
        self.refused += [f"{where}: {what}" for what in seen["refused"]]

    def _own(self, url: str) -> bool:
        return url.startswith(self.desk) or bool(self.files and url.startswith(self.files))

    def _gate(self, route: Route) -> None:
        if self._own(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and not self._own(request.url):
            self.left.append(f"{self.where}: {request.url[:200]}")

    def _dialog(self, dialog: Dialog) -> None:
        # leaving a page with unsaved text asks; a payload's dialog says something
        if dialog.type != "beforeunload":
            self.ran.append(f"{self.where}: dialog {dialog.message[:80]}")
        dialog.accept()

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.refused.append(f"{self.where}: {message.text[:200]}")


def main() -> int:
    """Run it all; return the exit code."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=shared() / "payloads.jsonl")
    parser.add_argument("--out", type=Path, help="folder of the desk; a temporary one by default")
    options = parser.parse_args()
    # not splitlines: a payload may hold U+2028
    lines = options.file.read_text(encoding="utf-8").split("\n")
    payloads = [_text(json.loads(line)) for line in lines if line.strip()]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with hostile_desk(payloads, folder) as desk, served(desk.app) as address:
            watch = Watch(address)
            printed = show(desk, watch)
    return report(len(payloads), desk, watch, printed)


def _text(payload: str) -> str:
    """Return the payload without halves of characters, which no file or form can carry."""
    return payload.encode("utf-8", "replace").decode()


def show(desk: Desk, watch: Watch) -> dict[str, Any]:
    """Open every screen; return what became of the exports and whether the watch is awake."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        awake = _canary(browser.new_context())
        page = watch.follow(browser.new_context(locale="zh-CN"))
        page.goto(f"{watch.desk}/login")
        page.fill("[name=email]", "ada@yunzhou.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button")
        _triage(page, desk, watch)
        _more_of_candidates(page, desk, watch)
        desk = take_all(desk)
        _items(page, desk, watch)
        printed = print_all(desk)
        for kind, path in (
            ("triage row", "/triage?state=taken"),
            ("board", f"/issues/{desk.total}/board"),
            ("exports page", f"/issues/{desk.total}/exports"),
            ("sections", f"/issues/{desk.total}/sections"),
            ("sources", "/sources"),
            *(("source", f"/sources/{number}") for number in range(1, 9)),
            *(("source form", f"/sources/{number}/edit") for number in range(1, 5)),
            ("failed", "/triage/failed"),
            ("uploads", "/uploads"),
            ("people", "/settings/people"),
            ("home", "/"),
            ("feed settings", "/settings/feed"),
        ):
            _open(page, watch, kind, path)
        _editions(page, watch, printed)
        browser.close()
    active = [each for kind, one in printed.items() if one.content
              for each in active_in(kind, one.content)]  # fmt: skip
    told = {kind: one.state for kind, one in printed.items()}
    return {"exports": told, "active_in_exports": active, "watch_awake": awake}


def _canary(context: BrowserContext) -> bool:
    """Return whether the watch notices what runs and lives on a page without any protection."""
    probe = Watch("https://desk.invalid")
    page = probe.follow(context)
    page.set_content(CANARY)
    page.evaluate(WATCH)
    page.set_content(CANARY)
    page.wait_for_timeout(300)
    probe.look(page, "canary", "canary")
    context.close()
    return len(probe.live) >= 2 and bool(probe.ran)


def _open(page: Page, watch: Watch, kind: str, path: str) -> None:
    watch.where = path
    page.goto(watch.desk + path)
    watch.look(page, kind, path)


def _editions(page: Page, watch: Watch, printed: dict[str, Printed]) -> None:
    """Open the editions for screens: as the desk shows them, and as a reader's own files."""
    web, packet = printed["web"], printed["wechat"]
    _open(page, watch, "web edition", f"/exports/{web.id}/read")
    _open(page, watch, "wechat list", f"/exports/{packet.id}/wechat")
    for post in posts_in(packet.content):
        _open(page, watch, "wechat article", f"/exports/{packet.id}/wechat/{post.anchor}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        watch.files = folder.as_uri()
        (folder / "web.html").write_bytes(web.content)
        for kind in ("epub", "wechat"):
            with zipfile.ZipFile(io.BytesIO(printed[kind].content)) as archive:
                archive.extractall(folder / kind)
        for path in sorted(folder.rglob("*html")):
            watch.where = str(path.relative_to(folder))
            page.goto(path.as_uri())
            watch.look(page, f"file of {watch.where.split('/')[0]}", watch.where)


def _triage(page: Page, desk: Desk, watch: Watch) -> None:
    """Look at every list of triage, and at every candidate in the reading pane."""
    path: str | None = "/triage?state=all&tray=all"
    while path:
        _open(page, watch, "triage row", path)
        for number in range(page.locator("#rows a.row-title").count()):
            row = page.locator("#rows a.row-title").nth(number)
            watch.where = row.get_attribute("href") or path
            row.click()
            wanted = watch.where.partition("?")[0].rpartition("/")[2]
            page.wait_for_selector(f"#reader [data-candidate='{wanted}']")
            watch.look(page, "reader", watch.where)
        following = page.locator("a[href*='cursor=']")
        path = following.first.get_attribute("href") if following.count() else None
    for case in desk.cases:
        # the page and the reading pane show the same; a page of each group is enough
        for id in case.candidates if case.door != "feed" else ():
            _open(page, watch, "candidate page", f"/triage/{id}")


def _more_of_candidates(page: Page, desk: Desk, watch: Watch) -> None:
    """Look at what else shows a candidate (its evidence, its versions), on desks that have it."""
    rules = [
        rule
        for rule in desk.app.url_map.iter_rules()
        if rule.arguments == {"id"} and "GET" in (rule.methods or ()) and MORE.search(rule.rule)
    ]
    for case in desk.cases:
        for id in case.candidates if case.door != "feed" else ():
            for rule in rules:
                path = re.sub(r"<[^>]*>", str(id), rule.rule)
                seen = len(watch.refused)
                answer = page.request.get(watch.desk + path)
                shown = "text/html" in answer.headers.get("content-type", "")
                if answer.ok and shown and "content-disposition" not in answer.headers:
                    _open(page, watch, rule.endpoint, path)
                    # what the frame around evidence stops is stopped on purpose
                    if (
                        CAGE in answer.headers.get("content-security-policy", "")
                        or page.locator("iframe[sandbox]").count()
                    ):
                        watch.caged += len(watch.refused) - seen
                        del watch.refused[seen:]


def _items(page: Page, desk: Desk, watch: Watch) -> None:
    """Look at every item with its editor, and paste each payload into the typed ones."""
    for case in desk.cases:
        for id in case.items:
            path = f"/items/{id}"
            watch.where = path
            page.goto(watch.desk + path)
            page.wait_for_selector("body-editor[data-ready]")
            watch.look(page, "item page", path)
            if case.door == "typed":
                _paste(page, watch, case.payloads, path)


def _paste(page: Page, watch: Watch, payloads: tuple[str, ...], path: str) -> None:
    for number, payload in enumerate(payloads):
        watch.where = f"{path} paste {number}: {payload[:60]}"
        page.click(".body-text")
        page.keyboard.press("Control+End")
        page.evaluate(PASTE, payload)
        watch.look(page, "pasted", watch.where)
    page.keyboard.press("Control+S")
    state = page.locator("#save-state[data-state=saved], #save-state[data-state=failed]")
    state.wait_for(timeout=10_000)
    watch.look(page, f"pastes {state.get_attribute('data-state')}", path)


def report(count: int, desk: Desk, watch: Watch, printed: dict[str, Any]) -> int:
    """Print what was seen and the JSON line; return 0 only when all holds."""
    for kind, number in sorted(watch.screens.items()):
        print(f"{kind:20} {number:5} screens")
    seen = {name: getattr(watch, name) for name in ("ran", "live", "refused", "errors", "left")}
    for name, rows in seen.items():
        print(f"{name:20} {len(rows):5}")
        for row in rows[:10]:
            print(f"    {row}")
    figures = {
        "payloads": count,
        "candidates": sum(len(case.candidates) for case in desk.cases),
        "by_door": dict(Counter(case.door for case in desk.cases if case.candidates)),
        "refused": dict(Counter(desk.refused.values())),
        "screens": sum(watch.screens.values()),
        "pastes": watch.screens["pasted"],
        "executed": len(watch.ran),
        "live_markup": len(watch.live),
        "csp_reports": len(watch.refused),
        "stopped_in_evidence": watch.caged,
        "script_errors": len(watch.errors),
        "requests_left": len(watch.left),
        "minutes": round((time.monotonic() - BEGUN) / 60, 1),
        **printed,
    }
    calm = not (watch.ran or watch.live or watch.refused or watch.errors or watch.left)
    calm = calm and not printed["active_in_exports"]
    # a file that was not made was not looked at
    calm = calm and set(printed["exports"].values()) == {"done"}
    figures["holds"] = bool(count) and calm and printed["watch_awake"]
    print(json.dumps(figures, ensure_ascii=False))
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
