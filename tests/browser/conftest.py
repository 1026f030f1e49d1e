"""A running desk and a real Chromium; every test gets a fresh database and a logged-in page."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import Session
from waitress import create_server

from tests import cast
from tests.needs import chromium_path

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def desk(app: Flask) -> Iterator[str]:
    """Serve the application on a free port of this machine and give its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


@pytest.fixture
def stored(app: Flask) -> Iterator[Session]:
    """Give a session to set the stage; commit what the desk is to see."""
    with app.extensions["database"].writing() as session:
        yield session


@pytest.fixture
def visit(chromium: Browser, desk: str) -> Iterator[Callable[..., Page]]:
    """Give a function that logs somebody in and opens a page; script errors fail the test."""
    errors: list[str] = []
    contexts = []

    def open_page(path: str, *, who: str = "ada", **options: object) -> Page:
        settings: dict[str, object] = {
            "locale": "zh-CN",
            "viewport": {"width": 1366, "height": 850},
        }
        context = chromium.new_context(**(settings | options))  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: _refused(said.text) and errors.append(said.text))
        page.goto(f"{desk}/login")
        page.fill("[name=email]", f"{who}@yunzhou.example")
        page.fill("[name=password]", cast.PASSWORD)
        page.click("main button")
        page.goto(desk + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _refused(text: str) -> bool:
    return "Content Security Policy" in text
