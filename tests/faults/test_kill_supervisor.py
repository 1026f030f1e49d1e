"""kill -9 of the supervisor: no process of the desk is left."""

import pytest

from tests.faults.killing import killable_desk
from tests.faults.running_desk import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path):
    with killable_desk(tmp_path / "data") as (desk, _):
        assert desk.supervisor is not None
        desk.supervisor.kill()
        desk.supervisor.wait()
        wait_until(lambda: desk.processes("") == [], 15, "every process has gone")
