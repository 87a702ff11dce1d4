"""A line of people: sales, finance."""

from typing import Any, ClassVar

from mongoengine import BooleanField, ListField, StringField

from whatsapp_server.models.base import SyncedDocument


class Team(SyncedDocument):
    """`active` is false once it is removed: what was passed to it before still names it. A removed one's name is free again."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "teams",
        "indexes": [
            # "Sales" and "sales" are one name.
            {
                "fields": ["name"],
                "unique": True,
                "partialFilterExpression": {"active": True},
                "collation": {"locale": "pt", "strength": 2},
            },
            {"fields": ["member_ids"]},
            {"fields": ["changed_at"]},
        ],
    }

    name = StringField(required=True, min_length=1, max_length=80)
    member_ids = ListField(StringField())
    active = BooleanField(required=True, default=True)
