"""The program's own commands, named so that the person at this terminal can type them."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

PROGRAM = "zhaibian"
NAMED = re.compile(rf"(?<![\w./-]){PROGRAM}(?= (?:--)?[a-z])")


def typable(text: str) -> str:
    """Return the text with its `zhaibian …` commands as they work here, PATH or not."""
    return NAMED.sub(lambda _: shown_name(sys.argv[0]), text)


def shown_name(called: str) -> str:
    """Return what to type for the program that was called so: its name where PATH leads to it.

    `make run` calls `.venv/bin/zhaibian`, which no PATH has.
    """
    path = Path(called)
    if path.name != PROGRAM or not path.exists():
        return PROGRAM
    known = shutil.which(PROGRAM)
    if known is not None and path.samefile(known):
        return PROGRAM
    inside = os.path.relpath(path)
    if os.sep not in inside:
        inside = os.path.join(os.curdir, inside)
    outside = os.pardir in Path(inside).parts
    return shlex.quote(os.fspath(path.resolve()) if outside else inside)
