"""A link by which one person may join the company's inbox, once."""

import hashlib
from typing import Any, ClassVar

from mongoengine import DateTimeField, StringField

from whatsapp_server import clock
from whatsapp_server.models.base import StoredDocument
from whatsapp_server.models.user import ROLES

VALID_DAYS = 7
KEEP_DAYS = 30


class Invite(StoredDocument):
    """`_id` is the hash of the link's token, which is nowhere else: who reads the database cannot join by it.

    `user_id` is the id of the account that will be made by it. As one document at most has an id, whoever joins by it at the same
    moment, and however often, one account is made; and as long as there is none, whoever died while joining has used nothing up.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "invites",
        "indexes": [
            {"fields": ["-created_at", "-_id"]},
            {"fields": ["expires_at"], "expireAfterSeconds": KEEP_DAYS * 24 * 3600},
        ],
    }

    role = StringField(required=True, choices=ROLES)
    name = StringField()
    email = StringField()
    # An admin; the link works only as long as they are one.
    created_by = StringField(required=True)
    user_id = StringField(required=True)
    created_at = DateTimeField(required=True, default=clock.now)
    expires_at = DateTimeField(required=True)
    used_at = DateTimeField()

    @staticmethod
    def key(token: str) -> str:
        """The `_id` of the invite whose link holds `token`."""
        return hashlib.sha256(token.encode()).hexdigest()
