"""The web process: waitress when run as a module, `editor.wsgi:app` for gunicorn."""

import waitress

from config.settings import load
from editor.app import create_app

THREADS = 8

settings = load()
app = create_app(settings)


def main() -> None:
    """Serve until told to stop."""
    waitress.serve(app, host=settings.host, port=settings.port, threads=THREADS, ident="zhaibian")


if __name__ == "__main__":
    main()
