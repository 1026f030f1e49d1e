"""Workers for the length of one command, when no `zhaibian serve` has them running."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from editor.commands.office import Office, say
from editor.serve import Supervisor, children


@contextmanager
def crew(office: Office, *names: str) -> Iterator[None]:
    """Make sure the workers of these names (and the broker) run while the block lasts."""
    if broker_answers(office.settings.broker_url):
        yield
        return
    say("没有运行中的 zhaibian serve，临时启动工作进程 / starting workers for this command")
    wanted = [child for child in children(office.settings) if child.name in ("broker", *names)]
    for child in wanted:
        child.environment["ZHAIBIAN_DATA"] = os.fspath(office.settings.data_dir)
    supervisor = Supervisor(office.settings, wanted, say)
    with supervisor.running():
        watch = threading.Thread(target=supervisor.watch, daemon=True)
        watch.start()
        try:
            yield
        finally:
            supervisor.stopping = True
            watch.join()


def broker_answers(url: str) -> bool:
    """Whether a broker is listening."""
    client = redis.Redis.from_url(url.replace("redis+socket://", "unix://"), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
