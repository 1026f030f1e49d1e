"""What the triage screens show around a candidate: the filter, the counts, its relations."""

from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode

from flask import request
from pydantic import Field

from editor import clock
from editor.desk import audit, candidates, clusters, issues, source_health, updates
from editor.desk.candidates import QueueFilter
from editor.errors import EditorError
from editor.store.models import Candidate
from editor.web import access
from editor.web.forms import Form, OptionalNumber
from editor.workflow import CandidateState


class QueueQuery(Form):
    """The filter as the address shows it."""

    state: CandidateState | Literal["all"] = CandidateState.new
    tray: candidates.Tray = "window"
    section: str = ""
    source_id: OptionalNumber = None
    text: Annotated[str, Field(max_length=200)] = ""
    starred: bool = False
    date_doubtful: bool = False

    def filter(self) -> QueueFilter:
        """Return what the desk is asked for."""
        return QueueFilter(
            state=self.state,
            tray=self.tray,
            section=self.section,
            source_id=self.source_id,
            text=self.text,
            starred_by=access.person().id if self.starred else None,
            date_doubtful=self.date_doubtful,
        )

    def query(self, **changes: object) -> str:
        """Return the address's query with some of it changed; defaults are left out."""
        values = self.model_dump(mode="json") | changes
        plain = QueueQuery().model_dump(mode="json")
        kept = {key: value for key, value in values.items() if value != plain.get(key)}
        return urlencode({key: int(v) if v is True else v for key, v in kept.items()})

    @property
    def narrowed(self) -> bool:
        """Whether something besides state and tray narrows the list."""
        marks = self.starred or self.date_doubtful
        return bool(self.section or self.source_id or self.text or marks)


def query_behind() -> QueueQuery:
    """Return the filter of the list that a decision was made on: the form's field `back`."""
    pairs = parse_qs(request.form.get("back", ""))
    return QueueQuery.lenient({key: values[-1] for key, values in pairs.items()})


def surroundings(query: QueueQuery) -> dict[str, Any]:
    """Return what every part of the triage page needs."""
    session, home, issue = access.current_session(), access.publication(), access.find_issue()
    return {
        "query": query,
        "counts": candidates.counts(session, home, issue),
        "failed_count": source_health.count_failed(session, home, issue),
        "sections": issues.sections_of(session, issue) if issue else [],
        "states": list(CandidateState),
    }


def about(candidate: Candidate, error: EditorError | None = None) -> dict[str, Any]:
    """Return what a page about one candidate needs."""
    session, issue = access.current_session(), access.find_issue()
    cluster = clusters.find_cluster(session, candidate)
    return {
        "candidate": candidate,
        "row": candidates.queue_row(session, candidate, issue, access.person()),
        "sections": issues.sections_of(session, issue) if issue else [],
        "alike": candidates.alike(session, candidate, issue),
        "lead_id": cluster.lead_id if cluster else None,
        "decided_by": audit.person_name(session, candidate.decided_by),
        "look": updates.last_look(session, candidate),
        "looking": updates.waits_for_look(session, candidate, clock.now()),
        "error": error,
        "back": request.values.get("back", ""),
    }
