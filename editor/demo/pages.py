"""What the demo's sites answer: feeds, list pages, articles and drawn pictures; pure."""

import json
import random
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from PIL import Image, ImageDraw

from editor import clock
from editor.demo.content import DemoArticle, DemoSite

TEMPLATES = Path(__file__).parents[2] / "templates" / "demo"
PER_PAGE = 10
FEEDS = {"rss": "/feed.xml", "atom": "/atom.xml", "jsonfeed": "/feed.json",
         "sitemap": "/sitemap_news.xml"}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """A response: status, media type with charset, body."""

    status: int
    media_type: str
    body: bytes


@cache
def environment() -> Environment:
    """Return the templates of the demo's pages, escaping everything."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)


def answer(site: DemoSite, path: str, base: str) -> Answer | None:
    """Return what the site says at this path, None where it has nothing."""
    path = path.partition("?")[0]
    if path == "/robots.txt":
        return Answer(200, "text/plain", b"User-agent: *\nDisallow: /admin/\n")
    if path == FEEDS.get(site.style):
        return _feed(site, base)
    if path.startswith("/charts/"):
        return Answer(200, "image/png", chart(path))
    if path in ("/", "/news/index.html") or path.startswith("/news/index_"):
        return _list(site, path)
    for article in visible(site, clock.real()):
        if path == address(site, article):
            return _article(site, article)
    return None


def visible(site: DemoSite, now: datetime) -> list[DemoArticle]:
    """Return what has been published by now, newest first."""
    return [article for article in site.articles if article.published_at <= now]


def address(site: DemoSite, article: DemoArticle) -> str:
    """Return the article's path on its site."""
    if site.style == "wechat":
        return f"/s/{article.slug}"
    return f"/{article.published_at:%Y%m}/{article.slug}.html"


def _page(site: DemoSite, template: str, **values: object) -> Answer:
    text = environment().get_template(template).render(site=site, **values)
    return Answer(200, f"text/html; charset={site.encoding}", text.encode(site.encoding, "replace"))


def _article(site: DemoSite, article: DemoArticle) -> Answer:
    template = {"gov": "gov.html", "wechat": "wechat.html"}.get(site.style, "article.html")
    return _page(site, template, article=article, parts=parts(article))


def _list(site: DemoSite, path: str) -> Answer | None:
    digits = "".join(character for character in path if character.isdigit())
    number = int(digits or 1)
    shown = visible(site, clock.real())
    pages = max(1, -(-len(shown) // PER_PAGE))
    if not 1 <= number <= pages:
        return None
    rows = shown[(number - 1) * PER_PAGE : number * PER_PAGE]
    entries = [(article, address(site, article)) for article in rows]
    return _page(site, "list.html", entries=entries, number=number, pages=pages)


def _feed(site: DemoSite, base: str) -> Answer:
    rows = [(article, base + address(site, article), parts(article))
            for article in visible(site, clock.real())]  # fmt: skip
    if site.style == "jsonfeed":
        return Answer(200, "application/feed+json", _json_feed(site, rows, base))
    template = environment().get_template(f"{site.style}.xml")
    text = template.render(site=site, rows=rows, base=base, rfc822=format_datetime)
    return Answer(200, "application/xml; charset=utf-8", text.encode("utf-8"))


def _json_feed(
    site: DemoSite, rows: list[tuple[DemoArticle, str, list[tuple[str, object]]]], base: str
) -> bytes:
    body = environment().get_template("_body.html")
    items = [
        {
            "id": url,
            "url": url,
            "title": article.title,
            "date_published": article.published_at.isoformat(),
            "content_html": body.render(parts=content, base=base),
        }
        for article, url, content in rows
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": site.name, "items": items}
    return json.dumps(feed, ensure_ascii=False).encode("utf-8")


def parts(article: DemoArticle) -> list[tuple[str, object]]:
    """Return the body as (kind, value): paragraph, heading, table rows, figure caption."""
    found: list[tuple[str, object]] = []
    for line in filter(None, map(str.strip, article.body.splitlines())):
        if line.startswith("|"):
            row = [cell.strip() for cell in line.strip("|").split("|")]
            if found and found[-1][0] == "table":
                rows = found.pop()[1]
                assert isinstance(rows, list)
                found.append(("table", [*rows, row]))
            else:
                found.append(("table", [row]))
        elif line.startswith("## "):
            found.append(("heading", line[3:]))
        elif line.startswith("!["):
            found.append(("figure", (line[2 : line.index("]")], f"/charts/{article.slug}.png")))
        else:
            found.append(("paragraph", line.split("**")))
    return found


def chart(path: str) -> bytes:
    """Return a drawn bar chart; the same path gives the same picture."""
    chance = random.Random(path)
    image = Image.new("RGB", (900, 480), "white")
    draw = ImageDraw.Draw(image)
    for step in range(8):
        height = chance.randint(90, 380)
        left = 70 + step * 100
        draw.rectangle((left, 430 - height, left + 56, 430), fill=(63, 99, 140))
    draw.line((50, 430, 870, 430), fill="black", width=2)
    content = BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
