"""The scripts make the tables that the models describe, and keep the rows that are there."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import select

from editor.errors import Unusable
from editor.store import migrate
from editor.store.db import Database
from editor.store.models import Candidate, Item
from tests.cast import make_candidate, make_issue, make_item, sections_of

ORPHANS = '''
"""Lose the parent of every item."""

from alembic import op

revision = "0900"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM issuesection")


def downgrade() -> None:
    pass
'''
WIDER = '''
"""Give issues a motto."""

import sqlalchemy as sa
from alembic import op

revision = "0900"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rebuild = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("issue", recreate=rebuild) as issue:
        issue.add_column(sa.Column("motto", sa.String(20), nullable=False, server_default="实"))


def downgrade() -> None:
    with op.batch_alter_table("issue") as issue:
        issue.drop_column("motto")
'''


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request, tmp_path):
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.close()
    else:
        server = request.getfixturevalue("postgres_server")
        with server.empty_database() as database:
            yield database


def with_rows(database: Database) -> int:
    with database.writing() as session:
        make_item(session, sections_of(session, make_issue(session))[0])
        make_candidate(session)
        session.commit()
    return 1


def next_release(monkeypatch, tmp_path: Path, script: str) -> None:
    """Pretend that the next release brings this script."""
    scripts = tmp_path / "migrations"
    scripts.mkdir()
    for part in ("env.py", "script.py.mako", "versions"):
        (scripts / part).symlink_to(migrate.SCRIPTS / part)
    further = tmp_path / "further"
    further.mkdir()
    (further / "0002_next.py").write_text(script.format(head=migrate.head_revision()))

    def config() -> Config:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", f"{scripts / 'versions'}\n{further}")
        return config

    monkeypatch.setattr(migrate, "_config", config)


def test_the_scripts_make_what_the_models_describe(empty):
    migrate.upgrade(empty)
    config = migrate._config()
    with empty.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)


def test_upgrading_twice_changes_nothing(empty):
    assert migrate.current_revision(empty) is None
    migrate.upgrade(empty)
    migrate.upgrade(empty)
    assert migrate.current_revision(empty) == migrate.head_revision()


def test_migrated_tables_hold_a_working_desk(empty):
    migrate.upgrade(empty)
    with_rows(empty)
    with empty.reading() as session:
        assert session.exec(select(Candidate)).one().title
        assert session.exec(select(Item)).one().position == 1


def test_a_parent_table_is_rebuilt_without_losing_its_children(empty, monkeypatch, tmp_path):
    migrate.upgrade(empty)
    with_rows(empty)
    next_release(monkeypatch, tmp_path, WIDER)
    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        assert connection.execute(text("SELECT motto FROM issue")).scalar_one() == "实"
        assert connection.execute(text("SELECT count(*) FROM issuesection")).scalar_one() == 3
        assert connection.execute(text("SELECT count(*) FROM item")).scalar_one() == 1


def test_an_upgrade_that_orphans_rows_is_undone(sqlite_database, monkeypatch, tmp_path):
    config = migrate._config()
    with sqlite_database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.stamp(config, "head")
    with_rows(sqlite_database)
    before = migrate.head_revision()
    next_release(monkeypatch, tmp_path, ORPHANS)
    with pytest.raises(Unusable) as refusal:
        migrate.upgrade(sqlite_database)
    assert "备份" in refusal.value.chinese
    assert migrate.current_revision(sqlite_database) == before
    with sqlite_database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM issuesection")).scalar_one() == 3


def test_no_script_imports_the_models():
    script = ScriptDirectory.from_config(migrate._config())
    for step in script.walk_revisions():
        assert "editor" not in Path(step.path).read_text(encoding="utf-8")
