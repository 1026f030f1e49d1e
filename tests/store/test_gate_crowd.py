"""The gate under a crowd: two processes of eight threads want the same three hosts."""

import json
import subprocess
import sys
from itertools import pairwise

HOSTS = ("daily.yunzhou.example", "paper.yunzhou.example", "port.yunzhou.example")
CROWD = """
import json, random, sys, threading, time
from datetime import timedelta
from editor import clock
from editor.store import gate
from editor.store.db import Database

database, hosts, held = Database(sys.argv[1]), sys.argv[2:], []

def visit(number):
    chance = random.Random(number)
    for _ in range(12):
        host, now = chance.choice(hosts), clock.real()
        with database.writing() as session:
            hold = gate.claim(session, host, now=now, until=now + timedelta(minutes=1))
            session.commit()
        if hold is None:
            continue
        began = time.monotonic()
        time.sleep(0.002)
        held.append((host, began, time.monotonic(), hold.fence))
        with database.writing() as session:
            assert gate.release(session, hold, next_at=now)
            session.commit()

threads = [threading.Thread(target=visit, args=(number,)) for number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(held))
"""


def test_sixteen_workers_of_two_processes_never_hold_a_host_twice(database):
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", CROWD, url, *HOSTS]
    crowd = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    visits = [visit for each in crowd for visit in json.loads(each.communicate(timeout=120)[0])]
    assert all(each.returncode == 0 for each in crowd)
    for host in HOSTS:
        held = sorted((began, ended, fence) for name, began, ended, fence in visits if name == host)
        assert held, f"nobody ever held {host}"
        assert all(one[1] <= other[0] and one[2] < other[2] for one, other in pairwise(held))
