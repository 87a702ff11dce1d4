"""How the company wants its inbox to work."""

from typing import Any, ClassVar

from mongoengine import DictField, IntField, StringField

from whatsapp_server.models.base import SyncedDocument

WORKSPACE = "workspace"


class WorkspaceSettings(SyncedDocument):
    """One document, WORKSPACE. `admin_epoch` and `admin_change` let one change of somebody's powers through at a time (services/powers)."""

    meta: ClassVar[dict[str, Any]] = {"collection": "settings", "indexes": []}

    name_prefix = StringField(required=True)
    new_visibility = StringField(required=True)
    assign_without_acceptance = StringField(required=True)
    reopen_to = StringField(required=True)
    reopen_hours = IntField(required=True)
    offer_minutes = IntField(required=True)
    # Of an offer's minutes only these count: timezone, days (0 is Monday), from and to as "HH:MM"; null means all of them.
    working_hours = DictField()
    auto_finish_days = IntField()
    auto_release_hours = IntField()
    admin_epoch = IntField(required=True, default=0)
    admin_change = DictField()
