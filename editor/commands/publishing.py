"""publication, issue, take: what is printed."""

import json
from pathlib import Path

import click
from sqlmodel import Session

from editor import clock
from editor.commands.office import (
    Office,
    chosen_issue,
    moment,
    publication_option,
    say,
    spoken,
)
from editor.desk import candidates, issues, publications
from editor.errors import NotFound
from editor.profile import Profile, differences, read_profile
from editor.store.models import Issue, IssueSection, Publication
from editor.text.toml_writer import toml


@click.group()
def publication() -> None:
    """刊物 / publications."""


@publication.command("load")
@click.argument("path", metavar="PROFILE.toml", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="不询问，直接替换 / replace without asking")
@click.option("--first", nargs=3, type=int, metavar="YEAR NUMBER TOTAL",
              help="新刊物第一期的编号 / numbers of a new publication's first issue")  # fmt: skip
@spoken
def load(path: Path, yes: bool, first: tuple[int, int, int] | None) -> None:
    """载入刊物配置，已有的先显示差别 / load a profile; shows what changes first."""
    profile = read_profile(path)
    office = Office()
    with office.database.writing() as session:
        if known := publications.find_publication(session, profile.slug):
            _confirm(known, profile, yes)
        numbers = dict(zip(("next_year", "next_number", "next_total"), first or (), strict=False))
        row = publications.load_profile(session, profile, by=None, now=clock.now(), **numbers)
        session.commit()
        click.echo(f"{row.slug}\t{row.name}\t{row.next_year}/{row.next_number}（{row.next_total}）")


def _confirm(known: Publication, profile: Profile, yes: bool) -> None:
    rows = differences(known.profile, profile.model_dump(mode="json"))
    if not rows:
        say("与现有配置相同 / nothing differs")
        return
    for key, old, new in rows:
        click.echo(f"{key}: {_short(old)} → {_short(new)}")
    if not yes:
        click.confirm("替换现有配置？/ replace it?", abort=True)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


@publication.command("show")
@publication_option
@spoken
def show(slug: str | None) -> None:
    """打印现在的刊物配置（TOML）/ print the present profile as TOML.

    With what was set on the screen; only what differs from the defaults.
    """
    with Office().database.reading() as session:
        profile = publications.profile_of(publications.only_publication(session, slug))
    click.echo(toml(profile.model_dump(mode="json", exclude_defaults=True)), nl=False)


@publication.command("list")
@spoken
def list_all() -> None:
    """列出刊物 / list publications."""
    with Office().database.reading() as session:
        for row in publications.list_publications(session):
            click.echo(f"{row.slug}\t{row.name}\t{row.next_total}")


@click.group()
def issue() -> None:
    """期次 / issues."""


@issue.command("open")
@publication_option
@click.option("--year", type=int)
@click.option("--month", type=click.IntRange(1, 12))
@click.option("--number", type=int, help="当年第几期 / number within the year")
@click.option("--total", type=int, help="总第几期 / total number")
@click.option("--opens", help="采集窗口开始 / window opens (ISO)")
@click.option("--closes", help="采集窗口结束，不含 / window closes, not included (ISO)")
@spoken
def open_issue(
    slug: str | None,
    year: int | None,
    month: int | None,
    number: int | None,
    total: int | None,
    opens: str | None,
    closes: str | None,
) -> None:
    """新开一期，窗口和编号自动推算 / open the next issue."""
    office = Office()
    with office.database.writing() as session:
        row = publications.only_publication(session, slug)
        opened = issues.open_issue(
            session,
            row,
            by=None,
            now=clock.now(),
            year=year,
            month=month,
            number=number,
            total=total,
            opens_at=moment(opens, row) if opens else None,
            closes_at=moment(closes, row) if closes else None,
        )
        session.commit()
        window = f"{opened.opens_at.isoformat()} – {opened.closes_at.isoformat()}"
        click.echo(f"{opened.total_number}\t{opened.year}/{opened.number}\t{window}")


@issue.command("list")
@publication_option
@spoken
def list_issues(slug: str | None) -> None:
    """列出期次 / list issues."""
    with Office().database.reading() as session:
        for row in issues.list_issues(session, publications.only_publication(session, slug)):
            click.echo(f"{row.total_number}\t{row.year}/{row.number}\t{row.state.value}")


@click.command()
@click.argument("candidate_ids", metavar="CANDIDATE…", type=int, nargs=-1, required=True)
@click.option("--section", required=True, help="栏目名 / section's name")
@click.option("--issue", "number", type=int, help="总期号 / total number")
@publication_option
@spoken
def take(
    candidate_ids: tuple[int, ...], section: str, number: int | None, slug: str | None
) -> None:
    """把候选采用到栏目 / take candidates into a section."""
    office = Office()
    with office.database.writing() as session:
        chosen = chosen_issue(session, slug, number)
        owner = session.get_one(Publication, chosen.publication_id)
        place = _section(session, chosen, section)
        for key in candidate_ids:
            candidate = candidates.get_candidate(session, owner, key)
            item = candidates.take(session, candidate, section=place, by=None, now=clock.now())
            click.echo(f"{item.id}\t{section}\t{item.position}\t{candidate.title}")
        session.commit()


def _section(session: Session, chosen: Issue, name: str) -> IssueSection:
    found = issues.sections_of(session, chosen)
    for section in found:
        if section.name == name:
            return section
    names = "、".join(section.name for section in found)
    raise NotFound(
        f"这一期没有栏目“{name}”；现有栏目：{names}", f"No section “{name}”; there are: {names}"
    )


def register(group: click.Group) -> None:
    """Add this family's commands."""
    for command in (publication, issue, take):
        group.add_command(command)
