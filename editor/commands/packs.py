"""`zhaibian source pack`: starter packs of public sources."""

import click

from editor import clock
from editor.commands.collecting import source
from editor.commands.office import Office, publication_option, spoken
from editor.desk import publications, starter_packs


@click.group("pack")
def pack() -> None:
    """来源包 / starter packs of public sources."""


@pack.command("list")
@spoken
def list_packs() -> None:
    """列出来源包和其中的来源 / list the packs and what they offer."""
    for each in starter_packs.list_packs():
        click.echo(f"{each.key}\t{each.name} / {each.name_en}")
        for offer in each.offers:
            draft = offer.draft
            click.echo(
                f"  {draft.kind.value}\t{draft.name}\t{draft.url}\t{' / '.join(offer.verified)}"
            )


@pack.command("add")
@click.argument("name")
@publication_option
@spoken
def add(name: str, slug: str | None) -> None:
    """把一个来源包全部加入 / add all sources of a pack."""
    chosen = starter_packs.get_pack(name)
    with Office().database.writing() as session:
        home = publications.only_publication(session, slug)
        done = starter_packs.add_from_pack(
            session,
            home,
            chosen,
            [offer.draft.url for offer in chosen.offers],
            by=None,
            now=clock.now(),
        )
        session.commit()
        told = f"新增 {len(done.added)} 个，已有 {len(done.known)} 个 / added, known already"
    click.echo(told)


def register(_commands: click.Group) -> None:
    """Add the commands to `zhaibian source`."""
    source.add_command(pack)
