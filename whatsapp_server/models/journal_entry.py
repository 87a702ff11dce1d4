"""A webhook as Twilio posted it, on disk before Twilio hears 200."""

from typing import Any, ClassVar

from mongoengine import DateTimeField, IntField, ListField, StringField

from whatsapp_server.models.base import StoredDocument

KEEP_DONE_DAYS = 30


class JournalEntry(StoredDocument):
    """`_id` is `<kind>:<SID>` (a status also names itself), so a duplicate cannot be stored.

    `state` is pending, done or quarantined. A pending one belongs to whoever took it until `lease_until`; then it is replayed.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "webhook_journal",
        "indexes": [
            {"fields": ["received_at", "_id"], "partialFilterExpression": {"state": "pending"}},
            {"fields": ["state", "received_at"], "partialFilterExpression": {"state": "quarantined"}},
            {"fields": ["done_at"], "expireAfterSeconds": KEEP_DONE_DAYS * 24 * 3600},
        ],
    }

    kind = StringField(required=True)
    form = ListField()
    sender = StringField()
    received_at = DateTimeField(required=True)
    state = StringField(required=True)
    lease_until = DateTimeField()
    tries = IntField()
    error = StringField()
    done_at = DateTimeField()
