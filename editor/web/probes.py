"""Looking at an address before it becomes a source: start, watch, choose, try again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from editor import clock
from editor.desk import probes, sources
from editor.errors import Invalid
from editor.store.models import Source, SourceProbe
from editor.store.queue import Task, enqueue
from editor.web import access, answers, words
from editor.web.forms import row_number
from editor.web.limits import limiter
from editor.web.probe_words import hint, step
from editor.web.source_forms import form_values, section_names, selectors_of
from editor.workflow import Action, ProbeState, SourceKind

bp = Blueprint("probes", __name__, url_prefix="/sources/probes")
READABLE = tuple(kind for kind in SourceKind if kind is not SourceKind.manual)
# What a person may have typed beside the address; it survives another try.
# `beside` says that the address is to be the list page beside the source's feed.
CARRIED = ("name", "printed_name", "default_section", "beside")


@dataclass(frozen=True)
class PreviewRow:
    """One entry that the address lists."""

    title: str
    url: str
    date: str


@dataclass(frozen=True)
class Preview:
    """One way to read the address; `sentence` says how much it finds."""

    number: int
    kind: SourceKind
    label: str
    sentence: str
    rows: tuple[PreviewRow, ...]
    notes: tuple[str, ...]
    facts: dict[str, Any]


@bp.post("")
@limiter.limit("60 per minute", key_func=lambda: str(current_user.get_id()))
def start() -> ResponseReturnValue:
    """Look at an address; with a kind, its selectors are tried as they are."""
    home = access.publication(Action.change_sources)
    source_id = request.form.get("source_id", type=row_number)
    source = access.source_for(Action.change_sources, source_id) if source_id else None
    kind = request.form.get("kind", "")
    data = {
        "url": request.form.get("url", ""),
        "kind": kind if kind in READABLE else None,
        "selectors": selectors_of(request.form),
        "page_pattern": request.form.get("page_pattern", ""),
        "encoding": request.form.get("encoding", ""),
    }
    try:
        draft = probes.draft_from(data)
    except Invalid as error:
        return answers.page("sources/new.html", 422, url=data["url"], error=error)
    probe = probes.start_probe(
        access.current_session(), home, draft, source=source, now=clock.real()
    )
    return watch(probe)


def watch(probe: SourceProbe) -> ResponseReturnValue:
    """Commit, ring for the host and show how the look goes."""
    access.commit()
    enqueue(current_app.extensions["celery"], Task.crawl_host, probe.host)
    carried: dict[str, Any] = {
        name: request.form[name] for name in CARRIED if request.form.get(name)
    }
    return answers.go(url_for("probes.show", id=probe.id, **carried))


@bp.get("/<int:id>")
def show(id: int) -> ResponseReturnValue:
    """Show how far a look is and what it found; htmx gets the part that changes."""
    probe = access.probe_for(Action.change_sources, id)
    source = None
    if probe.source_id is not None:
        source = access.source_for(Action.change_sources, probe.source_id)
    previews = [_preview(n, each) for n, each in enumerate(probe.result.get("choices", ()))]
    wanted = request.args.get("choice", 0, type=int)
    chosen = previews[wanted] if 0 <= wanted < len(previews) else None
    # what a person has set and what failed stays in the form until a suggestion is chosen
    own = probe.state is ProbeState.failed and bool(probe.kind) and "choice" not in request.args
    return answers.page(
        "sources/_probe.html" if answers.wants_fragment() else "sources/probe.html",
        probe=probe,
        source=source,
        finished=probe.state not in probes.UNFINISHED,
        sentence=_sentence(probe, chosen),
        hint=hint(probe),
        previews=previews,
        chosen=None if own else chosen,
        feeds=probe.result.get("feeds", ()),
        values=_values(probe, source, None if own else chosen),
        beside=source is not None and bool(request.args.get("beside")),
        carried={name: request.args[name] for name in CARRIED if request.args.get(name)},
        kinds=READABLE,
        sections=section_names(),
    )


def _sentence(probe: SourceProbe, chosen: Preview | None) -> str:
    """Return in words which step the look is at, or how it ended."""
    if probe.state is not ProbeState.done:
        return step(probe)
    if chosen is None:
        return _("第 3 步：解析，没有找到列表，但页面提供订阅源")
    return _("第 3 步：解析，%(found)s", found=chosen.sentence)


def _preview(number: int, facts: dict[str, Any]) -> Preview:
    kind = SourceKind(facts["kind"])
    selectors = facts["selectors"]
    where = selectors.get("item") or selectors.get("items") or ""
    return Preview(
        number=number,
        kind=kind,
        label=" · ".join(part for part in (words.name(kind), _amount(facts), where) if part),
        sentence=_found(facts),
        rows=tuple(_row(each) for each in facts["rows"]),
        notes=tuple(facts["notes"]),
        facts=facts,
    )


def _found(facts: dict[str, Any]) -> str:
    count, undated = facts["entries"], facts["undated"]
    if not count and facts["children"]:
        return ngettext(
            "站点地图索引，含 %(num)s 个站点地图",
            "站点地图索引，含 %(num)s 个站点地图",
            facts["children"],
        )
    found = ngettext("已找到 %(num)s 条", "已找到 %(num)s 条", count)
    if not undated:
        return found
    return found + ngettext("，其中 %(num)s 条没有日期", "，其中 %(num)s 条没有日期", undated)


def _amount(facts: dict[str, Any]) -> str:
    return ngettext("%(num)s 条", "%(num)s 条", facts["entries"] or facts["children"])


def _row(facts: dict[str, str]) -> PreviewRow:
    moment = datetime.fromisoformat(facts["published_at"]) if facts["published_at"] else None
    date = words.day(moment) if facts["precision"] == "day" else words.moment(moment)
    return PreviewRow(facts["title"] or facts["url"], facts["url"], date)


def _values(probe: SourceProbe, source: Source | None, chosen: Preview | None) -> dict[str, Any]:
    """Return the form's values: the source's own, with what was chosen or tried over them."""
    values = form_values(sources.draft_of(source)) if source else {}
    facts: dict[str, Any] = chosen.facts if chosen else {
        "kind": probe.kind or "list",
        "selectors": probe.selectors,
        "page_pattern": probe.page_pattern,
    }  # fmt: skip
    selectors = {f"selector_{key}": text for key, text in facts["selectors"].items()}
    kept = {key: text for key, text in values.items() if not key.startswith("selector_")}
    final = probe.result.get("final_url", "")
    return {
        "name": probe.result.get("title", ""),
        **kept,
        **selectors,
        "kind": facts["kind"],
        "page_pattern": facts["page_pattern"],
        "encoding": probe.encoding,
        "url": probe.url if source or not final else final,
        **{name: request.args[name] for name in CARRIED if request.args.get(name)},
    }
