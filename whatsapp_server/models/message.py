"""One message between the company and a customer."""

from typing import Any, ClassVar

from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, StringField

from whatsapp_server.models.base import Doc, SyncedDocument

# An internal one is for colleagues alone: a note, an entry of the timeline, a word in their own chat.
DIRECTIONS = ("inbound", "outbound", "internal")
KINDS = (
    "text",
    "image",
    "video",
    "audio",
    "document",
    "location",
    "contact",
    "sticker",
    "interactive",
    "unsupported",
    "note",
    "event",
)


class Message(SyncedDocument):
    """`seq` counts a conversation's messages from 1 without holes; `inbound_count` is how many of them so far are the customer's.

    An outbound one is sent in attempts, counted by `attempt`; `attempt_state` is how the newest stands: started, accepted, unknown,
    failed, or none at all. `outbox` is true exactly while the outbox still has something to do for it.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "messages",
        "indexes": [
            {"fields": ["conversation_id", "seq"], "unique": True},
            # Any text but none, so that nulls do not collide. Not $type: MongoDB enforces such an index but reads no query from it.
            {"fields": ["sid"], "unique": True, "partialFilterExpression": {"sid": {"$gt": ""}}},
            {"fields": ["author_id", "client_id"], "unique": True, "partialFilterExpression": {"client_id": {"$gt": ""}}},
            {"fields": ["outbox", "conversation_id", "seq"], "partialFilterExpression": {"outbox": True}},
            {"fields": ["conversation_id", "changed_at"]},
            {"fields": ["past_sids"], "sparse": True},
            {"fields": ["news_due_at"], "sparse": True},
        ],
    }

    conversation_id = StringField(required=True)
    seq = IntField(required=True)
    inbound_count = IntField(required=True)
    direction = StringField(required=True, choices=DIRECTIONS)
    kind = StringField(required=True, choices=KINDS)
    author_id = StringField()
    author = DictField()
    client_id = StringField()
    body = StringField()
    media = ListField(DictField())
    details = DictField()
    # Of a note: whom it names.
    mentions = ListField(StringField())
    # The author's name as the customer reads it before the text; never part of `body`.
    signed_as = StringField()
    # Twilio's own parameters, whole: what has no view yet loses nothing.
    payload = DictField()
    sid = StringField()
    past_sids = ListField(StringField(), default=None)
    # An attempt ended unknown and was retried before anybody learnt its SID.
    unaccounted = BooleanField()
    status = StringField(required=True)
    status_times = DictField()
    error = DictField()
    attempt = IntField()
    attempt_state = StringField()
    attempts = ListField(DictField())
    outbox = BooleanField()
    # Twilio has it and no callback came yet: when to ask.
    news_due_at = DateTimeField()
    queued_at = DateTimeField()


def text_to_customer(message: Doc) -> str:
    """What the customer reads: the text, after the author's name in WhatsApp's bold if it is signed."""
    return f"*{message['signed_as']}:*\n{message['body']}" if message.get("signed_as") else str(message["body"])
