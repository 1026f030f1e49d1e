"""A recommended book's cover is chosen, shown and taken out on the item's page."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from editor.desk import issues, items
from editor.store.models import Item, id_of
from editor.text.document import BookEntry
from editor.workflow import ItemKind
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAVED = "[data-state=saved]"
BOOKS = (BookEntry(title="潮间带札记", author="沈砚"), BookEntry(title="云州海港志"))


@pytest.fixture
def item(stored):
    """Give an item that recommends two books, without covers."""
    ada = cast.chief_ada(stored)
    section, *_ = issues.sections_of(stored, cast.make_issue(stored))
    item = cast.make_item(stored, section, by=ada, headline="图书推荐", blocks=BOOKS)
    item.kind = ItemKind.books
    stored.commit()
    return id_of(item)


@pytest.fixture
def covers(app, item):
    """Give a function that reads the books' covers as stored now."""

    def read():
        with app.extensions["database"].reading() as session:
            blocks = items.current(session, session.get(Item, item)).blocks
            return [(block.title, block.cover) for block in blocks]

    return read


def picture() -> dict[str, object]:
    """Return a file as a person would choose it."""
    out = io.BytesIO()
    Image.new("RGB", (180, 260), (20, 60, 110)).save(out, "PNG")
    return {"name": "封面.png", "mimeType": "image/png", "buffer": out.getvalue()}


def test_a_cover_is_chosen_shown_and_taken_out(visit, item, covers):
    page = visit(f"/items/{item}")
    page.wait_for_selector("body-editor[data-ready]")
    second = page.locator("book-cover").nth(1)
    expect(second.get_by_text("去掉封面图")).to_be_hidden()
    second.get_by_label("封面图").set_input_files(picture())
    expect(second.locator("img")).to_be_visible()
    page.wait_for_selector(f"{SAVED} >> text=第 2 版")
    (_, first), (title, sha256) = covers()
    assert (title, first, len(sha256)) == ("云州海港志", "", 64)
    page.reload()
    assert page.locator("book-cover img").nth(1).evaluate("image => image.naturalWidth") == 180
    page.locator("book-cover").nth(1).get_by_text("去掉封面图").click()
    page.wait_for_selector(f"{SAVED} >> text=第 3 版")
    assert covers() == [("潮间带札记", ""), ("云州海港志", "")]


def test_a_file_that_is_no_picture_is_refused_with_a_sentence(visit, item, covers):
    page = visit(f"/items/{item}")
    page.wait_for_selector("body-editor[data-ready]")
    wrong = {"name": "封面.png", "mimeType": "image/png", "buffer": b"<svg/>"}
    page.locator("book-cover input[type=file]").first.set_input_files(wrong)
    expect(page.locator("#toast")).to_contain_text("不是可用的图片")
    assert covers()[0] == ("潮间带札记", "")


def test_a_book_added_on_the_page_gets_its_cover_too(visit, item, covers):
    page = visit(f"/items/{item}")
    page.wait_for_selector("body-editor[data-ready]")
    page.get_by_text("添加一本书").click()
    added = page.locator("[data-row].book-row").nth(2)
    added.locator("[name=book_title]").fill("青屿渔谚")
    added.locator("input[type=file]").set_input_files(picture())
    expect(added.locator("img")).to_be_visible()
    page.locator("#save-now").click()
    page.wait_for_selector(SAVED)
    page.wait_for_function("() => document.querySelector('#save-state').dataset.state === 'saved'")
    expect(page.locator("#save-state")).to_contain_text("已保存")
    page.reload()
    assert [title for title, _ in covers()] == ["潮间带札记", "云州海港志", "青屿渔谚"]
    assert len(covers()[2][1]) == 64


def test_an_item_that_becomes_a_page_of_books_gets_their_fields(visit, stored, item, app):
    row = stored.get(Item, item)
    row.kind = ItemKind.news
    stored.commit()
    page = visit(f"/items/{item}")
    page.wait_for_selector("body-editor[data-ready]")
    assert page.locator("book-cover").count() == 0
    page.get_by_label("类型").select_option("books")
    page.wait_for_selector("book-cover >> nth=1")
    assert page.locator("[name=book_title]").first.input_value() == "潮间带札记"
