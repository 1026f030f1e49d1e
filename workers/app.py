"""The Celery application: `celery -A workers.app worker -Q crawl`. Registers every task."""

from config.settings import load
from editor.app import create_app

flask_app = create_app(load())
celery = flask_app.extensions["celery"]
celery.conf.imports = (
    "workers.timetable",
    "workers.crawl",
    "workers.extraction",
    "workers.layout",
    "workers.export",
)
