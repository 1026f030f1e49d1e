"""Acceptance runs on real bulletins, kept outside the project: programs, not tests.

`python -m tests.acceptance.newsroom --issue 000 --out OUT/` crawls the replayed web of one
window, compiles the issue, prints it and checks every number in it.
"""

import os
from pathlib import Path


def shared() -> Path:
    """Return the folder of real input: `$ZHAIBIAN_SHARED`, `../shared` by default."""
    return Path(os.environ.get("ZHAIBIAN_SHARED", "../shared")).resolve()
