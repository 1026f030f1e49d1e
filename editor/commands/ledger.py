"""ledger: what each source gave in a window, what was not seen, and filling the gaps."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from editor import clock
from editor.commands.collecting import both_sentences, follow_fills, opened
from editor.commands.crew import crew
from editor.commands.office import Office, chosen_issue, publication_option, spoken
from editor.desk import ledger as ledgers
from editor.desk.ledger import LedgerLine, WindowLedger
from editor.store.models import Hole, Issue, Publication, Source, id_of
from editor.workflow import HoleCause, HoleState

STATES = {
    "complete": "齐全",
    "gaps": "有空档",
    "failing": "读取失败",
    "unread": "未读完",
    "behind": "没有读到最近",
    "paused": "已暂停",
    "manual": "手工",
}
CAUSES = {
    HoleCause.rolled_over: "订阅源滚动",
    HoleCause.unread: "未读到窗口开始",
    HoleCause.failing: "读取失败",
}
HOLES = {
    HoleState.open: "待处理",
    HoleState.queued: "补取中",
    HoleState.filled: "已补",
    HoleState.failed: "补取失败",
    HoleState.dismissed: "已核对",
}


@click.group("ledger", invoke_without_command=True)
@click.option("--issue", "number", type=int, help="总期号 / total number")
@click.option("--jsonl", "out", type=click.Path(dir_okay=False, allow_dash=True), is_flag=False,
              flag_value="-", help="逐行 JSON，可写入文件 / one JSON object a source")  # fmt: skip
@publication_option
@click.pass_context
@spoken
def ledger_group(
    context: click.Context, number: int | None, out: str | None, slug: str | None
) -> None:
    """窗口台账：每个来源读到了什么，缺了什么 / what each source gave, and what is missing."""
    if context.invoked_subcommand:
        return
    with Office().database.reading() as session:
        issue = chosen_issue(session, slug, number)
        publication = session.get_one(Publication, issue.publication_id)
        found = ledgers.window_ledger(session, publication, issue, clock.now())
        zone = ZoneInfo(publication.timezone)
        if out is None:
            for text in table(found, issue, zone):
                click.echo(text)
            return
        with opened(out) as file:
            for line in found.lines:
                file.write(json.dumps(told(line, issue, zone), ensure_ascii=False) + "\n")


@ledger_group.command("fill")
@click.option("--issue", "number", type=int, help="总期号 / total number")
@publication_option
@spoken
def fill(number: int | None, slug: str | None) -> None:
    """从列表页补齐空档，直到完成 / fill the gaps from the list pages and wait."""
    office = Office()
    with crew(office, "crawl", "extract", "beat"):
        with office.database.writing() as session:
            issue = chosen_issue(session, slug, number)
            publication = session.get_one(Publication, issue.publication_id)
            queued = ledgers.fill_all(session, publication, issue, by=None, now=clock.now())
            ids = [id_of(hole) for hole in queued]
            session.commit()
        follow_fills(office, publication)
    with office.database.reading() as session:
        for hole_id in ids:
            hole = session.get_one(Hole, hole_id)
            name = session.get_one(Source, hole.source_id).name
            click.echo(f"{name}\t{HOLES[hole.state]}\t{hole.recovered}\t{said(hole)}".rstrip())
    click.echo(f"已处理 {len(ids)} 个空档 / gaps tried")


# --- how it is told --------------------------------------------------------------------------


def told(line: LedgerLine, issue: Issue, zone: ZoneInfo) -> dict[str, Any]:
    """Return a line as JSON data: moments in the publication's zone, gaps cut to the window."""

    def at(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat() if moment else None

    return {
        "name": line.source.name,
        "url": line.source.url,
        "kind": line.source.kind.value,
        "list_url": line.source.list_url,
        "state": line.state,
        "failing_since": at(line.failing_since),
        "reason": line.source.last_reason if line.failing_since else "",
        "tried": line.tried,
        "ok": line.ok,
        "unchanged": line.unchanged,
        "failed": line.failed,
        "first_at": at(line.first_at),
        "last_at": at(line.last_at),
        "oldest_seen": at(line.oldest_seen),
        "newest_seen": at(line.newest_seen),
        "entries": line.entries,
        "in_window": line.in_window,
        "undated": line.undated,
        "late": line.late,
        "lost": line.lost,
        "behind": line.behind,
        "holes": [
            {
                "after": at(max(hole.after_at, issue.opens_at)),
                "before": at(min(hole.before_at, issue.closes_at)),
                "cause": hole.cause.value,
                "state": hole.state.value,
                "recovered": hole.recovered,
                "reason": hole.reason,
                "detail": hole.detail,
            }
            for hole in line.holes
        ],
    }


def table(ledger: WindowLedger, issue: Issue, zone: ZoneInfo) -> list[str]:
    """Return the ledger as lines for a terminal: a sentence, then the sources with their gaps."""
    early = clock.now() < issue.opens_at
    lines = ["采集窗口还没有打开 / the window has not opened yet" if early else sentence(ledger)]
    for line in ledger.lines:
        read = f"读取 {line.ok + line.unchanged}/{line.tried}"
        lines.append(
            f"{STATES[line.state]}\t{line.source.name}\t{read}"
            f"\t窗口内 {line.in_window}\t无日期 {line.undated}\t定稿后 {line.late}"
            f"\t未取到 {line.lost}"
        )
        if line.failing_since:
            since = _minute(line.failing_since, zone)
            lines.append(f"\t自 {since} 起读取失败：{both_sentences(line.source.last_reason)}")
        for hole in line.holes:
            after = _minute(max(hole.after_at, issue.opens_at), zone)
            before = _minute(min(hole.before_at, issue.closes_at), zone)
            lines.append(
                f"\t{after} — {before}\t{CAUSES[hole.cause]}\t{HOLES[hole.state]}"
                f"\t补回 {hole.recovered}\t{said(hole)}".rstrip()
            )
    return lines


def sentence(ledger: WindowLedger) -> str:
    """Return in one sentence whether the window is complete, or what is missing."""
    if ledger.complete:
        text = "齐全：没有已知的缺漏 / complete"
    else:
        text = (
            f"有缺漏：空档 {ledger.open_holes} 个，读取失败的来源 {ledger.failing} 个，"
            f"未读完的来源 {ledger.unread} 个，没有读到最近的来源 {ledger.behind} 个"
            " / gaps, failing, unread, behind"
        )
    rest = f"无日期 {ledger.undated} 条，定稿后 {ledger.late} 条，未取到 {ledger.lost} 篇"
    return f"{text}；{rest} / undated, late, not had"


def said(hole: Hole) -> str:
    """Return why a gap could not be filled, or what to do about one without a list page."""
    if hole.reason:
        return both_sentences(hole.reason)
    if hole.state == HoleState.open and not hole.host:
        return "请为来源填写列表页，或到网站上查看 / add a list page, or look at the site"
    return ""


def _minute(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%m-%d %H:%M")


def register(group: click.Group) -> None:
    """Add this family's commands."""
    group.add_command(ledger_group)
