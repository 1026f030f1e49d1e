"""An office goes from the tables of 0002 to those of 0003 and back, with rows in all of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlmodel import col, select

from editor.desk import issues
from editor.store import migrate
from editor.store.db import Database
from editor.store.models import Candidate, Export, Issue, PageEstimate, Waiver
from editor.store.models.searching import SearchText
from editor.store.search import held, note_waiting
from editor.workflow import ExportState
from tests.cast import chief_ada, make_candidate, make_issue, make_item, sections_of

KEPT = ("issue", "issuesection", "item", "revision", "candidate", "waiver", "export", "person")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: Any, tmp_path: Any) -> Iterator[Database]:
    """Give a database without tables."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'office.db'}")
        yield database
        database.close()
    else:
        with request.getfixturevalue("postgres_server").empty_database() as database:
            yield database


def downgrade(database: Database) -> None:
    config = migrate._config()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")


def shape(database: Database) -> dict[str, set[str]]:
    """Return the tables with their columns, without those an index on SQLite keeps to itself."""
    known = inspect(database.engine)
    names = [name for name in known.get_table_names() if not name.startswith("search_words")]
    return {name: {column["name"] for column in known.get_columns(name)} for name in names}


def counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in KEPT
        }


@pytest.fixture
def old(empty: Database) -> Database:
    """Give the tables of 0002 with an issue in its second edition, waived, exported, laid out."""
    migrate.upgrade(empty)
    with empty.writing() as session:
        issue = make_issue(session)
        issue.edition = 2
        ada = chief_ada(session)
        item = make_item(session, sections_of(session, issue)[0], by=ada)
        make_candidate(session, title="青屿区港口货运恢复", date_how="page ≠ feed")
        session.add(PageEstimate(issue_id=issue.id, pages=47, starts={str(item.id): 1}))
        session.add(Export(issue_id=issue.id, format="pdf", state=ExportState.done))
        session.add(
            Waiver(
                publication_id=issue.publication_id,
                issue_id=issue.id,
                item_id=item.id,
                rule="no_source",
                scope="item",
                reason="作者要求不署来源",
                user_id=ada.id,
            )
        )
        session.commit()
    downgrade(empty)
    return empty


def test_going_back_leaves_the_tables_of_0002_and_their_rows(old: Database, tmp_path: Any) -> None:
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    migrate.upgrade(fresh, "0002")
    assert shape(old) == shape(fresh)
    fresh.close()
    assert migrate.current_revision(old) == "0002"
    assert min(counts(old).values()) == 1


def test_every_row_is_kept(old: Database) -> None:
    before = counts(old)
    migrate.upgrade(old)
    assert counts(old) == before


def test_exports_belong_to_the_edition_their_issue_had(old: Database) -> None:
    migrate.upgrade(old)
    with old.reading() as session:
        assert session.exec(select(Export)).one().edition == 2


def test_estimates_are_made_anew_and_an_old_waiver_holds_for_nothing(old: Database) -> None:
    """A waiver of before names no digest of what it excused: the chief looks at it again."""
    migrate.upgrade(old)
    with old.reading() as session:
        assert session.exec(select(PageEstimate)).all() == []
        waiver = session.exec(select(Waiver)).one()
        assert (waiver.reason, waiver.digest) == ("作者要求不署来源", "")


def test_the_search_finds_what_was_there_before(old: Database) -> None:
    migrate.upgrade(old)
    with old.writing() as session:
        note_waiting(session, limit=100)
        session.commit()
        found = session.exec(select(Candidate)).one()
        assert held(session, ["港口货运"], [found.id or 0]) == {found.id}
        assert session.exec(select(SearchText).where(col(SearchText.folded) != "")).one()


def test_the_upgraded_issue_goes_on(old: Database) -> None:
    migrate.upgrade(old)
    with old.writing() as session:
        issue = session.exec(select(Issue)).one()
        assert (issue.published_at, issue.published_digest, issue.page_budget) == (None, "", None)
        make_item(session, issues.sections_of(session, issue)[1])
        session.commit()
    assert counts(old)["item"] == 2
