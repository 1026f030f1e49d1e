"""The web's small office, for faults that a person meets on the screens."""

from tests.web.conftest import ada, browser_of, office

__all__ = ["ada", "browser_of", "office"]
