"""Lets so many in at once who will ask the database, and has the others wait in their order: newcomers after everybody else.

Two thousand tabs that come back at the same moment would otherwise all be at the database together: each call waits behind all the
others, until it has waited for longer than a call may, and its tab asks again. So whoever was let in is served to the end, and then
the next comes in.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from whatsapp_server import errors

MOST_AT_ONCE = 16
PATIENCE_SECONDS = 5.0
# Of a tab that wants to be connected: it would wait for longer, but its answers to pings are not read meanwhile (factory.py).
NEWCOMERS_PATIENCE_SECONDS = 20.0

_lock = threading.Lock()
_free = MOST_AT_ONCE
# Who waits for a place; there are some only while no place is free.
_inside: deque[threading.Event] = deque()
_newcomers: deque[threading.Event] = deque()


def enter(*, newcomer: bool = False) -> None:
    """Wait for a place, to be given back by `leave`; raises Unavailable when none becomes free in time."""
    global _free
    line = _newcomers if newcomer else _inside
    called = threading.Event()
    with _lock:
        if _free:
            _free -= 1
            return
        line.append(called)
    if called.wait(NEWCOMERS_PATIENCE_SECONDS if newcomer else PATIENCE_SECONDS):
        return
    with _lock:
        if called.is_set():
            return  # at the last moment
        line.remove(called)
    raise errors.Unavailable


def leave() -> None:
    """Give a place back: to whoever has waited longest."""
    global _free
    with _lock:
        line = _inside or _newcomers
        if line:
            line.popleft().set()
        else:
            _free += 1


@contextmanager
def place(*, newcomer: bool = False) -> Iterator[None]:
    """A place meanwhile; raises Unavailable."""
    enter(newcomer=newcomer)
    try:
        yield
    finally:
        leave()
