"""How often something may be tried. Counted in Redis when there is one, so that all processes count together, else in memory.

Counted by the views that are limited, not for every request: Flask-Limiter's hooks cost each webhook a tenth of its time.
"""

import structlog
from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from whatsapp_server import errors

log = structlog.get_logger()

REDIS_TIMEOUT_SECONDS = 0.5


class Attempts:
    """The counts of one process, or of all that share its Redis."""

    def __init__(self, redis_url: str | None) -> None:
        patience = {"socket_timeout": REDIS_TIMEOUT_SECONDS, "socket_connect_timeout": REDIS_TIMEOUT_SECONDS}
        shared = storage_from_string(redis_url, **patience) if redis_url else MemoryStorage()
        # Not the moving window: in memory it keeps the name of everybody who ever tried, and walks through all of them at every attempt.
        self._shared = SlidingWindowCounterRateLimiter(shared)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage()) if redis_url else self._shared

    def may(self, per_minute: int, *who: str) -> bool:
        """Count one attempt by `who`; False when that is more than `per_minute`. Without Redis's answer this process counts alone."""
        limit = RateLimitItemPerMinute(per_minute)
        try:
            return self._shared.hit(limit, *who)
        except Exception as error:  # whatever library speaks with Redis has errors of its own
            log.warning("attempts.counted_alone", error=type(error).__name__)
            return self._own.hit(limit, *who)


def register(app: Flask, redis_url: str | None) -> None:
    """Give `app` its counts."""
    app.extensions["attempts"] = Attempts(redis_url)


def count(per_minute: int, *who: str) -> None:
    """Count one attempt by `who` (any strings that name them); raises TooManyAttempts."""
    attempts: Attempts = current_app.extensions["attempts"]
    if not attempts.may(per_minute, *who):
        raise errors.TooManyAttempts
