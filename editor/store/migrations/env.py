"""How Alembic reaches the database: through a connection it is given, or the settings' URL.

SQLite rebuilds a table to change it. With foreign keys on, dropping the old copy of a parent
deletes its children, so they are off before BEGIN and checked afterwards.
"""

from typing import Any

from alembic import context
from sqlalchemy.engine import Connection

from config.settings import load
from editor.errors import Unusable
from editor.store.db import Database
from editor.store.models import metadata


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave out what the search index keeps for itself."""
    return kind != "table" or not (name or "").startswith("search_")


def migrate(connection: Connection) -> None:
    """Run the scripts in one transaction that is rolled back as a whole when one fails."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            run_scripts(connection)
        return
    driver: Any = connection.connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            run_scripts(connection)
            refuse_orphans(connection)
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def run_scripts(connection: Connection) -> None:
    """Run what is missing inside the caller's transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=ours,
        # Alembic thinks that SQLite cannot undo a changed table; with our own BEGIN it can
        transactional_ddl=True,
    )
    context.run_migrations()


def refuse_orphans(connection: Connection) -> None:
    """Raise Unusable, which undoes everything, when rows have lost the row they belong to."""
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise Unusable(
            f"升级会留下 {len(orphans)} 行无主数据（{orphans[0][0]}），已全部撤回。"
            "请先备份并联系维护者",
            f"The upgrade would orphan {len(orphans)} rows ({orphans[0][0]}) and was "
            "undone. Keep a backup and ask the maintainers",
        )


def run() -> None:
    """Migrate with the connection in `config.attributes`, or with one of our own."""
    given = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    database = Database(load().database_url)
    try:
        with database.engine.connect() as connection:
            migrate(connection)
    finally:
        database.close()


run()
