"""How long an editor waits for true page numbers: from a change to the number on the board.

A whole desk under its supervisor (web, broker, workers) holds an issue of 120 pages, and a real
Chromium looks at its board. An item is moved by its button; a text is saved by somebody else.
Each change is followed on the board's own clock. The text is invented.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import Session

from config.settings import load
from editor import clock
from editor.app import create_app
from editor.desk import assets, issues, items, publications
from editor.store.clock_offset import set_clock
from editor.store.files import FileStore
from editor.text.document import Article, IssueDocument
from tests.assembler.sample import PROFILES, digest
from tests.bench.printing import enlarged
from tests.browser.conftest import ARGS
from tests.cast import NOW, PASSWORD, chief_ada, editor_ben
from tests.faults.running_desk import RunningDesk
from tests.needs import chromium_path

TIMES = 5  # the sample's pages make about 120
ROUNDS = 12
LIMIT = 1.0  # seconds
WATCH = """() => {
  window.seen = [];
  const look = () => {
    const found = document.querySelector("#page-estimate");
    if (!found) return;
    const now = `${found.dataset.pending} ${found.dataset.stamp}`;
    if (now === window.last) return;
    window.last = now;
    window.seen.push({at: Date.now(), pending: found.dataset.pending, stamp: found.dataset.stamp});
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true});
  look();
}"""


@dataclass(frozen=True)
class Shown:
    """Seconds from each change to its pages on the board."""

    pages: str
    moved: list[float]
    saved: list[float]


def furnish(folder: Path) -> int:
    """Fill the installation in `folder` with the issue; returns its total number."""
    app = create_app(load({"ZHAIBIAN_DATA": str(folder)}))
    database, files = app.extensions["database"], app.extensions["files"]
    with database.writing() as session:
        home = publications.list_publications(session)[0]
        ada = chief_ada(session, home)
        editor_ben(session, home)
        document = enlarged(digest(files), TIMES)
        _keep_pictures(session, files, document)
        issue = issues.open_issue(session, home, by=ada, now=NOW)
        sections = issues.sections_of(session, issue)
        for place, part in enumerate(document.parts):
            for article in part.articles:
                items.new_item(
                    session, sections[place % len(sections)], kind=article.kind,
                    fields=fields_of(article), by=ada, now=NOW,
                )  # fmt: skip
        set_clock(session, NOW)
        session.commit()
        total = issue.total_number
    database.close()
    clock.follow(clock._no_offset)
    return total


def _keep_pictures(session: Session, files: FileStore, document: IssueDocument) -> None:
    for asset in document.assets:
        assets.add_asset(session, files, files.path(asset.sha256).read_bytes())


def fields_of(article: Article) -> items.ItemFields:
    """Return an article as it is typed."""
    return items.ItemFields(
        headline=article.headline,
        subtitle=article.subtitle,
        source_line=article.source_line,
        dated_on=article.dated_on,
        byline=article.byline,
        blocks=article.blocks,
        attachments=article.attachments,
    )


@contextmanager
def running(desk: RunningDesk) -> Iterator[str]:
    """Serve the installation while the block runs; gives its address."""
    desk.serve()
    try:
        yield f"http://127.0.0.1:{desk.environment['ZHAIBIAN_PORT']}"
    finally:
        desk.stop()


def logged_in(browser: Browser, address: str, who: str) -> Page:
    """Return a page of somebody who has logged in."""
    page = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 850}).new_page()
    page.goto(f"{address}/login")
    page.fill("[name=email]", f"{who}@yunzhou.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_load_state()
    return page


def _settled(page: Page) -> str:
    """Wait until the board's numbers are true; returns what they belong to."""
    page.wait_for_selector("#page-estimate[data-pending=false]", timeout=60_000)
    return str(page.locator("#page-estimate").get_attribute("data-stamp"))


def followed(board: Page, change: Callable[[], float]) -> float:
    """Return the seconds from `change` (which says when it was made) to its numbers."""
    before = _settled(board)
    began = change()
    found = board.wait_for_function(
        "([at, before]) => window.seen.find("
        "each => each.at >= at && each.pending === 'false' && each.stamp !== before)",
        arg=[began, before],
        timeout=60_000,
        polling=50,
    ).json_value()
    board.wait_for_timeout(1200)  # the pages to look at are made meanwhile
    return (found["at"] - began) / 1000


def _move(board: Page, card: int) -> float:
    """Press ↓ on a card: the first of a section changes places, the last goes to the next."""
    board.evaluate(
        """(number) => {
          const cards = [...document.querySelectorAll(".item-card")];
          window.began = Date.now();
          cards[number % (cards.length - 1)].querySelector('[value="down"]').click();
        }""",
        card,
    )
    return float(board.evaluate("window.began"))


def _save(item: Page, number: int) -> float:
    item.evaluate(
        """(text) => {
          const field = document.querySelector("#item-form [name=source_line]");
          field.value = text;
          field.dispatchEvent(new Event("input", {bubbles: true}));
        }""",
        f"临澜晚报第{number}版",
    )
    with item.expect_response(lambda answer: answer.request.method == "POST") as saved:
        pass
    return float(saved.value.request.timing["startTime"])


def shown(folder: Path) -> Shown:
    """Return what was measured at the desk in `folder`."""
    desk = RunningDesk(folder, "127.0.1.0/24")
    desk.run("init", "--profile", str(PROFILES / "digest.toml"))
    total = furnish(folder)
    with running(desk) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGS)
        board = logged_in(browser, address, "ada")
        board.goto(f"{address}/issues/{total}/board")
        board.evaluate(WATCH)
        _settled(board)
        pages = board.locator("#page-estimate").inner_text()
        # cards of all sections, never the same order twice
        moved = [followed(board, lambda n=n: _move(board, n)) for n in range(0, 5 * ROUNDS, 5)]
        item = logged_in(browser, address, "ben")
        item.goto(f"{address}/items/1")
        item.wait_for_load_state("networkidle")
        saved = [followed(board, lambda n=n: _save(item, n)) for n in range(ROUNDS)]
        browser.close()
    return Shown(pages, moved, saved)


def run() -> dict[str, str]:
    """Return the figures as printable values, and whether the limit holds."""
    with tempfile.TemporaryDirectory() as folder:
        found = shown(Path(folder))
    return {
        "the issue": found.pages,
        "an item moved → its pages on the board": _said(found.moved),
        "a text saved elsewhere → its pages on the board": _said(found.saved),
    }


def _said(seconds: list[float]) -> str:
    middle, worst = statistics.median(seconds), max(seconds)
    verdict = "holds" if worst <= LIMIT else "DOES NOT HOLD"
    return (
        f"median {middle:.2f} · slowest {worst:.2f} s of {len(seconds)}"
        f"   limit {LIMIT:.1f}: {verdict}"
    )
