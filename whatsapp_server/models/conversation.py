"""What one contact and the company have said to each other on one channel."""

from datetime import timedelta
from typing import Any, ClassVar

from mongoengine import DateTimeField, DictField, IntField, ListField, StringField

from whatsapp_server.models.base import SyncedDocument

# WhatsApp takes free-form messages for this long after the customer's last one (Twilio error 63016 afterwards).
REPLY_WINDOW = timedelta(hours=24)


class Conversation(SyncedDocument):
    """Carries a copy of its contact (`contact`: id, name, number, address, keys), so that a webhook and a list need one query.

    `last_seq` and `inbound_count` are those of the newest summarised message; unread is `inbound_count` less the person's mark.
    `search` holds the folded words of the name and every tail of the number, so that a prefix finds a word or any run of digits.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "conversations",
        "indexes": [
            {"fields": ["channel_id", "contact_id"], "unique": True},
            {"fields": ["channel_id", "contact.keys"]},
            {"fields": ["contact_id"]},
            {"fields": ["-last_message_at", "-_id"]},
            {"fields": ["search"]},
        ],
    }

    channel_id = StringField(required=True)
    channel = DictField()
    contact_id = StringField(required=True)
    contact = DictField()
    search = ListField(StringField())
    last_seq = IntField(required=True, default=0)
    inbound_count = IntField(required=True, default=0)
    last_message = DictField()
    last_message_at = DateTimeField(required=True)
    last_inbound_at = DateTimeField()
    window_closes_at = DateTimeField()
