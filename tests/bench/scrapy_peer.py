"""The peer: Scrapy with trafilatura storing rows, on the same replayed web, one process.

Usage: python -m tests.bench.scrapy_peer WORLD.json ROWS.db; prints pages and seconds as JSON.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser
import scrapy
import trafilatura
from lxml import etree
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response


class BulletinSpider(scrapy.Spider):
    """Follows each site's feed or list, extracts every page with trafilatura, stores a row."""

    name = "bulletin"
    custom_settings = {
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
        "RETRY_TIMES": 2,
    }

    def __init__(self, world: dict[str, Any], database: str) -> None:
        super().__init__()
        self.world = world
        self.rows = sqlite3.connect(database)
        self.rows.execute("create table page (url primary key, title, published, text)")
        self.pages = 0

    async def start(self) -> Any:
        """Ask for every listing and every pasted link."""
        for site in self.world["sites"]:
            if site["feed_url"]:
                yield scrapy.Request(site["feed_url"], self.parse_feed)
            elif site["list_url"]:
                yield scrapy.Request(site["list_url"], self.parse_list, cb_kwargs={"site": site})
        for url in self.world["paste_links"]:
            yield scrapy.Request(url, self.parse_page)

    def parse_feed(self, response: Response) -> Iterator[scrapy.Request]:
        """Follow the links of a feed, a JSON feed or a sitemap."""
        for url in _links(response):
            if url.startswith("http://127.0.1."):
                yield scrapy.Request(url, self.parse_page)

    def parse_list(self, response: Response, site: dict[str, Any]) -> Iterator[scrapy.Request]:
        """Follow a list page's links and its next pages."""
        chosen = site["selectors"]
        for item in response.css(chosen["item"]):
            href = item.css(f"{chosen['link']}::attr(href)").get()
            url = urljoin(response.url, href or "")
            if url.startswith("http://127.0.1."):
                yield scrapy.Request(url, self.parse_page)
        for number in range(2, site["pages"] + 1):
            yield scrapy.Request(
                site["page_pattern"].replace("{n}", str(number)),
                self.parse_list,
                cb_kwargs={"site": site},
            )

    def parse_page(self, response: Response) -> None:
        """Extract and store."""
        found = trafilatura.bare_extraction(
            response.body, url=response.url, favor_precision=True, with_metadata=True
        )
        if found is None:
            return
        values = found.as_dict()
        row = (response.url, values.get("title"), values.get("date"), values.get("text"))
        self.rows.execute("insert or ignore into page values (?, ?, ?, ?)", row)
        self.rows.commit()
        self.pages += 1


def _links(response: Response) -> list[str]:
    if "json" in response.headers.get("content-type", b"").decode():
        return [item["url"] for item in json.loads(response.text)["items"]]
    if b"<urlset" in response.body:
        tree = etree.fromstring(response.body)
        return [node.text or "" for node in tree.iter("{*}loc")]
    return [entry.get("link", "") for entry in feedparser.parse(response.body).entries]


def main() -> None:
    """Crawl and say how it went."""
    world = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    process = CrawlerProcess()
    crawler = process.create_crawler(BulletinSpider)
    process.crawl(crawler, world=world, database=sys.argv[2])
    started = time.monotonic()
    process.start()
    spider: Any = crawler.spider
    print(json.dumps({"pages": spider.pages, "seconds": time.monotonic() - started}))


if __name__ == "__main__":
    main()
