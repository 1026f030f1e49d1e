"""The editions in a real browser: the page for readers, and copying WeChat's articles."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlmodel import select

from editor.assembler.editions.web import web_page
from editor.assembler.editions.wechat import wechat_packet
from editor.desk import exports
from editor.store.files import FileStore
from editor.store.models import Issue
from tests.assembler import sample
from tests.browser.office import furnish
from tests.cast import NOW

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GRAVE = ("serious", "critical")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(params=["digest", "review"])
def edition(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give the web edition of a sample issue as a file."""
    files = FileStore(tmp_path / "files")
    document = getattr(sample, request.param)(files)
    path = tmp_path / "issue.html"
    path.write_bytes(web_page(document, getattr(sample, f"{request.param}_profile")(), files))
    return path


@pytest.fixture
def open_file(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a file as a reader does; whatever it complains of is kept."""
    contexts = []

    def open_it(path: Path, **options: object) -> Page:
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.said = []  # type: ignore[attr-defined]
        page.asked = []  # type: ignore[attr-defined]
        page.on("console", lambda message: page.said.append(message.text))  # type: ignore[attr-defined]
        page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_web_edition_has_no_serious_accessibility_fault(edition, open_file, scheme):
    page = open_file(edition, color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page).response["violations"]
    assert [
        f"{each['id']}: {node['html'][:100]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"][:2]
    ] == []


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_the_web_edition_fits_every_screen_without_scripts_and_requests(edition, open_file, width):
    viewport = {"width": width, "height": 900}
    page = open_file(edition, java_script_enabled=False, viewport=viewport)
    assert page.locator("article").count() > 3
    assert page.locator("nav a").first.is_visible()
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    measured = open_file(edition, viewport=viewport)
    assert measured.evaluate(SIDEWAYS) <= 0


def test_a_line_of_the_web_edition_holds_about_thirty_six_characters(edition, open_file):
    page = open_file(edition, viewport={"width": 1280, "height": 900})
    em, width = page.evaluate(
        """() => {
          const body = document.querySelector("article > p:not([class])");
          return [parseFloat(getComputedStyle(body).fontSize), body.clientWidth];
        }"""
    )
    assert 34 <= width / em <= 38


def test_a_contents_line_leads_to_its_item_and_its_note_leads_back(edition, open_file):
    viewport = {"width": 390, "height": 800}
    page = open_file(edition, viewport=viewport, reduced_motion="reduce")
    line = page.locator("nav ul ul a").nth(1)
    line.click()
    target = page.locator(f"article{line.get_attribute('href')}")
    assert target.bounding_box()["y"] < 800
    for mark in page.locator("sup.mark a").all()[:1]:
        mark.click()
        note = page.locator(mark.get_attribute("href"))
        note.locator(".back").click()
        assert page.url.endswith("-note1-mark")


# --- copying from the desk -----------------------------------------------------------------------


@pytest.fixture
def packet(app: Flask, stored) -> int:
    """Give the id of a finished export of the sample's WeChat articles."""
    furnish(stored)
    files = app.extensions["files"]
    content = wechat_packet(sample.digest(files), sample.digest_profile(), files)
    issue = stored.exec(select(Issue)).first()
    row = exports.request_export(stored, issue, "wechat", by=None, now=NOW)
    exports.claim(stored, row.id)
    exports.finish(
        stored,
        row,
        asset=files.put(content),
        size=len(content),
        digest="d" * 64,
        result={"checks": ["V03", "V19"], "posts": 12},
        findings=[],
    )
    stored.commit()
    return row.id


READ = """async () => {
  const [item] = await navigator.clipboard.read();
  return (await item.getType("text/html")).text();
}"""


def test_a_wechat_article_is_copied_with_its_looks_and_its_pictures(visit, packet):
    page: Page = visit(
        f"/exports/{packet}/wechat", permissions=["clipboard-read", "clipboard-write"]
    )
    page.locator("[data-copy=body]").nth(2).click()
    page.wait_for_selector("#toast :text('已复制正文')")
    copied = page.evaluate(READ)
    assert "data:image/png;base64," in copied and "style=" in copied
    assert "全球数字经济白皮书" not in page.locator("copy-post").nth(2).inner_html()


def test_a_wechat_title_is_copied_as_text(visit, packet):
    page: Page = visit(
        f"/exports/{packet}/wechat", permissions=["clipboard-read", "clipboard-write"]
    )
    page.locator("[data-copy=title]").nth(2).click()
    page.wait_for_selector("#toast :text('已复制标题')")
    assert page.evaluate("navigator.clipboard.readText()") == (
        "全球数字经济白皮书发布 青屿入选示范城市"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 390])
def test_the_screens_of_editions_are_accessible_and_fit(visit, desk, packet, theme, width):
    page: Page = visit(
        "/", color_scheme=theme, bypass_csp=True, viewport={"width": width, "height": 900}
    )
    faults = []
    for path in ("/issues/61/exports", f"/exports/{packet}/wechat", "/settings/feed"):
        page.goto(desk + path)
        page.wait_for_load_state("networkidle")
        found = Axe().run(page).response["violations"]
        faults += [f"{path} {each['id']}" for each in found if each["impact"] in GRAVE]
        if page.evaluate(SIDEWAYS) > 0:
            faults.append(f"{path} scrolls sideways")
    assert faults == []


def test_the_preview_of_an_article_can_do_nothing(visit, packet):
    page: Page = visit(f"/exports/{packet}/wechat")
    page.locator(".post details summary").nth(2).click()
    frame = page.locator("iframe").nth(2)
    assert frame.get_attribute("sandbox") == ""
    frame.scroll_into_view_if_needed()
    inside = frame.content_frame
    inside.locator("img").first.wait_for()
    assert "绿色属性指标" in inside.locator("body").inner_text()


def test_a_printed_web_edition_leaves_no_headline_at_a_page_foot(edition, open_file):
    page = open_file(edition, color_scheme="dark", java_script_enabled=False)
    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    pages = [re.sub(r"\s", "", each.get_textpage().get_text_bounded()) for each in printed]
    # behind cover, contents and masthead
    feet = [text.removesuffix(str(at))[-30:] for at, text in enumerate(pages, start=1)][3:]
    heads = [
        re.sub(r"\s", "", line)
        for line in page.locator("h1, h2, h3, h4, article > .source").all_inner_texts()
    ]
    assert len(pages) > 4
    assert [(head, foot) for foot in feet for head in heads if foot.endswith(head[-20:])] == []
    corner = printed[3].render(scale=0.3).to_pil().convert("L").getpixel((2, 2))
    assert corner > 250, "paper is white, whatever the screen is"
    printed.close()
