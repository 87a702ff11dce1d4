"""Who is sending for a conversation just now."""

from typing import Any, ClassVar

from mongoengine import DateTimeField, StringField

from whatsapp_server.models.base import StoredDocument


class OutboxLease(StoredDocument):
    """`_id` is the conversation's; held by `owner` (a process) until `until`."""

    meta: ClassVar[dict[str, Any]] = {"collection": "outbox_leases", "indexes": []}

    owner = StringField(required=True)
    until = DateTimeField(required=True)
