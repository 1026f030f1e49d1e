"""The export of what was fetched: the last row of an address says how it ended."""

from typing import Any

import pytest

from editor.desk import fetches, sources
from editor.errors import Reason
from editor.store.models import Entry, Fetch
from editor.workflow import EntryState, Outcome
from tests import cast

PAGE = "http://daily.yunzhou.example/1.html"
INSIDE = "http://127.0.0.1/secret"


@pytest.fixture
def publication(session):
    return cast.make_publication(session)


def listed(session, publication, url: str = PAGE, **changes: Any) -> Entry:
    entry = sources.paste_links(session, publication, [url], issue=None, by=None, now=cast.NOW)[0]
    for name, value in changes.items():
        setattr(entry, name, value)
    session.flush()
    return entry


def tried(session, entry: Entry, url: str, outcome: Outcome, reason: str = "") -> None:
    session.add(Fetch(entry_id=entry.id, url=url, outcome=outcome, reason=reason))
    session.flush()


def endings(session, publication) -> dict[str, tuple[str, str]]:
    rows = fetches.export_rows(session, publication)
    return {row["url"]: (row["outcome"], row["reason"]) for row in rows}


def test_a_page_that_failed_at_its_own_address_is_told_once(session, publication):
    entry = listed(session, publication, state=EntryState.failed, reason=Reason.http_404)
    tried(session, entry, PAGE, Outcome.failed, Reason.http_404)
    rows = list(fetches.export_rows(session, publication))
    assert [(row["url"], row["reason"]) for row in rows] == [(PAGE, "http_404")]


def test_a_page_that_failed_behind_a_redirect_ends_with_its_reason_too(session, publication):
    entry = listed(
        session, publication, fetch_url=INSIDE, state=EntryState.failed, reason="blocked_private"
    )
    tried(session, entry, PAGE, Outcome.ok)
    tried(session, entry, INSIDE, Outcome.refused, Reason.blocked_private)
    assert endings(session, publication)[PAGE] == ("refused", "blocked_private")
    last = list(fetches.export_rows(session, publication))[-1]
    assert last["detail"] == f"at {INSIDE}"


def test_an_address_that_was_never_tried_ends_with_its_reason(session, publication):
    listed(session, publication, state=EntryState.failed, reason="blocked_private")
    assert endings(session, publication) == {PAGE: ("refused", "blocked_private")}


def test_every_row_has_the_same_keys(session, publication):
    entry = listed(session, publication, state=EntryState.failed, reason="blocked_private")
    tried(session, entry, INSIDE, Outcome.failed, Reason.dns)
    first, second = fetches.export_rows(session, publication)
    assert first.keys() == second.keys()
