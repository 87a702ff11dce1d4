"""Adding a message to a conversation: its number, its place in the summary, and the news of it.

The insert takes the number: last + 1 under a unique key, again on a collision, so there are no holes and n+1 never shows before n.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from whatsapp_server import access, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, Message
from whatsapp_server.models.base import Doc, changed, insert_synced, retrying
from whatsapp_server.models.conversation import REPLY_WINDOW
from whatsapp_server.services import waiting

PREVIEW_CHARACTERS = 140
MAX_RACES = 64
QUIET_KINDS = ("note", "event")
Guard = Callable[[int], None]

_turns: dict[str, "_Turn"] = {}
_turns_guard = threading.Lock()


@dataclass
class _Turn:
    """Who writes to a conversation in this process; `numbers` are the (seq, inbound_count) that the last of them took."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0
    numbers: tuple[int, int] = (0, 0)


@contextmanager
def _turn(conversation_id: str) -> Iterator[_Turn]:
    """One writer a conversation in this process, so that collisions of numbers stay rare; the unique key is what guarantees."""
    with _turns_guard:
        turn = _turns.setdefault(conversation_id, _Turn())
        turn.waiting += 1
    try:
        with turn.lock:
            yield turn
    finally:
        with _turns_guard:
            turn.waiting -= 1
            if not turn.waiting:
                del _turns[conversation_id]


def add_message(conversation: Doc, fields: Doc, *, same: Doc, guard: Guard | None = None) -> tuple[Doc, Doc, bool]:
    """Add a message to `conversation`; (message, conversation, whether it is new).

    `same` is the query that finds this very message if it is there already (by sid, or by author and client_id): then that one
    comes back and only the summary is repeated, which is what a crash between the two steps left undone.

    `guard` is called with the number before the one to be taken, and refuses by raising: what it looked at are all messages there are.
    """
    with _turn(conversation["_id"]) as turn:
        known = (conversation["last_seq"], conversation["inbound_count"])
        message, new = _insert(conversation["_id"], max(known, turn.numbers), fields, same, guard)
        if message["conversation_id"] == conversation["_id"]:  # what was there already may be in another one
            turn.numbers = max(turn.numbers, (message["seq"], message["inbound_count"]))
        after, advanced = _summarise(message, new)
        if new or advanced:
            # Not new but not summarised either: the process that added it died before it could tell anybody.
            publish_message(catalog.MESSAGE_CREATED, message, after)
        return message, after, new


def _insert(conversation_id: str, numbers: tuple[int, int], fields: Doc, same: Doc, guard: Guard | None) -> tuple[Doc, bool]:
    step = 1 if _is_news(fields) else 0
    for _ in range(MAX_RACES):
        if guard:
            guard(numbers[0])
        numbered = {**fields, "seq": numbers[0] + 1, "inbound_count": numbers[1] + step}
        try:
            # On disk before it is summarised: whatever seq anybody has seen survives the database's kill, so the next has no hole.
            stored = retrying(partial(insert_synced, Message.journaled(), numbered))
            return stored, stored["seq"] == numbered["seq"]  # another one's: it was there under this id
        except DuplicateKeyError:
            there = Message.raw().find_one(same)
            if there:
                return there, False
            numbers = _last_numbers(conversation_id)
    raise errors.Unavailable


def _is_news(fields: Doc) -> bool:
    """What counts as unread: the customer's words, and in the colleagues' own chats theirs. Notes and timeline entries do not."""
    return fields["direction"] == "inbound" or (fields["direction"] == "internal" and fields["kind"] not in QUIET_KINDS)


def _last_numbers(conversation_id: str) -> tuple[int, int]:
    newest = Message.raw().find_one({"conversation_id": conversation_id}, {"seq": 1, "inbound_count": 1}, sort=[("seq", -1)])
    return (newest["seq"], newest["inbound_count"]) if newest else (0, 0)


def summary_of(message: Doc) -> dict[str, Any]:
    """What the list shows of a message."""
    return {
        "id": message["_id"],
        "seq": message["seq"],
        "direction": message["direction"],
        "kind": message["kind"],
        "body": message["body"][:PREVIEW_CHARACTERS],
        "author": message.get("author"),
        "status": message["status"],
        "created_at": message["created_at"],
        "version": message["version"],
    }


def _summarise(message: Doc, new: bool) -> tuple[Doc, bool]:
    """Bring the conversation up to `message`; (conversation, whether it advanced). Idempotent: repeating it changes nothing."""
    # A new inbound one waits for no disk here: if the database forgets this, the journal entry or the next message repeats it.
    collection = Conversation.raw() if new and message["direction"] == "inbound" else Conversation.journaled()
    newest = {"last_seq": message["seq"], **({} if message["kind"] == "event" else {"last_message": summary_of(message)})}
    always = _always(message)
    update = changed(set=newest, **always, **waiting.operators(message))
    after = retrying(
        lambda: collection.find_one_and_update(
            {"_id": message["conversation_id"], "last_seq": {"$lt": message["seq"]}},
            update,
            return_document=ReturnDocument.AFTER,
        )
    )
    if after is not None:
        return after, True
    # A newer message (of another process) was summarised first: keep its preview, still bring up what only rises.
    after = collection.find_one_and_update({"_id": message["conversation_id"]}, changed(**always), return_document=ReturnDocument.AFTER)
    if after is None:
        raise errors.NotFound
    return (waiting.recompute(after) if waiting.operators(message) else after), False


def _always(message: Doc) -> dict[str, Doc]:
    """What a message adds to its conversation's summary whatever has been summarised before, and however often."""
    peaks: Doc = {"inbound_count": message["inbound_count"]}
    operators: dict[str, Doc] = {"max": peaks}
    if message["kind"] != "event":
        peaks["last_message_at"] = message["created_at"]
    if message["direction"] == "inbound":
        peaks["last_inbound_seq"] = message["seq"]
        peaks["last_inbound_at"] = message["created_at"]
        peaks["window_closes_at"] = message["created_at"] + REPLY_WINDOW
    if message["kind"] == "event":
        operators["pull"] = {"pending_entries": {"_id": message["_id"]}}
    if message.get("mentions"):
        named = [{"user_id": each, "seq": message["seq"]} for each in message["mentions"]]
        operators["addToSet"] = {"mentioned": {"$each": named}}
    return operators


def publish_message(event: catalog.Event, message: Doc, conversation: Doc) -> None:
    """Tell everybody who may read the conversation."""
    publisher.publish(event, {"message": message, "conversation": conversation}, access.audience_of(conversation))


def publish_change(message: Doc) -> Doc:
    """After a write to `message`: refresh the preview if it is the conversation's newest, and tell; the message comes back."""
    conversation = Conversation.raw().find_one_and_update(
        {
            "_id": message["conversation_id"],
            "last_message.id": message["_id"],
            "last_message.version": {"$lt": message["version"]},
        },
        changed(set={"last_message.status": message["status"], "last_message.version": message["version"]}),
        return_document=ReturnDocument.AFTER,
    ) or Conversation.raw().find_one({"_id": message["conversation_id"]})
    if conversation is not None:
        if waiting.may_have_changed(message):
            conversation = waiting.recompute(conversation)
        publish_message(catalog.MESSAGE_UPDATED, message, conversation)
    return message
