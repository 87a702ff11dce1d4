"""The outbox's courier: takes queued replies to Twilio, in order within a conversation, and never twice.

"Attempt started" is on disk before a POST leaves. A POST whose outcome is not known makes the message `unknown`: Twilio is asked what
became of it (services/settling.py), and it is never sent again unless a person says so.
"""

import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from whatsapp_server import clock
from whatsapp_server.gateways.twilio import NotSent, OutcomeUnknown, Refused, SendError, SentMessage, TryLater, TwilioGateway
from whatsapp_server.models import Conversation, Message, OutboxLease
from whatsapp_server.models.base import Doc, changed, retrying
from whatsapp_server.models.message import text_to_customer
from whatsapp_server.services import channels, settling, silence, threads, ticks
from whatsapp_server.services.pace import LONGEST_LINE_SECONDS, Pace

log = structlog.get_logger()

ASK_AUTHOR_AFTER = timedelta(minutes=15)
BUSY_ELSEWHERE_SECONDS = 2.0
BATCH = 100
KEEP_ATTEMPTS = 20
STRIKES_BEFORE_BANNER = 3
# Retried by Twilio itself when we are briefly away (webhook connection overrides; not part of the signed address).
CALLBACK_RETRIES = "#rc=3&rp=ct,rt,5xx"


@dataclass(frozen=True)
class Step:
    """What came of one message: whether the later ones of its conversation must wait, and when to look again (seconds)."""

    holds: bool = False
    again_in: float | None = None


DONE = Step()


class Courier:
    """Delivers for one process, which is `owner` of the leases it takes. A call to the database may take `database_seconds`."""

    def __init__(self, gateway: TwilioGateway, *, status_callback: str, max_mps: float, database_seconds: float) -> None:
        self.owner = clock.new_id()
        self._gateway = gateway
        self._status_callback = status_callback
        self._max_mps = max_mps
        self._paces: dict[str, Pace] = {}
        self._inquiries = settling.Inquiries(gateway)
        # What one message takes at most from when its turn is checked: what is written before and after, and Twilio's answer.
        self._one_message_seconds = gateway.timeout_seconds + database_seconds
        self._lease_seconds = 2 * self._one_message_seconds + LONGEST_LINE_SECONDS
        # Message -> the attempt that certainly did not leave, until that is written down: the database may be away just then.
        self._unsent: dict[str, int] = {}
        self._stopping = threading.Event()

    def clear_delays(self) -> None:
        """Take back "Twilio takes nothing" where no message waits that would find out by itself, once Twilio answers again."""
        if not channels.list_delayed() or conversations_with_work():
            return
        if self._gateway.answers():
            for channel in channels.list_delayed():
                channels.mark_ok(channel["_id"])

    def ask_about_silent(self) -> None:
        """Ask Twilio what became of messages of which no callback has told."""
        silence.ask(self._gateway)

    def stop(self) -> None:
        """Start no further attempt; what is at Twilio's door is finished."""
        self._stopping.set()

    def deliver(self, conversation_id: str) -> float | None:
        """Send what this conversation has queued; seconds until it should be called again, or None when nothing is left."""
        deadline = self._lease(conversation_id)
        if deadline is None:
            return BUSY_ELSEWHERE_SECONDS
        try:
            return self._work(conversation_id, deadline)
        finally:
            OutboxLease.raw().delete_one({"_id": conversation_id, "owner": self.owner})

    def _lease(self, conversation_id: str) -> float | None:
        """Take or renew the lease; the monotonic time when it ends, or None while another process holds it."""
        begun, present = clock.monotonic(), clock.now()
        until = present + timedelta(seconds=self._lease_seconds)
        try:
            OutboxLease.raw().update_one(
                {"_id": conversation_id, "$or": [{"owner": self.owner}, {"until": {"$lte": present}}]},
                {"$set": {"owner": self.owner, "until": until}},
                upsert=True,
            )
        except DuplicateKeyError:
            return None
        return begun + self._lease_seconds

    def _work(self, conversation_id: str, deadline: float) -> float | None:
        conversation = Conversation.raw().find_one({"_id": conversation_id})
        if conversation is None:
            return None
        waiting = Message.raw().find({"outbox": True, "conversation_id": conversation_id}).sort("seq", 1).limit(BATCH)
        again_in: list[float] = []
        for message in list(waiting):
            if self._stopping.is_set():
                return 0.0
            if clock.monotonic() > deadline - self._one_message_seconds - LONGEST_LINE_SECONDS:
                renewed = self._lease(conversation_id)
                if renewed is None:
                    return BUSY_ELSEWHERE_SECONDS
                deadline = renewed
            step = self._step(message, conversation, deadline)
            if step.again_in is not None:
                again_in.append(step.again_in)
            if step.holds:
                break
        return min(again_in, default=None)

    def _step(self, message: Doc, conversation: Doc, deadline: float) -> Step:
        if message["status"] == "queued" and message["attempt_state"] is None:
            if message["queued_at"] + ASK_AUTHOR_AFTER < clock.now():
                return self._ask_author(message)
            return self._send(message, conversation, deadline)
        if message["status"] == "queued" and message["attempt_state"] == "started":
            if self._unsent.get(message["_id"]) == message["attempt"]:
                self._reopen(message)
                return Step(holds=True, again_in=0.0)
            # The process that started it died, or lost the database, before it could write down what Twilio said.
            unknown = self._unknown(message, "interrupted", "The server stopped in the middle of sending.")
            if unknown is None:
                return DONE  # a callback was faster
            message = unknown
        return Step(*self._inquiries.look_into(message, conversation))

    def _ask_author(self, message: Doc) -> Step:
        """Queued too long to go out unasked: the person sees it as not sent, and sends or discards it."""
        self._close(message, {"attempt_state": None}, "failed", {"code": "expired", "detail": "It waited too long in the queue."})
        return DONE

    def _send(self, message: Doc, conversation: Doc, deadline: float) -> Step:
        pace = self._paces.setdefault(conversation["channel_id"], Pace(self._max_mps))
        wait = pace.ready_in()
        if wait > 0:
            return Step(holds=True, again_in=wait)
        if self._stopping.wait(pace.take_slot()) or pace.paused_for() > 0:
            return Step(holds=True, again_in=max(0.0, pace.paused_for()))
        started = self._start_attempt(message)
        if started is None:
            return DONE  # discarded, or settled by a callback, since it was read
        if clock.monotonic() > deadline - self._gateway.timeout_seconds:
            self._reopen(started)
            return Step(holds=True, again_in=0.0)
        try:
            sent = self._gateway.send(
                to=conversation["contact"]["address"],
                from_=conversation["channel"]["address"],
                body=text_to_customer(started),
                status_callback=self._callback_of(started),
            )
        except SendError as error:
            return self._not_accepted(started, conversation, pace, error)
        self._accepted(started, sent)
        if pace.went_well():
            channels.mark_ok(conversation["channel_id"])
        return DONE

    def _callback_of(self, message: Doc) -> str:
        return f"{self._status_callback}?m={message['_id']}&a={message['attempt']}{CALLBACK_RETRIES}"

    def _start_attempt(self, message: Doc) -> Doc | None:
        """Put on disk that the POST is about to leave; None when the message is not to be sent any more."""
        number = message["attempt"] + 1
        begun = {"number": number, "started_at": clock.now(), "owner": self.owner}
        ready = {"_id": message["_id"], "status": "queued", "attempt_state": None, "attempt": message["attempt"]}
        # Finds our own start whose acknowledgement a dropped connection swallowed; a write, so that it waits for the disk too.
        begun_already = {"_id": message["_id"], "status": "queued", "attempt_state": "started", "attempts": begun}
        update = changed(
            set={"attempt": number, "attempt_state": "started", "attempt_started_at": begun["started_at"]},
            push={"attempts": {"$each": [begun], "$slice": -KEEP_ATTEMPTS}},
        )
        start = partial(Message.journaled().find_one_and_update, return_document=ReturnDocument.AFTER)
        return retrying(lambda: start(ready, update) or start(begun_already, {"$set": {"attempt_state": "started"}}))

    def _accepted(self, message: Doc, sent: SentMessage) -> None:
        # "unknown" when our lease ran out meanwhile: it stays in the outbox, where settling finds out the rest.
        # While it is "started" no callback has come: if all of them get lost, Twilio is asked (services/silence.py).
        news_due = {"news_due_at": clock.now() + ticks.FIRST_WAIT}
        for state, finished, more in (("started", {"outbox": ""}, news_due), ("unknown", {}, {})):
            after = retrying(
                partial(
                    Message.journaled().find_one_and_update,
                    {"_id": message["_id"], "attempt": message["attempt"], "attempt_state": state},
                    changed(set={"sid": sent.sid, "attempt_state": "accepted", **more}, unset=finished),
                    return_document=ReturnDocument.AFTER,
                )
            )
            if after:
                threads.publish_change(after)
                return
        # A callback was faster and said all of this, and a person may have opened the next attempt since: only the SID stays ours.
        of_us = {"_id": message["_id"], "sid": {"$ne": sent.sid}}
        retrying(lambda: Message.journaled().update_one(of_us, {"$addToSet": {"past_sids": sent.sid}}))

    def _reopen(self, message: Doc) -> None:
        self._unsent[message["_id"]] = message["attempt"]
        retrying(
            lambda: Message.journaled().update_one(
                {"_id": message["_id"], "attempt": message["attempt"], "attempt_state": "started", "status": "queued"},
                changed(set={"attempt_state": None}),
            )
        )
        self._unsent.pop(message["_id"], None)

    def _not_accepted(self, message: Doc, conversation: Doc, pace: Pace, error: SendError) -> Step:
        log.warning("send.not_accepted", message=message["_id"], kind=type(error).__name__, code=error.code)
        if isinstance(error, TryLater | NotSent):
            self._reopen(message)
            wait = pace.back_off(slower=isinstance(error, TryLater))
            channels.mark_delayed(conversation["channel_id"], error.code)
            return Step(holds=True, again_in=wait)
        if isinstance(error, Refused):
            self._close(message, {"attempt": message["attempt"]}, "failed", {"code": error.code, "detail": error.detail[:500]})
            pace.answered()
            return DONE
        assert isinstance(error, OutcomeUnknown)
        if pace.strike() >= STRIKES_BEFORE_BANNER:
            # Going on at full speed would only make more messages unknown.
            pace.back_off(slower=False)
            channels.mark_delayed(conversation["channel_id"], error.code)
        unknown = self._unknown(message, error.code, error.detail)
        return Step(*self._inquiries.look_into(unknown, conversation)) if unknown else DONE

    def _unknown(self, message: Doc, code: str, detail: str) -> Doc | None:
        present = clock.now()
        return self._close(
            message,
            {"attempt": message["attempt"], "attempt_state": "started"},
            "unknown",
            {"code": code, "detail": detail},
            unknown_at=present,
        )

    def _close(self, message: Doc, condition: Doc, status: str, error: Doc, **extra: object) -> Doc | None:
        """End an attempt that Twilio did not accept, unless a callback has said more since; the message, or None."""
        news = {"status": status, f"status_times.{status}": clock.now(), "error": error, **extra}
        news["attempt_state"] = "unknown" if status == "unknown" else "failed"
        after = retrying(
            lambda: Message.journaled().find_one_and_update(
                {"_id": message["_id"], "status": "queued", **condition},
                changed(set=news, unset={} if status == "unknown" else {"outbox": ""}),
                return_document=ReturnDocument.AFTER,
            )
        )
        return threads.publish_change(after) if after else None


def conversations_with_work() -> list[str]:
    """The conversations that have something in the outbox."""
    found: list[str] = Message.raw().distinct("conversation_id", {"outbox": True})
    return found


def release_all_leases() -> None:
    """Free every conversation at once; only for a start that knows that no other process lives."""
    OutboxLease.raw().delete_many({})
