"""An employee."""

from typing import Any, ClassVar

from mongoengine import BooleanField, DateTimeField, DictField, EmailField, IntField, StringField

from whatsapp_server.models.base import SyncedDocument

ROLES = ("admin", "agent")


class User(SyncedDocument):
    """Signs in by e-mail, which is kept in lower case."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "users",
        "indexes": [{"fields": ["email"], "unique": True}, {"fields": ["changed_at"]}],
    }

    email = EmailField(required=True, max_length=254)
    name = StringField(required=True, min_length=1, max_length=80)
    role = StringField(required=True, choices=ROLES, default="agent")
    password_hash = StringField()
    active = BooleanField(required=True, default=True)
    # Past: they are back.
    absent_until = DateTimeField()
    # By their own choice, until they take it back; missing means no.
    busy = BooleanField()
    # {chats}: of what they want to be notified, their own affair.
    notifications = DictField(default=None)
    # Of the last change of `role` or `active` (services/powers).
    admin_epoch = IntField()
