"""The loops behind the requests: deliver the outbox, replay the journal, recheck sessions. Inside web, or a process of its own."""

import threading
from collections.abc import Callable

import structlog
from pymongo.errors import PyMongoError

from whatsapp_server import clock
from whatsapp_server.models.base import Doc
from whatsapp_server.services import delivery, inbound, journal, offers, outbox, presence, ticks, tidying, timeline

log = structlog.get_logger()

FLUSH_SECONDS = 0.25
BELL_SECONDS = 0.2
TIDY_SECONDS = 60.0
# How often what nobody announced is looked for is a setting; what waits for others, or costs them something, comes more seldom.
SELDOM, RARELY = 2.5, 5.0
AFTER_FAILURE_SECONDS = 2.0
LOOPS_END_SECONDS = 0.5
MAX_DELIVERIES = 64


def process_entry(entry: Doc) -> journal.Place:
    """Work through a journal entry of either kind."""
    return inbound.process(entry) if entry["kind"] == inbound.KIND else ticks.process(entry)


class Loop:
    """Calls something every so often in a thread of its own; a failure is logged and the next call comes all the same."""

    def __init__(self, name: str, call: Callable[[], object], seconds: float) -> None:
        self._name, self._call, self._seconds = name, call, seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """End after the call under way, or leave it behind after `timeout_seconds`."""
        self.end()
        self._thread.join(timeout_seconds)

    def end(self) -> None:
        """Call no more, without waiting for that."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._call()
            except Exception as error:
                log.error("loop.failed", loop=self._name, error=f"{type(error).__name__}: {str(error)[:300]}")
                self._stopping.wait(AFTER_FAILURE_SECONDS)
            self._stopping.wait(self._seconds)


class Deliveries:
    """Hands conversations with work to the courier: one at a time each, several beside each other."""

    def __init__(self, courier: delivery.Courier) -> None:
        self._courier = courier
        self._active: set[str] = set()
        self._rung_meanwhile: set[str] = set()
        self._due: dict[str, float] = {}
        self._slots = threading.BoundedSemaphore(MAX_DELIVERIES)
        self._stopping = False
        self._idle = threading.Event()
        self._idle.set()

    def hear(self) -> None:
        """Start what was rung for and what has become due."""
        rung = outbox.heard(BELL_SECONDS)
        present = clock.monotonic()
        for conversation_id in rung | {one for one, due in list(self._due.items()) if due <= present}:
            self._start(conversation_id)

    def sweep(self) -> None:
        """Find work that no bell announced: of another process, or of one that died."""
        for conversation_id in delivery.conversations_with_work():
            if conversation_id not in self._due:
                outbox.ring(conversation_id)

    def clear_delays(self) -> None:
        """Take back what staff was told of an outage that is over."""
        self._courier.clear_delays()

    def ask_about_silent(self) -> None:
        """Ask Twilio about messages of which it has told nothing."""
        self._courier.ask_about_silent()

    def stop(self, timeout_seconds: float) -> None:
        """Begin nothing more, and wait for what is under way."""
        self.end()
        self._idle.wait(timeout_seconds)

    def end(self) -> None:
        """Begin nothing more, without waiting for what is under way."""
        self._stopping = True
        self._courier.stop()

    def _start(self, conversation_id: str) -> None:
        if self._stopping:
            return
        if conversation_id in self._active:
            self._rung_meanwhile.add(conversation_id)
            return
        self._plan(conversation_id, None)
        self._active.add(conversation_id)
        self._idle.clear()
        threading.Thread(target=self._run, args=(conversation_id,), daemon=True).start()

    def _run(self, conversation_id: str) -> None:
        again_in: float | None = AFTER_FAILURE_SECONDS
        try:
            with self._slots:
                again_in = self._courier.deliver(conversation_id)
        except PyMongoError as error:
            # An outage meets every conversation with work again and again: a line each, not a page.
            log.error("delivery.interrupted", conversation=conversation_id, error=type(error).__name__)
        except Exception:
            log.exception("delivery.failed", conversation=conversation_id)
        finally:
            self._active.discard(conversation_id)
            if conversation_id in self._rung_meanwhile:
                self._rung_meanwhile.discard(conversation_id)
                again_in = 0.0 if again_in is None else min(again_in, BELL_SECONDS)
            self._plan(conversation_id, again_in)
            if not self._active:
                self._idle.set()

    def _plan(self, conversation_id: str, again_in: float | None) -> None:
        if again_in is None:
            self._due.pop(conversation_id, None)
            outbox.waiting.discard(conversation_id)
        else:
            self._due[conversation_id] = clock.monotonic() + again_in
            outbox.waiting.add(conversation_id)


class Worker:
    """All loops of one process."""

    def __init__(
        self, courier: delivery.Courier | None, *, sweep_seconds: float, recheck_sessions: Callable[[], None] | None = None
    ) -> None:
        """With a `courier` it delivers and replays; with `recheck_sessions`, where tabs are, it ends stale ones and tells of presence.

        What nobody announced is looked for every `sweep_seconds`.
        """
        seldom, rarely = sweep_seconds * SELDOM, sweep_seconds * RARELY
        self._deliveries = Deliveries(courier) if courier else None
        self._loops = [Loop("flush journal", journal.flush, FLUSH_SECONDS)]
        if self._deliveries:
            self._loops += [
                Loop("deliver", self._deliveries.hear, 0.0),
                Loop("sweep outbox", self._deliveries.sweep, sweep_seconds),
                Loop("clear delays", self._deliveries.clear_delays, rarely),
                Loop("ask about silent", self._deliveries.ask_about_silent, seldom),
                Loop("end late offers", offers.expire, sweep_seconds),
                Loop("settle timelines", timeline.sweep, sweep_seconds),
                Loop("release of the departed", tidying.release_of_the_departed, seldom),
                Loop("finish and release", tidying.tidy, TIDY_SECONDS),
                Loop("replay journal", lambda: journal.replay(process_entry), seldom),
            ]
        if recheck_sessions:
            self._loops.append(Loop("recheck sessions", recheck_sessions, sweep_seconds))
            self._loops.append(Loop("presence", presence.here.turn_round, 0.0))

    def start(self) -> None:
        """Begin all loops."""
        for loop in self._loops:
            loop.start()

    def stop(self, timeout_seconds: float) -> None:
        """End all loops; what is being sent is finished within `timeout_seconds`, what is done is written down."""
        self.end()
        if self._deliveries:
            self._deliveries.stop(timeout_seconds)
        deadline = clock.monotonic() + LOOPS_END_SECONDS
        for loop in self._loops:
            loop.stop(max(0.0, deadline - clock.monotonic()))
        try:
            while journal.flush():
                continue
        except PyMongoError as error:
            # Those entries are worked through once more at the next start, which changes nothing.
            log.warning("journal.unflushed", error=type(error).__name__)

    def end(self) -> None:
        """Begin nothing more in any loop; returns at once, so that sends under way can end beside requests under way."""
        for loop in self._loops:
            loop.end()
        if self._deliveries:
            self._deliveries.end()
