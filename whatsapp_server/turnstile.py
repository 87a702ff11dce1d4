"""Lets so many in at once who will ask the database, and has the others wait in their order.

Two thousand tabs that come back at the same moment would otherwise all be at the database together: each call waits behind all the
others, until it has waited for longer than a call may, and its tab asks again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from whatsapp_server import errors

MOST_AT_ONCE = 16
PATIENCE_SECONDS = 5.0

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def enter() -> None:
    """Wait for a place, to be given back by `leave`; raises Unavailable when none becomes free in time."""
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise errors.Unavailable


def leave() -> None:
    """Give a place back."""
    _places.release()


@contextmanager
def place() -> Iterator[None]:
    """A place meanwhile; raises Unavailable."""
    enter()
    try:
        yield
    finally:
        leave()
