"""source, crawl, paste, candidates, fetches: what comes in."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, TextIO

import click
from pydantic import ValidationError
from sqlalchemy import func
from sqlmodel import Session, col, select

from editor import clock
from editor.commands.crew import crew
from editor.commands.office import (
    Office,
    chosen_issue,
    moment,
    publication_option,
    say,
    spoken,
)
from editor.desk import candidates, fetches, publications, sources
from editor.errors import SENTENCES, Invalid, NotFound, Reason, Unusable, two_sentences
from editor.profile import read_text
from editor.store.clock_offset import set_clock
from editor.store.files import unwritable
from editor.store.models import CrawlRun, Entry, Hole, Publication, Source
from editor.store.queue import Task, enqueue
from editor.workflow import EntryState, SourceKind

RING_SECONDS = 3.0
SOON = timedelta(seconds=60)
ON_THE_WAY = (EntryState.queued, EntryState.captured)
BROKER_PATIENCE = 60.0  # the supervisor restarts a broker within half a minute


@click.group()
def source() -> None:
    """来源 / sources."""


@source.command("add")
@click.argument("url")
@click.option("--name", required=True, help="名称 / name")
@click.option("--kind", type=click.Choice([kind.value for kind in SourceKind]), default="feed",
              show_default=True)  # fmt: skip
@click.option("--list", "list_url", default="",
              help="订阅源旁的补漏列表页 / list page beside a feed, for gaps")  # fmt: skip
@click.option("--item", default="", help="列表项选择器 / selector of a list's items")
@click.option("--items", default="", help="JSON 列表中条目的路径 / path to a JSON listing's items")
@click.option("--link", default="", help="链接选择器 / selector of the link in an item")
@click.option("--title", default="", help="标题选择器 / selector of the title in an item")
@click.option("--date", default="", help="日期选择器 / selector of the date in an item")
@click.option("--pages", default="", help="翻页网址，含 {n} / address of page {n}")
@click.option("--section", default="", help="默认栏目 / default section")
@publication_option
@spoken
def add(
    url: str,
    name: str,
    kind: str,
    list_url: str,
    pages: str,
    section: str,
    slug: str | None,
    **selectors: str,
) -> None:
    """新增来源 / add a source."""
    draft = _draft(
        name=name,
        kind=kind,
        url=url,
        list_url=list_url,
        selectors=_filled(selectors),
        page_pattern=pages,
        default_section=section,
    )
    office = Office()
    with office.database.writing() as session:
        publication = publications.only_publication(session, slug)
        row = sources.add_source(session, publication, draft, by=None, now=clock.now())
        session.commit()
        click.echo(f"{row.id}\t{row.name}\t{row.url}")


def _filled(selectors: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in selectors.items() if value}


def _draft(**values: Any) -> sources.SourceDraft:
    """Return the source as it was described; raises Invalid naming what is wrong first."""
    try:
        return sources.SourceDraft.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        chinese, english = two_sentences(first)
        key = ".".join(str(part) for part in first["loc"])
        place = (f"{key}：", f"{key}: ") if key else ("", "")
        raise Invalid(place[0] + chinese, place[1] + english) from error


@source.command("list")
@publication_option
@spoken
def list_sources(slug: str | None) -> None:
    """列出来源和状况 / list sources and how they are."""
    with Office().database.reading() as session:
        publication = publications.only_publication(session, slug)
        for row in sources.health(session, publication, clock.now()):
            outcome = row.outcome.value if row.outcome else "—"
            said = both_sentences(row.reason) if row.failures and row.reason else outcome
            click.echo(f"{row.source.id}\t{row.source.name}\t{said}\t{row.source.url}")


def both_sentences(reason: str) -> str:
    """Return why something could not be had, in both languages, for terminals."""
    return " / ".join(SENTENCES[Reason(reason)])


@source.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@publication_option
@spoken
def import_file(path: Path, slug: str | None) -> None:
    """从 TOML、CSV 或 OPML 导入来源 / import sources from a TOML, CSV or OPML file."""
    office = Office()
    with office.database.writing() as session:
        publication = publications.only_publication(session, slug)
        report = sources.import_sources(
            session, publication, read_text(path), by=None, now=clock.now()
        )
        session.commit()
    counts = (len(report.added), len(report.changed), len(report.same))
    click.echo("新增 {} 个，更新 {} 个，未变 {} 个 / added, changed, same".format(*counts))


@source.command("export")
@click.argument("out", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@click.option("--format", "form", type=click.Choice(["toml", "csv", "opml"]), default="toml",
              show_default=True, help="OPML 只含订阅源 / OPML holds feeds only")  # fmt: skip
@publication_option
@spoken
def export_file(out: str, form: str, slug: str | None) -> None:
    """导出来源 / export the sources."""
    with Office().database.reading() as session:
        publication = publications.only_publication(session, slug)
        with opened(out) as file:
            file.write(sources.export_sources(session, publication, form))


@source.command("test")
@click.argument("url")
@click.option("--kind", type=click.Choice([kind.value for kind in SourceKind]), default="feed")
@click.option("--item", default="")
@click.option("--items", default="")
@click.option("--link", default="")
@click.option("--title", default="")
@click.option("--date", default="")
@spoken
def test(url: str, kind: str, **selectors: str) -> None:
    """试读一个来源，不保存 / read a source once without saving it."""
    request = {"url": url, "kind": kind, "name": url, "selectors": _filled(selectors)}
    # the editor never imports the workers: their try-out runs as a program of its own
    done = subprocess.run(
        [sys.executable, "-m", "workers.crawling.tryout"],
        input=json.dumps(request),
        text=True,
        stdout=subprocess.PIPE,
        check=False,
    )
    click.echo(done.stdout, nl=False)
    if done.returncode:
        raise Invalid("这个来源现在读不出来，原因见上", "The source cannot be read; see above")


@click.command()
@click.option("--issue", "number", type=int, help="总期号 / total number")
@click.option("--now", "at", metavar="ISO", help="先把时钟调到这一刻 / set the clock first")
@publication_option
@spoken
def crawl(number: int | None, at: str | None, slug: str | None) -> None:
    """采集全部来源，直到完成 / crawl all sources and wait until all is done."""
    office = Office()
    if at:
        with office.database.writing() as session:
            set_clock(session, moment(at))
            session.commit()
    with crew(office, "crawl", "extract", "beat"):
        with office.database.writing() as session:
            issue = chosen_issue(session, slug, number)
            publication = session.get_one(Publication, issue.publication_id)
            every = sources.list_sources(session, publication)
            run = sources.crawl_now(
                session, every, trigger="command", issue=issue, by=None, now=clock.now()
            )
            session.commit()
        follow_run(office, run)
        follow_fills(office, publication)
    name_failures(office, run)


def name_failures(office: Office, run: CrawlRun) -> None:
    """Say which sources could not be read, and why; the others have gone on."""
    with office.database.reading() as session:
        publication = session.get_one(Publication, run.publication_id)
        for row in sources.health(session, publication, clock.now()):
            if row.failures and row.reason:
                say(f"{row.source.name}：{both_sentences(row.reason)}")


def follow_run(office: Office, run: CrawlRun) -> None:
    """Show a run's progress until it has finished, ringing for hosts that have work.

    Raises Unusable when the broker stays away: what was asked for is kept, and goes on as soon
    as `zhaibian serve` runs again.
    """
    said, rung, heard = "", 0.0, time.monotonic()
    while True:
        now = time.monotonic()
        if now - rung > RING_SECONDS:
            rung = now
            heard = now if ring(office) else heard
            _require_broker(now - heard)
        with office.database.reading() as session:
            progress = sources.run_progress(session, run)
        text = (f"{progress.done}/{progress.total}，候选 {progress.candidates}，"
                f"未取到 {progress.failed}")  # fmt: skip
        if text != said:
            said = text
            say(text)
        if progress.finished:
            return
        time.sleep(0.5)


def follow_fills(office: Office, publication: Publication) -> None:
    """Wait until no gap is being filled and what the fills found has been fetched.

    Raises Unusable when the broker stays away, as `follow_run` does.
    """
    rung, heard = 0.0, time.monotonic()
    while True:
        now = time.monotonic()
        if now - rung > RING_SECONDS:
            rung = now
            heard = now if ring(office) else heard
            _require_broker(now - heard)
        with office.database.reading() as session:
            left = at_work(session, publication)
        if left == 0:
            return
        time.sleep(0.5)


def at_work(session: Session, publication: Publication) -> int:
    """Return how many gaps and entries the workers are busy with, or will be within a minute."""
    soon = clock.real() + SOON
    holes = session.exec(
        select(func.count(col(Hole.id)))
        .join(Source, col(Source.id) == Hole.source_id)
        .where(Source.publication_id == publication.id, sources.hole_due(soon))
    ).one()
    entries = session.exec(
        select(func.count(col(Entry.id))).where(
            Entry.publication_id == publication.id,
            col(Entry.state).in_(ON_THE_WAY),
            Entry.due_at <= soon,
        )
    ).one()
    return holes + entries


def ring(office: Office) -> bool:
    """Ring for every host that has something due; False when the broker does not answer."""
    with office.database.reading() as session:
        hosts = sources.hosts_due(session, clock.now())
    return all(enqueue(office.app.extensions["celery"], Task.crawl_host, host) for host in hosts)


def _require_broker(silent: float) -> None:
    if silent > BROKER_PATIENCE:
        raise Unusable(
            "消息服务没有回应，请检查 zhaibian serve 是否在运行；任务已保存，恢复后会继续",
            "The broker does not answer; check that zhaibian serve is running. "
            "The work is kept and goes on when it is back",
        )


@click.command()
@click.argument("urls", metavar="URL…", nargs=-1)
@click.option("--file", "file", type=click.File(encoding="utf-8"), help="每行一个链接 / one a line")
@click.option("--issue", "number", type=int, help="总期号 / total number")
@click.option("--wait", is_flag=True, help="取完再返回 / wait until they are fetched")
@publication_option
@spoken
def paste(
    urls: tuple[str, ...], file: TextIO | None, number: int | None, wait: bool, slug: str | None
) -> None:
    """把链接加入候选 / add links as candidates."""
    lines = [*urls, *(_words(file) if file else ())]
    if not lines:
        raise Invalid("请给出至少一个链接", "Give at least one link")
    office = Office()
    with office.database.writing() as session:
        issue = chosen_issue(session, slug, number)
        publication = session.get_one(Publication, issue.publication_id)
        entries = sources.paste_links(
            session, publication, lines, issue=issue, by=None, now=clock.now()
        )
        run = session.get(CrawlRun, entries[0].run_id) if entries and entries[0].run_id else None
        session.commit()
    click.echo(f"已加入 {len(entries)} 个链接 / links added")
    if wait and run:
        with crew(office, "crawl", "extract", "beat"):
            follow_run(office, run)


def _words(file: TextIO) -> list[str]:
    try:
        return file.read().split()
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{file.name} 不是 UTF-8 编码，请另存为 UTF-8 后再试",
            f"{file.name} is not UTF-8; save it as UTF-8 and try again",
        ) from error


jsonl_option = click.option(
    "--jsonl", "out", type=click.Path(dir_okay=False, allow_dash=True),
    is_flag=False, flag_value="-", default="-",
    help="写入文件，默认标准输出 / file, stdout by default",
)  # fmt: skip


@click.group("candidates")
def candidate_group() -> None:
    """候选 / candidates."""


@candidate_group.command("export")
@click.option("--issue", "number", type=int, help="总期号 / total number")
@jsonl_option
@publication_option
@spoken
def export_candidates(number: int | None, out: str, slug: str | None) -> None:
    """逐行 JSON 导出候选 / export candidates, one JSON object a line."""
    with Office().database.reading() as session:
        issue = chosen_issue(session, slug, number)
        publication = session.get_one(Publication, issue.publication_id)
        _lines(out, candidates.export_rows(session, publication, issue))


@click.group("fetches")
def fetch_group() -> None:
    """采集记录 / what was fetched and how it ended."""


@fetch_group.command("export")
@jsonl_option
@publication_option
@spoken
def export_fetches(out: str, slug: str | None) -> None:
    """逐行 JSON 导出采集结果 / export url, outcome and reason, one JSON object a line."""
    with Office().database.reading() as session:
        publication = publications.only_publication(session, slug)
        rows = fetches.export_rows(session, publication)
        if _lines(out, rows) == 0:
            raise NotFound("还没有采集记录", "Nothing has been fetched yet")


def _lines(out: str, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with opened(out) as file:
        for count, row in enumerate(rows, 1):  # noqa: B007
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


@contextmanager
def opened(out: str) -> Iterator[IO[str]]:
    """Open a file (“-” is stdout) for a command's lines; raises Unusable when the disk is full."""
    try:
        with click.open_file(out, "w", encoding="utf-8") as file:
            yield file
            file.flush()
    except BrokenPipeError:
        raise  # a reader such as `head` has seen enough; click ends quietly
    except OSError as error:
        raise unwritable(error, Path(out)) from error


def register(group: click.Group) -> None:
    """Add this family's commands."""
    for command in (source, crawl, paste, candidate_group, fetch_group):
        group.add_command(command)
