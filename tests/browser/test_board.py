"""The board in a real browser: drag, keys, the dialog, two people at once, a lost network."""

import pytest
from playwright.sync_api import expect

from editor.desk import issues, places
from editor.store.models import Issue, id_of
from editor.text.document import paragraph
from tests import cast
from tests.fakes import make_workshop
from workers.printing.layout import estimate

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def issue(stored):
    """Give the July issue: 甲, 乙, 丙 in the first section, the others empty."""
    ada = cast.chief_ada(stored)
    found = cast.make_issue(stored)
    section, *_ = issues.sections_of(stored, found)
    for name in ("甲", "乙", "丙"):
        cast.make_item(stored, section, by=ada, headline=f"{name}：码头改造完工")
    stored.commit()
    return id_of(found)


@pytest.fixture
def order(app, issue):
    """Give a function that reads the board's order as stored now."""

    def read():
        with app.extensions["database"].reading() as session:
            return list(places.order_of(session, issue).values())

    return read


@pytest.fixture
def page(visit, issue):
    """Give the board's page."""
    page = visit("/issues/61/board")
    page.wait_for_selector("issue-board:defined")
    return page


def drag(page, item, section):
    """Drag a card into an empty section; a busy machine sees the pointer move late."""
    place = page.locator(f"ol[data-section='{section}'] .drop-hint").bounding_box()
    dragged = page.locator(f"ol[data-section='{section}'] [data-item='{item}']")
    page.locator(f"[data-item='{item}'] .card-facts").hover(position={"x": 10, "y": 8})
    page.mouse.down()
    for step in range(100):
        page.mouse.move(place["x"] + 20 + step % 5, place["y"] + place["height"] / 2)
        if dragged.count():
            break
        page.wait_for_timeout(50)
    page.mouse.up()


def test_a_card_dragged_into_an_empty_section_stays_there(page, order):
    drag(page, 2, 2)
    expect(page.locator("#toast")).to_contain_text("已移动")
    assert order() == [[1, 3], [2], []]
    expect(page.locator("ol[data-section='2'] .item-card")).to_have_count(1)


def test_undo_in_the_toast_takes_the_drag_back(page, order):
    drag(page, 2, 2)
    page.click("#toast >> text=撤销")
    expect(page.locator("#toast")).to_contain_text("已撤销")
    assert order() == [[1, 2, 3], [], []]


def test_alt_and_an_arrow_move_the_card_and_keep_the_focus(page, order):
    page.focus("#card-3")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("ol[data-section='1'] .item-card").nth(1)).to_have_attribute(
        "data-item", "3"
    )
    expect(page.locator("#live")).to_contain_text("已移动")
    expect(page.locator("#card-3")).to_be_focused()
    assert order() == [[1, 3, 2], [], []]


def test_the_dialog_moves_a_card_by_keyboard_alone(page, order):
    page.get_by_role("link", name="移到栏目：甲").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="专题研究").press("Enter")
    expect(page.locator("ol[data-section='3'] .item-card")).to_have_count(1)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert order() == [[2, 3], [], [1]]


def test_a_stale_drag_shows_the_true_order_and_says_so(page, order, app, stored, issue):
    ben = cast.editor_ben(stored)
    row = stored.get(Issue, issue)
    wanted = {1: [3, 2, 1], 2: [], 3: []}
    issues.order_board(stored, row, version=row.version, order=wanted, by=ben, now=cast.NOW)
    stored.commit()
    drag(page, 2, 2)
    expect(page.locator("#toast [role=alert]")).to_contain_text("Ben")
    cards = page.locator("ol[data-section='1'] .item-card")
    expect(cards).to_have_count(3)
    expect(cards.first).to_have_attribute("data-item", "3")
    assert order() == [[3, 2, 1], [], []]


def test_numbers_that_cannot_be_asked_for_say_that_they_may_be_old(page):
    lost = page.locator("#page-estimate[data-away='网络中断，页码可能已过时']")
    page.context.set_offline(True)
    expect(lost).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()  # nothing was to be saved
    page.context.set_offline(False)
    expect(lost).to_have_count(0, timeout=9000)


def test_a_lost_network_puts_the_card_back(page, order):
    page.context.set_offline(True)
    drag(page, 2, 2)
    expect(page.locator("#toast [role=alert]")).to_contain_text("稿件已回到原处")
    expect(page.locator("ol[data-section='1'] .item-card").nth(1)).to_have_attribute(
        "data-item", "2"
    )
    assert order() == [[1, 2, 3], [], []]


def test_without_scripts_the_buttons_move(visit, issue, order):
    page = visit("/issues/61/board", java_script_enabled=False)
    page.click("#down-1")
    assert order() == [[2, 1, 3], [], []]
    page.get_by_role("link", name="移到栏目：甲").click()
    page.get_by_role("button", name="国内动态").click()
    assert order() == [[2, 3], [1], []]


# --- pages --------------------------------------------------------------------------------------


@pytest.fixture
def laid_out(app, issue):
    """Give a function that lays the issue out as it stands, as the layout worker does."""
    database, folder = app.extensions["database"], app.extensions["settings"].data_dir
    return lambda: estimate(make_workshop(database, folder, {}), issue)


def test_pages_appear_and_follow_a_move_without_a_reload(page, laid_out):
    expect(page.locator("#page-estimate")).to_contain_text("正在排版")
    laid_out()
    expect(page.locator("#page-1")).to_have_text("第 1 页")
    expect(page.locator("#section-pages-1")).to_contain_text("第 1 页")
    page.get_by_role("link", name="移到栏目：甲").click()
    page.locator("#move-dialog").get_by_role("button", name="专题研究").click()
    expect(page.locator("#page-estimate")).to_contain_text("正在排版")
    laid_out()
    expect(page.locator("#page-1")).to_have_text("第 2 页")
    page.get_by_role("button", name="上移：甲").click()
    expect(page.locator("#page-estimate")).to_contain_text("正在排版")
    laid_out()
    expect(page.locator("#section-pages-2")).to_contain_text("第 2 页")
    expect(page.locator("#page-estimate")).not_to_contain_text("正在排版")


def test_a_page_opens_beside_the_board_and_keys_turn_and_close_it(page, laid_out):
    laid_out()
    page.locator("#page-1 a").click()
    preview = page.locator("page-preview")
    expect(preview.locator("h2")).to_have_text("第 1 页")
    expect(preview.locator("img")).to_have_js_property("complete", value=True)
    assert preview.locator("img").evaluate("picture => picture.naturalWidth") > 800
    page.keyboard.press("ArrowLeft")
    expect(preview.locator("h2")).to_have_text("卷首第 3 面")
    page.keyboard.press("ArrowRight")
    expect(preview.locator("h2")).to_have_text("第 1 页")
    page.keyboard.press("Escape")
    expect(preview).to_have_count(0)
    expect(page.locator("#page-1 a")).to_be_focused()


def test_new_numbers_leave_the_keys_to_who_turns_pages(page, laid_out):
    laid_out()
    page.locator("#page-1 a").click()
    preview = page.locator("page-preview")
    expect(preview.locator(".preview-sheet")).to_be_focused()
    before = preview.element_handle()
    page.evaluate("window.htmx.trigger(document.body, 'pages-changed')")
    page.wait_for_function("before => !before.isConnected", arg=before)
    expect(preview.locator(".preview-sheet")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(preview.locator("h2")).to_have_text("卷首第 3 面")


def test_a_page_that_does_not_come_is_said_and_can_be_asked_for_again(page, laid_out):
    laid_out()
    page.reload()  # so that no new numbers bring the page by themselves
    page.route("**/*.png", lambda route: route.abort())
    page.locator("#page-1 a").click()
    missing = page.locator(".preview-missing")
    expect(missing).to_be_visible()
    page.unroute("**/*.png")
    missing.get_by_role("link", name="重试").click()
    expect(page.locator("page-preview img")).to_be_visible()


def test_the_page_of_an_item_shows_beside_its_text(visit, issue, laid_out):
    laid_out()
    page = visit("/items/1")
    page.get_by_text("版面预览").click()
    expect(page.locator("page-preview h2")).to_have_text("第 1 页")
    expect(page.locator("page-preview img")).to_be_visible()


def test_what_is_unfolded_and_focused_stays_so_when_new_numbers_come(page, laid_out, app, issue):
    laid_out()
    page.locator("#page-3 a").focus()
    with app.extensions["database"].writing() as session:
        row = session.get(Issue, issue)
        section = issues.sections_of(session, row)[0]
        wide = tuple(paragraph("码头改造分三期完成，首期岸线已经启用。" * 40) for _ in range(4))
        cast.make_item(session, section, headline="长：码头改造始末", blocks=wide)
        order = {1: [4, 1, 2, 3], 2: [], 3: []}
        issues.order_board(session, row, version=row.version, order=order, by=None, now=cast.NOW)
        session.commit()
    laid_out()
    expect(page.locator("#page-3 a")).not_to_have_text("第 1 页")
    expect(page.locator("#page-3 a")).to_be_focused()
    expect(page.locator(".board-moved")).to_be_visible()
    page.locator(".board-moved").click()
    expect(page.locator(".item-card")).to_have_count(4)
    expect(page.locator(".board-moved")).to_have_count(0)


def test_a_board_out_of_sight_asks_for_nothing_until_it_is_seen(page, laid_out):
    laid_out()
    expect(page.locator("#page-estimate")).to_have_attribute("data-delay", "500")
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.wait_for_timeout(700)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1300)
    assert asked == []
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", {value: false, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.wait_for_timeout(300)
    assert len(asked) == 1


def test_a_board_whose_login_has_ended_says_so_once(page, laid_out):
    laid_out()
    page.context.clear_cookies()
    expect(page.locator("#toast")).to_contain_text("登录已过期")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert asked == []
