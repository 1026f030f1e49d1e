"""The factory that wires an application together."""

from celery import Celery, Task
from flask import Flask

from config.settings import Settings
from editor import clock
from editor.store.clock_offset import stored_offset
from editor.store.db import Database
from editor.store.files import FileStore
from editor.web import wiring


def create_app(settings: Settings) -> Flask:
    """Return the application for these settings, with its database, files and queue.

    `app.extensions` holds "settings", "database", "files" and "celery".
    """
    app = Flask(
        __name__,
        template_folder=wiring.template_folder(),
        static_folder=wiring.static_folder(),
    )
    app.config.update(SECRET_KEY=settings.secret_key, TESTING=settings.testing)
    database = Database(settings.database_url)
    app.extensions["settings"] = settings
    app.extensions["database"] = database
    app.extensions["files"] = FileStore(settings.files_dir)
    app.extensions["celery"] = make_celery(app, settings)
    clock.follow(stored_offset(database))
    wiring.init_app(app, settings)
    return app


def make_celery(app: Flask, settings: Settings) -> Celery:
    """Return the Celery application whose tasks run inside the app's context."""

    class ContextTask(Task):
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery = Celery("zhaibian", task_cls=ContextTask)
    celery.conf.update(
        broker_url=settings.broker_url,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": 900,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
        },
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_time_limit=600,
        # typst remembers the issues it has set: a process that knows too many makes way for a fresh
        # one; an issue of 500 pages takes 500 MB by itself
        worker_max_memory_per_child=900_000,  # kilobytes
        worker_soft_shutdown_timeout=10,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        timezone="UTC",
        beat_schedule={
            "tick": {
                "task": "workers.timetable.tick",
                "schedule": 30.0,
                "options": {"queue": "crawl", "expires": 25},
            }
        },
    )
    celery.set_default()
    return celery
