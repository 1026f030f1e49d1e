"""Trying a source's site rule on one of its article pages, and saving it."""

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from pydantic import Field

from editor import clock
from editor.desk import probes, source_extras
from editor.errors import Invalid, NotFound
from editor.store.models import Source, SourceProbe
from editor.store.queue import Task, enqueue
from editor.text.document import load_blocks
from editor.web import access, answers, date_words, words
from editor.web.forms import Form
from editor.web.limits import limiter
from editor.web.probe_words import hint, step
from editor.workflow import Action, ProbeState

bp = Blueprint("site_rules", __name__, url_prefix="/sources/<int:id>/rule")


class RuleForm(Form):
    """The rule and the page it is tried on."""

    site_rule: Annotated[str, Field(max_length=500)] = ""
    article_url: Annotated[str, Field(max_length=2000)] = ""
    encoding: Annotated[str, Field(max_length=40)] = ""


@bp.get("")
def form(id: int) -> ResponseReturnValue:
    """Show the rule's form, filled with the source's latest page."""
    source = access.source_for(Action.change_sources, id)
    url = probes.latest_article(access.current_session(), source)
    values = {"site_rule": source.site_rule, "article_url": url, "encoding": source.encoding}
    return _page(source, None, values)


@bp.post("/try")
@limiter.limit("60 per minute", key_func=lambda: str(current_user.get_id()))
def start(id: int) -> ResponseReturnValue:
    """Look at an article page with the rule that was typed; nothing is saved."""
    source = access.source_for(Action.change_sources, id)
    form, session = RuleForm.from_request(), access.current_session()
    try:
        draft = probes.draft_from({"url": form.article_url, "encoding": form.encoding})
        home = access.publication()
        probe = probes.start_article_probe(
            session, home, source, draft, form.site_rule, now=clock.real()
        )
    except Invalid as error:
        return _refused(id, error)
    access.commit()
    enqueue(current_app.extensions["celery"], Task.crawl_host, probe.host)
    return answers.go(url_for("site_rules.show", id=id, number=probe.id))


@bp.get("/<int:number>")
def show(id: int, number: int) -> ResponseReturnValue:
    """Show how far a look is and what it takes from the page; htmx gets the part that changes."""
    source = access.source_for(Action.change_sources, id)
    probe = access.probe_for(Action.change_sources, number)
    if probe.source_id != source.id or probe.kind != probes.ARTICLE:
        raise NotFound("找不到这次试读", "There is no such look")
    values = {
        "site_rule": probe.selectors.get("site_rule", ""),
        "article_url": probe.url,
        "encoding": probe.encoding,
    }
    return _page(source, probe, values)


@bp.post("")
def save(id: int) -> ResponseReturnValue:
    """Save the rule; what comes from now on is read with it."""
    source = access.source_for(Action.change_sources, id)
    try:
        source_extras.set_site_rule(
            access.current_session(),
            source,
            RuleForm.from_request().site_rule,
            by=access.person(),
            now=clock.now(),
        )
    except Invalid as error:
        return _refused(id, error)
    access.commit()
    answers.say(_("已保存正文规则，之后采集的文章都按它提取"))
    return answers.go(url_for("sources.show", id=id))


def _refused(id: int, error: Invalid) -> ResponseReturnValue:
    access.close_session()
    source = access.source_for(Action.change_sources, id)
    return _page(source, None, request.form.to_dict(), error)


def _page(
    source: Source,
    probe: SourceProbe | None,
    values: dict[str, Any],
    error: Invalid | None = None,
) -> ResponseReturnValue:
    done = probe is not None and probe.state is ProbeState.done
    fragment = probe is not None and answers.wants_fragment()
    errors = words.field_errors(error)
    return answers.page(
        "sources/_rule.html" if fragment else "sources/rule.html",
        422 if error else 200,
        source=source,
        probe=probe,
        values=values,
        error=error,
        errors=errors | ({"article_url": errors["url"]} if "url" in errors else {}),
        finished=probe is None or probe.state not in probes.UNFINISHED,
        sentence=_sentence(probe) if probe else "",
        hint=hint(probe) if probe else "",
        found=_found(probe) if probe and done else None,
    )


def _sentence(probe: SourceProbe) -> str:
    if probe.state is not ProbeState.done:
        return step(probe)
    count, rule = probe.result["characters"], probe.selectors.get("site_rule", "")
    got = ngettext("提取到 %(num)s 字", "提取到 %(num)s 字", count)
    if not rule:
        return _("没有规则，自动%(got)s", got=got)
    if not probe.result["ruled"]:
        return _("规则在这一页上没有找到正文；下面是自动提取的结果，%(got)s", got=got)
    without = ngettext("%(num)s 字", "%(num)s 字", probe.result["without"])
    return _("按规则%(got)s；不用规则时 %(without)s", got=got, without=without)


def _found(probe: SourceProbe) -> dict[str, Any]:
    result = probe.result
    moment = datetime.fromisoformat(result["published_at"]) if result["published_at"] else None
    day = words.day(moment) if result["precision"] == "day" else words.moment(moment)
    return result | {
        "blocks": load_blocks(result["blocks"]),
        "date": day,
        "date_source": date_words.date_source(result["date_how"]),
    }
