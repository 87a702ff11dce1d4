"""What this process has to tell the others: kept in order, and handed over by one thread, so that no request waits for Redis.

What could not be handed over in time is dropped and remembered as a gap. The others then get a notice, which makes their tabs sync: that
brings them further than a stale backlog would, at once and in one answer.
"""

import threading
from collections import deque
from collections.abc import Callable
from itertools import islice

import structlog

from whatsapp_server import clock

log = structlog.get_logger()

MAX_WAITING = 2_000
MAX_AT_ONCE = 100
STALE_SECONDS = 1.5
RETRY_SECONDS = 0.25
# Notices make every tab ask the database: while much is lost they come no faster than this.
NOTICE_SECONDS = 1.0


class Outgoing:
    """A bounded queue and the thread that empties it.

    `send` hands over some messages in their order, or raises; they are then tried again, so that some may arrive twice.
    """

    def __init__(self, send: Callable[[list[str]], None], *, notice: str) -> None:
        self._send, self._notice = send, notice
        # (running number, when it was put in, text)
        self._waiting: deque[tuple[int, float, str]] = deque()
        self._number = 0
        # How many were dropped, and of how many the others know.
        self._missed = self._told = 0
        self._notice_due = 0.0
        self._failing_since: float | None = None
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="tell other processes", daemon=True)

    def start(self) -> None:
        """Begin to hand over."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Hand over what waits, if that goes well within `timeout_seconds`, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def put(self, message: str) -> None:
        """Have `message` handed over soon; never waits. When too many wait already, the oldest goes."""
        with self._changed:
            if len(self._waiting) >= MAX_WAITING:
                self._drop_oldest()
            self._number += 1
            self._waiting.append((self._number, clock.monotonic(), message))
            self._changed.notify()

    def _run(self) -> None:
        while self._wait():
            messages, last, missed = self._gather()
            if not messages:
                continue
            try:
                self._send(messages)
            except Exception as error:  # whatever it is, the tabs of this process have heard already
                self._failed(error)
                if self._stopping:
                    return
                self._pause()
            else:
                self._handed_over(last, missed)

    def _wait(self) -> bool:
        """Until there is something to hand over; False when there is not and we are to end."""
        with self._changed:
            while not self._waiting and not self._owes_notice():
                if self._stopping:
                    return False
                self._changed.wait(self._notice_due - clock.monotonic() if self._missed > self._told else None)
            return True

    def _owes_notice(self) -> bool:
        return self._missed > self._told and clock.monotonic() >= self._notice_due

    def _gather(self) -> tuple[list[str], int, int]:
        """(what to hand over next, the number of its last message, how many were missed of which it tells)."""
        with self._changed:
            # Only after a failure: what is late because we are busy goes out late, for syncing would keep us busier.
            while self._failing_since is not None and self._waiting and self._waiting[0][1] < clock.monotonic() - STALE_SECONDS:
                self._drop_oldest()
            batch = list(islice(self._waiting, MAX_AT_ONCE))
            owes = self._owes_notice()
            messages = [self._notice] * owes + [text for _, _, text in batch]
            return messages, batch[-1][0] if batch else 0, self._missed if owes else self._told

    def _drop_oldest(self) -> None:
        self._waiting.popleft()
        self._missed += 1

    def _failed(self, error: Exception) -> None:
        if self._failing_since is None:
            self._failing_since = clock.monotonic()
            log.warning("relay.cannot_tell", error=type(error).__name__)

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, RETRY_SECONDS)

    def _handed_over(self, last: int, missed: int) -> None:
        with self._changed:
            # By number: meanwhile some of them may have been dropped for newer ones.
            while self._waiting and self._waiting[0][0] <= last:
                self._waiting.popleft()
            newly_told, self._told = missed - self._told, missed
            if newly_told:
                self._notice_due = clock.monotonic() + NOTICE_SECONDS
        if newly_told:
            log.warning("relay.missed", count=newly_told)
        if self._failing_since is not None:
            log.info("relay.tells_again", seconds=round(clock.monotonic() - self._failing_since, 1))
            self._failing_since = None
