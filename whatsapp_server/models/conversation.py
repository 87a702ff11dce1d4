"""What one contact and the company have said to each other on one channel."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, StringField

from whatsapp_server.models.base import AFTER_1970, Doc, SyncedDocument

# WhatsApp takes free-form messages for this long after the customer's last one (Twilio error 63016 afterwards).
REPLY_WINDOW = timedelta(hours=24)


# Colleagues' own conversations are of neither state and neither visibility but `internal`: no list of customers finds them.
STATES = ("open", "finished")
VISIBILITIES = ("public", "private")
INTERNAL = "internal"


class Conversation(SyncedDocument):
    """Of a customer, or (kind `internal`) of colleagues among themselves.

    Carries a copy of its contact (`contact`: id, name, number, address, keys), so that a webhook and a list need one query.
    `last_seq` and `inbound_count` are those of the newest summarised message; unread is `inbound_count` less the person's mark.
    `search` holds the folded words of the name and every tail of the number, so that a prefix finds a word or any run of digits.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "conversations",
        "indexes": [
            {"fields": ["channel_id", "contact_id"], "unique": True},
            {"fields": ["channel_id", "contact.keys"]},
            {"fields": ["contact_id"]},
            {"fields": ["search"]},
            # The lists, each in its order (services/views.py).
            {"fields": ["-last_message_at", "-_id"]},
            {"fields": ["state", "-last_message_at", "-_id"]},
            {"fields": ["holder_id", "state", "-last_message_at", "-_id"]},
            {"fields": ["holder_id", "state", "waiting_since", "_id"]},
            {"fields": ["member_ids", "-last_message_at", "-_id"], "sparse": True},
            {"fields": ["offer.to.id"], "partialFilterExpression": {"offer.to.id": {"$gt": ""}}},
            {"fields": ["offer.from.id"], "partialFilterExpression": {"offer.from.id": {"$gt": ""}}},
            {"fields": ["offer.expires_at"], "partialFilterExpression": {"offer.expires_at": AFTER_1970}},
            {"fields": ["mentioned.user_id"], "partialFilterExpression": {"mentioned.user_id": {"$gt": ""}}},
            {"fields": ["pending_entries.created_at"], "partialFilterExpression": {"pending_entries.created_at": AFTER_1970}},
            {"fields": ["changed_at"]},
            {"fields": ["losses.at"], "partialFilterExpression": {"losses.at": AFTER_1970}},
            {"fields": ["team_id"], "partialFilterExpression": {"team_id": {"$gt": ""}}},
        ],
    }

    kind = StringField(required=True, choices=("customer", INTERNAL), default="customer")
    channel_id = StringField(required=True)
    channel = DictField()
    contact_id = StringField(required=True)
    contact = DictField()
    search = ListField(StringField())
    last_seq = IntField(required=True, default=0)
    last_inbound_seq = IntField(required=True, default=0)
    inbound_count = IntField(required=True, default=0)
    last_message = DictField()
    last_message_at = DateTimeField(required=True)
    last_inbound_at = DateTimeField()
    window_closes_at = DateTimeField()

    # Whose it is (services/assignment.py).
    state = StringField(required=True, choices=(*STATES, INTERNAL), default="open")
    visibility = StringField(required=True, choices=(*VISIBILITIES, INTERNAL), default="public")
    holder_id = StringField()
    held_since = DateTimeField()
    team_id = StringField()
    offer = DictField()
    finished_at = DateTimeField()
    finished_by = DictField()
    # The newest inbound message that finishing has answered: a later one reopens.
    finished_seq = IntField(default=0)
    # Of the customer's first message since our last reply; absent when nobody waits. $min sets it only where there is none.
    waiting_since = DateTimeField()
    first_reply_at = DateTimeField()
    # Who has not read a note that names them yet: {user_id, seq}.
    mentioned = ListField(DictField())
    # Timeline entries that the verb's own write left here, until they are messages.
    pending_entries = ListField(DictField())

    # Raised by every write that changes who may read it; absent: 0.
    access_epoch = IntField()
    # Who lost sight of it, when, and at which version: {reader (a person's id, or all staff), at, version}.
    losses = ListField(DictField(), default=None)

    # Of an internal one.
    title = StringField()
    group = BooleanField()
    member_ids = ListField(StringField(), default=None)
    member_marks = DictField()


def without_messages(conversation_id: str, present: datetime) -> Doc:
    """What every new conversation holds before anything was said in it or done to it."""
    return {
        "_id": conversation_id,
        "holder_id": None,
        "team_id": None,
        "offer": None,
        "finished_seq": 0,
        "mentioned": [],
        "pending_entries": [],
        "last_seq": 0,
        "last_inbound_seq": 0,
        "inbound_count": 0,
        "last_message": None,
        "last_message_at": present,
        "last_inbound_at": None,
        "window_closes_at": None,
        "created_at": present,
    }
