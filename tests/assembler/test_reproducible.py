"""The same issue gives the same bytes on another machine: nothing around the process enters (V16).

What a machine can differ in is made to differ: home, user, place, clock, language, seeds,
threads, rights, fonts of the system, and when and where the pictures were stored.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from editor.store.files import FileStore
from tests.assembler import sample

HOUSE = Path(__file__).parents[2]
HERE = {
    "HOME": "/nonexistent/one",
    "USER": "ada",
    "LOGNAME": "ada",
    "TZ": "UTC",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "1",
}
# a system that speaks ASCII, sorts and counts otherwise, has one thread and no fonts
THERE = {
    "HOME": "/nonexistent/two",
    "USER": "root",
    "LOGNAME": "root",
    "HOSTNAME": "elsewhere",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "POSIX",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "PYTHONHASHSEED": "4242",
    "RAYON_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "FONTCONFIG_FILE": "/nonexistent/fonts.conf",
    "SOURCE_DATE_EPOCH": "1",
    "TMPDIR": "",
}


def digests(environment: dict[str, str], pictures: Path, start: Path, umask: int) -> dict[str, str]:
    """Return what a process in this environment says of each file that it made."""
    pictures.mkdir(parents=True, exist_ok=True)
    start.mkdir(parents=True)
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE)}
    answer = subprocess.run(
        [sys.executable, "-m", "tests.assembler.every_format", str(pictures)],
        cwd=start,
        env=kept | environment | ({"TMPDIR": str(start)} if "TMPDIR" in environment else {}),
        umask=umask,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    found: dict[str, str] = json.loads(answer.stdout)
    return found


def test_two_machines_make_the_same_bytes_in_every_format(tmp_path):
    one = digests(HERE, tmp_path / "data", tmp_path / "desk", 0o022)
    away = tmp_path / "home" / "another user" / "数据"
    # the pictures lie there already, since long ago
    sample.digest(FileStore(away / "pictures"))
    for path in (away / "pictures").rglob("*"):
        os.utime(path, (86_400, 86_400))
    other = digests(THERE, away / "pictures", tmp_path / "a" / "b" / "c", 0o077)
    assert len(one) == 14
    assert {name for name in one if one[name] != other[name]} == set()
