"""The replayed web, a fresh installation beside it, and the command line as a person uses it."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from config.settings import load
from editor.app import create_app
from tests.acceptance import shared

KINDS = {"rss_full": "feed", "rss_summary": "feed", "atom": "feed", "json_feed": "feed",
         "news_sitemap": "sitemap"}  # fmt: skip
CONTACT = "crawler@yunzhou.example"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class World:
    """The replayed web: its answer sheet and where it is controlled."""

    path: Path
    data: dict[str, Any]

    def control(self, path: str, post: bool = False) -> Any:
        """Ask the control address; returns its JSON."""
        url = self.data["control_url"] + path
        request = urllib.request.Request(url, method="POST" if post else "GET")
        with DIRECT.open(request, timeout=30) as answer:
            return json.load(answer)


@contextmanager
def newsroom(truth: Path, issue: str, out: Path, *options: str) -> Iterator[World]:
    """Replay the web of one window for as long as the block lasts."""
    world = out / "world.json"
    program = shared() / "newsroom" / "newsroom.py"
    command = [sys.executable, str(program), "serve", "--truth", str(truth), "--issue", issue]
    command += ["--port", "0", "--write", str(world), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise SystemExit("the newsroom did not start")
        yield World(world, json.loads(world.read_text(encoding="utf-8")))
    finally:
        process.terminate()
        process.wait(10)


@dataclass(frozen=True)
class Desk:
    """A fresh installation in a folder of its own."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which its commands run."""
        return {
            **os.environ,
            "ZHAIBIAN_DATA": str(self.folder),
            "ZHAIBIAN_ALLOW_INTERNAL": "127.0.1.0/24",
            "ZHAIBIAN_CONTACT": CONTACT,
        }

    def run(self, *words: str, stdin: str = "") -> str:
        """Run a `zhaibian` command; its answer is returned, what it tells is shown."""
        program = str(Path(sys.executable).with_name("zhaibian"))
        done = subprocess.run(
            [program, *words],
            env=self.environment,
            input=stdin,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"zhaibian {' '.join(words)} ended with {done.returncode}")
        return done.stdout


def fresh_desk(out: Path) -> Desk:
    """Return an installation with the digest's profile and a chief editor."""
    folder = out / "data"
    shutil.rmtree(folder, ignore_errors=True)
    desk = Desk(folder)
    desk.run("init", "--profile", "config/publications/digest.toml")
    desk.run("user", "add", "ada@example.org", "--name", "Ada", "--role", "chief",
             "--password", "correct horse 21")  # fmt: skip
    return desk


def opened_desk(out: Path) -> tuple[Desk, Flask]:
    """Return a fresh installation and its application; this process takes over its settings."""
    desk = fresh_desk(out)
    os.environ.update(desk.environment)
    return desk, create_app(load())


def sources_toml(world: dict[str, Any]) -> str:
    """Return the world's sites as a user would configure them."""
    return "\n".join(_source(site) for site in world["sites"] if _address(site))


def _address(site: dict[str, Any]) -> str:
    return site["feed_url"] or site["list_url"] or ""


def _source(site: dict[str, Any]) -> str:
    feed = site["feed_url"]
    values = {
        "name": site["name"],
        "kind": KINDS[site["kind"]] if feed else "list",
        "url": _address(site),
    }
    lines = ["[[source]]", *(f"{key} = {_quoted(value)}" for key, value in values.items())]
    if feed and site["list_url"]:
        lines.append(f"list_url = {_quoted(site['list_url'])}")
    if site["list_url"]:
        lines.append(f"page_pattern = {_quoted(site['page_pattern'])}")
        lines.append("[source.selectors]")
        lines += [f"{key} = {_quoted(value)}" for key, value in site["selectors"].items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
