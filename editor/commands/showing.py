"""`zhaibian demo`: the real job on a small invented web."""

import os
import shlex
import socket
import time
from pathlib import Path

import click
from sqlmodel import col, select

from config.settings import Settings
from editor import clock
from editor.commands.collecting import follow_run, ring
from editor.commands.crew import crew
from editor.commands.exporting import export_to
from editor.commands.install import prepare
from editor.commands.office import Office, say, spoken, use_data_folder
from editor.commands.typable import typable
from editor.demo import stage
from editor.desk import candidates, issues, sources
from editor.errors import Unusable
from editor.profile import read_profile
from editor.serve import Supervisor, children
from editor.store.models import Candidate, CrawlRun, Issue, Publication, Source
from editor.workflow import CandidateState

HEADLESS_PER_SECTION = 8


@click.command()
@click.option(
    "--headless",
    "out",
    type=click.Path(path_type=Path, file_okay=False),
    help="不开网页：采集、编排、导出到这个目录 / no browser: leave both files here",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@spoken
def demo(out: Path | None, port: int) -> None:
    """演示：自带虚构网站，从采集到成刊 / the demo, from an invented web to a printed issue."""
    if out is not None:
        use_data_folder(os.fspath(out / "data"))
    elif "ZHAIBIAN_DATA" not in os.environ:
        use_data_folder(os.fspath(Path.home() / ".zhaibian-demo"))
    os.environ["ZHAIBIAN_PORT"] = str(port)
    settings = Office().settings
    if out is None:
        _require_free(settings)
    prepare(settings)
    scene = stage.stage_for(clock.real(), read_profile(stage.PROFILES / "digest.toml"))
    sites, addresses = stage.start_sites(settings.data_dir, scene)
    try:
        stage.allow_sites(addresses)
        office = Office()
        with office.database.writing() as session:
            issue, password = stage.furnish(session, scene, addresses)
            session.commit()
        say(f"演示数据目录（与正式数据分开）/ demo data: {settings.data_dir}")
        if out is None:
            _show(office, issue, password)
        else:
            _headless(office, issue, out)
    finally:
        sites.terminate()
        sites.wait()


def _require_free(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Unusable(
                f"端口 {settings.port} 已被占用，请换一个：zhaibian demo --port 8001",
                f"Port {settings.port} is in use; choose another: zhaibian demo --port 8001",
            ) from error


def _start_run(office: Office, issue: Issue, trigger: str) -> CrawlRun:
    with office.database.writing() as session:
        publication = session.get_one(Publication, issue.publication_id)
        every = sources.list_sources(session, publication)
        run = sources.crawl_now(
            session, every, trigger=trigger, issue=issue, by=None, now=clock.now()
        )
        session.commit()
    return run


def _show(office: Office, issue: Issue, password: str) -> None:
    """Run everything until stopped; the crawl begins at once."""
    settings = office.settings
    supervisor = Supervisor(settings, children(settings), say)
    _start_run(office, issue, "demo")
    with supervisor.running():
        supervisor.listen()
        _await_web(settings, supervisor)
        ring(office)
        click.echo(f"打开 / open: {settings.public_url}")
        if password:
            click.echo(f"用户 / user: {stage.EMAIL}    口令 / password: {password}")
        else:
            click.echo(f"用户 / user: {stage.EMAIL}（口令只在第一次启动时显示 / shown once）")
            folder = shlex.quote(os.fspath(settings.data_dir))
            command = f"zhaibian --data {folder} user passwd {stage.EMAIL}"
            click.echo(f"重设口令 / reset: {typable(command)}")
        click.echo("按 Ctrl+C 结束 / stop with Ctrl+C")
        supervisor.watch()


def _await_web(settings: Settings, supervisor: Supervisor, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not supervisor.stopping:
        supervisor.revive()
        try:
            socket.create_connection((settings.host, settings.port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
            continue
        return
    if not supervisor.stopping:
        raise Unusable("网页没有启动，请看上面的输出", "The web did not start; see above")


def _headless(office: Office, issue: Issue, out: Path) -> None:
    """Crawl, take, order and export without a person; prints the two paths."""
    with crew(office, "crawl", "extract", "export", "beat"):
        follow_run(office, _start_run(office, issue, "demo"))
        say(f"采用了 {_take_some(office, issue)} 条 / taken")
        for kind in ("pdf", "docx"):
            target = out / f"demo.{kind}"
            export_to(office, issue, kind, target)
            click.echo(os.fspath(target.resolve()))


def _take_some(office: Office, issue: Issue) -> int:
    """Take candidates of the window into their source's section, oldest first."""
    taken = 0
    with office.database.writing() as session:
        publication = session.get_one(Publication, issue.publication_id)
        sections = {row.name: row for row in issues.sections_of(session, issue)}
        wanted = (
            select(Candidate, Source.default_section)
            .join(Source, col(Source.id) == col(Candidate.source_id))
            .where(Candidate.publication_id == publication.id)
            .where(Candidate.state == CandidateState.new)
            .where(col(Candidate.published_at) >= issue.opens_at)
            .where(col(Candidate.published_at) < issue.closes_at)
            .order_by(col(Candidate.published_at), col(Candidate.id))
        )
        filled: dict[str, int] = {}
        for candidate, name in session.exec(wanted).all():
            section = sections.get(name)
            if section is None or filled.get(name, 0) >= HEADLESS_PER_SECTION:
                continue
            candidates.take(session, candidate, section=section, by=None, now=clock.now())
            filled[name] = filled.get(name, 0) + 1
            taken += 1
        session.commit()
    return taken


def register(group: click.Group) -> None:
    """Add this family's commands."""
    group.add_command(demo)
