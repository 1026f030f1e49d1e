"""Writers of one SQLite file queue: over threads, over processes, and past a dead one."""

import os
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import text

from editor.errors import Unusable
from editor.store.db import Database
from editor.store.turns import Turns

HOLD = """
import sys, time
from pathlib import Path
from editor.store.turns import Turns
turns = Turns(Path(sys.argv[1]), 5)
turns.take()
print("mine", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "desk.db-turn"


def holder(path) -> subprocess.Popen[str]:
    """Return another process that has the turn."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "mine\n"
    return process


def in_background(turns: Turns) -> threading.Thread:
    """Take a turn and give it back in a thread of its own."""

    def run() -> None:
        turns.take()
        turns.give_back()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_turn_waits_for_another_process_and_comes_when_that_one_is_killed(path):
    other = holder(path)
    waiting = in_background(Turns(path, 5))
    waiting.join(0.2)
    assert waiting.is_alive()
    other.kill()
    other.wait()
    waiting.join(5)
    assert not waiting.is_alive()


def test_threads_of_a_process_take_turns(path):
    turns = Turns(path, 5)
    turns.take()
    waiting = in_background(turns)
    waiting.join(0.1)
    assert waiting.is_alive()
    turns.give_back()
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_turn_that_a_thread_keeps_ends_the_waiting_of_others_with_sqlites_error(path):
    turns = Turns(path, 0.1)
    turns.take()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        turns.take()


def test_a_forked_process_queues_behind_the_one_it_came_from(path):
    turns = Turns(path, 5)
    turns.take()
    child = os.fork()
    if child == 0:
        turns.take()
        os._exit(0)
    time.sleep(0.2)
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    turns.give_back()
    assert os.waitpid(child, 0)[1] == 0


def test_a_transaction_that_fails_ends_its_turn(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.execute(text("CREATE TABLE told (id INTEGER)"))
        raise ZeroDivisionError
    with database.writing() as session:
        session.execute(text("CREATE TABLE told (id INTEGER)"))
        session.commit()
    database.close()


def test_a_folder_that_is_gone_is_named(tmp_path):
    with pytest.raises(Unusable, match="gone"):
        Turns(tmp_path / "gone" / "desk.db-turn", 5).take()


def test_readers_do_not_queue(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    with database.writing() as writing, database.reading() as reading:
        writing.execute(text("CREATE TABLE told (id INTEGER)"))
        assert reading.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


def test_two_processes_that_write_at_once_lose_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    database = Database(url)
    with database.writing() as session:
        session.execute(text("CREATE TABLE told (id INTEGER PRIMARY KEY)"))
        session.commit()
    program = (
        "import sys; from sqlalchemy import text; from editor.store.db import Database\n"
        "database = Database(sys.argv[1])\n"
        "for _ in range(50):\n"
        "    with database.writing() as session:\n"
        "        session.execute(text('INSERT INTO told DEFAULT VALUES')); session.commit()\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM told")).scalar_one() == 150
    database.close()
