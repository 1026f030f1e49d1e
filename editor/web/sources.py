"""Sources: how each one fares, adding and changing them, crawling now, pasting links."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext as _
from pydantic import Field, ValidationError

from editor import clock
from editor.desk import pasting, source_extras, source_health, source_rhythm, sources
from editor.desk import probes as desk_probes
from editor.desk.source_draft import SourceDraft, selector_problems
from editor.errors import EditorError, Invalid
from editor.store.models import CrawlRun, Source
from editor.store.queue import Task, enqueue
from editor.web import access, answers, health_words, probes
from editor.web.forms import Form, invalid, row_number
from editor.web.source_forms import (
    draft_from_form,
    form_values,
    refuse,
    section_names,
    selectors_of,
)
from editor.workflow import Action, SourceKind

bp = Blueprint("sources", __name__, url_prefix="/sources")


class PauseForm(Form):
    """Why a source is paused."""

    reason: Annotated[str, Field(max_length=200)] = ""


class PasteForm(Form):
    """Links, one a line."""

    urls: Annotated[str, Field(max_length=200_000)] = ""


class ImportForm(Form):
    """A list of sources as TOML, CSV or OPML text."""

    text: Annotated[str, Field(max_length=2_000_000)] = ""


class IndexQuery(Form):
    """Which sources the list shows."""

    text: Annotated[str, Field(max_length=200)] = ""
    state: health_words.State | Literal["", "trouble"] = ""
    kind: SourceKind | Literal[""] = ""

    def admits(self, each: health_words.Described) -> bool:
        """Whether the filter leaves the source."""
        source = each.health.source
        named = self.text.lower() in f"{source.name} {source.printed_name} {source.url}".lower()
        fits = each.trouble if self.state == "trouble" else self.state in ("", each.state)
        return named and fits and self.kind in ("", source.kind)


@bp.get("")
def index() -> ResponseReturnValue:
    """List every source with how it fares; those in trouble come first."""
    home = access.publication(Action.view_sources)
    session, query = access.current_session(), IndexQuery.from_query()
    known = health_words.described(source_health.health(session, home, clock.now()))
    order = list(health_words.STATES)
    return answers.page(
        "sources/index.html",
        total=len(known),
        troubled=sum(each.trouble for each in known),
        described=sorted(
            (each for each in known if query.admits(each)),
            key=lambda each: (not each.trouble, order.index(each.state), each.health.source.name),
        ),
        query=query,
        states=health_words.STATES,
        kinds=list(SourceKind),
        waiting=sources.waiting(session, home),
        run=_run_of(request.args.get("run", type=row_number)),
    )


def _run_of(run_id: int | None) -> dict[str, Any] | None:
    if run_id is None:
        return None
    session = access.current_session()
    run = sources.get_run(session, access.publication(), run_id)
    return {"run": run, "progress": source_health.run_progress(session, run)}


@bp.get("/runs/<int:id>")
def progress(id: int) -> ResponseReturnValue:
    """Tell how far a crawl is: a fragment that polls until it has finished."""
    access.publication(Action.view_sources)
    return answers.page("sources/_progress.html", **(_run_of(id) or {}))


@bp.get("/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """Show one source: its facts, its last visits, and how to change it."""
    source = access.source_for(Action.view_sources, id)
    session = access.current_session()
    home, now = access.publication(), clock.now()
    (mine,) = source_health.health(session, home, now, only=source)
    return answers.page(
        "sources/show.html",
        source=source,
        described=health_words.described([mine])[0],
        bars=health_words.day_bars(source_rhythm.month(session, home, source, now)),
        quiet=health_words.quiet_words(mine),
        log=source_health.fetch_log(session, source, limit=50),
        run=_run_of(request.args.get("run", type=row_number)),
    )


# --- adding and changing -------------------------------------------------------------------------


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Ask for the address of a new source; `by=hand` shows the whole form."""
    access.publication(Action.change_sources)
    url = request.args.get("url", "")
    if request.args.get("by") == "hand":
        return _form_page(None, SourceDraft.model_construct(name="", url=url))
    return answers.page("sources/new.html", url=url, error=None)


@bp.post("/new")
def add() -> ResponseReturnValue:
    """Add a source; it is crawled at once."""
    home = access.publication(Action.change_sources)
    try:
        draft = draft_from_form()
        source = sources.add_source(
            access.current_session(), home, draft, by=access.person(), now=clock.now()
        )
    except EditorError as error:
        access.close_session()
        return _form_page(None, None, error)
    access.commit()
    _ring([source])
    answers.say(_("已添加来源“%(name)s”，马上开始采集", name=source.name))
    return answers.go(url_for("sources.show", id=source.id))


@bp.get("/<int:id>/edit")
def edit(id: int) -> ResponseReturnValue:
    """Show the form of a source."""
    source = access.source_for(Action.change_sources, id)
    return _form_page(source, sources.draft_of(source))


@bp.post("/<int:id>/edit")
def save(id: int) -> ResponseReturnValue:
    """Save a source; it is crawled anew with what changed."""
    source = access.source_for(Action.change_sources, id)
    try:
        sources.update_source(
            access.current_session(), source, draft_from_form(), by=access.person(), now=clock.now()
        )
    except EditorError as error:
        access.close_session()
        return _form_page(access.source_for(Action.change_sources, id), None, error)
    access.commit()
    _ring([source])
    answers.say(_("已保存"))
    return answers.go(url_for("sources.show", id=id))


def _form_page(
    source: Source | None, draft: SourceDraft | None, error: EditorError | None = None
) -> Response:
    return answers.page(
        "sources/edit.html",
        error.status if error else 200,
        source=source,
        values=form_values(draft) if draft else request.form.to_dict(),
        error=error,
        kinds=list(SourceKind),
        sections=section_names(),
    )


class ListForm(Form):
    """The list page beside a feed."""

    url: Annotated[str, Field(max_length=2000)] = ""
    page_pattern: Annotated[str, Field(max_length=2000)] = ""


@bp.post("/<int:id>/list")
def save_list(id: int) -> ResponseReturnValue:
    """Save the list page from which a feed's gaps are filled."""
    source = access.source_for(Action.change_sources, id)
    form, selectors = ListForm.from_request(), selectors_of(request.form)
    refuse(selector_problems(selectors, ""))
    try:
        source_extras.set_list(
            access.current_session(),
            source,
            list_url=form.url,
            selectors=selectors,
            page_pattern=form.page_pattern,
            by=access.person(),
            now=clock.now(),
        )
    except ValidationError as error:
        raise invalid(error) from error
    access.commit()
    _ring([source])
    answers.say(_("已保存补漏列表页"))
    return answers.go(url_for("sources.show", id=id))


# --- pausing and crawling ------------------------------------------------------------------------


@bp.post("/<int:id>/pause")
def pause(id: int) -> ResponseReturnValue:
    """Stop reading a source, with a reason."""
    source = access.source_for(Action.change_sources, id)
    form = PauseForm.from_request()
    sources.pause(
        access.current_session(), source, form.reason, by=access.person(), now=clock.now()
    )
    access.commit()
    answers.say(_("已暂停“%(name)s”", name=source.name))
    return answers.go(url_for("sources.show", id=id))


@bp.post("/<int:id>/resume")
def resume(id: int) -> ResponseReturnValue:
    """Read a paused source again."""
    source = access.source_for(Action.change_sources, id)
    sources.resume(access.current_session(), source, by=access.person(), now=clock.now())
    access.commit()
    _ring([source])
    answers.say(_("已恢复“%(name)s”", name=source.name))
    return answers.go(url_for("sources.show", id=id))


@bp.post("/<int:id>/crawl")
def crawl(id: int) -> ResponseReturnValue:
    """Crawl one source now."""
    source = access.source_for(Action.change_sources, id)
    run = _start([source])
    return answers.go(url_for("sources.show", id=id, run=run.id))


@bp.post("/<int:id>/test")
def test(id: int) -> ResponseReturnValue:
    """Look at a source as it is set, without storing anything."""
    source = access.source_for(Action.change_sources, id)
    return probes.watch(
        desk_probes.probe_of_source(
            access.current_session(), access.publication(), source, now=clock.real()
        )
    )


@bp.post("/crawl")
def crawl_all() -> ResponseReturnValue:
    """Crawl every source now."""
    home = access.publication(Action.change_sources)
    run = _start(sources.list_sources(access.current_session(), home))
    return answers.go(url_for("sources.index", run=run.id))


def _start(chosen: list[Source]) -> CrawlRun:
    run = sources.crawl_now(
        access.current_session(),
        chosen,
        trigger="button",
        issue=access.find_issue(),
        by=access.person(),
        now=clock.now(),
    )
    access.commit()
    _ring(chosen)
    return run


def _ring(chosen: list[Source]) -> None:
    """Ring once for each host; when the broker is away the timetable rings later."""
    for host in sorted({source.host for source in chosen if source.host}):
        enqueue(current_app.extensions["celery"], Task.crawl_host, host)


# --- pasted links, lists of sources --------------------------------------------------------------


@bp.get("/paste")
def paste() -> ResponseReturnValue:
    """Show the form for pasted links; the bookmarklet fills in the page it was pressed on."""
    access.publication(Action.triage)
    return _paste_page(request.args.get("url", "")[:2000])


def _paste_page(
    urls: str, lines: Sequence[pasting.Line] = (), error: EditorError | None = None
) -> Response:
    return answers.page(
        "sources/paste.html",
        error.status if error else 200,
        urls=urls,
        lines=lines,
        error=error,
        bookmarklet=_bookmarklet(),
    )


def _bookmarklet() -> str:
    """Return the address that opens this page with the page it is pressed on filled in."""
    here = url_for("sources.paste", _external=True).replace("'", "%27")
    return f"javascript:void(window.open('{here}?url='+encodeURIComponent(location.href)))"


@bp.post("/paste")
def paste_links() -> ResponseReturnValue:
    """Queue the pasted lines that are links, and say what becomes of every one.

    Lines that are no link stay in the form; only when none is a link the paste is refused.
    """
    home, session = access.publication(Action.triage), access.current_session()
    form = PasteForm.from_request()
    lines = pasting.read_lines(session, home, form.urls)
    wrong = "\n".join(line.text for line in lines if line.fate is pasting.Fate.wrong)
    links = pasting.links(lines)
    try:
        entries = sources.paste_links(
            session,
            home,
            links or form.urls.splitlines(),
            issue=access.find_issue(),
            by=access.person(),
            now=clock.now(),
        )
    except Invalid as error:
        access.close_session()
        return _paste_page(request.form.get("urls", ""), error=error)
    access.commit()
    for host in sorted({entry.host for entry in entries}):
        enqueue(current_app.extensions["celery"], Task.crawl_host, host)
    return _paste_page(wrong, lines)


@bp.get("/import")
def import_form() -> ResponseReturnValue:
    """Show the form for a list of sources."""
    access.publication(Action.change_sources)
    return answers.page("sources/import.html", text="", error=None)


@bp.post("/import")
def import_list() -> ResponseReturnValue:
    """Add or change sources from a list: all of them or none."""
    home = access.publication(Action.change_sources)
    try:
        text = _uploaded() or ImportForm.from_request().text
        done = sources.import_sources(
            access.current_session(), home, text, by=access.person(), now=clock.now()
        )
    except EditorError as error:
        access.close_session()
        return answers.page(
            "sources/import.html", error.status, text=request.form.get("text", ""), error=error
        )
    access.commit()
    _ring(sources.list_sources(access.current_session(), home))
    answers.say(
        _(
            "新增 %(added)s 个，修改 %(changed)s 个，%(same)s 个没有变化",
            added=len(done.added),
            changed=len(done.changed),
            same=len(done.same),
        )
    )
    return answers.go(url_for("sources.index"))


def _uploaded() -> str:
    file = request.files.get("file")
    if file is None or not file.filename:
        return ""
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            "文件不是 UTF-8 编码，请另存为 UTF-8 后再导入",
            "The file is not UTF-8; save it as UTF-8 and import it again",
        ) from error


@bp.get("/export.<any(toml,csv,opml):form>")
def export(form: str) -> ResponseReturnValue:
    """Send the list of sources as a file."""
    home = access.publication(Action.view_sources)
    text = sources.export_sources(access.current_session(), home, form)
    response = current_app.response_class(text, mimetype="text/plain")
    response.headers["Content-Disposition"] = f"attachment; filename={home.slug}-sources.{form}"
    return response
