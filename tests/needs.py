"""What a test needs of the machine: else it is skipped and said so; under CI it fails."""

import os
import shutil
from typing import NoReturn

import pytest

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(what: str) -> NoReturn:
    """Skip the test with this reason, which the last lines of the run repeat; fail under CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is needed under CI")
    pytest.skip(what)


def chromium_path() -> str:
    """Return the browser to drive."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    return found or missing("a browser: none of chromium, google-chrome is installed")
