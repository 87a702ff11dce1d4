"""One sign-in of one person on one browser; its tokens and sockets live no longer than it does."""

from typing import Any, ClassVar

from mongoengine import DateTimeField, StringField

from whatsapp_server import clock
from whatsapp_server.models.base import StoredDocument


class Session(StoredDocument):
    """`_id` is the `sid` claim of its tokens. `ended_at` is set by signing out, a new password or deactivation."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "sessions",
        "indexes": ["user_id", {"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    user_id = StringField(required=True)
    created_at = DateTimeField(required=True, default=clock.now)
    expires_at = DateTimeField(required=True)
    ended_at = DateTimeField()
