"""The publication's settings in a real browser: rows are added, moved, taken out and saved."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from editor.desk import publications
from editor.profile import Profile
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FIELDS = [{"label": "电话", "value": "5550101"}, {"label": "传真", "value": "5550102"}]


@pytest.fixture
def office(stored) -> None:
    """Give an issue of a publication with two contacts on its masthead page."""
    home = cast.make_publication(stored, masthead={"fields": FIELDS})
    cast.chief_ada(stored, home)
    cast.make_issue(stored, home)
    stored.commit()


def present(app) -> Profile:
    with app.extensions["database"].reading() as session:
        return publications.profile_of(publications.get_publication(session, "yunzhou"))


def test_rows_are_added_moved_and_taken_out(app, office, visit):
    page = visit("/settings/publication")
    contacts = page.locator("#masthead row-list").first
    contacts.get_by_role("button", name="添加一行").click()
    contacts.get_by_label("名目").last.fill("网 址：")
    contacts.get_by_label("内容").last.fill("www.yunzhou.example")
    contacts.get_by_role("button", name="上移").last.click()
    contacts.get_by_role("button", name="删去").first.click()
    page.locator("#sections > summary").click()
    sections = page.locator("#sections row-list")
    sections.get_by_role("button", name="添加一行").click()
    sections.get_by_label("栏目名称").last.fill("图书角")
    sections.get_by_label("稿件种类").last.select_option("books")
    sections.get_by_label("目录里印").last.select_option("1")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("已保存")
    profile = present(app)
    assert [(each.label, each.value) for each in profile.masthead.fields] == [
        ("网址", "www.yunzhou.example"),
        ("传真", "5550102"),
    ]
    last = profile.section[-1]
    assert (last.name, last.kind, last.quota, last.solo) == ("图书角", "books", None, True)
    assert len(profile.section) == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768])
def test_the_page_can_be_used_by_everybody_at_every_width(office, visit, scheme, width):
    page = visit(
        "/settings/publication",
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
    )
    for name in ("contents", "sections", "items", "labels", "furniture", "colophon"):
        page.locator(f"#{name} > summary").click()
    page.wait_for_timeout(300)  # colours fade in
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate(SIDEWAYS) <= 0
