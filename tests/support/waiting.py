"""Waiting for a condition instead of sleeping for a guessed time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], *, within: float = 10.0, every: float = 0.02) -> Found:
    """The first truthy answer of `look`; AssertionError when there is none `within` so many seconds."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        pause.wait(every)
    return found
