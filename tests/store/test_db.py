"""Connections: a crawl worker's threads write at once, and each asks the clock meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

CRAWLERS = 16


def test_every_thread_of_the_crawl_may_read_while_it_holds_another_connection(sqlite_database):
    together = Barrier(CRAWLERS, timeout=20)

    def crawl(_number: int) -> int:
        with sqlite_database.reading() as writer:
            writer.execute(text("SELECT 1"))
            together.wait()
            with sqlite_database.reading() as clock:
                clock.execute(text("SELECT 1"))
                together.wait()
        return 1

    with ThreadPoolExecutor(CRAWLERS) as threads:
        assert sum(threads.map(crawl, range(CRAWLERS))) == CRAWLERS
