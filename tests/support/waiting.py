"""Waiting for a condition instead of sleeping for a guessed time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
# Before a state that does not come fails a test. It says nothing of how fast something is: it outlasts any hold-up of a busy machine.
PATIENCE_SECONDS = 60.0


def eventually(look: Callable[[], Found], *, within: float = PATIENCE_SECONDS, every: float = 0.02) -> Found:
    """The first truthy answer of `look`; AssertionError when there is none `within` so many seconds."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        pause.wait(every)
    return found
