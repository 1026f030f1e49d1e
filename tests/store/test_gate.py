"""The gate: one worker holds a host, on both databases and from many threads."""

import threading
from datetime import timedelta

from editor import clock
from editor.store import gate
from editor.store.db import Database
from editor.store.models import HostGate

MINUTE = timedelta(minutes=1)
HOST = "daily.yunzhou.example"


def claimed(database: Database, host: str = HOST, *, later: timedelta = timedelta()):
    now = clock.real() + later
    with database.writing() as session:
        hold = gate.claim(session, host, now=now, until=now + MINUTE)
        session.commit()
    return hold


def test_a_host_is_held_by_one_worker_at_a_time(database):
    hold = claimed(database)
    assert hold is not None and hold.host == HOST
    assert claimed(database) is None
    assert claimed(database, "paper.yunzhou.example") is not None


def test_many_threads_get_one_hold(database):
    holds = []
    threads = [threading.Thread(target=lambda: holds.append(claimed(database))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([hold for hold in holds if hold]) == 1


def test_a_released_host_remembers_its_rest_and_its_robots_txt(database):
    hold = claimed(database)
    rest = clock.real() + timedelta(seconds=7)
    with database.writing() as session:
        assert gate.keep_robots(
            session, hold, text="Disallow: /a", status=200, delay=2.0, at=clock.real()
        )
        assert gate.release(session, hold, next_at=rest)
        session.commit()
    again = claimed(database)
    assert again is not None
    assert (again.next_at, again.delay, again.robots) == (rest, 2.0, "Disallow: /a")
    assert again.robots_status == 200


def test_whoever_lost_the_host_can_change_nothing(database):
    dead = claimed(database)
    heir = claimed(database, later=2 * MINUTE)
    assert heir is not None and heir.fence > dead.fence
    with database.writing() as session:
        assert not gate.renew(session, dead, until=clock.real() + MINUTE, next_at=clock.real())
        assert not gate.release(session, dead, next_at=clock.real())
        session.commit()
    with database.reading() as session:
        row = session.get(HostGate, HOST)
    assert row is not None and row.lease_until is not None


def test_a_renewed_lease_lasts(database):
    hold = claimed(database)
    with database.writing() as session:
        assert gate.renew(session, hold, until=clock.real() + 3 * MINUTE, next_at=clock.real())
        session.commit()
    assert claimed(database, later=2 * MINUTE) is None
    assert claimed(database, later=4 * MINUTE) is not None
