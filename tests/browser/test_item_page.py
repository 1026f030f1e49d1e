"""The text editor and its autosave in a real browser."""

import pytest
from playwright.sync_api import expect

from editor.desk import issues, items
from editor.store.models import Item, id_of
from editor.text.document import (
    Cell,
    FootnoteRef,
    ListBlock,
    Mark,
    Paragraph,
    Table,
    Text,
    paragraph,
    plain,
)
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAVED = "[data-state=saved]"


@pytest.fixture
def item(stored):
    """Give an item of two paragraphs on the board of the July issue."""
    ada = cast.chief_ada(stored)
    cast.editor_ben(stored)
    section, *_ = issues.sections_of(stored, cast.make_issue(stored))
    blocks = (paragraph("青屿区码头改造完工。"), paragraph("货物可以直达临澜市。"))
    item = cast.make_item(stored, section, by=ada, headline="青屿区：码头改造完工", blocks=blocks)
    stored.commit()
    return id_of(item)


@pytest.fixture
def latest(app, item):
    """Give a function that reads the item's latest revision as stored now."""

    def read():
        with app.extensions["database"].reading() as session:
            return items.current(session, session.get(Item, item))

    return read


@pytest.fixture
def page(visit, item):
    """Give the item's page with the editor started and the caret at the end of the text."""
    page = visit(f"/items/{item}")
    page.wait_for_selector("body-editor[data-ready]")
    page.click(".body-text p:last-child")
    page.keyboard.press("Control+End")
    # the editor hears of the caret a moment later than the browser sets it
    page.wait_for_function("""() => {
      const { doc, selection } = document.querySelector("body-editor").editor.state;
      return selection.from === doc.content.size - 1;
    }""")
    return page


def saved(page, number):
    expect(page.locator(f"#save-state{SAVED}")).to_contain_text(f"第 {number} 版")


def compose(page, *steps, commit):
    """Type with an input method: the letters as they grow, then the chosen word."""
    # the browser tells the input method of a new focus with the next frame; nobody types sooner
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_timeout(100)
    chrome = page.context.new_cdp_session(page)
    for text in steps:
        chrome.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )
    chrome.send("Input.insertText", {"text": commit})


def paste(page, html):
    page.evaluate(
        """(html) => {
          const data = new DataTransfer();
          data.setData("text/html", html);
          data.setData("text/plain", "");
          const target = document.querySelector(".body-text");
          const options = {clipboardData: data, bubbles: true, cancelable: true};
          target.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        html,
    )


def test_typed_text_is_saved_after_a_pause_and_stored_as_blocks(page, latest):
    page.keyboard.press("Enter")
    page.keyboard.type("每日两班。")
    saved(page, 2)
    texts = [plain(block.content) for block in latest().blocks]
    assert texts == ["青屿区码头改造完工。", "货物可以直达临澜市。", "每日两班。"]
    assert len({block.id for block in latest().blocks}) == 3


def test_a_pause_without_change_saves_nothing_more(page, latest):
    page.keyboard.type("甲")
    saved(page, 2)
    page.keyboard.press("Control+S")
    page.wait_for_timeout(300)
    saved(page, 2)
    assert latest().number == 2


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], "货物可以直达临澜市。云州港"),
        (["Enter"], "云州港"),
        (["Home"], "云州港货物可以直达临澜市。"),
    ],
    ids=["end of a paragraph", "empty paragraph", "start of a paragraph"],
)
def test_an_input_method_leaves_no_letters_behind(page, latest, keys, expected):
    for key in keys:
        page.keyboard.press(key)
    compose(page, "y", "yun", "yun zhou gang", commit="云州港")
    saved(page, 2)
    assert plain(latest().blocks[-1].content) == expected


PLACES = {
    "start of a heading": ("<h2>一、做法</h2>", 1, 1, "港口，一、做法"),
    "end of bold": ("<p><strong>岸电</strong></p>", 3, 3, "岸电港口，"),
    "after a link": ('<p><a href="https://x.example/">岸电</a></p>', 3, 3, "岸电港口，"),
    "over a selection": ("<p>岸电设施</p>", 2, 4, "岸港口，施"),
    "after a footnote": ("<p>岸电<sup data-footnote='[]'></sup></p>", 4, 4, "岸电港口，"),
    "in a list": ("<ul><li><p>岸电</p></li></ul>", 5, 5, "岸电港口，"),
    "before a footnote": ("<p>岸电<sup data-footnote='[]'></sup></p>", 3, 3, "岸电港口，"),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_input_method_works_everywhere_with_a_full_width_mark_after_it(page, place):
    html, start, end, expected = PLACES[place]
    page.evaluate(
        """([html, from, to]) => {
          const {editor} = document.querySelector("body-editor");
          editor.commands.setContent(html);
          editor.chain().focus().setTextSelection({from, to}).run();
        }""",
        [html, start, end],
    )
    expect(page.locator(".body-text")).to_be_focused()
    page.wait_for_timeout(100)
    compose(page, "g", "gang", "gang kou", commit="港口")
    compose(page, commit="，")
    text = "document.querySelector('body-editor').editor.state.doc.textContent"
    assert page.evaluate(text) == expected
    page.keyboard.press("Control+Z")
    page.keyboard.press("Control+Y")
    assert page.evaluate(text) == expected


def test_nothing_is_saved_while_a_word_is_being_composed(page, latest):
    chrome = page.context.new_cdp_session(page)
    chrome.send("Input.imeSetComposition", {"text": "yun", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(1500)
    assert latest().number == 1
    chrome.send("Input.insertText", {"text": "云"})
    saved(page, 2)
    assert plain(latest().blocks[-1].content) == "货物可以直达临澜市。云"


def test_an_input_method_works_in_a_table_cell_after_bold_and_after_a_footnote(page, latest):
    page.keyboard.press("Enter")
    page.keyboard.press("Control+B")
    compose(page, "gang", commit="港口")
    page.keyboard.press("Control+B")
    page.click("[data-dialog=footnote]")
    page.keyboard.type("据统计局。")
    page.click("dialog[open] [data-apply]")
    expect(page.locator(".body-text")).to_be_focused()
    compose(page, "zeng", commit="增长")
    page.click("[data-command=table]")
    compose(page, "qu", commit="区")
    saved(page, latest().number if latest().number > 1 else 2)
    page.wait_for_timeout(1200)
    line, table = latest().blocks[-2:]
    assert line.content == (
        Text(text="港口", marks=(Mark.strong,)),
        FootnoteRef(content=(Text(text="据统计局。"),)),
        Text(text="增长"),
    )
    assert isinstance(table, Table)
    assert plain(table.rows[0][0].content) == "区"


WORD = """<html><body><!--StartFragment-->
<p class=MsoNormal><b><span style='font-family:宋体'>岸电</span></b>
<span>使用率提升<o:p></o:p></span>
<a href="#_ftn1" name="_ftnref1"><span class=MsoFootnoteReference>[1]</span></a></p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>
<span style='mso-list:Ignore'>1.<span>&nbsp;</span></span>建立台账</p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>
<span style='mso-list:Ignore'>2.<span>&nbsp;</span></span>逐项销号</p>
<table><tr><td colspan=2 style='width:80pt'>合计</td></tr><tr><td>甲</td><td>乙</td></tr></table>
<p>&nbsp;</p><script>alert(1)</script>
<div style='mso-element:footnote-list'><div style='mso-element:footnote' id=ftn1>
<p class=MsoFootnoteText><a href="#_ftnref1" name="_ftn1">[1]</a> 据港口局。</p></div></div>
<!--EndFragment--></body></html>"""


def test_a_paste_from_word_keeps_bold_list_table_and_footnote_and_nothing_else(page, latest):
    page.keyboard.press("Enter")
    paste(page, WORD)
    saved(page, 2)
    line, numbered, table = latest().blocks[2:]
    assert line.content[0] == Text(text="岸电", marks=(Mark.strong,))
    assert FootnoteRef(content=(Text(text="据港口局。"),)) in line.content
    assert isinstance(numbered, ListBlock)
    assert numbered.ordered
    assert [plain(each) for each in numbered.items] == ["建立台账", "逐项销号"]
    assert table.rows[0] == (Cell(content=(Text(text="合计"),), colspan=2),)
    assert "alert" not in str(latest().blocks)


def test_a_table_with_merged_cells_survives_save_and_reload(page, latest):
    page.keyboard.press("Enter")
    page.click("[data-command=table]")
    page.keyboard.type("港区")
    page.keyboard.press("Shift+ArrowRight")
    cells = page.locator(".body-text th")
    cells.nth(1).click()
    page.keyboard.type("年")
    page.evaluate("""() => {
      const {editor} = document.querySelector("body-editor");
      const found = [];
      editor.state.doc.descendants((node, pos) => {
        if (node.type.name === "tableHeader") found.push(pos);
      });
      editor.chain().setCellSelection({anchorCell: found[0], headCell: found[1]}).run();
    }""")
    page.click("[data-command=mergeCells]")
    page.click("[data-dialog=caption]")
    page.fill("dialog[open] [data-field=caption]", "各港区岸电使用率")
    page.fill("dialog[open] [data-field=notes]", "截至六月底。")
    page.click("dialog[open] [data-apply]")
    page.wait_for_timeout(1200)
    expect(page.locator(f"#save-state{SAVED}")).to_be_visible()
    page.reload()
    page.wait_for_selector("body-editor[data-ready]")
    table = next(block for block in latest().blocks if isinstance(block, Table))
    assert (table.caption, table.notes) == ("各港区岸电使用率", ("截至六月底。",))
    assert table.rows[0][0].colspan == 2
    assert len(table.rows) == 3
    expect(page.locator(".body-text th[colspan='2']")).to_have_count(1)


def test_a_stale_save_shows_both_texts_and_keeps_both(page, latest, app, item, stored):
    ben = cast.editor_ben(stored)
    theirs = stored.get(Item, item)
    fields = items.fields_of(items.current(stored, theirs))
    items.revise(
        stored,
        theirs,
        fields.model_copy(update={"blocks": (paragraph("李四的文字。"),)}),
        base=1,
        by=ben,
        now=cast.NOW,
    )
    stored.commit()
    page.keyboard.type("我的补充。")
    expect(page.locator("#conflict [role=alert]")).to_contain_text("已保存第 2 版")
    expect(page.locator("#conflict .mine").first).to_contain_text("我的补充。")
    page.click("#conflict [value=mine]")
    saved(page, 3)
    assert "我的补充。" in plain(latest().blocks[-1].content)
    with app.extensions["database"].reading() as session:
        second = items.get_revision(session, session.get(Item, item), 2)
        assert plain(second.blocks[0].content) == "李四的文字。"


def test_taking_theirs_keeps_mine_as_a_revision(page, latest, item, stored, app):
    row = stored.get(Item, item)
    fields = items.fields_of(items.current(stored, row))
    changed = fields.model_copy(update={"headline": "对方的标题"})
    items.revise(stored, row, changed, base=1, by=cast.editor_ben(stored), now=cast.NOW)
    stored.commit()
    page.fill("#headline", "我的标题")
    page.click("#conflict [value=theirs]")
    expect(page.locator("#headline")).to_have_value("对方的标题")
    with app.extensions["database"].reading() as session:
        rows = items.list_revisions(session, session.get(Item, item))
    assert [each.headline for each in rows][:2] == ["对方的标题", "我的标题"]


def test_a_lost_network_says_so_and_saves_when_it_is_back(page, latest):
    page.context.set_offline(True)
    page.keyboard.type("断网时写的。")
    expect(page.locator("#save-state")).to_contain_text("未保存")
    page.wait_for_selector("#save-state[data-state=failed]")
    page.context.set_offline(False)
    saved(page, 2)
    assert plain(latest().blocks[-1].content).endswith("断网时写的。")


def test_without_scripts_the_fields_are_saved_and_the_text_is_kept(visit, item, latest):
    page = visit(f"/items/{item}", java_script_enabled=False)
    expect(page.get_by_text("没有启用 JavaScript")).to_be_visible()
    page.fill("#headline", "没有脚本时的标题")
    page.fill("[name=attachment_label]", "方案全文")
    page.fill("[name=attachment_url]", "https://gov.yunzhou.example/a.pdf")
    page.click("#save-now")
    assert latest().headline == "没有脚本时的标题"
    assert latest().attachments[0].label == "方案全文"
    assert isinstance(latest().blocks[0], Paragraph)
    assert len(latest().blocks) == 2
