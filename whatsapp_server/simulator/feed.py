"""Tells open phone pages what changed."""

import queue
import threading
from typing import Any

MAX_BEHIND = 1000


class Feed:
    """Fan-out to any number of listeners. A listener that falls behind is dropped; its page reconnects and reloads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[queue.Queue[dict[str, Any] | None]] = set()

    def listen(self) -> "queue.Queue[dict[str, Any] | None]":
        """A queue of changes from now on; None in it means: the stream is over."""
        listener: queue.Queue[dict[str, Any] | None] = queue.Queue(MAX_BEHIND + 1)
        with self._lock:
            self._listeners.add(listener)
        return listener

    def leave(self, listener: "queue.Queue[dict[str, Any] | None]") -> None:
        """Stop filling `listener`; harmless when it was dropped already."""
        with self._lock:
            self._listeners.discard(listener)

    def publish(self, kind: str, **payload: Any) -> None:
        """Tell every listener."""
        with self._lock:
            for listener in tuple(self._listeners):
                if listener.qsize() >= MAX_BEHIND:
                    self._end(listener)
                else:
                    listener.put_nowait({"type": kind, **payload})

    def close(self) -> None:
        """End every stream."""
        with self._lock:
            for listener in tuple(self._listeners):
                self._end(listener)

    def _end(self, listener: "queue.Queue[dict[str, Any] | None]") -> None:
        self._listeners.discard(listener)
        listener.put_nowait(None)
