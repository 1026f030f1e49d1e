"""The demo's sites and articles: TOML in `content/`, with days counted from the window's start."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from editor.schedule import Window

FOLDER = Path(__file__).parent / "content"


@dataclass(frozen=True)
class DemoArticle:
    """One invented article; `body` has a paragraph a line.

    A line `## …` is a heading, `**…**` bold, lines `| a | b |` a table whose first row is the
    header, and `![caption](chart)` a drawn picture.
    """

    slug: str
    title: str
    published_at: datetime
    body: str
    source: str = ""
    author: str = ""


@dataclass(frozen=True)
class DemoSite:
    """One invented site. `style` is rss, atom, jsonfeed, sitemap, list, gov or wechat."""

    key: str
    name: str
    style: str
    encoding: str
    section: str
    articles: tuple[DemoArticle, ...]

    @property
    def full_text(self) -> bool:
        """Whether the site's feed carries the whole text."""
        return self.style in ("rss", "atom", "jsonfeed")


def read_sites(window: Window) -> tuple[DemoSite, ...]:
    """Return all sites, their articles dated relative to `window`, newest first."""
    return tuple(_site(path, window) for path in sorted(FOLDER.glob("*.toml")))


def _site(path: Path, window: Window) -> DemoSite:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    articles = [
        DemoArticle(
            slug=row["slug"],
            title=row["title"],
            published_at=window.opens_at + timedelta(days=row["day"]),
            body=row["body"].strip(),
            source=row.get("source", data["name"]),
            author=row.get("author", ""),
        )
        for row in data["article"]
    ]
    articles.sort(key=lambda article: article.published_at, reverse=True)
    return DemoSite(
        key=path.stem,
        name=data["name"],
        style=data["style"],
        encoding=data.get("encoding", "utf-8"),
        section=data.get("section", ""),
        articles=tuple(articles),
    )
