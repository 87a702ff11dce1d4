"""Colleagues' own words: notes in a customer's conversation, and their own chats. They have no way to the customer: the outbox takes
only what is `outbound`, and these are `internal` from the start."""

from whatsapp_server import access, clock, errors
from whatsapp_server.models import Message, User
from whatsapp_server.models.base import Doc
from whatsapp_server.services import messages, reading, threads, verbs

# Each stands in the conversation until it is read, and so in every event about it.
MAX_UNREAD_MENTIONS = 1_000


def add_note(user: Doc, conversation: Doc, draft: Doc) -> tuple[Doc, bool]:
    """Leave a note for colleagues; (message, whether it is new). It claims nothing. The same client_id again is the same note.

    Raises Invalid when it names somebody who may not read the conversation (a mention gives no right), or when all too many are unread.
    """
    refused = access.refusal(user, "note", conversation)
    if refused:
        raise verbs.told(refused, conversation)
    mentions = list(dict.fromkeys(draft["mentions"]))
    # What was taken stays what it is, whatever has become of the rights of those whom it names.
    if mentions and Message.raw().find_one(_same(user, draft), {"_id": 1}) is None:
        _refuse_mentions(conversation, mentions)
    return _post(user, conversation, draft, mentions=mentions)


def _refuse_mentions(conversation: Doc, mentions: list[str]) -> None:
    named = list(User.raw().find({"_id": {"$in": mentions}}))
    if len(named) != len(mentions) or not all(access.may_read(one, conversation) for one in named):
        raise errors.Invalid(errors={"mentions": ["Somebody named here may not read this conversation."]})
    if len(conversation["mentioned"]) >= MAX_UNREAD_MENTIONS:
        raise errors.Invalid(errors={"mentions": ["Too many mentions here are still unread."]})


def say(user: Doc, conversation: Doc, draft: Doc) -> tuple[Doc, bool]:
    """Write in colleagues' own chat; (message, whether it is new). One's own words are read."""
    message, new = _post(user, conversation, {**draft, "kind": "text"}, mentions=[])
    reading.mark_read(user, {**conversation, "last_seq": message["seq"], "inbound_count": message["inbound_count"]}, message["seq"])
    return message, new


def _post(user: Doc, conversation: Doc, draft: Doc, *, mentions: list[str]) -> tuple[Doc, bool]:
    message, _, new = threads.add_message(conversation, _fields(user, conversation, draft, mentions), same=_same(user, draft))
    messages.refuse_another(message, conversation, draft)
    return message, new


def _same(user: Doc, draft: Doc) -> Doc:
    return {"author_id": user["_id"], "client_id": draft["client_id"]}


def _fields(user: Doc, conversation: Doc, draft: Doc, mentions: list[str]) -> Doc:
    present = clock.now()
    return {
        "_id": clock.new_id(),
        "conversation_id": conversation["_id"],
        "direction": "internal",
        "kind": draft["kind"],
        "author_id": user["_id"],
        "author": {"id": user["_id"], "name": user["name"]},
        "client_id": draft["client_id"],
        "body": draft["body"],
        "media": [],
        "details": {},
        "mentions": mentions,
        "sid": None,
        "status": "posted",
        "status_times": {"posted": present},
        "error": None,
        "attempt": 0,
        "created_at": present,
    }
