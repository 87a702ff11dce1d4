"""What a person has read: one mark a conversation, the same in all their tabs; and what somebody new need not read.

In colleagues' own chats the members see each other's marks too: what has reached a tab (delivered), and what was opened (read).
"""

from collections.abc import Iterable

from pymongo import ReturnDocument, UpdateOne

from whatsapp_server import access, clock
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, Message, ReadMark
from whatsapp_server.models.base import Doc, changed
from whatsapp_server.models.conversation import INTERNAL

NOTHING_READ: Doc = {"seq": 0, "inbound_count": 0, "version": 0}


def with_mark(user: Doc, conversation: Doc) -> Doc:
    """`conversation` with what is true of `user` alone: read and unread."""
    return with_marks(user, [conversation])[0]


def with_marks(user: Doc, conversations: list[Doc]) -> list[Doc]:
    """`with_mark` of several, by one query for their marks; by none for none."""
    if not conversations:
        return []
    keys = [ReadMark.key(user["_id"], one["_id"]) for one in conversations]
    marks = {mark["conversation_id"]: mark for mark in ReadMark.raw().find({"_id": {"$in": keys}})}
    marked = []
    for one in conversations:
        read = marks.get(one["_id"]) or _unmarked(user, one)
        marked.append({**one, "read": read, "unread": unread(one, read)})
    return marked


def unread(conversation: Doc, read: Doc) -> int:
    """How many messages of `conversation` a mark leaves unread."""
    count: int = conversation["inbound_count"] - read["inbound_count"]
    return max(0, count)


def _unmarked(user: Doc, conversation: Doc) -> Doc:
    """Where somebody stands who never opened it: what was said before they joined is not theirs to read."""
    joined = user["created_at"]
    if conversation["created_at"] > joined:
        return NOTHING_READ
    if conversation["last_message_at"] <= joined:
        return {"seq": conversation["last_seq"], "inbound_count": conversation["inbound_count"], "version": 0}
    before = {"conversation_id": conversation["_id"], "created_at": {"$lte": joined}}
    last = Message.raw().find_one(before, {"seq": 1, "inbound_count": 1}, sort=[("seq", -1)])
    return {"seq": last["seq"], "inbound_count": last["inbound_count"], "version": 0} if last else NOTHING_READ


def mark_read(user: Doc, conversation: Doc, seq: int) -> Doc:
    """Move the person's mark forward to `seq` (never back), and tell their other tabs; {conversation_id, read, unread}."""
    seq = min(seq, conversation["last_seq"])
    at = Message.raw().find_one({"conversation_id": conversation["_id"], "seq": seq}, {"inbound_count": 1})
    # The first mark of somebody new begins where they stand without one.
    stand = ReadMark.raw().find_one({"_id": ReadMark.key(user["_id"], conversation["_id"])}) or _unmarked(user, conversation)
    read = {"seq": max(seq, stand["seq"]), "inbound_count": max(at["inbound_count"] if at else 0, stand["inbound_count"])}
    after = _moved(user, conversation, {"max": read})
    _forget_mention(user, conversation, seq)
    if conversation["visibility"] == INTERNAL:
        _move_member_mark(user, conversation, {"delivered": seq, "read": seq})
    return _told(user, conversation, after)


def mark_unread(user: Doc, conversation: Doc) -> Doc:
    """Take the mark back before the last thing that counts as news; {conversation_id, read, unread}."""
    count = max(0, conversation["inbound_count"] - 1)
    newest = {"conversation_id": conversation["_id"], "inbound_count": {"$lte": count}}
    last = Message.raw().find_one(newest, {"seq": 1}, sort=[("seq", -1)])
    return _told(user, conversation, _moved(user, conversation, {"set": {"seq": last["seq"] if last else 0, "inbound_count": count}}))


def _moved(user: Doc, conversation: Doc, operators: dict[str, Doc]) -> Doc:
    after = ReadMark.raw().find_one_and_update(
        {"_id": ReadMark.key(user["_id"], conversation["_id"])},
        changed(**operators, setOnInsert=_new(user, conversation)),
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert after is not None  # an upsert always returns one
    return after


def _new(user: Doc, conversation: Doc) -> Doc:
    return {"user_id": user["_id"], "conversation_id": conversation["_id"], "created_at": clock.now()}


def _told(user: Doc, conversation: Doc, read: Doc) -> Doc:
    payload = {"conversation_id": conversation["_id"], "read": read}
    publisher.publish(catalog.CONVERSATION_READ, payload, access.audience_of_person(user["_id"]))
    return {**payload, "unread": unread(conversation, read)}


def _forget_mention(user: Doc, conversation: Doc, seq: int) -> None:
    """A note that names somebody has done its work once they have read it."""
    if not any(each["user_id"] == user["_id"] and each["seq"] <= seq for each in conversation["mentioned"]):
        return
    after = Conversation.raw().find_one_and_update(
        {"_id": conversation["_id"]},
        changed(pull={"mentioned": {"user_id": user["_id"], "seq": {"$lte": seq}}}),
        return_document=ReturnDocument.AFTER,
    )
    if after:
        publisher.publish(catalog.CONVERSATION_UPDATED, {"conversation": after}, access.audience_of(after))


def mark_all_read(user: Doc, conversations: Iterable[Doc]) -> None:
    """Read all of these ({_id, last_seq, inbound_count, mentioned}) up to what they hold now; only what is unread is written."""
    conversations = list(conversations)
    keys = [ReadMark.key(user["_id"], one["_id"]) for one in conversations]
    marks = {mark["_id"]: mark["inbound_count"] for mark in ReadMark.raw().find({"_id": {"$in": keys}}, {"inbound_count": 1})}
    writes = [
        UpdateOne(
            {"_id": key},
            changed(max={"seq": one["last_seq"], "inbound_count": one["inbound_count"]}, setOnInsert=_new(user, one)),
            upsert=True,
        )
        for key, one in zip(keys, conversations, strict=True)
        if marks.get(key, -1) < one["inbound_count"]
    ]
    if writes:
        ReadMark.raw().bulk_write(writes, ordered=False)
    for one in conversations:
        _forget_mention(user, one, one["last_seq"])


def mark_delivered(user: Doc, conversation: Doc, seq: int) -> None:
    """What was said up to `seq` has reached a tab of this member."""
    _move_member_mark(user, conversation, {"delivered": min(seq, conversation["last_seq"])})


def _move_member_mark(user: Doc, conversation: Doc, news: Doc) -> None:
    """Move a member's mark forward, never back, and tell the members when it moved."""
    mark = conversation["member_marks"].get(user["_id"], {})
    if all(mark.get(name, 0) >= seq for name, seq in news.items()):
        return
    after = Conversation.raw().find_one_and_update(
        {"_id": conversation["_id"], "member_ids": user["_id"]},
        changed(max={f"member_marks.{user['_id']}.{name}": seq for name, seq in news.items()}),
        return_document=ReturnDocument.AFTER,
    )
    if after:
        publisher.publish(catalog.CONVERSATION_UPDATED, {"conversation": after}, access.audience_of(after))
