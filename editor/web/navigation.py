"""The navigation on every page: where this person can go from here."""

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _

from editor.store.models import Issue
from editor.web import access
from editor.workflow import Action

# screens that belong to a place with another name
PART_OF = {
    "probes": "sources",
    "site_rules": "sources",
    "packs": "sources",
    "decisions": "triage",
    "clusters": "triage",
    "completing": "triage",
    "uploads": "triage",
    "updates": "triage",
    "evidence": "triage",
    "ledger": "issues",
    "issue_progress": "issues",
    "archive": "issues",
    "publication": "issues",
    "editions": "exports",
    "pages": "board",
    "preflight": "exports",
}


@dataclass(frozen=True)
class Entry:
    """One place in the navigation."""

    label: str
    url: str
    current: bool


def entries() -> list[Entry]:
    """Return the places this person may go to, in order."""
    if access.find_publication() is None:
        return []
    listed = ("issues", _("期次"), url_for("issues.index"))
    if not access.allowed(Action.see_work):
        return _entries([("archive", _("往期"), url_for("archive.index")), listed])
    places = [("desk", _("工作台"), url_for("desk.home"))]
    if access.allowed(Action.view_sources):
        places.append(("sources", _("来源"), url_for("sources.index")))
    if access.allowed(Action.triage):
        places.append(("triage", _("候选"), url_for("triage.queue")))
    issue = access.find_issue()
    if issue is not None:
        total = issue.total_number
        places.append(("board", _("版面"), url_for("board.show", total=total)))
        places.append(("exports", _("导出"), url_for("exports.index", total=total)))
    return _entries([*places, listed])


def _entries(places: list[tuple[str, str, str]]) -> list[Entry]:
    here = request.blueprint or ""
    if here not in {key for key, _, _ in places}:
        here = PART_OF.get(here, here)
    return [Entry(label, url, key == here) for key, label, url in places]


def issue_name(issue: Issue) -> str:
    """Return what an issue is called on screen."""
    return _(
        "%(year)s 年第 %(number)s 期（总第 %(total)s 期）",
        year=issue.year,
        number=issue.number,
        total=issue.total_number,
    )
