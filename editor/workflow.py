"""States, roles, and who may do what; pure."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """What a person is in one publication; a person may be several."""

    reader = "reader"
    contributor = "contributor"
    editor = "editor"
    deputy = "deputy"
    chief = "chief"
    admin = "admin"


class IssueState(StrEnum):
    """An issue collects candidates, is edited, is locked and published."""

    collecting = "collecting"
    editing = "editing"
    locked = "locked"
    published = "published"


class CandidateState(StrEnum):
    """What a person decided about a candidate; out of window and undated are derived."""

    new = "new"
    shortlisted = "shortlisted"
    taken = "taken"
    spiked = "spiked"


class ItemKind(StrEnum):
    """What an item is, which decides its page rules."""

    news = "news"
    essay = "essay"
    ranking = "ranking"
    books = "books"


class ItemState(StrEnum):
    """How far an item is."""

    draft = "draft"
    editing = "editing"
    ready = "ready"


class ExportState(StrEnum):
    """Where an export stands."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"


class SourceKind(StrEnum):
    """How a source is read."""

    feed = "feed"
    list = "list"
    sitemap = "sitemap"
    json = "json"
    manual = "manual"


class Outcome(StrEnum):
    """How a fetch ended."""

    ok = "ok"
    not_modified = "not_modified"
    empty = "empty"
    refused = "refused"
    failed = "failed"


class EntryState(StrEnum):
    """Where something a source listed stands on its way to a candidate.

    queued: waits for its page; captured: bytes are here, waits for extraction; done: it is a
    candidate; failed: it could not be had, `reason` says why.
    """

    queued = "queued"
    captured = "captured"
    done = "done"
    failed = "failed"


class PictureState(StrEnum):
    """Where a picture of a candidate stands."""

    queued = "queued"
    done = "done"
    failed = "failed"


class ProbeState(StrEnum):
    """How far a look at an address is; queued: it waits for its host."""

    queued = "queued"
    fetching = "fetching"
    parsing = "parsing"
    done = "done"
    failed = "failed"


class HoleCause(StrEnum):
    """Why a stretch of a source's listing was not seen.

    rolled_over: its feed dropped entries between two readings; unread: a list was not followed
    down to the window's start; failing: every reading failed in that time.
    """

    rolled_over = "rolled_over"
    unread = "unread"
    failing = "failing"


class HoleState(StrEnum):
    """What becomes of a gap.

    open: nobody has filled it; queued: it is being filled from the list page; filled: the list
    was read down to its start; failed: it could not be, `reason` says why; dismissed: a person
    has looked and says that nothing is missing.
    """

    open = "open"
    queued = "queued"
    filled = "filled"
    failed = "failed"
    dismissed = "dismissed"


class UploadState(StrEnum):
    """Where a handed-in file stands."""

    queued = "queued"
    done = "done"
    failed = "failed"


class PrintedHow(StrEnum):
    """How it shows that a candidate was printed before."""

    address = "address"
    reprint = "reprint"
    document = "document"


class Action(StrEnum):
    """What a person may want to do; `ALLOWED` says which roles may.

    Everybody reads what is published; `see_work` is seeing what is still being made.
    """

    read = "read"
    see_work = "see_work"
    triage = "triage"
    draft = "draft"
    edit_any = "edit_any"
    order = "order"
    lock = "lock"
    reopen = "reopen"
    open_issue = "open_issue"
    export = "export"
    waive = "waive"
    view_sources = "view_sources"
    change_sources = "change_sources"
    manage_people = "manage_people"
    change_publication = "change_publication"


R = Role
ALLOWED: dict[Action, frozenset[Role]] = {
    Action.read: frozenset(Role),
    Action.see_work: frozenset(Role) - {R.reader},
    Action.triage: frozenset({R.contributor, R.editor, R.deputy, R.chief}),
    Action.draft: frozenset({R.contributor, R.editor, R.deputy, R.chief}),
    Action.edit_any: frozenset({R.editor, R.deputy, R.chief}),
    Action.order: frozenset({R.editor, R.deputy, R.chief}),
    Action.lock: frozenset({R.deputy, R.chief}),
    Action.reopen: frozenset({R.chief}),
    Action.open_issue: frozenset({R.deputy, R.chief}),
    Action.export: frozenset({R.contributor, R.editor, R.deputy, R.chief}),
    Action.waive: frozenset({R.chief}),
    Action.view_sources: frozenset({R.contributor, R.editor, R.deputy, R.chief, R.admin}),
    Action.change_sources: frozenset({R.editor, R.deputy, R.chief, R.admin}),
    Action.manage_people: frozenset({R.admin}),
    Action.change_publication: frozenset({R.chief, R.admin}),
}

MOVES: dict[CandidateState, frozenset[CandidateState]] = {
    CandidateState.new: frozenset(
        {CandidateState.shortlisted, CandidateState.taken, CandidateState.spiked}
    ),
    CandidateState.shortlisted: frozenset(
        {CandidateState.new, CandidateState.taken, CandidateState.spiked}
    ),
    CandidateState.taken: frozenset(),
    CandidateState.spiked: frozenset({CandidateState.new}),
}


def may(roles: Collection[Role], action: Action) -> bool:
    """Whether somebody with these roles may do it."""
    return not ALLOWED[action].isdisjoint(roles)


def may_move(before: CandidateState, after: CandidateState) -> bool:
    """Whether a decision may take a candidate from one state to the other (undo aside)."""
    return after in MOVES[before]
