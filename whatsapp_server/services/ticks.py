"""What became of a reply, as Twilio reports it: per attempt, forward only, each step's time kept.

Reports arrive in any order, twice, late, and before the answer to our own POST. One conditional update decides; a report that finds no
message is journaled and tried again, for it may have overtaken the message's own writes.
"""

from datetime import timedelta

import structlog
from pymongo import ReturnDocument

from whatsapp_server import clock
from whatsapp_server.gateways.twilio import SentMessage
from whatsapp_server.gateways.twilio_inbound import message_sid
from whatsapp_server.models import Message
from whatsapp_server.models.base import Doc, changed
from whatsapp_server.services import journal, outbox, threads

log = structlog.get_logger()

KIND = "status"
# How long Twilio may tell nothing of a message that it took before it is asked.
FIRST_WAIT = timedelta(seconds=60)
# From -> to. Failing is final, except that delivered and read are facts that outdo any earlier belief.
UNSETTLED = ("queued", "sending", "unknown")
MOVES_FROM: dict[str, tuple[str, ...]] = {
    "sending": ("queued",),
    "sent": UNSETTLED,
    "delivered": (*UNSETTLED, "sent", "failed", "undelivered", "discarded"),
    "read": (*UNSETTLED, "sent", "delivered", "failed", "undelivered", "discarded"),
    "failed": (*UNSETTLED, "sent"),
    "undelivered": (*UNSETTLED, "sent"),
}
# Of an older attempt only these still count: the customer has the message, whatever we did since.
FACTS = ("delivered", "read")
TWILIO_STATUSES = {"canceled": "failed", "partially_delivered": "delivered"}


class NoMessageYet(Exception):
    """A report on a message that is not stored (yet)."""


def receive(form: list[tuple[str, str]], message_id: str | None, attempt: int | None) -> None:
    """Apply a status report; one whose message is not there is journaled. Raises pymongo's errors when neither could be done."""
    params = dict(form)
    try:
        apply_report(params, message_id, attempt)
    except NoMessageYet:
        where = [("m", message_id or ""), ("a", str(attempt or ""))]
        key = f"{message_sid(params)}:{params.get('MessageStatus', '')}"
        journal.keep(KIND, key, [*form, *where], sender=message_sid(params))


def process(entry: Doc) -> journal.Place:
    """Work through a journaled report; raises NoMessageYet while its message is still missing and may yet come."""
    params = dict(entry["form"])
    number = params.get("a", "")
    try:
        apply_report(params, params.get("m") or None, int(number) if number.isdigit() else None)
    except NoMessageYet:
        if entry["tries"] < journal.MAX_TRIES:
            raise
        # Of a message that something else sent through the same account: not ours to show.
        log.info("report.of_no_message", entry=entry["_id"])
    return None  # what it moved is on disk


def apply_report(params: dict[str, str], message_id: str | None, attempt: int | None) -> None:
    """Move the message that a report names to the status it names, if that is forward; raises NoMessageYet."""
    sid = message_sid(params)
    named = params.get("MessageStatus") or params.get("SmsStatus") or ""
    status = TWILIO_STATUSES.get(named, named)
    where: Doc = {"_id": message_id} if message_id else {"sid": sid}
    if status in MOVES_FROM and move(where, status, sid=sid, attempt=attempt, error=_error(status, params)):
        return
    if Message.raw().find_one(where, {"_id": 1}) is None:
        raise NoMessageYet(sid)
    if status in MOVES_FROM:
        _keep_time(where, status, attempt)


def _error(status: str, params: dict[str, str]) -> Doc | None:
    if status not in ("failed", "undelivered"):
        return None
    detail = params.get("ChannelStatusMessage") or params.get("ErrorMessage") or ""
    return {"code": params.get("ErrorCode") or "unknown_error", "detail": detail[:500]}


def move(where: Doc, status: str, *, sid: str, attempt: int | None, error: Doc | None) -> Doc | None:
    """Set `status` by one conditional update and tell everybody; None when the message is not in a state to move there from."""
    conditions = {**where, "direction": "outbound", "status": {"$in": list(MOVES_FROM[status])}}
    news: Doc = {"status": status, f"status_times.{status}": clock.now(), "error": error}
    for about, sids in _readings(status, sid, attempt):
        if attempt is not None:
            news["attempt_state"] = "failed" if error else "accepted"
        more = {**sids.get("set", {}), **_awaited(status)}
        update = changed(set={**news, **more}, addToSet=sids.get("addToSet"), unset=_settled(status))
        # On disk before Twilio hears 200 and tabs see it: it is told once, and a tick that was seen does not go back.
        after = Message.journaled().find_one_and_update({**conditions, **about}, update, return_document=ReturnDocument.AFTER)
        if after is not None:
            outbox.nudge(after["conversation_id"])  # it may have been holding back the next one
            return threads.publish_change(after)
    return None


def take_over(message: Doc, found: SentMessage) -> bool:
    """Move `message` to what Twilio said of it when asked; False while Twilio itself has not sent it yet."""
    status = TWILIO_STATUSES.get(found.status, found.status)
    if status not in ("sent", "delivered", "read", "failed", "undelivered"):
        return False
    error = {"code": str(found.error_code or "unknown_error"), "detail": ""} if status in ("failed", "undelivered") else None
    move({"_id": message["_id"]}, status, sid=found.sid, attempt=message["attempt"], error=error)
    return True


def _settled(status: str) -> Doc:
    """What a message need no longer carry: nothing waits for it, and once it is sent nobody need ask for news of it."""
    return {"outbox": ""} if status == "sending" else {"outbox": "", "news_due_at": ""}


def _awaited(status: str) -> Doc:
    """When Twilio is asked, if the reports that are to follow get lost (services/silence.py)."""
    return {"news_due_at": clock.now() + FIRST_WAIT} if status == "sending" else {}


def _readings(status: str, sid: str, attempt: int | None) -> list[tuple[Doc, Doc]]:
    """What a report may be about, each with what becomes of its SID: the present attempt, else (a fact only) an older one.

    A retry takes its number when it starts: until then `attempt` is still the older one's and `attempt_state` is None.
    """
    if attempt is None:
        return [({}, {"set": {"sid": sid}})]
    readings: list[tuple[Doc, Doc]] = [({"attempt": attempt, "attempt_state": {"$ne": None}}, {"set": {"sid": sid}})]
    if status in FACTS:
        # The newer attempt keeps its own SID: two messages are out, and a search for a lost one must know both as ours.
        readings += [({"sid": None}, {"set": {"sid": sid}}), ({}, {"addToSet": {"past_sids": sid}})]
    return readings


def _keep_time(where: Doc, status: str, attempt: int | None) -> None:
    """A report that came too late to change anything still says when that step was known."""
    conditions = {**where, "direction": "outbound", f"status_times.{status}": {"$exists": False}}
    if attempt is not None:
        conditions["attempt"] = attempt
    late = changed(set={f"status_times.{status}": clock.now()})
    after = Message.journaled().find_one_and_update(conditions, late, return_document=ReturnDocument.AFTER)
    if after is not None:
        threads.publish_change(after)
