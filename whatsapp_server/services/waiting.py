"""Since when a customer has been waiting for us: since their first message after our last reply, or after the conversation was finished.

A reply that failed was none. In the usual order of things the summary's own write knows (`operators`); when a reply fails, or a late
message is summarised after a newer one, the messages are looked at (`recompute`).
"""

from pymongo import ReturnDocument

from whatsapp_server import errors
from whatsapp_server.models import Conversation, Message
from whatsapp_server.models.base import Doc, changed

NO_REPLY = ("failed", "undelivered", "discarded")
MAX_RACES = 16


def operators(message: Doc) -> dict[str, Doc]:
    """What the newest message changes about waiting, as update operators (without $); empty for colleagues' own words."""
    if message["direction"] == "inbound":
        return {"min": {"waiting_since": message["created_at"]}}
    if message["direction"] == "outbound":
        return {"unset": {"waiting_since": ""}, "min": {"first_reply_at": message["created_at"]}}
    return {}


def may_have_changed(message: Doc) -> bool:
    """Whether a change of this reply's status may have made it one that does not count, or one that counts again."""
    return message["direction"] == "outbound" and not set(NO_REPLY).isdisjoint(message["status_times"])


def recompute(conversation: Doc) -> Doc:
    """Set `waiting_since` by what the messages say; the conversation comes back."""
    for _ in range(MAX_RACES):
        since = _waiting_since(conversation)
        if since == conversation.get("waiting_since"):
            return conversation
        news = {"set": {"waiting_since": since}} if since else {"unset": {"waiting_since": ""}}
        unchanged = {"_id": conversation["_id"], "version": conversation["version"]}
        after = Conversation.journaled().find_one_and_update(unchanged, changed(**news), return_document=ReturnDocument.AFTER)
        if after is not None:
            return after
        conversation = Conversation.raw().find_one({"_id": conversation["_id"]}) or conversation
    raise errors.Conflict


def _waiting_since(conversation: Doc) -> object:
    replies = {"conversation_id": conversation["_id"], "direction": "outbound", "status": {"$nin": list(NO_REPLY)}}
    last = Message.raw().find_one(replies, {"seq": 1}, sort=[("seq", -1)])
    answered = max(last["seq"] if last else 0, conversation["finished_seq"])
    unanswered = {"conversation_id": conversation["_id"], "direction": "inbound", "seq": {"$gt": answered}}
    first = Message.raw().find_one(unanswered, {"created_at": 1}, sort=[("seq", 1)])
    return first["created_at"] if first else None
