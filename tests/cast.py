"""The known cast and its invented world: chief Ada, editor Ben, contributor Cy, stranger Dee."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlmodel import Session, col, select

from editor.desk import issues, items, people, publications
from editor.desk.issues import sections_of as sections_of
from editor.profile import Profile, profile_from
from editor.store.models import (
    Candidate,
    Issue,
    IssueSection,
    Item,
    Membership,
    Publication,
    Source,
    User,
    id_of,
)
from editor.text.document import paragraph
from editor.workflow import Role, SourceKind

PASSWORD = "only for tests"
# inside the window of the July issue: 16 June to 15 July 2026, Shanghai time
NOW = datetime(2026, 7, 10, 1, 30, tzinfo=UTC)
NUMBERS = count(1)


def make_profile(**changes: Any) -> Profile:
    """Return the profile of 云州信息摘编, a monthly of three sections."""
    data: dict[str, Any] = {
        "slug": "yunzhou",
        "name": "云州信息摘编",
        "section": [
            {"name": "热点关注", "quota": 2},
            {"name": "国内动态"},
            {"name": "专题研究", "kind": "essay"},
        ],
    }
    return profile_from(data | changes)


def make_publication(session: Session, **changes: Any) -> Publication:
    """Return a publication whose next issue is July 2026, number 7, total 61."""
    return publications.load_profile(
        session,
        make_profile(**changes),
        by=None,
        now=NOW,
        next_year=2026,
        next_number=7,
        next_total=61,
    )


def make_issue(session: Session, publication: Publication | None = None, **changes: Any) -> Issue:
    """Return the publication's next issue."""
    publication = publication or find_or_make_publication(session)
    return issues.open_issue(session, publication, by=None, now=NOW, **changes)


def find_or_make_publication(session: Session) -> Publication:
    """Return the first publication there is, a new one if there is none."""
    found = session.exec(select(Publication).order_by(col(Publication.id))).first()
    return found or make_publication(session)


def make_person(
    session: Session, name: str, *roles: Role, publication: Publication | None = None
) -> User:
    """Return the person of this name, added with these roles when nobody has it yet."""
    email = f"{name.lower()}@yunzhou.example"
    user = people.find_user(session, email)
    if user is None:
        user = people.add_user(
            session,
            email=email,
            name=name,
            password=PASSWORD,
            publication=None,
            roles=(),
            now=NOW,
        )
    if roles:
        publication = publication or find_or_make_publication(session)
        held = people.roles_of(session, user, publication)
        session.add_all(
            Membership(user_id=id_of(user), publication_id=id_of(publication), role=role)
            for role in roles
            if role not in held
        )
        session.flush()
    return user


def chief_ada(session: Session, publication: Publication | None = None) -> User:
    """Return Ada, chief and administrator."""
    return make_person(session, "Ada", Role.chief, Role.admin, publication=publication)


def editor_ben(session: Session, publication: Publication | None = None) -> User:
    """Return Ben, editor."""
    return make_person(session, "Ben", Role.editor, publication=publication)


def contributor_cy(session: Session, publication: Publication | None = None) -> User:
    """Return Cy, contributor."""
    return make_person(session, "Cy", Role.contributor, publication=publication)


def stranger_dee(session: Session) -> User:
    """Return Dee, who has an account and no role."""
    return make_person(session, "Dee")


def make_source(session: Session, publication: Publication | None = None, **changes: Any) -> Source:
    """Return a feed of 云州日报."""
    publication = publication or find_or_make_publication(session)
    number = next(NUMBERS)
    values: dict[str, Any] = {
        "publication_id": publication.id,
        "name": "云州日报",
        "printed_name": "云州日报",
        "kind": SourceKind.feed,
        "url": f"https://daily{number}.yunzhou.example/feed.xml",
        "host": f"daily{number}.yunzhou.example",
        "next_run_at": NOW,
    }
    source = Source(**(values | changes))
    session.add(source)
    session.flush()
    return source


def make_candidate(
    session: Session, publication: Publication | None = None, **changes: Any
) -> Candidate:
    """Return a new candidate; each next one was published an hour earlier, in the July window."""
    publication = publication or find_or_make_publication(session)
    number = next(NUMBERS)
    url = f"https://daily.yunzhou.example/2026/{number}.html"
    text = f"青屿区第{number}座码头改造完工，港区货物可以直达临澜市。"
    values: dict[str, Any] = {
        "publication_id": publication.id,
        "url": url,
        "canonical_url": url,
        "url_hash": hashlib.sha256(url.encode()).hexdigest(),
        "title": f"青屿区第{number}座码头改造完工",
        "source_name": "云州日报",
        "published_at": NOW - timedelta(hours=number % 200),
        "date_how": "feed",
        "date_precision": "second",
        "seen_at": NOW,
        "blocks": (paragraph(text),),
        "excerpt": text,
        "characters": len(text),
    }
    candidate = Candidate(**(values | changes))
    session.add(candidate)
    session.flush()
    return candidate


def make_item(
    session: Session, section: IssueSection, *, by: User | None = None, **changes: Any
) -> Item:
    """Return an item typed by hand at the end of the section."""
    number = next(NUMBERS)
    values: dict[str, Any] = {
        "headline": f"临澜市：第{number}批便民服务站启用",
        "source_line": "临澜晚报",
        "dated_on": NOW.date(),
        "blocks": (paragraph("服务站覆盖全市十二个街道，居民步行一刻钟可达。"),),
    }
    return items.new_item(
        session, section, fields=items.ItemFields(**(values | changes)), by=by, now=NOW
    )
