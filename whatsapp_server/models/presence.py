"""Who has tabs at one server process, as the other processes know it."""

from typing import Any, ClassVar

from mongoengine import DateTimeField, ListField, StringField

from whatsapp_server.models.base import StoredDocument

# Of a process that ended without a word, or is cut off.
FORGOTTEN_SECONDS = 3600


class Presence(StoredDocument):
    """One process. `looking` holds [conversation id, access epoch, user id, whether they are writing] of whoever has one open,
    `sessions` [user id, session id] of each browser that has tabs.

    `beat_at` is the database's time of its last sign of life: readers tell by it whether what stands here is still so.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "presence",
        "indexes": [{"fields": ["beat_at"], "expireAfterSeconds": FORGOTTEN_SECONDS}],
    }

    people = ListField(StringField())
    sessions = ListField(ListField())
    looking = ListField(ListField())
    beat_at = DateTimeField()
