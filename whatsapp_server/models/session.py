"""One sign-in of one person on one browser; its tokens and sockets live no longer than it does."""

from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Any, ClassVar

from mongoengine import DateTimeField, IntField, ListField, StringField

from whatsapp_server import clock
from whatsapp_server.models.base import Doc, StoredDocument

FIRST_GENERATION = 1
# Of a token without one, and of a session whose tokens have none: both are from before there were generations.
NO_GENERATION = 0
# How long a refresh token is still good once its successor was used: for requests under way, and for tabs that raced.
GRACE = timedelta(seconds=30)
MOST_ISSUED = 100


class Session(StoredDocument):
    """`_id` is the `sid` claim of its tokens. `ended_at` is set by signing out, a new password, deactivation or a stolen token.

    Its refresh tokens come in generations. `generation` is the newest, `issued` when that one and those before it were made, the
    newest last, as far back as GRACE reaches. A token is first used when the one after it is made.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "sessions",
        "indexes": ["user_id", {"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    user_id = StringField(required=True)
    created_at = DateTimeField(required=True, default=clock.now)
    expires_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    generation = IntField()
    issued = ListField(DateTimeField())

    @staticmethod
    def newest_generation(session: Doc) -> int:
        """The generation of the newest refresh token."""
        newest: int = session.get("generation", NO_GENERATION)
        return newest

    @staticmethod
    def is_spent(session: Doc, generation: int, present: datetime) -> bool:
        """Whether nobody honest can still hold a refresh token of `generation`: its successor has been in use for longer than GRACE."""
        newest, issued = Session.newest_generation(session), session.get("issued", [])
        made_since = newest - (generation + 1)
        if made_since < 1:
            return False  # the successor has not been used, or there is none
        return made_since > len(issued) or issued[-made_since] + GRACE < present

    @staticmethod
    def with_successor(session: Doc, generation: int, present: datetime) -> Doc:
        """The fields of `session` once the successor of `generation` (the newest, or newer than we know of) has been made."""
        known = session.get("issued", []) if generation == Session.newest_generation(session) else []
        recent = dropwhile(lambda moment: moment + GRACE < present, known)
        return {"generation": generation + 1, "issued": [*recent, present][-MOST_ISSUED:]}
