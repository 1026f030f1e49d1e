"""user add, list, passwd, disable."""

import click

from editor import clock
from editor.commands.office import Office, publication_option, spoken
from editor.desk import people, publications
from editor.workflow import Role

ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """用户 / people who log in."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="姓名 / name")
@click.option("--role", "roles", type=ROLES, multiple=True, default=("editor",), show_default=True,
              help="角色，可多次 / role, may be repeated")  # fmt: skip
@click.password_option(help="口令，不给则询问 / asked for when left out")
@publication_option
@spoken
def add(email: str, name: str, roles: tuple[str, ...], password: str, slug: str | None) -> None:
    """新增用户 / add a person."""
    office = Office()
    with office.database.writing() as session:
        publication = publications.only_publication(session, slug)
        person = people.add_user(
            session,
            email=email,
            name=name,
            password=password,
            publication=publication,
            roles=frozenset(Role(role) for role in roles),
            now=clock.now(),
        )
        session.commit()
        click.echo(f"{person.id}\t{person.email}\t{person.name}")


@user.command("list")
@publication_option
@spoken
def list_people(slug: str | None) -> None:
    """列出用户和角色 / list people and their roles."""
    office = Office()
    with office.database.reading() as session:
        publication = publications.only_publication(session, slug)
        for person in people.list_users(session):
            roles = ",".join(sorted(people.roles_of(session, person, publication)))
            state = "停用" if person.disabled_at else "在用"
            click.echo(f"{person.id}\t{person.email}\t{person.name}\t{roles}\t{state}")


@user.command("passwd")
@click.argument("email")
@click.password_option()
@spoken
def passwd(email: str, password: str) -> None:
    """修改口令 / change a password."""
    office = Office()
    with office.database.writing() as session:
        person = people.get_user(session, email)
        people.set_password(session, person, password, by=None, now=clock.now())
        session.commit()
    click.echo(f"已修改 {email} 的口令 / password changed")


@user.command("disable")
@click.argument("email")
@spoken
def disable(email: str) -> None:
    """停用用户，立即失效 / disable a person; their logins end at once."""
    office = Office()
    with office.database.writing() as session:
        people.disable(session, people.get_user(session, email), by=None, now=clock.now())
        session.commit()
    click.echo(f"已停用 {email} / disabled")


def register(group: click.Group) -> None:
    """Add this family's commands."""
    group.add_command(user)
