"""The search index: it follows the candidates, and finds what a person would."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from editor.store import search
from editor.store.models import Candidate
from editor.store.models.searching import SearchDocument
from editor.text.document import paragraph
from editor.text.grams import certain, words_of
from tests.cast import make_candidate, make_publication


def found(session, query: str) -> list[str]:
    """Return titles that the index proposes and the text confirms; reading all finds the same."""
    words = words_of(query)
    assert words, "the index knows no sign of this query"
    ids = looked_up(session, words)
    read = session.exec(select(Candidate).order_by(col(Candidate.id))).all()
    plain = [one for one in read if all(word in search.words_of(one) for word in words)]
    assert sorted(ids) == [one.id for one in plain]
    listed = select(Candidate.title).where(search.among(session, ids)).order_by(col(Candidate.id))
    return list(session.exec(listed))


def looked_up(session, words) -> list[int]:
    """Return what the index proposes and the texts hold; each way of proposing finds the same."""
    ids = search.propose(session, words, most=100)
    condition = search.proposed(session, words)
    with search.by_index(session):
        assert set(session.exec(select(Candidate.id).where(condition))) == set(ids)
    held = search.held(session, words, ids)
    assert held == set(ids) or not certain(words)
    return sorted(held)


@pytest.fixture(autouse=True)
def candidates(session):
    make_publication(session)
    make_candidate(
        session,
        title="青屿区印发《海堤加固三年行动方案》",
        source_name="云州日报",
        blocks=(paragraph("工业和信息化局负责人说，“5G＋”项目投资 3.5 亿元。🚀"),),
    )
    make_candidate(
        session,
        title="临澜市举办ChatGPT培训班",
        source_name="临澜晚报",
        blocks=(paragraph("来自十二个街道的干部参加，方案另行印发。"),),
    )


FIRST, SECOND = ["青屿区印发《海堤加固三年行动方案》"], ["临澜市举办ChatGPT培训班"]


@pytest.mark.parametrize(
    "query, titles",
    [
        ("海堤加固", FIRST),
        ("堤", FIRST),
        ("加固海堤", []),
        ("印发", FIRST + SECOND),
        ("方案 印发 街道", SECOND),
        ("云州日报", FIRST),
        ("信息化局", FIRST),
        ("gpt", SECOND),
        ("ＣＨＡＴＧＰＴ", SECOND),
        ("5g", FIRST),
        ("“5G+”项目", FIRST),
        ("3.5亿", FIRST),
        ("🚀", FIRST),
        ("日报工业", []),
        ("不存在", []),
    ],
)
def test_what_stands_in_title_source_or_text_is_found_in_order(session, query, titles):
    assert found(session, query) == titles


@pytest.mark.parametrize(
    "query, titles",
    [("《", FIRST), ("》", FIRST), ("《》", []), ("“", []), ("\x00", []), ("%", []), ("——", [])],
)
def test_marks_alone_are_looked_for_in_titles(session, query, titles):
    assert (found(session, query) if words_of(query) else []) == titles


@pytest.mark.parametrize(
    "query",
    ['"海堤', "海堤*", "NEAR(海堤 加固)", "a OR b", "title:海", "a'b\\c", "x" * 5000, "海 " * 500],
)
def test_no_query_is_an_error(session, query):
    found(session, query)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(max_size=20))
def test_whatever_is_typed_is_answered(session, query):
    if words_of(query):
        found(session, query)


def test_a_letter_does_not_find_the_marks(session):
    assert found(session, "m") == []


def test_every_word_of_a_long_query_counts(session):
    words = " ".join(["海", "堤", "加", "固"] * 12)
    assert found(session, f"{words} 方案") == FIRST
    assert found(session, f"{words} 培训班") == []


def test_a_changed_text_is_found_by_its_new_words_only(session):
    candidate = session.exec(select(Candidate).where(Candidate.title == FIRST[0])).one()
    candidate.blocks = (paragraph("浅滩整治完工。"),)
    session.flush()
    assert found(session, "浅滩") == FIRST
    assert found(session, "信息化局") == []
    candidate.title = "青屿区海堤完工"
    session.flush()
    assert found(session, "浅滩") == ["青屿区海堤完工"]


def test_a_decision_does_not_index_anew(session):
    before = session.exec(select(SearchDocument.id).order_by(SearchDocument.id)).all()
    candidate = session.exec(select(Candidate).where(Candidate.title == FIRST[0])).one()
    candidate.spike_reason = "超出范围"
    candidate.blocks = tuple(candidate.blocks)
    session.flush()
    assert session.exec(select(SearchDocument.id).order_by(SearchDocument.id)).all() == before


def test_more_than_may_be_proposed_is_no_list(session):
    assert len(search.propose(session, ["印发"], most=2)) == 2
    assert search.propose(session, ["印发"], most=1) is None


def test_a_deleted_candidate_is_found_no_more(session):
    session.delete(session.exec(select(Candidate).where(Candidate.title == FIRST[0])).one())
    session.flush()
    make_candidate(session, title="青屿区新闻", blocks=())
    assert found(session, "海堤") == []


def test_a_very_long_text_is_found_by_what_it_says_first(session):
    make_candidate(session, title="长文", blocks=(paragraph("开头浅滩" + "海边" * 20_000),))
    assert found(session, "浅滩") == ["长文"]
    assert "长文" in found(session, "海边海边")


def test_what_was_there_before_the_index_waits_for_it(session):
    session.execute(search.DOCUMENT.delete())
    assert search.count_waiting(session) == 2
    assert looked_up(session, ["海堤"]) == []
    newest = search.note_waiting(session, limit=1)
    (oldest,) = search.note_waiting(session, limit=10, below=newest[0])
    assert newest[0] > oldest
    assert search.count_waiting(session) == 0
    assert found(session, "海堤") == FIRST
