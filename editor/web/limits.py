"""Rate limits: counted in the broker's Redis, in memory where there is none."""

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from config.settings import Settings

# when Redis is away the limits go on in this process's memory; requests that find it gone at the
# same moment are let through (logged), because only the first of them switches over
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True, swallow_errors=True)


def storage(settings: Settings) -> str:
    """Return where the limiter counts."""
    url = settings.broker_url
    if url.startswith("redis+socket://"):
        return "redis+unix://" + url.removeprefix("redis+socket://")
    return url if url.startswith(("redis://", "rediss://")) else "memory://"


def address_and_name() -> str:
    """Return who tries to log in: the address together with the name that was typed."""
    return f"{get_remote_address()} {request.form.get('email', '').strip().lower()}"
