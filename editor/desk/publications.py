"""Publications: each is its profile and the numbers of its next issue."""

from datetime import datetime

from sqlmodel import Session, col, select

from editor.desk import audit
from editor.errors import Invalid, NotFound
from editor.profile import Profile, profile_from
from editor.schedule import IssueNumber
from editor.store.models import Issue, Publication, User


def load_profile(
    session: Session,
    profile: Profile,
    *,
    by: User | None,
    now: datetime,
    next_year: int | None = None,
    next_number: int | None = None,
    next_total: int | None = None,
) -> Publication:
    """Create the publication, or replace the profile of the one with this slug.

    A new publication starts with the issue whose window `now` lies in and total number 1, unless
    numbers are given; for an existing one only the numbers that are given change.
    """
    publication = find_publication(session, profile.slug)
    before = {} if publication is None else audit.snapshot(publication, *NUMBERS, "profile")
    if publication is None:
        start = starting_number(profile, now)
        publication = Publication(
            slug=profile.slug,
            name=profile.name,
            profile={},
            next_year=start.year,
            next_number=start.number,
            next_total=start.total,
        )
    publication.name = profile.name
    publication.timezone = profile.schedule.timezone
    publication.profile = profile.model_dump(mode="json")
    for field, value in zip(NUMBERS, (next_year, next_number, next_total), strict=True):
        if value is not None:
            setattr(publication, field, value)
    session.add(publication)
    session.flush()
    audit.record(
        session,
        by=by,
        verb="load_profile",
        subject=publication,
        before=before,
        after=audit.snapshot(publication, *NUMBERS, "profile"),
        publication_id=publication.id,
        now=now,
    )
    return publication


def hold(session: Session, publication: Publication) -> None:
    """Read the publication anew and let nobody else change it before the transaction ends."""
    session.refresh(publication, with_for_update=True)


def number_next(
    session: Session,
    publication: Publication,
    numbers: IssueNumber,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Say which numbers the next issue gets; raises Invalid when its total number is taken."""
    taken = select(Issue.id).where(
        Issue.publication_id == publication.id, Issue.total_number == numbers.total
    )
    if session.exec(taken).first() is not None:
        sentence = (
            f"总第 {numbers.total} 期已经有了，请填还没有用过的总期号",
            f"There is a No. {numbers.total} already; give a total number that is not taken",
        )
        raise Invalid(*sentence, fields={"total": sentence})
    before = audit.snapshot(publication, *NUMBERS)
    publication.next_year, publication.next_number = numbers.year, numbers.number
    publication.next_total = numbers.total
    session.add(publication)
    session.flush()
    audit.record(
        session,
        by=by,
        verb="number_next",
        subject=publication,
        before=before,
        after=audit.snapshot(publication, *NUMBERS),
        publication_id=publication.id,
        now=now,
    )


NUMBERS = ("next_year", "next_number", "next_total")


def starting_number(profile: Profile, now: datetime) -> IssueNumber:
    """Return the numbers of the issue that collects at `now`; the total starts at 1."""
    year, month = collecting_month(profile, now)
    return IssueNumber(year, min(month, profile.schedule.per_year), 1)


def collecting_month(profile: Profile, now: datetime) -> tuple[int, int]:
    """Return year and month of the issue whose collection window `now` lies in."""
    today = now.astimezone(profile.zone).date()
    if today.day < profile.schedule.first_day:
        return today.year, today.month
    return (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)


def find_publication(session: Session, slug: str) -> Publication | None:
    """Return the publication with this slug, None when there is none."""
    return session.exec(select(Publication).where(Publication.slug == slug)).first()


def get_publication(session: Session, slug: str) -> Publication:
    """Return the publication with this slug; raises NotFound."""
    publication = find_publication(session, slug)
    if publication is None:
        raise NotFound(
            f"没有代号为“{slug}”的刊物，请检查代号",
            f"There is no publication called “{slug}”; check its name",
        )
    return publication


def list_publications(session: Session) -> list[Publication]:
    """Return all publications by slug."""
    return list(session.exec(select(Publication).order_by(col(Publication.slug))))


def only_publication(session: Session, slug: str | None) -> Publication:
    """Return the one named, or the only one there is.

    Raises NotFound when there is none and Invalid, naming them all, when there are several.
    """
    if slug:
        return get_publication(session, slug)
    all_of_them = list_publications(session)
    if not all_of_them:
        raise NotFound(
            "还没有刊物。请先载入刊物配置：zhaibian publication load 配置.toml",
            "There is no publication yet. Load one: zhaibian publication load PROFILE.toml",
        )
    if len(all_of_them) > 1:
        slugs = "、".join(publication.slug for publication in all_of_them)
        raise Invalid(
            f"有多个刊物（{slugs}），请用 --publication 指明一个",
            f"There are several publications ({slugs}); name one with --publication",
        )
    return all_of_them[0]


def profile_of(publication: Publication) -> Profile:
    """Return the publication's validated profile."""
    return profile_from(publication.profile, publication.slug)
