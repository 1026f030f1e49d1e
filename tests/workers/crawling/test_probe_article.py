"""A look at one article page with a site rule."""

from editor.desk import probes
from editor.text.document import body_text, load_blocks
from editor.workflow import ProbeState
from tests import cast
from tests.fakes import make_workshop
from tests.workers.crawling.test_probe import HOST, july, read  # noqa: F401
from workers.crawling.crawl import crawl

URL = f"http://{HOST}/2026/1.html"
TEXT = "青屿区东港码头改造完工，三千吨级货船可以直达临澜市。"
PAGE = (
    "<html><title>东港码头改造完工</title><body><h1>东港码头改造完工</h1>"
    '<div class="info">发布时间：2026-07-09 08:30</div>'
    f'<div class="lead">{"".join(f"<p>{TEXT}第{n}段。</p>" for n in range(6))}</div>'
    f'<div class="box"><p>{TEXT}只有这一段是规则要的，字数也够。</p></div></body></html>'
)


def tried(database, tmp_path, rule: str, page: str = PAGE):
    from editor import clock

    with database.writing() as session:
        publication = cast.find_or_make_publication(session)
        source = cast.make_source(session, publication)
        draft = probes.ProbeDraft(url=URL)
        probe = probes.start_article_probe(
            session, publication, source, draft, rule, now=clock.real()
        )
        session.commit()
        number = probe.id
    crawl(make_workshop(database, tmp_path, {URL: page}), HOST)
    return read(database, number)


def test_a_rule_decides_and_what_would_be_taken_without_it_stands_beside(database, tmp_path):
    probe = tried(database, tmp_path, "div.box")
    assert probe.state == ProbeState.done, (probe.reason, probe.detail)
    assert probe.result["ruled"] and probe.result["title"] == "东港码头改造完工"
    assert "只有这一段是规则要的" in body_text(load_blocks(probe.result["blocks"]))
    assert probe.result["without"] > probe.result["characters"]
    assert probe.result["published_at"] == "2026-07-09T08:30:00+08:00"


def test_a_rule_that_finds_nothing_leaves_the_machines_own_text(database, tmp_path):
    probe = tried(database, tmp_path, "div.nothing")
    assert probe.state == ProbeState.done and not probe.result["ruled"]
    assert TEXT in body_text(load_blocks(probe.result["blocks"]))


def test_a_page_without_a_text_ends_with_its_reason(database, tmp_path):
    probe = tried(database, tmp_path, "div.box", "<html><body></body></html>")
    assert (probe.state, probe.reason) == (ProbeState.failed, "empty")
