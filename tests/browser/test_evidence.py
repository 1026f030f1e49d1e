"""Evidence in a real browser: a hostile page in its frame runs nothing and asks for nothing."""

import pytest
from sqlmodel import select

from editor.desk import evidence
from editor.store.models import Candidate, Capture, Entry
from editor.text.document import paragraph
from editor.workflow import EntryState
from tests import cast
from tests.fakes import serving

EVIL = "http://evil.yunzhou.example"
HOSTILE = f"""<html><head><title>东港</title>
<link rel=preconnect href="{EVIL}"><link rel=dns-prefetch href="{EVIL}">
<link rel=prefetch href="{EVIL}/prefetch"><link rel=stylesheet href="{EVIL}/a.css">
<link rel=icon href="{EVIL}/icon"><base href="{EVIL}/"><meta http-equiv=refresh content="0;url={EVIL}/">
<style>@import "{EVIL}/b.css"; @font-face{{font-family:x;src:url({EVIL}/f.woff)}}
body{{font-family:x;background:url({EVIL}/bg.png)}}</style>
<script src="{EVIL}/a.js"></script><script>top.document.title='执行了';fetch('{EVIL}/x')</script>
<speculationrules>{{"prefetch":[{{"urls":["{EVIL}/s"]}}]}}</speculationrules></head>
<body onload="top.location='{EVIL}/'"><h1>东港码头改造完工</h1><p id=click><a href="{EVIL}/link">更多消息</a></p>
<img src="{EVIL}/p.png" srcset="{EVIL}/q.png 2x" onerror="top.document.title='执行了'">
<video src="{EVIL}/v" poster="{EVIL}/w" autoplay></video><audio src="{EVIL}/au" autoplay></audio>
<iframe src="{EVIL}/frame" srcdoc="<script>top.document.title='执行了'</script>"></iframe>
<object data="{EVIL}/o"></object><embed src="{EVIL}/e"><form action="{EVIL}/form"><button>送</button></form>
<svg><image href="{EVIL}/svg.png"/><animate onbegin="top.document.title='执行了'"/></svg>
<table background="{EVIL}/t.png"><tr><td>一</td></tr></table><p style="background:url({EVIL}/st.png)">二</p>
</body></html>"""  # noqa: E501


@pytest.fixture
def capture_of(app, stored):
    """Give a function that makes a candidate of a captured page; returns the ids of both."""
    return lambda page: make_capture(app, stored, page)


def make_capture(app, stored, page: str) -> tuple[int, int]:
    home = cast.make_publication(stored)
    cast.make_issue(stored, home)
    cast.chief_ada(stored, home)
    candidate = cast.make_candidate(stored, home, blocks=(paragraph("东港码头改造完工。"),))
    entry = Entry(
        publication_id=home.id or 0,
        url=candidate.url,
        url_hash=candidate.url_hash,
        fetch_url=candidate.url,
        host="daily.yunzhou.example",
        state=EntryState.done,
        candidate_id=candidate.id,
        pages=1,
    )
    stored.add(entry)
    stored.flush()
    body = page.encode()
    capture = Capture(
        entry_id=entry.id,
        url=candidate.url,
        final_url=candidate.url,
        fetched_at=cast.NOW,
        sha256=app.extensions["files"].put(body),
        size=len(body),
        encoding="utf-8",
        headers={"content-type": "text/html; charset=utf-8"},
    )
    stored.add(capture)
    stored.flush()
    candidate.capture_id = capture.id
    stored.commit()
    return candidate.id or 0, capture.id or 0


@pytest.fixture
def evil():
    """Give a real server to which the hostile page would turn."""
    with serving({}) as site:
        yield site


def hostile_page(evil) -> str:
    return HOSTILE.replace(EVIL, evil.url(""))


@pytest.mark.parametrize("where", ["frame", "alone"])
def test_a_hostile_page_runs_nothing_and_asks_for_nothing(
    app, visit, desk, evil, capture_of, where
):
    candidate, capture = capture_of(hostile_page(evil))
    alone = f"/evidence/captures/{capture}/still"
    page = visit(f"/evidence/candidates/{candidate}" if where == "frame" else alone)
    shown = page.frame_locator("iframe") if where == "frame" else page
    assert shown.locator("h1").inner_text() == "东港码头改造完工"
    shown.locator("#click").click()
    shown.locator("button").click()
    page.wait_for_timeout(500)
    assert evil.seen == []
    assert "执行了" not in page.title()
    assert page.url.startswith(desk)


def test_the_outer_wall_holds_alone(chromium, desk, evil, capture_of, monkeypatch):
    """Were the page not made still, the frame's sandbox and policy would stop it all the same."""
    candidate, _ = capture_of(hostile_page(evil))
    monkeypatch.setattr(evidence, "still", lambda *_: hostile_page(evil))
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{desk}/login")
    page.fill("[name=email]", "ada@yunzhou.example")
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main button")
    page.goto(f"{desk}/evidence/candidates/{candidate}")
    page.frame_locator("iframe").locator("a").click()
    page.wait_for_timeout(500)
    title = page.title()
    context.close()
    assert evil.seen == []
    assert "执行了" not in title


def test_a_blocked_article_is_completed_by_pasting(visit, stored, capture_of):
    capture_of("<p>一</p>")
    home = cast.find_or_make_publication(stored)
    entry = Entry(
        publication_id=home.id or 0,
        url="https://mp.weixin.qq.com/s/AbCdEf0123456789",
        url_hash="9" * 64,
        fetch_url="https://mp.weixin.qq.com/s/AbCdEf0123456789",
        host="mp.weixin.qq.com",
        title="青屿区渡口恢复通航",
        state=EntryState.failed,
        reason="wechat_blocked",
        attempts=99,
    )
    stored.add(entry)
    stored.commit()
    page = visit("/triage/failed")
    page.click(".failed-entry a.button")
    page.locator("body-editor[data-ready]").wait_for()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData('text/html', '<h2>一、进展</h2><p><b>渡口</b>恢复通航。</p>'
            + '<script>1</script>'
            + '<table><tr><td>航线</td><td colspan=2>十二</td></tr></table>');
          document.querySelector('.body-text').dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    page.fill("[name=published_on]", "2026-07-09")
    page.click("text=存为候选")
    page.locator("h1", has_text="青屿区渡口恢复通航").wait_for()
    stored.rollback()
    candidate = stored.exec(select(Candidate).where(Candidate.url == entry.url)).one()
    assert [block.type for block in candidate.blocks] == ["heading", "paragraph", "table"]
    assert candidate.blocks[2].rows[0][1].colspan == 2
    assert candidate.blocks[1].content[0].marks
