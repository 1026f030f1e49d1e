"""The Celery application: `celery -A workers.app worker -Q crawl`. Registers every task."""

import logging
import os
import warnings

from celery.platforms import SecurityWarning
from celery.signals import worker_init, worker_process_init

from config.settings import load
from editor.app import create_app
from editor.processes import collect_seldom, die_with

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
def keep_what_was_imported(**_signal: object) -> None:
    """Spare a worker the search for garbage in what it never lets go."""
    collect_seldom()


@worker_process_init.connect
def follow_parent(**_signal: object) -> None:
    """Make a pool process die with its worker, and give it connections of its own."""
    die_with(os.getppid())
    flask_app.extensions["database"].engine.dispose(close=False)
