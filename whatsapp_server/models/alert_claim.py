"""Which of a person's browsers alerts them of something."""

from typing import Any, ClassVar

from mongoengine import DateTimeField

from whatsapp_server.models.base import StoredDocument

# A sound is claimed until its conversation has been read: the next day it may sound once more.
REMEMBERED_SECONDS = 24 * 3600


class AlertClaim(StoredDocument):
    """`_id` is `<user>:<what>`; whoever inserts it alerts. Kept only of people who have several browsers open."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "alert_claims",
        "indexes": [{"fields": ["claimed_at"], "expireAfterSeconds": REMEMBERED_SECONDS}],
    }

    claimed_at = DateTimeField(required=True)

    @staticmethod
    def key(user_id: str, what: str) -> str:
        """The claim's `_id`."""
        return f"{user_id}:{what}"
