"""The item page: fields, text with autosave, revisions, states; and items typed by hand."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from editor import clock
from editor.desk import assets, audit, issues, items, places, updates
from editor.desk.publications import profile_of
from editor.errors import Conflict, Invalid, NotFound
from editor.store.models import Issue, IssueSection, Item, Revision
from editor.text.document import Blocks, BookEntry, paragraph
from editor.web import access, compare, words
from editor.web.answers import go, page, say, wants_fragment
from editor.web.editor_tree import tree_from_blocks
from editor.web.forms import Form, Number
from editor.web.item_forms import (
    Draft,
    NewItemForm,
    books_in,
    read_attachments,
    read_books,
    read_draft,
)
from editor.workflow import Action, ItemKind, ItemState

bp = Blueprint("items", __name__)
SPARE_ROWS = 1


@dataclass(frozen=True)
class Place:
    """An item with the section and issue it stands in."""

    item: Item
    section: IssueSection
    issue: Issue


def place_of(item: Item) -> Place:
    """Return where the item stands."""
    session = access.current_session()
    section = places.section_of(session, item)
    issue = session.get(Issue, section.issue_id)
    if issue is None:
        raise NotFound("稿件所在的期次已不存在", "The item's issue no longer exists")
    return Place(item, section, issue)


def may_edit(item: Item) -> bool:
    """Whether the person may change this item: their own, or any with the right to."""
    own = item.created_by in (None, access.person().id)
    return access.allowed(Action.edit_any) or (own and access.allowed(Action.draft))


# --- the page ------------------------------------------------------------------------------------


@bp.get("/items/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """Show an item with its text; those who may not edit it read it."""
    item = access.item_for(Action.see_work, id)
    return item_page(item, items.current(access.current_session(), item))


def item_page(item: Item, revision: Revision, error: Invalid | None = None) -> ResponseReturnValue:
    """Return the item's page; with an error what was typed stays in the fields (422)."""
    session = access.current_session()
    place = place_of(item)
    typed = request.form if error else None
    return page(
        "items/item.html",
        422 if error else 200,
        item=item,
        place=place,
        revision=revision,
        values=typed or items.fields_of(revision),
        error=error,
        attachments=_attachment_rows(revision, error),
        books=[*books_in(revision.blocks), BookEntry(title="")],
        tree=tree_from_blocks(revision.blocks),
        spells=spells(items.list_revisions(session, item)),
        news=updates.news_of(session, item),
        looks=updates.lost_origins(session, item),
        origin_ids=updates.origin_ids(session, item),
        section_options=section_options(place.issue),
        kind_options=kind_options(),
        profile=profile_of(access.publication()),
        closed=places.closed(place.issue),
        editable=may_edit(item) and item.removed_at is None and not places.closed(place.issue),
        states=list(ItemState),
    )


def section_options(issue: Issue) -> list[tuple[int | None, str]]:
    """Return the issue's sections as a list to choose from."""
    return [(row.id, row.name) for row in issues.sections_of(access.current_session(), issue)]


def kind_options() -> list[tuple[str, str]]:
    """Return the kinds of item as a list to choose from."""
    return [(each.value, words.name(each)) for each in ItemKind]


def _attachment_rows(revision: Revision, error: Invalid | None) -> list[tuple[str, str]]:
    if error:
        labels = request.form.getlist("attachment_label")
        return list(zip(labels, request.form.getlist("attachment_url"), strict=False))
    rows = [(attachment.label, attachment.url) for attachment in revision.attachments]
    return [*rows, *[("", "")] * SPARE_ROWS]


@dataclass(frozen=True)
class Spell:
    """Revisions that one person saved in a row: the last one, and how many more came before."""

    revision: Revision
    author: str
    earlier: tuple[Revision, ...]


def spells(revisions: list[Revision]) -> list[Spell]:
    """Return revisions (latest first) with each person's autosaves of one sitting together.

    A sitting ends after ten minutes without a save; a noted revision stands alone.
    """
    names = audit.person_names(access.current_session(), [row.author_id for row in revisions])
    found: list[Spell] = []
    for row in revisions:
        last = found[-1] if found else None
        if last is not None and _same_sitting([last.revision, *last.earlier][-1], row):
            found[-1] = Spell(last.revision, last.author, (*last.earlier, row))
        else:
            author = names.get(row.author_id or 0, _("系统"))
            found.append(Spell(row, author, ()))
    return found


def _same_sitting(later: Revision, row: Revision) -> bool:
    gap = (later.created_at - row.created_at).total_seconds()
    plain = not later.note and not row.note and row.number > 1
    return plain and later.author_id == row.author_id and gap < 600


# --- saving --------------------------------------------------------------------------------------


@bp.post("/items/<int:id>")
def save(id: int) -> ResponseReturnValue:
    """Save what was typed as a new revision; the same text again saves nothing.

    A stale base gives 409 with both texts; `choose` (mine or theirs) answers it.
    """
    item = access.item_for(Action.draft, id)
    session = access.current_session()
    latest = items.current(session, item)
    try:
        draft = read_draft(latest.blocks, item.kind)
    except Invalid as error:
        return _refused(item, latest, error)
    try:
        revision = _save(item, draft)
    except Conflict as conflict:
        if latest.number == draft.form.base:
            raise
        return _conflict(item, latest, draft, conflict)
    access.commit()
    return _saved(item, revision)


def _save(item: Item, draft: Draft) -> Revision:
    session, by, now = access.current_session(), access.person(), clock.now()
    form = draft.form
    theirs = items.fields_of(items.current(session, item))
    note = form.note or (_("冲突后保留的文字") if form.choose else "")
    revision = items.revise(session, item, draft.fields, base=form.base, by=by, now=now, note=note)
    if form.choose == "theirs":
        # my text is kept as a revision before theirs becomes the latest again
        revision = items.revise(
            session, item, theirs, base=revision.number, by=by, now=now, note=_("采用对方的版本")
        )
    # only what was chosen here: a page opened earlier must not move the item back
    if form.section and form.section != form.section_was:
        _change_section(item, form.section, now)
    if form.kind and form.kind != form.kind_was:
        items.set_kind(session, item, form.kind, by=by, now=now)
    return revision


def _change_section(item: Item, section_id: int, now: datetime) -> None:
    access.publication(Action.order)
    session, place = access.current_session(), place_of(item)
    issues.move_item(
        session,
        place.issue,
        item,
        section=issues.get_section(session, place.issue, section_id),
        position=10_000,
        version=place.issue.version,
        by=access.person(),
        now=now,
    )


def _saved(item: Item, revision: Revision) -> ResponseReturnValue:
    if wants_fragment():
        return jsonify(
            revision=revision.number,
            at=words.clocktime(clock.now()),
            characters=revision.characters,
            state=words.name(item.state),
            kind=item.kind.value,
        )
    say(_("已保存第 %(number)s 版", number=revision.number))
    return redirect(url_for("items.show", id=item.id), 303)


def _refused(item: Item, latest: Revision, error: Invalid) -> ResponseReturnValue:
    if wants_fragment():
        body = {"sentence": words.said(error), "fields": words.field_errors(error)}
        return jsonify(body), 422
    return item_page(item, latest, error)


def _conflict(
    item: Item, latest: Revision, draft: Draft, conflict: Conflict
) -> ResponseReturnValue:
    return page(
        "items/_conflict.html" if wants_fragment() else "items/conflict.html",
        409,
        item=item,
        latest=latest,
        differing=compare.differences(items.fields_of(latest), draft.fields),
        author=conflict.details.get("author", ""),
        sentence=words.said(conflict),
        typed=[(k, v) for k, values in request.form.lists() for v in values if k not in HELD],
    )


# what the answer to a conflict sends anew
HELD = ("csrf_token", "base", "choose")


@bp.post("/items/<int:id>/pictures")
def add_picture(id: int) -> ResponseReturnValue:
    """Store an uploaded picture; the text then refers to it by its hash."""
    access.item_for(Action.draft, id)
    file = request.files.get("file")
    if file is None:
        raise Invalid("请选择图片文件", "Choose a picture file")
    asset = assets.add_asset(access.current_session(), current_app.extensions["files"], file.read())
    body = {"sha256": asset.sha256, "width": asset.width, "height": asset.height}
    access.commit()
    return jsonify(body)


# --- states, revisions, removal ------------------------------------------------------------------


class StateForm(Form):
    """How far the item is."""

    state: ItemState


@bp.post("/items/<int:id>/state")
def set_state(id: int) -> ResponseReturnValue:
    """Say how far the item is."""
    item = access.item_for(Action.draft, id)
    form = StateForm.from_request()
    items.set_state(access.current_session(), item, form.state, by=access.person(), now=clock.now())
    access.commit()
    if wants_fragment():
        return page("items/_states.html", item=item, states=list(ItemState), editable=True)
    say(_("状态已改为：%(state)s", state=words.name(form.state)))
    return redirect(url_for("items.show", id=id), 303)


@bp.get("/items/<int:id>/revisions/<int:number>")
def revision(id: int, number: int) -> ResponseReturnValue:
    """Show one saved version for reading."""
    item = access.item_for(Action.see_work, id)
    session = access.current_session()
    found = items.get_revision(session, item, number)
    place = place_of(item)
    return page(
        "items/revision.html",
        item=item,
        place=place,
        revision=found,
        latest=items.current(session, item),
        author=audit.person_name(session, found.author_id),
        editable=may_edit(item) and item.removed_at is None and not places.closed(place.issue),
    )


class RestoreForm(Form):
    """Which version to take up again, and the latest one the person saw."""

    number: Number
    base: Number


@bp.post("/items/<int:id>/restore")
def restore(id: int) -> ResponseReturnValue:
    """Make an old version the latest again: as a new revision, nothing is overwritten."""
    item = access.item_for(Action.draft, id)
    session, form = access.current_session(), RestoreForm.from_request()
    fields = items.fields_of(items.get_revision(session, item, form.number))
    note = _("恢复第 %(number)s 版", number=form.number)
    items.revise(
        session, item, fields, base=form.base, by=access.person(), now=clock.now(), note=note
    )
    access.commit()
    say(_("已恢复第 %(number)s 版，存为新的一版", number=form.number))
    return go(url_for("items.show", id=id))


@bp.post("/items/<int:id>/remove")
def remove(id: int) -> ResponseReturnValue:
    """Take the item off the board; its text is kept and it can come back."""
    item = access.item_for(Action.draft, id)
    session = access.current_session()
    total = place_of(item).issue.total_number
    headline = items.current(session, item).headline
    items.remove_item(session, item, by=access.person(), now=clock.now())
    access.commit()
    say(_("已移出“%(headline)s”，可在版面底部的“已移出”中恢复", headline=headline))
    return go(url_for("board.show", total=total))


@bp.post("/items/<int:id>/bring-back")
def bring_back(id: int) -> ResponseReturnValue:
    """Put a removed item back on the board."""
    item = access.item_for(Action.draft, id)
    session = access.current_session()
    items.restore_item(session, item, by=access.person(), now=clock.now())
    headline = items.current(session, item).headline
    access.commit()
    say(_("“%(headline)s”已放回版面", headline=headline))
    return go((request.form.get("back_to_item") and url_for("items.show", id=id)) or _board(item))


def _board(item: Item) -> str:
    return url_for("board.show", total=place_of(item).issue.total_number)


# --- typed by hand -------------------------------------------------------------------------------


@bp.get("/issues/<int:total>/items/new")
def new(total: int) -> ResponseReturnValue:
    """Ask what kind of item is typed by hand, where it goes and how it is called."""
    issue = access.issue_for(Action.draft, total)
    places.refuse_closed(issue)
    return _new_page(issue, None)


def _new_page(issue: Issue, error: Invalid | None) -> ResponseReturnValue:
    sections = issues.sections_of(access.current_session(), issue)
    wanted = request.values.get("section", "")
    chosen = next((each for each in sections if str(each.id) == wanted), sections[0])
    kind = request.values.get("kind") or chosen.kind.value
    return page(
        "items/new.html",
        422 if error else 200,
        issue=issue,
        section_options=section_options(issue),
        section=chosen,
        kind=kind if kind in list(ItemKind) else ItemKind.news.value,
        kind_options=kind_options(),
        values=request.form,
        attachments=[("", "")] * SPARE_ROWS,
        books=[*read_books(), BookEntry(title="")],
        error=error,
    )


@bp.post("/issues/<int:total>/items/new")
def create(total: int) -> ResponseReturnValue:
    """Make the item and open it."""
    issue = access.issue_for(Action.draft, total)
    session = access.current_session()
    try:
        form = NewItemForm.from_request()
        attachments = read_attachments()
    except Invalid as error:
        return _new_page(issue, error)
    lines = [line.strip() for line in form.text.splitlines() if line.strip()]
    blocks: Blocks = (*(paragraph(line) for line in lines), *read_books())
    item = items.new_item(
        session,
        issues.get_section(session, issue, form.section),
        kind=form.kind,
        fields=form.fields(blocks, attachments),
        by=access.person(),
        now=clock.now(),
    )
    access.commit()
    say(_("已新建稿件，可以继续编辑正文"))
    return go(url_for("items.show", id=item.id))
