"""Runs CPU-bound library calls (argon2 takes 0.16 s and 64 MB) where they do not freeze every client.

server.py installs the executor of the async mode that serves; a command line runs the call in place.
"""

import threading
from collections.abc import Callable
from typing import Any

MAX_AT_ONCE = 2

_slots = threading.BoundedSemaphore(MAX_AT_ONCE)


def _in_place(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


_executor: Callable[..., Any] = _in_place


def install(executor: Callable[..., Any]) -> None:
    """Use `executor(function, *args)` for every later `run`."""
    global _executor
    _executor = executor


def run(function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args)` off the hub, at most MAX_AT_ONCE at a time; raises what it raises."""
    with _slots:
        return _executor(function, *args)
