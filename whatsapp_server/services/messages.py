"""Replies: queued once, retried or discarded by a person; and reading a conversation's messages by pages."""

from typing import Any

from pymongo import ReturnDocument

from whatsapp_server import access, clock, errors
from whatsapp_server.models import Message
from whatsapp_server.models.base import UNSEEN, Doc, changed
from whatsapp_server.models.message import text_to_customer
from whatsapp_server.schemas.messages import MAX_BODY_CHARACTERS
from whatsapp_server.services import conversations, outbox, paging, replies, threads, verbs, workspace

RETRYABLE = ("failed", "undelivered")


def list_messages(conversation: Doc, *, cursor: str | None, limit: int) -> tuple[list[Doc], str | None]:
    """A page of a conversation, newest first; (items, next)."""
    condition: dict[str, Any] = {"conversation_id": conversation["_id"]}
    if cursor:
        (before,) = paging.decode(cursor, int)
        condition["seq"] = {"$lt": before}
    found = list(Message.raw().find(condition, UNSEEN).sort("seq", -1).limit(limit))
    more = bool(found) and found[-1]["seq"] > 1
    return found, paging.encode(found[-1]["seq"]) if more else None


def message_for(user: Doc, message_id: str) -> tuple[Doc, Doc]:
    """(message, conversation), if `user` may read them; raises NotFound otherwise."""
    message = Message.raw().find_one({"_id": message_id})
    if not message:
        raise errors.NotFound
    return message, conversations.conversation_for(user, message["conversation_id"])


def send_message(user: Doc, conversation: Doc, draft: Doc) -> tuple[Doc, bool]:
    """Queue a reply, which makes its author the holder; (message, whether it is new). On disk when this returns.

    `draft`: client_id (the same one again returns the same message), body, last_seen_seq, delayed, take_over_from, with_name. Raises
    WindowClosed when WhatsApp takes no free-form message now, HeldByOther, StaleReply when a colleague answered after last_seen_seq (or
    Overtaken, when it is delayed and anybody wrote), ClientIdReused when the id stands for something else, Invalid when the text is too
    long for the name before it.
    """
    same = {"author_id": user["_id"], "client_id": draft["client_id"]}
    there = Message.raw().find_one(same)
    if there is None:
        refuse_closed_window(conversation)
        replies.refuse_stale(user, conversation, draft, conversation["last_seq"])
        message, new = replies.add(user, conversation, draft, _fields(user, conversation, draft), same=same)
    else:
        refuse_another(there, conversation, draft)
        message, _, new = threads.add_message(conversation, _fields(user, conversation, draft), same=same)
    refuse_another(message, conversation, draft)
    outbox.ring(conversation["_id"])
    return message, new


def refuse_another(message: Doc, conversation: Doc, draft: Doc) -> None:
    """Raise ClientIdReused unless `message` is this very draft in this conversation."""
    if message["conversation_id"] != conversation["_id"] or any(message[name] != draft[name] for name in ("kind", "body")):
        raise errors.ClientIdReused


def refuse_closed_window(conversation: Doc) -> None:
    """Raise WindowClosed unless the customer wrote within the last 24 hours."""
    closes = conversation["window_closes_at"]
    if closes is None or closes <= clock.now():
        raise errors.WindowClosed(window_closes_at=clock.iso(closes) if closes else None)


def _signed_as(user: Doc, with_name: bool) -> str | None:
    wanted = workspace.current()["name_prefix"]
    return user["name"].split()[0] if wanted == "forced" or (wanted == "optional" and with_name) else None


def _fields(user: Doc, conversation: Doc, draft: Doc) -> Doc:
    present = clock.now()
    fields = {
        "_id": clock.new_id(),
        "conversation_id": conversation["_id"],
        "direction": "outbound",
        "kind": "text",
        "author_id": user["_id"],
        "author": {"id": user["_id"], "name": user["name"]},
        "client_id": draft["client_id"],
        "body": draft["body"],
        "signed_as": _signed_as(user, draft["with_name"]),
        "media": [],
        "details": {},
        "sid": None,
        "status": "queued",
        "status_times": {"queued": present},
        "error": None,
        "attempt": 0,
        "attempt_state": None,
        "attempts": [],
        "outbox": True,
        "queued_at": present,
        "created_at": present,
    }
    if len(text_to_customer(fields)) > MAX_BODY_CHARACTERS:
        raise errors.Invalid(errors={"body": ["Together with your name this is too long for WhatsApp."]})
    return fields


def retry_message(user: Doc, message_id: str, *, accept_duplicate: bool) -> Doc:
    """Queue a failed message again, or an unknown one whose possible doubling the person accepts. It is a reply: its sender holds.

    Raises MayDuplicate without that acceptance, NotRetryable when it is in no such state, WindowClosed, HeldByOther.
    """
    message, conversation = message_for(user, message_id)
    if message["direction"] != "outbound":
        raise errors.NotRetryable
    if message["status"] == "unknown" and not accept_duplicate:
        raise errors.MayDuplicate
    refuse_closed_window(conversation)
    allowed = (*RETRYABLE, "unknown") if accept_duplicate else RETRYABLE
    if message["status"] not in allowed:
        raise errors.NotRetryable
    replies.hold(user, conversation)
    present = clock.now()
    update = changed(
        set={
            "status": "queued",
            "status_times.queued": present,
            "error": None,
            "sid": None,
            "attempt_state": None,
            "outbox": True,
            "queued_at": present,
            # Its POST may have arrived under a SID that we never heard: a search for a lost message of the same text must know.
            **({"unaccounted": True} if message["status"] == "unknown" and not message["sid"] else {}),
        },
        # What the earlier attempt was called stays ours: a search for a lost message must not take it for another one.
        addToSet={"past_sids": message["sid"]} if message["sid"] else None,
    )
    filters = {"_id": message_id, "status": {"$in": list(allowed)}, "version": message["version"]}
    after = Message.journaled().find_one_and_update(filters, update, return_document=ReturnDocument.AFTER)
    if after is None:
        raise errors.NotRetryable
    outbox.ring(after["conversation_id"])
    return threads.publish_change(after)


def discard_message(user: Doc, message_id: str) -> Doc:
    """Take back a message that has not left, or put away one that failed.

    Raises NotDiscardable when it left or is leaving, NotHolder when it is a colleague's in a conversation that a colleague holds.
    """
    message, conversation = message_for(user, message_id)
    if not access.may_discard(user, message, conversation):
        raise verbs.told(errors.NotHolder, conversation)
    present = clock.now()
    after = Message.journaled().find_one_and_update(
        {
            "_id": message_id,
            "$or": [{"status": "queued", "attempt_state": None}, {"status": {"$in": list(RETRYABLE)}}],
        },
        changed(set={"status": "discarded", "status_times.discarded": present}, unset={"outbox": ""}),
        return_document=ReturnDocument.AFTER,
    )
    if after is None:
        raise errors.NotDiscardable
    outbox.ring(after["conversation_id"])
    return threads.publish_change(after)
