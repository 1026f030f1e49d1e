"""Which screen families there are; each is a module beside this one with a blueprint `bp`."""

from importlib import import_module

from flask import Flask

NAMES = (
    "auth",
    "desk",
    "sources",
    "packs",
    "probes",
    "site_rules",
    "uploads",
    "triage",
    "decisions",
    "clusters",
    "items",
    "board",
    "pages",
    "preflight",
    "exports",
    "editions",
    "issues",
    "issue_progress",
    "archive",
    "ledger",
    "updates",
    "evidence",
    "completing",
    "retention",
    "feeds",
    "publication",
    "settings",
    "assets",
)


def register(app: Flask) -> None:
    """Register every blueprint with the application."""
    for name in NAMES:
        app.register_blueprint(import_module(f"editor.web.{name}").bp)
