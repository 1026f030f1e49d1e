"""evidence: the captured pages behind an issue, and how long they are kept."""

from pathlib import Path

import click

from editor import clock
from editor.commands.office import Office, chosen_issue, publication_option, spoken
from editor.desk import evidence, retention
from editor.errors import Conflict, Invalid


@click.group("evidence")
def group() -> None:
    """存证 / captured pages."""


@group.command("export")
@click.option("--issue", "number", type=int, help="总期号 / total number")
@click.option("--replace", is_flag=True, help="覆盖同名文件 / replace a file of that name")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@publication_option
@spoken
def export(number: int | None, replace: bool, path: Path, slug: str | None) -> None:
    """把一期所采用稿件的存证打包 / pack the evidence of what an issue took."""
    if path.exists() and not replace:
        raise Conflict(
            f"{path} 已经存在，没有覆盖。请换个名字，或加 --replace",
            f"{path} exists and was left alone; choose another name or add --replace",
        )
    office = Office()
    with office.database.reading() as session:
        issue = chosen_issue(session, slug, number)
        count = evidence.pack(session, office.files, evidence.origins_of(session, issue), path)
    click.echo(f"{path}（{count} 份存证 / captures）")


@group.command("keep")
@click.option("--days", required=True, metavar="N|forever", help="天数，或 forever 永久 / days")
@spoken
def keep(days: str) -> None:
    """设定未采用内容的存证保留多久 / say how long evidence of what was not taken is kept."""
    if days != retention.FOREVER and not (days.isdecimal() and len(days) < 8):
        raise Invalid("请给出天数或 forever", "Give a number of days, or forever")
    office = Office()
    with office.database.writing() as session:
        wanted = None if days == retention.FOREVER else int(days)
        retention.keep(session, wanted, by=None, now=clock.now())
        there = retention.overview(session, clock.now(), wanted)
        session.commit()
    click.echo(
        f"现有 {there.captures} 份（{there.bytes / 1e6:.1f} MB），将清除 {there.going} 份"
        f"（{there.going_bytes / 1e6:.1f} MB） / captures kept, captures that will go"
    )


def register(commands: click.Group) -> None:
    """Add this family's commands."""
    commands.add_command(group)
