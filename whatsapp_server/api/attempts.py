"""How often something may be tried. Counted in Redis when there is one, so that all processes count together, else in memory.

Counted by the views that are limited, not for every request: Flask-Limiter's hooks cost each webhook a tenth of its time.
"""

from typing import Any

import structlog
from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from whatsapp_server import clock, errors, redis_options

log = structlog.get_logger()

# One count is one command, before which there may be a new connection.
REDIS_TIMEOUT_SECONDS = 0.2
# How long this process counts alone after Redis failed it, so that not every attempt waits for the next failure.
ALONE_SECONDS = 3.0


class Attempts:
    """The counts of one process, or of all that share its Redis."""

    def __init__(self, redis_url: str | None) -> None:
        options: dict[str, Any] = redis_options.impatient(REDIS_TIMEOUT_SECONDS)
        shared = storage_from_string(redis_url, **options) if redis_url else MemoryStorage()
        # Not the moving window: in memory it keeps the name of everybody who ever tried, and walks through all of them at every attempt.
        self._shared = SlidingWindowCounterRateLimiter(shared)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage()) if redis_url else self._shared
        self._alone_until: float | None = None

    def may(self, per_minute: int, *who: str) -> bool:
        """Count one attempt by `who`; False when that is more than `per_minute`. Without Redis's answer this process counts alone."""
        limit = RateLimitItemPerMinute(per_minute)
        present = clock.monotonic()
        if self._alone_until is not None:
            if present < self._alone_until:
                return self._own.hit(limit, *who)
            # This one asks whether Redis is back; those beside it do not wait for that.
            self._alone_until = present + ALONE_SECONDS
        try:
            counted = self._shared.hit(limit, *who)
        except Exception as error:  # whatever library speaks with Redis has errors of its own
            if self._alone_until is None:
                log.warning("attempts.counted_alone", error=type(error).__name__)
            self._alone_until = clock.monotonic() + ALONE_SECONDS
            return self._own.hit(limit, *who)
        if self._alone_until is not None:
            log.info("attempts.counted_together")
            self._alone_until = None
        return counted


def register(app: Flask, redis_url: str | None) -> None:
    """Give `app` its counts."""
    app.extensions["attempts"] = Attempts(redis_url)


def count(per_minute: int, *who: str) -> None:
    """Count one attempt by `who` (any strings that name them); raises TooManyAttempts."""
    attempts: Attempts = current_app.extensions["attempts"]
    if not attempts.may(per_minute, *who):
        raise errors.TooManyAttempts
