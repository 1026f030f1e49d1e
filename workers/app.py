"""The Celery application: `celery -A workers.app worker -Q crawl`. Registers every task."""

import gc
import logging
import os
import warnings

from celery.platforms import SecurityWarning
from celery.signals import worker_init, worker_process_init

from config.settings import load
from editor.app import create_app
from editor.processes import die_with

# The warning is about pickled messages from strangers; ours are JSON on a private broker.
warnings.filterwarnings("ignore", category=SecurityWarning)

# every fetch is a row that a screen shows; httpx would log each a second time
logging.getLogger("httpx").setLevel(logging.WARNING)

flask_app = create_app(load())
celery = flask_app.extensions["celery"]
celery.conf.imports = (
    "workers.timetable",
    "workers.crawling.crawl",
    "workers.candidates.extraction",
    "workers.files.uploads",
    "workers.candidates.cluster",
    "workers.candidates.printed",
    "workers.candidates.indexing",
    "workers.printing.layout",
    "workers.printing.export",
    "workers.printing.edition",
)


@worker_init.connect
@worker_process_init.connect
def collect_seldom(**_signal: object) -> None:
    """Look for circles of garbage seldom: a page makes many small values and few circles.

    What was imported stays for good. An eighth of a crawl's processor time goes without this.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@worker_process_init.connect
def follow_parent(**_signal: object) -> None:
    """Make a pool process die with its worker, and give it connections of its own."""
    die_with(os.getppid())
    flask_app.extensions["database"].engine.dispose(close=False)
