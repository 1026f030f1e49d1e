"""Publications and their profiles."""

from datetime import UTC, datetime

import pytest

from editor.desk import publications
from editor.desk.publications import load_profile, only_publication, profile_of
from editor.errors import Invalid, NotFound
from tests.cast import NOW, make_profile, make_publication


@pytest.mark.parametrize(
    "now, year, number",
    [
        (datetime(2026, 7, 15, 15, 59, tzinfo=UTC), 2026, 7),
        (datetime(2026, 7, 15, 16, tzinfo=UTC), 2026, 8),
        (datetime(2026, 12, 20, tzinfo=UTC), 2027, 1),
    ],
)
def test_a_new_publication_starts_with_the_issue_that_collects_now(session, now, year, number):
    publication = load_profile(session, make_profile(), by=None, now=now)
    assert (publication.next_year, publication.next_number, publication.next_total) == (
        year,
        number,
        1,
    )


def test_loading_again_replaces_the_profile_and_keeps_the_numbers(session):
    first = make_publication(session)
    again = load_profile(session, make_profile(name="云州摘编"), by=None, now=NOW)
    assert again.id == first.id
    assert (again.name, again.next_total) == ("云州摘编", 61)
    assert profile_of(again).name == "云州摘编"


def test_the_profile_survives_its_storage(session):
    publication = make_publication(session)
    session.expire(publication)
    assert profile_of(publication) == make_profile()


def test_the_only_publication_needs_no_name(session):
    with pytest.raises(NotFound):
        only_publication(session, None)
    first = make_publication(session)
    assert only_publication(session, None) is first
    second = make_publication(session, slug="linlan", name="临澜观察")
    assert only_publication(session, "linlan") is second
    with pytest.raises(Invalid) as refusal:
        only_publication(session, None)
    assert "linlan、yunzhou" in refusal.value.chinese
    assert publications.list_publications(session) == [second, first]
    with pytest.raises(NotFound):
        only_publication(session, "nowhere")
