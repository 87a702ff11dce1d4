"""Finding, starting and reading conversations."""

from typing import Any

import phonenumbers
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from whatsapp_server import access, clock, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, Message, ReadMark
from whatsapp_server.models.base import Doc, changed, insert_synced, milliseconds
from whatsapp_server.services import contacts, paging, search_terms

FALLBACK_REGION = "BR"
NOTHING_READ: Doc = {"seq": 0, "inbound_count": 0}


def conversation_for(user: Doc, conversation_id: str) -> Doc:
    """The conversation, if `user` may read it; raises NotFound otherwise, as if it did not exist."""
    found = Conversation.raw().find_one({"$and": [{"_id": conversation_id}, access.readable_by(user)]})
    if not found:
        raise errors.NotFound
    return found


def list_conversations(user: Doc, *, q: str, cursor: str | None, limit: int) -> tuple[list[Doc], str | None]:
    """What `user` may read, the latest message first, with the person's own marks; (items, next)."""
    conditions: list[dict[str, Any]] = [access.readable_by(user), *search_terms.query(q)]
    if q.strip() and len(conditions) == 1:
        return [], None  # only signs were typed: nothing is found by them
    if cursor:
        at, last_id = paging.decode(cursor, int, str)
        moment = clock.from_milliseconds(at)
        conditions.append({"$or": [{"last_message_at": {"$lt": moment}}, {"last_message_at": moment, "_id": {"$lt": last_id}}]})
    ordered = Conversation.raw().find({"$and": conditions}).sort([("last_message_at", -1), ("_id", -1)])
    found = list(ordered.limit(limit + 1))
    page = found[:limit]
    following = paging.encode(milliseconds(page[-1]["last_message_at"]), page[-1]["_id"]) if len(found) > limit else None
    return _with_marks(user, page), following


def with_mark(user: Doc, conversation: Doc) -> Doc:
    """`conversation` with what is true of `user` alone: read and unread."""
    return _with_marks(user, [conversation])[0]


def _with_marks(user: Doc, conversations: list[Doc]) -> list[Doc]:
    keys = [ReadMark.key(user["_id"], one["_id"]) for one in conversations]
    marks = {mark["conversation_id"]: mark for mark in ReadMark.raw().find({"_id": {"$in": keys}})}
    marked = []
    for one in conversations:
        read = marks.get(one["_id"], NOTHING_READ)
        marked.append({**one, "read": read, "unread": max(0, one["inbound_count"] - read["inbound_count"])})
    return marked


def ensure_conversation(channel: Doc, contact: Doc) -> tuple[Doc, bool]:
    """The one conversation of a contact on a channel, and whether it was started by this call."""
    key = {"channel_id": channel["_id"], "contact_id": contact["_id"]}
    found = Conversation.raw().find_one(key)
    if found:
        return found, False
    present = clock.now()
    fields = {
        **key,
        **contacts.snapshot(contact),
        "_id": clock.new_id(),
        "channel": {
            "id": channel["_id"],
            "name": channel["name"],
            "address": channel["address"],
            "number": channel["address"].removeprefix("whatsapp:"),
        },
        "last_seq": 0,
        "inbound_count": 0,
        "last_message": None,
        "last_message_at": present,
        "last_inbound_at": None,
        "window_closes_at": None,
        "created_at": present,
    }
    try:
        return insert_synced(Conversation.journaled(), fields), True
    except DuplicateKeyError as error:
        found = Conversation.raw().find_one(key)
        if found is None:
            raise errors.Conflict from error
        return found, False


def start_conversation(channel: Doc, number: str, name: str) -> tuple[Doc, bool]:
    """The conversation with a number as a person typed it, and whether it is new; raises Invalid when it is no number.

    WhatsApp lets nobody write first without a template: its composer stays closed until the customer writes.
    """
    contact = contacts.ensure_contact(f"whatsapp:{_e164(number, channel)}", None, name.strip())
    conversation, new = ensure_conversation(channel, contact)
    if new:
        publisher.publish(catalog.CONVERSATION_UPDATED, {"conversation": conversation}, access.audience_of(conversation))
    return conversation, new


def _e164(number: str, channel: Doc) -> str:
    wrong = errors.Invalid(errors={"number": ["This is not a telephone number."]})
    try:
        parsed = phonenumbers.parse(number.removeprefix("whatsapp:"), _region_of(channel))
    except phonenumbers.NumberParseException as error:
        raise wrong from error
    # "Possible", not "valid": the eight digits of an old Brazilian mobile are not valid and yet somebody's.
    if not phonenumbers.is_possible_number(parsed):
        raise wrong
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _region_of(channel: Doc) -> str:
    try:
        own = phonenumbers.parse(channel["address"].removeprefix("whatsapp:"))
    except phonenumbers.NumberParseException:
        return FALLBACK_REGION
    return phonenumbers.region_code_for_number(own) or FALLBACK_REGION


def mark_read(user: Doc, conversation: Doc, seq: int) -> Doc:
    """Move the person's mark forward to `seq` (never back), and tell their other tabs; {conversation_id, read, unread}."""
    seq = min(seq, conversation["last_seq"])
    at = Message.raw().find_one({"conversation_id": conversation["_id"], "seq": seq}, {"inbound_count": 1})
    after = ReadMark.raw().find_one_and_update(
        {"_id": ReadMark.key(user["_id"], conversation["_id"])},
        changed(
            max={"seq": seq, "inbound_count": at["inbound_count"] if at else 0},
            setOnInsert={
                "user_id": user["_id"],
                "conversation_id": conversation["_id"],
                "created_at": clock.now(),
            },
        ),
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert after is not None  # an upsert always returns one
    payload = {"conversation_id": conversation["_id"], "read": after}
    publisher.publish(catalog.CONVERSATION_READ, payload, access.audience_of_person(user["_id"]))
    return {**payload, "unread": max(0, conversation["inbound_count"] - after["inbound_count"])}
