"""The version that is installed; the changelog names it, the package carries it."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("zhaibian")
    except PackageNotFoundError:
        return "0+unknown"


VERSION = _installed()
