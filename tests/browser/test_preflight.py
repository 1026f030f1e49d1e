"""The preflight and an issue that has nothing yet, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from editor.desk import issues, items
from editor.store.models import Issue, Item
from editor.text.document import Attachment
from tests import cast
from tests.browser.office import furnish
from tests.fakes import make_workshop
from tests.faults.printing import run_exports
from workers.printing.layout import estimate

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GRAVE = ("serious", "critical")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def faulty(stored) -> int:
    """Give the id of an item with a link nobody can open; the office's issue is whole else."""
    furnish(stored)
    section = issues.sections_of(stored, stored.get(Issue, 1))[0]
    lost = (Attachment(label="复航公告", url="https:///notice"),)
    item = cast.make_item(stored, section, headline="青屿区：渡口复航", attachments=lost)
    stored.commit()
    return item.id or 0


def waive(page, reason: str) -> None:
    page.get_by_text("豁免…").first.click()
    page.get_by_label("为什么可以照印").first.fill(reason)
    page.get_by_role("button", name="豁免这一条").first.click()


def change(app, item_id: int, **changes) -> None:
    """Let somebody else save the item with these fields changed."""
    with app.extensions["database"].writing() as session:
        item = session.get(Item, item_id)
        latest = items.current(session, item)
        fields = items.fields_of(latest).model_copy(update=changes)
        items.revise(session, item, fields, base=latest.number, by=None, now=cast.NOW)
        session.commit()


def test_a_waiver_lapses_when_its_subject_changes_and_the_screen_says_so(visit, app, faulty):
    page = visit("/issues/61/preflight")
    expect(page.locator(".notice.bad")).to_contain_text("1 处须改")
    waive(page, "公告由主办方另行公布")
    expect(page.locator("#toast")).to_contain_text("已豁免")
    expect(page.locator(".notice.good")).to_be_visible()
    expect(page.locator(".finding.waived")).to_contain_text("公告由主办方另行公布")
    change(app, faulty, headline="青屿区：三处渡口复航")
    page.reload()
    expect(page.locator(".finding.waived")).to_contain_text("三处渡口")
    lost = (Attachment(label="复航公告", url="https:///another"),)
    change(app, faulty, attachments=lost)
    page.reload()
    lapsed = page.locator("section", has_text="已失效的豁免")
    expect(lapsed).to_contain_text("公告由主办方另行公布")
    expect(page.locator(".notice.bad")).to_contain_text("1 处须改")


def test_a_waiver_taken_back_stops_the_export_again(visit, faulty):
    page = visit("/issues/61/preflight")
    waive(page, "公告由主办方另行公布")
    page.get_by_role("button", name="撤回豁免").click()
    expect(page.locator("#toast")).to_contain_text("豁免已撤回")
    expect(page.locator(".notice.bad")).to_contain_text("1 处须改")


@pytest.fixture
def empty(app, stored) -> None:
    """Open a second issue, without any item, as it was laid out."""
    furnish(stored)
    issue = cast.make_issue(stored, cast.find_or_make_publication(stored))
    stored.commit()
    database, folder = app.extensions["database"], app.extensions["settings"].data_dir
    estimate(make_workshop(database, folder, {}), issue.id or 0)


def test_an_issue_without_items_says_on_every_screen_what_to_do(visit, desk, app, empty):
    page = visit("/issues/62/board")
    expect(page.locator("#page-estimate")).to_contain_text("还没有稿件")
    expect(page.locator(".drop-hint").first).to_be_visible()
    page.goto(f"{desk}/issues/62/preflight")
    expect(page.locator(".finding.block")).to_contain_text("还没有稿件")
    page.goto(f"{desk}/issues/62/pages/1")
    expect(page.locator("page-preview h2")).to_have_text("版面预览")
    expect(page.locator(".notice.bad")).to_contain_text("还没有稿件")
    page.goto(f"{desk}/issues/62/exports")
    page.get_by_role("button", name="导出 PDF").click()
    expect(page.locator(".export")).to_contain_text("排队中")
    run_exports(app)
    expect(page.locator(".export [role=alert]")).to_contain_text("还没有稿件")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_findings_can_be_read_and_waived_at_any_width(visit, faulty, scheme, language):
    for width in (1280, 768, 390):
        page = visit(
            "/issues/61/preflight",
            color_scheme=scheme,
            locale=language,
            viewport={"width": width, "height": 900},
            bypass_csp=True,
        )
        page.locator("details.waive summary").first.click()
        assert page.evaluate(SIDEWAYS) == 0
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in GRAVE] == []
