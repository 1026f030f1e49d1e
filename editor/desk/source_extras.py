"""What a source may have besides its address: a list page for gaps, a rule for its articles."""

from datetime import datetime

from sqlmodel import Session

from editor.desk import audit
from editor.desk.source_draft import SourceDraft, selector_problems
from editor.desk.sources import draft_of, update_source
from editor.errors import Invalid
from editor.store.models import Source, User
from editor.workflow import SourceKind


def set_list(
    session: Session,
    source: Source,
    *,
    list_url: str,
    selectors: dict[str, str],
    page_pattern: str,
    by: User | None,
    now: datetime,
) -> Source:
    """Give a source the list page from which its gaps are filled; raises Invalid, sentences in it.

    Refused for a JSON listing, whose selectors are its own paths.
    """
    if source.kind in (SourceKind.json, SourceKind.list):
        raise Invalid(
            "只有订阅源和站点地图可以另设补漏列表页",
            "Only feeds and sitemaps can have a list page beside them",
        )
    values = draft_of(source).model_dump() | {
        "list_url": list_url,
        "selectors": selectors,
        "page_pattern": page_pattern,
    }
    return update_source(session, source, SourceDraft.model_validate(values), by=by, now=now)


def set_site_rule(
    session: Session, source: Source, site_rule: str, *, by: User | None, now: datetime
) -> Source:
    """Set where the source's articles stand on their pages; raises Invalid for no CSS."""
    problems = selector_problems({}, site_rule)
    if problems:
        raise Invalid(*problems["site_rule"], fields=problems)
    before = {"site_rule": source.site_rule}
    source.site_rule = site_rule.strip()
    session.add(source)
    after = {"site_rule": source.site_rule}
    audit.record(
        session,
        by=by,
        verb="update_source",
        subject=source,
        before=before,
        after=after,
        publication_id=source.publication_id,
        now=now,
    )
    return source
