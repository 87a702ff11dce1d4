"""Finding out what became of a message whose POST had no believable answer: ask Twilio, and never guess."""

from collections import Counter
from datetime import timedelta

import structlog

from whatsapp_server import clock
from whatsapp_server.gateways.twilio import SendError, SentMessage, TwilioGateway
from whatsapp_server.models import Message
from whatsapp_server.models.base import Doc, changed
from whatsapp_server.models.message import text_to_customer
from whatsapp_server.services import threads, ticks

log = structlog.get_logger()

HOLDS_CONVERSATION = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(minutes=15)
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
# Between Twilio's clock and ours.
CLOCK_SLACK = timedelta(minutes=5)


class Inquiries:
    """When each unknown message of this process is asked after next: soon at first, then ever more seldom."""

    def __init__(self, gateway: TwilioGateway) -> None:
        self._gateway = gateway
        self._asked: Counter[str] = Counter()
        self._next: dict[str, float] = {}

    def look_into(self, message: Doc, conversation: Doc) -> tuple[bool, float | None]:
        """Ask Twilio if it is time; (whether the conversation must wait for it, seconds until the next look or None)."""
        due_in = self._next.get(_key(message), 0.0) - clock.monotonic()
        if due_in <= 0:
            if self._settled(message, conversation):
                self._forget(_key(message))
                return False, None
            due_in = self._schedule(_key(message))
        age = clock.now() - message["unknown_at"]
        if age > GIVE_UP_AFTER:
            self._give_up(message)
            return False, None
        if message["attempt_state"] == "accepted" or age >= HOLDS_CONVERSATION:
            return False, due_in
        return True, min(due_in, (HOLDS_CONVERSATION - age).total_seconds())

    def _schedule(self, key: str) -> float:
        present = clock.monotonic()
        for settled in [one for one, due in self._next.items() if due < present - GIVE_UP_AFTER.total_seconds()]:
            self._forget(settled)  # by a callback, of which nobody tells us
        wait = min(FIRST_WAIT_SECONDS * 2.0 ** self._asked[key], LONGEST_WAIT_SECONDS)
        self._asked[key] += 1
        self._next[key] = present + wait
        return wait

    def _forget(self, key: str) -> None:
        self._asked.pop(key, None)
        self._next.pop(key, None)

    def _give_up(self, message: Doc) -> None:
        """It stays unknown; a late callback may still settle it, and a person may decide."""
        self._forget(_key(message))
        Message.journaled().update_one({"_id": message["_id"], "status": "unknown"}, changed(unset={"outbox": ""}))

    def _settled(self, message: Doc, conversation: Doc) -> bool:
        address = conversation["contact"]["address"]
        try:
            recent = self._gateway.recent(to=address, from_=conversation["channel"]["address"])
        except SendError as error:
            log.warning("settle.no_answer", message=message["_id"], code=error.code)
            return False
        found = _only_match(message, recent)
        if found is None:
            return False  # absence proves nothing at once, and several are nobody's
        return _adopt(message, found)


def _key(message: Doc) -> str:
    return f"{message['_id']}:{message['attempt']}"


def _only_match(message: Doc, recent: list[SentMessage]) -> SentMessage | None:
    """The one message at Twilio that can only be this one; None when there is none, or doubt."""
    since = message["attempt_started_at"] - CLOCK_SLACK
    alike = [one for one in recent if one.body == text_to_customer(message) and (one.created_at is None or one.created_at >= since)]
    sids = [one.sid for one in alike]
    others = {"_id": {"$ne": message["_id"]}}
    owned = {owner["sid"] for owner in Message.raw().find({**others, "sid": {"$in": sids}}, {"sid": 1})}
    for owner in Message.raw().find({"past_sids": {"$in": sids}}, {"past_sids": 1}):
        owned.update(owner["past_sids"])
    free = [one for one in alike if one.sid not in owned]
    rivals = Message.raw().count_documents(
        {
            **others,
            "conversation_id": message["conversation_id"],
            "body": message["body"],
            "attempt_started_at": {"$gte": since},
            "$or": [{"attempt_state": {"$in": ["started", "unknown"]}}, {"unaccounted": True}],
        },
        limit=1,
    )
    if len(free) == 1 and not rivals:
        return free[0]
    log.info("settle.in_doubt", message=message["_id"], candidates=len(free), rivals=rivals)
    return None


def _adopt(message: Doc, found: SentMessage) -> bool:
    if ticks.take_over(message, found):
        return True
    # Twilio has it and has not sent it yet: the next may follow, and this one is looked at until it is sent.
    after = Message.journaled().find_one_and_update(
        {"_id": message["_id"], "attempt": message["attempt"], "status": "unknown", "sid": None},
        changed(set={"sid": found.sid, "attempt_state": "accepted"}),
        return_document=True,
    )
    if after:
        threads.publish_change(after)
    return False
