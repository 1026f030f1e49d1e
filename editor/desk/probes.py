"""Probes: a look at an address before it becomes a source, or at a source that is there."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import delete
from sqlmodel import Session, col, select

from editor import clock
from editor.desk.source_draft import LONGEST_URL, SELECTORS, selector_problems
from editor.errors import Invalid, NotFound
from editor.store.models import Candidate, Publication, Source, SourceProbe, id_of
from editor.text.urls import canonical_url, host_port
from editor.workflow import ProbeState, SourceKind

KEPT = timedelta(days=7)
ARTICLE = "article"
"""The kind of a look at one article page instead of a listing."""
UNFINISHED = (ProbeState.queued, ProbeState.fetching, ProbeState.parsing)


class ProbeDraft(BaseModel):
    """What is to be looked at; without `kind` the look finds out, with it the rest is tried."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    url: str = Field(max_length=LONGEST_URL)
    kind: SourceKind | None = None
    selectors: dict[str, str] = {}
    page_pattern: str = Field(default="", max_length=LONGEST_URL)
    encoding: str = Field(default="", max_length=40)

    @field_validator("url")
    @classmethod
    def usable(cls, url: str) -> str:
        """Complete what people leave out (http://); refuse what is no web address."""
        if "://" not in url and "." in url.partition("/")[0]:
            url = f"http://{url}"
        try:
            canonical_url(url)
        except Invalid as error:
            raise ValueError(error.both()) from error
        return url


def draft_from(data: dict[str, Any]) -> ProbeDraft:
    """Return the draft; raises Invalid with a sentence for the address."""
    try:
        return ProbeDraft.model_validate(data)
    except ValidationError as error:
        sentence = ("请填写完整的网址，例如 https://www.example.com/news/",
                    "Enter a whole address, e.g. https://www.example.com/news/")  # fmt: skip
        raise Invalid(*sentence, fields={"url": sentence}) from error


def start_probe(
    session: Session,
    publication: Publication,
    draft: ProbeDraft,
    *,
    source: Source | None = None,
    now: datetime,
) -> SourceProbe:
    """Queue a look at an address; the crawl worker takes it when its host is free.

    Nothing of it is a decision, so nothing is recorded; looks older than a week are forgotten.
    `now` is real time.
    """
    chosen = {key: draft.selectors[key] for key in SELECTORS if draft.selectors.get(key)}
    kind = draft.kind.value if draft.kind else ""
    return _queue(session, publication, source, draft, kind=kind, selectors=chosen, now=now)


def start_article_probe(
    session: Session,
    publication: Publication,
    source: Source,
    draft: ProbeDraft,
    site_rule: str,
    *,
    now: datetime,
) -> SourceProbe:
    """Queue a look at an article page of the source, with a rule that is tried on it or "".

    Raises Invalid for a rule that is no CSS. `now` is real time.
    """
    problems = selector_problems({}, site_rule)
    if problems:
        raise Invalid(*problems["site_rule"], fields=problems)
    chosen = {"site_rule": site_rule.strip()} if site_rule.strip() else {}
    return _queue(session, publication, source, draft, kind=ARTICLE, selectors=chosen, now=now)


def _queue(
    session: Session,
    publication: Publication,
    source: Source | None,
    draft: ProbeDraft,
    *,
    kind: str,
    selectors: dict[str, str],
    now: datetime,
) -> SourceProbe:
    old = delete(SourceProbe).where(col(SourceProbe.created_at) < now - KEPT)
    session.execute(old.execution_options(synchronize_session=False))
    probe = SourceProbe(
        publication_id=id_of(publication),
        source_id=source.id if source else None,
        url=draft.url,
        fetch_url=draft.url,
        host=host_port(draft.url),
        kind=kind,
        selectors=selectors,
        page_pattern=draft.page_pattern,
        encoding=draft.encoding,
    )
    session.add(probe)
    session.flush()
    return probe


def latest_article(session: Session, source: Source) -> str:
    """Return the address of the page that the source gave last, "" when it gave none."""
    query = select(Candidate.url).where(Candidate.source_id == source.id)
    return session.exec(query.order_by(col(Candidate.id).desc()).limit(1)).first() or ""


def probe_of_source(
    session: Session, publication: Publication, source: Source, *, now: datetime
) -> SourceProbe:
    """Queue a look at a source as it is set; raises Invalid for one that nobody fetches."""
    if source.kind is SourceKind.manual:
        raise Invalid(
            "手工来源没有可以试读的网址",
            "A manual source has no address that could be tried",
        )
    draft = ProbeDraft(
        url=source.url,
        kind=source.kind,
        selectors={key: str(value) for key, value in source.selectors.items()},
        page_pattern=source.page_pattern,
        encoding=source.encoding,
    )
    return start_probe(session, publication, draft, source=source, now=now)


def get_probe(session: Session, publication: Publication, probe_id: int) -> SourceProbe:
    """Return a look of this publication; raises NotFound."""
    probe = session.get(SourceProbe, probe_id)
    if probe is None or probe.publication_id != publication.id:
        raise NotFound(
            "找不到这次试读，可能已经过期，请重新开始",
            "There is no such look at an address; it may have expired. Start again",
        )
    return probe


def probe_due() -> Any:
    """Return the condition for looks that somebody waits for.

    One that is being read counts too: who holds its host finds it only after a dead worker.
    """
    return col(SourceProbe.state).in_(UNFINISHED)


def silent_seconds(probe: SourceProbe) -> float:
    """Return how long ago the look was asked for."""
    return (clock.real() - probe.created_at).total_seconds()
