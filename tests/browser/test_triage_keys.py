"""Triage by keyboard, by mouse and without JavaScript, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.office import furnish

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PRESS = """init => document.body.dispatchEvent(
  new KeyboardEvent("keydown", {bubbles: true, ...init}))"""


@pytest.fixture
def queue(stored, visit):
    """Give a function that opens the queue of the busy office."""
    furnish(stored)

    def opened(path: str = "/triage", **options: object) -> Page:
        page = visit(path, **options)
        expect(page.locator("#rows > .row").first).to_be_visible()
        return page

    return opened


def current_title(page: Page) -> str:
    """Return the headline of the current row."""
    return page.locator('#rows > [aria-current="true"]').get_attribute("data-title") or ""


def new_count(page: Page) -> int:
    """Return how many new ones the filter pane counts."""
    return int(page.locator("#triage-counts .number").first.inner_text())


def test_j_and_k_move_and_the_reading_pane_follows(queue):
    page = queue()
    first = current_title(page)
    page.keyboard.press("j")
    second = current_title(page)
    assert second != first
    expect(page.locator("#reader .reader-title")).to_have_text(second)
    page.keyboard.press("k")
    assert current_title(page) == first


def test_1_and_a_digit_take_into_a_section_and_z_brings_it_back(queue):
    page = queue()
    title, before = current_title(page), new_count(page)
    page.keyboard.press("1")
    expect(page.locator("#take-dialog")).to_be_visible()
    page.keyboard.press("2")
    strip = page.locator(".row.strip")
    expect(strip).to_contain_text("已采用 → 国内动态")
    expect(strip).to_contain_text(title)
    assert new_count(page) == before - 1
    assert current_title(page) != title
    expect(page.locator("#live")).to_contain_text(f"余 {before - 1} 条")
    page.keyboard.press("z")
    expect(page.locator(".row.strip")).to_have_count(0)
    assert new_count(page) == before


def test_enter_takes_the_suggested_section(queue):
    page = queue()
    page.keyboard.press("1")
    expect(page.locator(".choice.guessed")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".row.strip")).to_contain_text("已采用 → 热点关注")


def test_3_asks_for_a_reason_and_escape_leaves_everything_as_it_was(queue):
    page = queue()
    before = new_count(page)
    page.keyboard.press("3")
    page.keyboard.type("jk1 超出范围")
    page.keyboard.press("Escape")
    assert new_count(page) == before
    page.keyboard.press("3")
    page.fill("#spike-reason", "超出范围")
    page.keyboard.press("Enter")
    expect(page.locator(".row.strip")).to_contain_text("已弃用")


def test_2_marks_a_duplicate_of_one_that_is_alike(queue):
    page = queue("/triage?text=城市更新")
    page.keyboard.press("2")
    expect(page.locator("#repeats .choice").first).to_be_visible()
    page.locator("#repeats .choice").first.click()
    expect(page.locator(".row.strip")).to_contain_text("已标为重复")


REPRINTED = "临澜市公布新一轮城市更新计划，三十二个老旧小区纳入改造"


def read_reprint(page: Page) -> None:
    """Read the second row: it has two reprints."""
    page.keyboard.press("j")
    expect(page.locator("#reader .reader-title")).to_have_text(REPRINTED)
    expect(page.locator("#reader .alike h3")).to_have_text("相似 2 条")


def test_t_splits_off_what_is_no_reprint_and_z_puts_it_back(queue):
    page = queue()
    read_reprint(page)
    row = page.locator('#rows > [aria-current="true"]')
    page.keyboard.press("t")
    expect(page.locator("#toast")).to_contain_text("已拆出")
    expect(page.locator("#reader .alike")).to_have_count(0)
    row = page.locator(f'#rows > [data-title="{REPRINTED}"]')
    expect(row).not_to_contain_text("相似")
    expect(row).to_have_attribute("data-state", "new")
    page.keyboard.press("z")
    expect(row).to_contain_text("相似 2 条")


def test_l_lets_the_text_that_is_read_lead_its_reprints(queue):
    page = queue()
    read_reprint(page)
    page.keyboard.press("l")
    expect(page.locator("#reader .alike")).to_contain_text("此条为主稿")
    expect(page.locator("#toast")).to_contain_text("为主稿")


def test_t_and_l_do_nothing_without_reprints(queue):
    page = queue()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("#reader .reader-title")).to_have_text(current_title(page))
    page.keyboard.press("t")
    page.keyboard.press("l")
    expect(page.locator("#reader .alike")).to_have_count(0)
    expect(page.locator("#toast")).to_be_empty()


def test_m_puts_two_copies_together_and_spikes_neither(queue):
    page = queue()
    before, title = new_count(page), current_title(page)
    page.keyboard.press("m")
    expect(page.locator("#repeat-head")).to_have_text("与哪一条合并？", use_inner_text=True)
    expect(page.get_by_role("button", name="不指明，标为重复")).to_be_hidden()
    page.keyboard.type("港口集团")
    page.locator("#repeats .choice").first.click()
    expect(page.locator("#repeat-dialog")).to_be_hidden()
    expect(page.locator("#toast")).to_contain_text("合并")
    row = page.locator(f'#rows > [data-title="{title}"]')
    expect(row).to_contain_text("相似 1 条")
    expect(row).to_have_attribute("data-state", "new")
    assert new_count(page) == before
    page.keyboard.press("z")
    expect(row).not_to_contain_text("相似")


def test_h_shortlists_and_s_stars(queue):
    page = queue()
    row = page.locator('#rows > [aria-current="true"]')
    id = row.get_attribute("id")
    page.keyboard.press("s")
    expect(page.locator(f"#{id} .star")).to_have_text("★")
    page.keyboard.press("h")
    expect(page.locator(f"#{id}")).to_have_attribute("data-state", "shortlisted")
    # a star is no decision and stays; a decision moves on
    assert page.locator('#rows > [aria-current="true"]').get_attribute("id") != id


def test_shift_means_the_selection(queue):
    page = queue()
    before = new_count(page)
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator(".bulk-said")).to_have_text("已选 3 条")
    page.keyboard.press("Shift+Digit3")
    expect(page.locator(".row.strip")).to_have_count(3)
    assert new_count(page) == before - 3
    expect(page.locator("#toast")).to_contain_text("已弃用 3 条")
    page.keyboard.press("z")
    expect(page.locator(".row.strip")).to_have_count(0)


def tick_first(page: Page, number: int) -> None:
    """Tick the first rows with the mouse."""
    for box in page.locator('#rows input[name="ids"]').all()[:number]:
        box.check()


def test_taking_the_selection_asks_for_its_section_once(queue):
    page = queue()
    before = new_count(page)
    tick_first(page, 3)
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Shift+Digit1")
    expect(page.locator("#take-dialog")).to_be_visible()
    expect(page.locator("#take-dialog [data-title]")).to_have_text("已选 3 条")
    page.keyboard.press("2")
    expect(page.locator("#toast")).to_contain_text("已采用 3 条")
    assert new_count(page) == before - 3


def test_without_a_suggestion_enter_takes_nothing(queue):
    page = queue()
    row = page.locator('#rows > [data-section=""]').first
    if not row.count():
        page.evaluate("() => document.querySelector('#rows > .row').dataset.section = ''")
        row = page.locator('#rows > [data-section=""]').first
    before = new_count(page)
    row.hover()
    row.locator('[data-verb="take"]').click()
    expect(page.locator("#take-dialog .guessed")).to_have_count(0)
    expect(page.locator("#take-dialog [data-unguessed]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#take-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    assert new_count(page) == before


def test_without_javascript_the_selection_is_decided_with_plain_buttons(queue):
    page = queue(java_script_enabled=False)
    before = new_count(page)
    tick_first(page, 2)
    page.locator("#bulk-reason").fill("超出范围")
    page.locator('[data-bulk="spike"]').click()
    expect(page.locator("#toast")).to_contain_text("已弃用 2 条")
    assert new_count(page) == before - 2
    expect(page.locator("#rows .row-actions").first).to_be_visible()


def test_keys_do_nothing_while_somebody_types_or_composes(queue):
    page = queue()
    title = current_title(page)
    page.keyboard.press("/")
    page.keyboard.type("jjk3")
    assert current_title(page) == title
    assert page.input_value("#search") == "jjk3"
    page.evaluate("() => document.activeElement.blur()")
    page.evaluate(PRESS, {"key": "Process", "code": "KeyJ", "keyCode": 229, "isComposing": True})
    assert current_title(page) == title
    # a Chinese keyboard layout: another character on the same key
    page.evaluate(PRESS, {"key": "ㄓ", "code": "KeyJ"})
    assert current_title(page) != title


def test_question_mark_lists_the_keys(queue):
    page = queue()
    page.keyboard.press("?")
    expect(page.locator("#key-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#key-help")).to_be_hidden()


def test_a_decision_that_the_server_did_not_get_stays_on_the_page_as_unsaved(queue):
    page = queue()
    # whatever loads later shows that the network is back
    expect(page.locator("#reader .reader-title")).to_be_visible()
    page.route("**/shortlist", lambda route: route.abort())
    page.keyboard.press("h")
    expect(page.locator("#rows > [data-unsaved]")).to_have_count(1)
    expect(page.locator("#offline")).to_be_visible()


def test_without_javascript_every_decision_is_a_plain_form(queue):
    page = queue(java_script_enabled=False)
    before = new_count(page)
    row = page.locator("#rows > .row").first
    row.locator("[data-verb=shortlist]").click()
    expect(page.locator("#toast")).to_contain_text("已列为待定")
    assert new_count(page) == before - 1
    page.locator("#rows > .row .row-title").first.click()
    page.select_option("#section_id", label="国际视野")
    page.get_by_role("button", name="采用").click()
    expect(page.locator("#toast")).to_contain_text("已采用 → 国际视野")
    assert new_count(page) == before - 2


def test_on_a_small_screen_buttons_decide_and_the_text_covers_the_list(queue):
    page = queue(viewport={"width": 390, "height": 800})
    page.locator("#rows > .row .row-title").first.click()
    expect(page.locator("#reader .reader-title")).to_be_visible()
    page.get_by_role("button", name="返回列表").click()
    expect(page.locator("#reader")).to_be_hidden()
    page.locator("#rows > .row [data-verb=shortlist]").first.click()
    expect(page.locator("#toast")).to_contain_text("已列为待定")


def test_moving_and_deciding_feel_immediate(queue):
    page = queue()
    moved = page.evaluate(
        """() => { const start = performance.now();
        for (let n = 0; n < 40; n++) document.body.dispatchEvent(
          new KeyboardEvent("keydown", {key: "j", code: "KeyJ", bubbles: true}));
        return (performance.now() - start) / 40; }"""
    )
    times = []
    for _ in range(10):
        times.append(
            page.evaluate(
                """async () => { const row = document.querySelector('#rows > [data-state="new"]');
                const start = performance.now();
                row.querySelector('[data-verb="shortlist"]').click();
                while (document.getElementById(row.id).dataset.state === "new")
                  await new Promise(requestAnimationFrame);
                return performance.now() - start; }"""
            )
        )
    times.sort()
    print(f"j/k {moved:.2f} ms; decision p50 {times[5]:.0f} ms, worst of ten {times[-1]:.0f} ms")
    assert moved < 16
    assert times[5] < 1000  # the limit of 100 ms holds on an idle machine; CI shares its cores
