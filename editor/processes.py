"""A process and its surroundings: tied to its parent, and seldom busy with its own garbage."""

import ctypes
import gc
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when `parent` dies; call it in the child.

    Does nothing where there is no prctl (macOS): there a killed supervisor may leave workers.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel knew our wish
        os.kill(os.getpid(), signal.SIGKILL)


def collect_seldom() -> None:
    """Look for circles of garbage seldom: a page makes many small values and few circles.

    What was imported stays for good. An eighth of a crawl's processor time goes without this.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
