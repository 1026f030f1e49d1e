"""robots.txt as RFC 9309 reads it."""

import time

import pytest

from workers.crawling.robots import parse_robots

RULES = """\ufeff# 云州日报
User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.pdf$
Disallow: /search?q=
Crawl-delay: 2

User-agent: other
User-agent: zhaibian-not
Disallow: /
"""


@pytest.mark.parametrize("path, allowed", [
    ("/", True), ("/private/a", False), ("/private/open/a", True), ("/private", True),
    ("/a.pdf", False), ("/a.pdf?x=1", True), ("/search?q=1", False), ("/robots.txt", True),
    ("/%70rivate/a", False),
])  # fmt: skip
def test_the_longest_rule_wins_and_allow_wins_a_tie(path, allowed):
    assert parse_robots(RULES, "zhaibian").allows("http://daily.example" + path) is allowed


def test_a_group_of_our_own_replaces_the_one_for_everybody():
    text = RULES + "\nUser-agent: ZhaiBian\nDisallow: /news/\n"
    rules = parse_robots(text, "zhaibian")
    assert rules.allows("http://daily.example/private/a")
    assert not rules.allows("http://daily.example/news/1")
    assert rules.delay == 0


@pytest.mark.parametrize(
    "value, delay", [("2", 2), ("0.5", 0.5), ("x", 0), ("-1", 0), ("9999", 120)]
)
def test_the_pause_it_asks_for_is_read_within_reason(value, delay):
    assert parse_robots(f"User-agent: *\nCrawl-delay: {value}", "zhaibian").delay == delay


@pytest.mark.parametrize(
    "text", ["", "<html>404</html>", "Disallow: /", "User-agent: *\nDisallow:"]
)
def test_what_forbids_nothing_allows_everything(text):
    assert parse_robots(text, "zhaibian").allows("http://daily.example/a")


def test_a_hostile_rule_costs_no_time():
    rules = parse_robots("User-agent: *\nDisallow: /" + "*a" * 5000 + "$", "zhaibian")
    started = time.monotonic()
    assert rules.allows("http://daily.example/" + "a" * 2000 + "b")
    assert time.monotonic() - started < 0.5
