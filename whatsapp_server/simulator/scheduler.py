"""Runs work later, on a bounded pool of threads."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

logger = logging.getLogger(__name__)

POOL_THREADS = 40


class Scheduler:
    """One thread that waits for the next due call, and a pool that makes the calls."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="simulator")
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], Any]]] = []
        self._ticket = itertools.count()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="simulator-scheduler", daemon=True)
        self._thread.start()

    def call_later(self, seconds: float, call: Callable[[], Any]) -> None:
        """Make `call` on the pool in `seconds`; calls that are due together are made in the order they came."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._ticket), call))
            self._changed.notify()

    def stop(self) -> None:
        """Make no further calls; those that run now are not waited for."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopping and not self._is_due():
                    self._changed.wait(self._wait_seconds())
                if self._stopping:
                    return
                _, _, call = heapq.heappop(self._due)
            self._pool.submit(call).add_done_callback(_log_failure)

    def _is_due(self) -> bool:
        return bool(self._due) and self._due[0][0] <= time.monotonic()

    def _wait_seconds(self) -> float | None:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else None


def _log_failure(call: "Future[Any]") -> None:
    if not call.cancelled() and (error := call.exception()) is not None:
        logger.error("a scheduled call failed", exc_info=error)
