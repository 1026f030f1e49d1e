"""Sets the demo up: its data, its publication, its sources, its people."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session

from editor import clock
from editor.demo.content import DemoSite, read_sites
from editor.demo.pages import FEEDS, address
from editor.desk import issues, items, people, publications, sources
from editor.errors import Unusable
from editor.profile import Profile, read_profile
from editor.schedule import Window, monthly_window
from editor.store.models import Issue, Publication
from editor.text.document import BookEntry
from editor.workflow import IssueState, ItemKind, Role, SourceKind

PROFILES = Path(__file__).parents[2] / "config" / "publications"
EMAIL = "demo@yunzhou.example"
START_SECONDS = 10.0
LEAST_TIME = timedelta(days=1)
TIME_LEFT = timedelta(days=4)
BOOKS = (
    BookEntry(
        title="潮汐与账簿",
        author="林见山",
        publisher="云州大学出版社",
        published="2025-04",
        summary="以临澜港百年贸易账簿为线索，讲述一座港口城市怎样在一次次危机中改写自己的规则。",
        reason="史料扎实，文笔清朗，适合关心港口与开放政策的读者。",
    ),
    BookEntry(
        title="小城算法",
        author="[青屿]周以宁",
        publisher="临澜书局",
        published="2024-11",
        summary="走访十二座中小城市的数字化项目，记录成功与失败背后的制度原因。",
        reason="案例具体，对正在推进数字政府建设的部门有直接参考价值。",
    ),
)


@dataclass(frozen=True)
class Stage:
    """The demo's issue and the addresses of its sites."""

    window: Window
    year: int
    month: int


def stage_for(now: datetime, profile: Profile) -> Stage:
    """Return the issue whose window is at least half over, so that there is news to see."""
    local = now.astimezone(ZoneInfo(profile.schedule.timezone))
    window = monthly_window(local.year, local.month, profile.schedule.first_day, profile.zone)
    return Stage(window, local.year, local.month)


def start_sites(folder: Path, stage: Stage) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """Start the web of invented places; returns its process and its addresses by site."""
    target = folder / "sites.json"
    before = target.stat().st_mtime_ns if target.exists() else 0
    window = stage.window
    process = subprocess.Popen(
        [sys.executable, "-m", "editor.demo.site", os.fspath(target),
         window.opens_at.isoformat(), window.closes_at.isoformat()],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while not target.exists() or target.stat().st_mtime_ns == before:
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unusable("演示网站没有启动", "The demo's web sites did not start")
        time.sleep(0.05)
    return process, json.loads(target.read_text(encoding="utf-8"))


def allow_sites(addresses: dict[str, str]) -> None:
    """Let this process and its children visit the demo's own ports, and nothing else inside."""
    ports = sorted(base.rpartition(":")[2] for base in addresses.values())
    os.environ["ZHAIBIAN_ALLOW_INTERNAL"] = ",".join(f"127.0.0.1@{port}" for port in ports)


def furnish(session: Session, stage: Stage, addresses: dict[str, str]) -> tuple[Issue, str]:
    """Fill an empty installation; returns the issue and the demo user's password.

    The password is empty when the demo has been set up before.
    """
    publication = publications.find_publication(session, "digest")
    if publication is None:
        issue, password = _first_time(session, stage)
    else:
        issue = issues.list_issues(session, publication)[0]
        password = ""
    _leave_time(session, issue)
    publication = session.get_one(Publication, issue.publication_id)
    sites = read_sites(stage.window)
    _keep_sources(session, publication, sites, addresses)
    _paste(session, publication, issue, sites, addresses)
    return issue, password


def _leave_time(session: Session, issue: Issue) -> None:
    """Keep the copy deadline ahead: late in a month the demo would greet with one that passed."""
    open_still = issue.state in (IssueState.collecting, IssueState.editing)
    if open_still and issue.copy_due_at < clock.now() + LEAST_TIME:
        issue.copy_due_at = clock.now() + TIME_LEFT
        session.add(issue)


def _first_time(session: Session, stage: Stage) -> tuple[Issue, str]:
    now = clock.now()
    profile = read_profile(PROFILES / "digest.toml")
    publication = publications.load_profile(session, profile, by=None, now=now)
    password = secrets.token_urlsafe(9)
    chief = people.add_user(
        session,
        email=EMAIL,
        name="演示主编",
        password=password,
        publication=publication,
        roles=frozenset({Role.chief, Role.editor, Role.admin}),
        now=now,
    )
    issue = issues.open_issue(
        session, publication, by=chief, now=now, year=stage.year, month=stage.month
    )
    for section in issues.sections_of(session, issue):
        if section.kind is ItemKind.books:
            fields = items.ItemFields(headline=section.name, blocks=BOOKS)
            items.new_item(session, section, kind=ItemKind.books, fields=fields, by=chief, now=now)
    return issue, password


def _keep_sources(
    session: Session,
    publication: Publication,
    sites: Sequence[DemoSite],
    addresses: dict[str, str],
) -> None:
    """Add the sites as sources, or move known ones to the addresses of this start."""
    known = {source.name: source for source in sources.list_sources(session, publication)}
    for site in sites:
        if site.style == "wechat":
            continue
        draft = _draft(site, addresses[site.key])
        if source := known.get(site.name):
            sources.update_source(session, source, draft, by=None, now=clock.now())
        else:
            sources.add_source(session, publication, draft, by=None, now=clock.now())


def _draft(site: DemoSite, base: str) -> sources.SourceDraft:
    if site.style in FEEDS:
        kind = SourceKind.sitemap if site.style == "sitemap" else SourceKind.feed
        return sources.SourceDraft(
            name=site.name,
            kind=kind,
            url=base + FEEDS[site.style],
            default_section=site.section,
        )
    return sources.SourceDraft(
        name=site.name,
        kind=SourceKind.list,
        url=base + "/news/index.html",
        selectors={"item": "ul.news-list > li", "link": "a", "date": "span.date"},
        page_pattern=base + "/news/index_{n}.html",
        default_section=site.section,
    )


def _paste(
    session: Session,
    publication: Publication,
    issue: Issue,
    sites: Sequence[DemoSite],
    addresses: dict[str, str],
) -> None:
    """Paste the links of the sites that nobody can subscribe to."""
    links = [
        addresses[site.key] + address(site, article)
        for site in sites
        if site.style == "wechat"
        for article in site.articles
        if article.published_at <= clock.now()
    ]
    if links:
        sources.paste_links(session, publication, links, issue=issue, by=None, now=clock.now())
