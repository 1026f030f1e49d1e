"""What is due is looked up, never searched for: 500 sources and 100,000 entries are nothing."""

from sqlalchemy import event, text

from editor.desk.sources import hosts_due
from editor.store.models import Entry
from tests.cast import NOW, make_publication, make_source


def test_the_hosts_with_work_are_found_through_an_index(session):
    home = make_publication(session)
    source = make_source(session, home)
    session.add_all(
        Entry(
            publication_id=home.id,
            source_id=source.id,
            url=f"http://daily.yunzhou.example/{number}",
            url_hash=str(number),
            fetch_url=f"http://daily.yunzhou.example/{number}",
            host="daily.yunzhou.example",
            state="done",
        )
        for number in range(2000)
    )
    session.flush()
    session.execute(text("ANALYZE"))
    asked: list[tuple] = []

    @event.listens_for(session.get_bind(), "before_cursor_execute")
    def note(_connection, _cursor, statement, parameters, *_rest):
        asked.append((statement, parameters))

    assert hosts_due(session, NOW) == [source.host]
    event.remove(session.get_bind(), "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if session.get_bind().dialect.name == "sqlite" else "EXPLAIN "
    plans = [
        str(row[-1])
        for statement, parameters in asked
        if "FROM entry" in statement
        for row in session.connection().exec_driver_sql(explain + statement, parameters)
    ]
    assert any("ix_entry_" in line for line in plans), plans
    assert not any("SCAN entry" in line or "Seq Scan on entry" in line for line in plans), plans
