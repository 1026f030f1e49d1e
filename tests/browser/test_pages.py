"""Every page of the desk: accessible, on one host, without sideways scrolling, in both themes."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.office import furnish

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = (
    "/",
    "/triage",
    "/triage?tray=undated",
    "/triage/failed",
    "/triage/3",
    "/sources",
    "/sources/4",
    "/sources/1",
    "/sources/1/edit",
    "/sources/1/rule",
    "/issues/61/ledger",
    "/sources/paste",
    "/settings/people",
    "/settings/me",
    "/issues",
    "/issues/61/progress",
    "/back-issues",
    "/uploads",
    "/sources/packs",
    "/settings/evidence",
    "/triage/failed/1/complete",
    "/triage/3/versions",
    "/evidence/candidates/3",
    "/triage?tray=late",
    "/issues/61/board",
    "/issues/61/exports",
    "/issues/61/sections",
    "/issues/61/preflight",
    "/issues/61/pages/1",
    "/settings/feed",
    "/items/1/page",
    "/issues/61/items/new",
    "/items/1",
)
GRAVE = ("serious", "critical")


def at_rest(page: Page) -> None:
    """Wait until the page has loaded all it asks for; pages of an issue are asked for on and on."""
    asking = page.locator("live-pages, page-preview").count() > 0
    page.wait_for_load_state("load" if asking else "networkidle")


@pytest.fixture(autouse=True)
def office(stored) -> Iterator[None]:
    """Fill the database with the busy office."""
    furnish(stored)
    yield


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_no_page_has_a_serious_accessibility_fault(visit, desk, language, theme):
    page: Page = visit("/", locale=language, color_scheme=theme, bypass_csp=True)
    faults = []
    for path in PAGES:
        page.goto(desk + path)
        at_rest(page)
        found = Axe().run(page).response["violations"]
        faults += [
            f"{path} {each['id']}: {node['html'][:120]}"
            for each in found
            if each["impact"] in GRAVE
            for node in each["nodes"][:2]
        ]
    assert faults == []


def test_the_login_page_has_no_serious_accessibility_fault(chromium, desk):
    context = chromium.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"{desk}/login")
    found = Axe().run(page).response["violations"]
    context.close()
    assert [each["id"] for each in found if each["impact"] in GRAVE] == []


def test_no_page_asks_another_host_or_breaks_the_policy(visit, desk):
    page: Page = visit("/")
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for path in PAGES:
        page.goto(desk + path)
        at_rest(page)
    assert {url for url in asked if not url.startswith((desk, "data:", "blob:"))} == set()


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_no_page_scrolls_sideways_on_a_telephone(visit, desk, language):
    page: Page = visit("/", locale=language, viewport={"width": 390, "height": 800})
    wide = []
    for path in PAGES:
        page.goto(desk + path)
        over = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if over > 0:
            wide.append(f"{path}: {over} px")
    assert wide == []


def test_single_keys_can_be_switched_off(visit, desk):
    page: Page = visit("/settings/me")
    page.uncheck("[name=keys_on]")
    page.locator("main form").first.locator("button").click()
    page.goto(f"{desk}/triage")
    first = page.locator('#rows > [aria-current="true"]').get_attribute("id")
    page.keyboard.press("j")
    assert page.locator('#rows > [aria-current="true"]').get_attribute("id") == first
