"""What was done with a conversation, as entries between its messages.

A verb's own write leaves the entry in `pending_entries`; here it becomes a message and is taken off. So no verb is without its entry,
whoever dies in between: `sweep` finds what was left.
"""

from datetime import timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from whatsapp_server import clock, errors
from whatsapp_server.models import Conversation
from whatsapp_server.models.base import AFTER_1970, Doc
from whatsapp_server.services import threads

log = structlog.get_logger()

LEFT_BEHIND = timedelta(seconds=5)
BATCH = 100


def entry(author: Doc | None, event: str, **details: str | None) -> Doc:
    """An entry for `pending_entries`: `author` (None: the system) did `event`; details that are None are left out."""
    return {
        "_id": clock.new_id(),
        "created_at": clock.now(),
        "author": {"id": author["_id"], "name": author["name"]} if author else None,
        "details": {"event": event, **{name: value for name, value in details.items() if value is not None}},
    }


def settle(conversation: Doc) -> Doc:
    """Turn the pending entries of a conversation into messages, in their order, and tell; the conversation comes back.

    A failure is logged and left to the sweep: what the entries tell of has happened.
    """
    try:
        for pending in conversation["pending_entries"]:
            _, conversation, _ = threads.add_message(conversation, _fields(conversation, pending), same={"_id": pending["_id"]})
    except (PyMongoError, errors.AppError):
        log.exception("timeline.left_behind", conversation=conversation["_id"])
    return conversation


def sweep() -> int:
    """Settle what was left behind; how many conversations."""
    since = {"pending_entries.created_at": {**AFTER_1970, "$lt": clock.now() - LEFT_BEHIND}}
    found = list(Conversation.raw().find(since).limit(BATCH))
    for conversation in found:
        settle(conversation)
    return len(found)


def _fields(conversation: Doc, pending: Doc) -> dict[str, Any]:
    author = pending["author"]
    return {
        "_id": pending["_id"],
        "conversation_id": conversation["_id"],
        "direction": "internal",
        "kind": "event",
        "author_id": author["id"] if author else None,
        "author": author,
        "client_id": None,
        "body": "",
        "media": [],
        "details": pending["details"],
        "sid": None,
        "status": "posted",
        "status_times": {"posted": pending["created_at"]},
        "error": None,
        "attempt": 0,
        "created_at": pending["created_at"],
    }
