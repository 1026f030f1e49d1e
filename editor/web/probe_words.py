"""How far a look at an address is, in words."""

from flask_babel import gettext as _

from editor.desk import probes
from editor.store.models import SourceProbe
from editor.web import words
from editor.workflow import ProbeState

SILENT_SECONDS = 60


def step(probe: SourceProbe) -> str:
    """Return which step an unfinished look is at, or why it failed; "" when it is done."""
    match probe.state:
        case ProbeState.queued:
            return _("第 1 步：排队，等 %(host)s 空出来", host=probe.host)
        case ProbeState.fetching:
            return _("第 2 步：正在取 %(url)s", url=probe.fetch_url)
        case ProbeState.parsing:
            return _("第 3 步：正在解析")
        case ProbeState.failed:
            return words.reason_sentence(probe.reason)
        case _:
            return ""


def hint(probe: SourceProbe) -> str:
    """Return what to do when a look has failed or is silent for long, "" otherwise."""
    if probe.state is ProbeState.failed:
        # the sentences of reasons are the crawl's, which tries again by itself
        return _("试读不会自动重来：改好后，或过一会儿，请按“再试一次”。")
    if probe.state is ProbeState.queued and probes.silent_seconds(probe) > SILENT_SECONDS:
        return _("等待工作进程：这个网站正在被采集，或者采集进程没有运行。")
    return ""
