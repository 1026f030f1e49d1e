"""kill -9 in the middle of a crawl: nothing lost, nothing twice, the work completes."""

from collections import Counter

import pytest

from tests.faults.killing import candidates, killable_desk
from tests.faults.running_desk import wait_until
from tests.faults.small_web import ARTICLES

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.parametrize("victim", ["crawl@", "extract@", "valkey-server"])
def test_a_crawl_survives_the_death_of(victim, tmp_path):
    with killable_desk(tmp_path / "data") as (desk, hits):
        crawl = desk.start("crawl", "--issue", "60")
        wait_until(lambda: sum(hits.values()) > 5, 60, "the crawl is in the middle")
        desk.kill(victim)
        assert crawl.wait(300) == 0
        titles = Counter(row["title"] for row in candidates(desk))
    assert len(titles) == ARTICLES
    assert set(titles.values()) == {1}
