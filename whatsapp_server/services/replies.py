"""Two colleagues and one customer: what a reply is checked for when it takes its number.

The guard looks at the very messages before the number that the reply will take, so nothing slips in between looking and taking.
"""

from whatsapp_server import clock, errors
from whatsapp_server.models import Message
from whatsapp_server.models.base import Doc
from whatsapp_server.services import assignment, conversations, threads, timeline, verbs, waiting
from whatsapp_server.services.threads import Guard

HOLDER_CHANGES = (
    "claimed",
    "taken_over",
    "accepted",
    "assigned",
    "passed",
    "released",
    "finished",
    "reopened",
    "reopened_by_customer",
)


class _ChangedHands(Exception):
    """Up to `seq` something was done with the conversation that its author may not have known when they were made its holder."""

    def __init__(self, seq: int) -> None:
        super().__init__(seq)
        self.seq = seq


def add(user: Doc, conversation: Doc, draft: Doc, fields: Doc, *, same: Doc) -> tuple[Doc, bool]:
    """Add a reply of somebody who holds the conversation when it takes its number; (message, whether it is new). `same`: see threads.

    Raises HeldByOther, StaleReply, and NotFound when they may no longer read it.
    """
    take_over_from, known = draft["take_over_from"], 0
    for remaining in reversed(range(verbs.MAX_RACES)):
        held = hold(user, conversation, take_over_from)
        known = max(known, held["last_seq"])
        try:
            if held["state"] == "open" and not (held["pending_entries"] and remaining):
                message, _, new = threads.add_message(held, fields, same=same, guard=_guard(user, held, draft, known))
                return message, new
        except _ChangedHands as changed:
            known = changed.seq
        take_over_from = None  # that was then
        conversation = conversations.conversation_for(user, conversation["_id"])
    raise errors.Conflict


def hold(user: Doc, conversation: Doc, take_over_from: str | None = None) -> Doc:
    """The conversation, held by `user` because they answer in it. Raises HeldByOther, or NotFound."""
    # With its timeline up to date: what made them the holder stands before what they write.
    held = timeline.settle(assignment.hold_for_reply(user, conversation, take_over_from))
    if held["holder_id"] != user["_id"]:
        raise verbs.told(errors.HeldByOther, held)  # they lost it at once, or were deactivated just now
    return held


def _guard(user: Doc, conversation: Doc, draft: Doc, known: int) -> Guard:
    """Refuses a number with StaleReply or Overtaken, or with _ChangedHands when the conversation did after the message number `known`."""

    def check(last_seq: int) -> None:
        # First: whoever lost it meanwhile is not to read from the refusal what was written since.
        if last_seq > known and _changed_hands(conversation, known, last_seq):
            raise _ChangedHands(last_seq)
        refuse_stale(user, conversation, draft, last_seq)

    return check


def refuse_stale(user: Doc, conversation: Doc, draft: Doc, last_seq: int) -> None:
    """Raise StaleReply when a colleague wrote to the customer after what the author saw and up to the message `last_seq`.

    Of a `delayed` draft, which was written some time ago, raise Overtaken: also when the customer wrote. Without `last_seen_seq` it is not
    asked.
    """
    seen, delayed = draft["last_seen_seq"], draft["delayed"]
    if seen is None or last_seq <= seen:
        return
    answered = {
        "conversation_id": conversation["_id"],
        "seq": {"$gt": seen, "$lte": last_seq},
        "direction": {"$in": ["outbound", "inbound"] if delayed else ["outbound"]},
        "author_id": {"$ne": user["_id"]},
        "status": {"$nin": list(waiting.NO_REPLY)},
    }
    newest = Message.raw().find_one(answered, sort=[("seq", -1)])
    if newest:
        refused = errors.Overtaken if delayed else errors.StaleReply
        raise refused(by=newest["author"], at=clock.iso(newest["created_at"]), body=newest["body"], seq=newest["seq"])


def _changed_hands(conversation: Doc, known: int, last_seq: int) -> bool:
    changes = {
        "conversation_id": conversation["_id"],
        "seq": {"$gt": known, "$lte": last_seq},
        "kind": "event",
        "details.event": {"$in": list(HOLDER_CHANGES)},
    }
    return Message.raw().find_one(changes, {"_id": 1}) is not None
