"""One of the company's WhatsApp numbers."""

from typing import Any, ClassVar

from mongoengine import DictField, StringField

from whatsapp_server.models.base import SyncedDocument


class Channel(SyncedDocument):
    """`address` is Twilio's (`whatsapp:+14155238886`); `delivery` says whether Twilio takes our messages: state, since, reason."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "channels",
        "indexes": [{"fields": ["address"], "unique": True}, {"fields": ["changed_at"]}],
    }

    address = StringField(required=True)
    name = StringField(required=True)
    delivery = DictField()
