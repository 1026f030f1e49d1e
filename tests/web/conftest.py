"""A small office behind the screens, and browsers of its people."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from editor import clock
from editor.desk import exports, issues, probes
from editor.store.models import Entry, Hole
from editor.text.urls import url_hash
from editor.workflow import EntryState, HoleCause, Role
from tests.cast import (
    NOW,
    PASSWORD,
    chief_ada,
    make_candidate,
    make_issue,
    make_item,
    make_person,
    make_profile,
    make_publication,
    make_source,
    publications,
    stranger_dee,
)


@dataclass(frozen=True)
class Office:
    """The ids of what the office holds. Everything is Ada's; the issue's total number is 61."""

    candidate: int
    other: int
    source: int
    item: int
    entry: int
    export: int
    section: int
    probe: int
    hole: int
    total: int = 61


@pytest.fixture
def office(app: Flask) -> Iterator[Office]:
    """Give an office with one of everything, a person per role and two strangers, on 10 July."""
    clock.follow(lambda: NOW - clock.real())
    with app.extensions["database"].writing() as session:
        home = make_publication(session)
        issue = make_issue(session, home)
        ada = chief_ada(session, home)
        for role in Role:
            make_person(session, role.value, role, publication=home)
        stranger_dee(session)
        section = issues.sections_of(session, issue)[0]
        source = make_source(session, home)
        candidate = make_candidate(session, home, source_id=source.id)
        other = make_candidate(session, home, suggested_section="热点关注")
        entry = Entry(
            publication_id=home.id or 0,
            url="https://daily.yunzhou.example/gone.html",
            url_hash=url_hash("https://daily.yunzhou.example/gone.html"),
            fetch_url="https://daily.yunzhou.example/gone.html",
            host="daily.yunzhou.example",
            title="青屿区渡口恢复通航",
            state=EntryState.failed,
            reason="http_404",
            published_at=NOW,
        )
        session.add(entry)
        item = make_item(session, section, by=ada)
        draft = probes.ProbeDraft(url="http://www.qingyu.example/news/")
        probe = probes.start_probe(session, home, draft, now=clock.real())
        export = exports.request_export(session, issue, "pdf", by=ada, now=NOW)
        # another publication, whose chief must learn nothing of the first
        elsewhere = publications.load_profile(
            session,
            make_profile(slug="linlan", name="临澜通讯"),
            by=None,
            now=NOW,
            next_year=2026,
            next_number=1,
            next_total=1,
        )
        make_person(session, "Eve", *Role, publication=elsewhere)
        ids = (candidate.id, other.id, source.id, item.id, entry.id, export.id, section.id)
        hole = Hole(
            source_id=source.id or 0,
            cause=HoleCause.rolled_over,
            after_at=NOW - timedelta(days=4),
            before_at=NOW - timedelta(days=2),
        )
        session.add(hole)
        session.flush()
        ids += (probe.id, hole.id)
        session.commit()
    yield Office(*(each or 0 for each in ids))


def token_of(client: FlaskClient, path: str = "/login") -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(path).text)
    assert found, path
    return found.group(1)


def log_in(client: FlaskClient, name: str, password: str = PASSWORD, **extra: str) -> int:
    """Log the person in through the form; returns the status."""
    data = {
        "csrf_token": token_of(client),
        "email": f"{name.lower()}@yunzhou.example",
        "password": password,
    }
    return client.post("/login", data=data | extra).status_code


@pytest.fixture
def browser_of(app: Flask, office: Office) -> Callable[[str], FlaskClient]:
    """Give a function that returns the browser of somebody who has logged in."""

    def browser(name: str) -> FlaskClient:
        client = app.test_client()
        assert log_in(client, name) == 303
        return client

    return browser


@pytest.fixture
def ada(browser_of: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give Ada's browser, her token sent with every POST."""
    client = browser_of("Ada")
    client.environ_base["HTTP_X_CSRFTOKEN"] = token_of(client, "/")
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


HTMX = {"HX-Request": "true"}
