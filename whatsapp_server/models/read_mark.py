"""How far one person has read one conversation."""

from typing import Any, ClassVar

from mongoengine import IntField, StringField

from whatsapp_server.models.base import SyncedDocument


class ReadMark(SyncedDocument):
    """`_id` is `<user>:<conversation>`; `inbound_count` is that of the message read last."""

    meta: ClassVar[dict[str, Any]] = {"collection": "read_marks", "indexes": [{"fields": ["user_id", "changed_at"]}]}

    user_id = StringField(required=True)
    conversation_id = StringField(required=True)
    seq = IntField(required=True)
    inbound_count = IntField(required=True)

    @staticmethod
    def key(user_id: str, conversation_id: str) -> str:
        """The mark's `_id`."""
        return f"{user_id}:{conversation_id}"
