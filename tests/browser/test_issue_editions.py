"""Published editions in a real browser: readable at each width, in light and dark."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from sqlmodel import col, select

from editor.assembler.makings import font_digests, makings
from editor.desk import exports, issue_editions, issue_states, issues
from editor.store.models import Issue, IssueEdition, Item, Revision
from editor.text.changed_pages import PageText
from editor.text.document import paragraph
from editor.workflow import IssueState
from tests.browser.office import furnish
from tests.cast import NOW, chief_ada, make_item

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GRAVE = ("serious", "critical")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LATER = NOW + timedelta(days=6)
ONWARD = (IssueState.editing, IssueState.locked, IssueState.published)


@pytest.fixture
def corrected(app: Flask) -> int:
    """Give the total number of an issue in its second edition, and being corrected again."""
    with app.extensions["database"].writing() as session:
        furnish(session)
        issue, ada = session.exec(select(Issue).order_by(col(Issue.id))).first(), chief_ada(session)
        section = issues.sections_of(session, issue)[0]
        for number in range(3):
            make_item(session, section, headline=f"云州：第{number + 1}批示范渔港名单公布")

        def go(*states: IssueState, reason: str = "") -> None:
            for state in states:
                issue_states.set_state(session, issue, state, by=ada, now=LATER, reason=reason)

        def settle(number: int, words: list[str]) -> None:
            query = select(IssueEdition).where(IssueEdition.number == number)
            pages = [PageText("", ("封面",)), PageText("i", ("目录",))]
            pages += [PageText(str(at), (word,)) for at, word in enumerate(words, start=1)]
            spans = {"s1-4": (4, 5)}
            issue_editions.settle(session, session.exec(query).one().id, pages, spans)

        go(*ONWARD)
        export = exports.claim(
            session, exports.request_export(session, issue, "pdf", by=ada, now=NOW).id
        )
        profile = issue_editions.profile_kept(issue_editions.find(session, issue, 1))
        sha256 = app.extensions["files"].put(b"%PDF-1.7")
        exports.finish(
            session, export, asset=sha256, size=2_104_331, digest=issue.published_digest,
            findings=[], result={"pages": 34, "engine": "typst", "version": "0.15",
                                 "made_with": makings(profile), "fonts": font_digests()},
        )  # fmt: skip
        settle(1, [f"第{at}页的字。" for at in range(1, 30)])
        go(IssueState.editing, reason="第二条的数字有误，另补一条")
        last = session.exec(select(Item).order_by(col(Item.id).desc())).first()
        session.get(Revision, last.revision_id).blocks = (paragraph("名单共二十一家。"),)
        make_item(session, section, headline="青屿区：东港码头四月十二日恢复夜航，渔船可以申报")
        go(IssueState.locked, IssueState.published)
        pages = [f"第{at}页的字。" for at in range(1, 30)]
        settle(2, [*pages[:3], "改了。", "又改了。", *pages[5:20], "添的一页。", *pages[20:28]])
        go(IssueState.editing, reason="署名写错")
        make_item(session, section, headline="临澜市：再补一条")
        session.commit()
        return issue.total_number


@pytest.mark.parametrize("width", [1280, 768])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_corrected_can_be_read_at_any_width(corrected, visit, scheme, width):
    for place in ("progress", "exports"):
        page = visit(
            f"/issues/{corrected}/{place}",
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            bypass_csp=True,
        )
        assert page.locator("#edition-2").is_visible() and page.locator("#edition-1").is_visible()
        assert page.evaluate(SIDEWAYS) == 0
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in GRAVE] == []


def test_how_a_file_was_made_opens_on_demand(corrected, visit):
    page = visit(f"/issues/{corrected}/exports")
    digest = page.get_by_text("NotoSerifSC-Regular.ttf").first
    assert not digest.is_visible()
    page.get_by_text("制作信息").first.click()
    assert digest.is_visible()
