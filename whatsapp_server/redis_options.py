"""How everything here speaks with Redis: it gives up soon and at once, because Redis is a help that the product can do without."""

from typing import Any

from redis.backoff import NoBackoff
from redis.retry import Retry


def impatient(timeout_seconds: float) -> dict[str, Any]:
    """Options of redis.Redis.from_url: no step waits longer than this, and none is tried again (the library would, ten times)."""
    return {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
        # Spoken by every version, and with fewer words at the start of a connection.
        "protocol": 2,
    }
