"""What a tab has missed: everything that changed since its cursor and that its person may see.

The cursor is the database's clock, read before anything else and put back by OVERLAP: a write is stamped when it is made and seen a moment
later, but never OVERLAP later, as no write takes that long (models/base.OPERATION_LIMIT_MS). So answers overlap, which changes nothing
in a tab: documents carry versions. Assumed: the database's clock never steps back by OVERLAP.
"""

from datetime import datetime, timedelta
from typing import Any

from whatsapp_server import access, clock
from whatsapp_server.models import Channel, Conversation, Message, ReadMark, Team, User, WorkspaceSettings
from whatsapp_server.models.base import UNSEEN, Doc, SyncedDocument, milliseconds
from whatsapp_server.models.workspace_settings import WORKSPACE
from whatsapp_server.services import paging, reading

OVERLAP = timedelta(seconds=10)
# Whoever was away for longer loads everything anew.
MAX_AGE = timedelta(hours=24)
# Of conversations, of messages, of read marks; more is a reset.
MOST = 500
# Who lost sight of a conversation is remembered by the clock of the process that took it from them.
CLOCKS_DIFFER = timedelta(seconds=60)
BY_CHANGE = [("changed_at", 1)]


class _TooMuch(Exception):
    """More changed than one answer should hold."""


def since(user: Doc, cursor: str | None, threads: list[str]) -> Doc:
    """What changed since `cursor` (None: nothing is known yet) and is visible to `user`; raises Invalid for what is no cursor.

    {cursor, reset, conversations, messages, reads, removed, users, teams, channels, settings}. `messages` are those of the conversations
    `threads`. With `reset` the lists are empty: everything is to be loaded anew.
    """
    present = _database_time()
    answer = {"cursor": paging.encode(milliseconds(present - OVERLAP), _epoch(user)), "reset": False}
    begin = _begin(user, cursor, present)
    if begin is not None:
        try:
            return {**answer, **_changes(user, begin, threads)}
        except _TooMuch:
            pass  # the reset below says so
    return {**answer, **_nothing(), "reset": True}


def _database_time() -> datetime:
    database = Conversation.raw().database
    moment: datetime = database.command("hello", codec_options=database.codec_options)["localTime"]
    return moment


def _epoch(user: Doc) -> int:
    """Raised by every change of what a person may see as a whole (services/powers)."""
    epoch: int | None = user.get("admin_epoch")
    return epoch or 0


def _begin(user: Doc, cursor: str | None, present: datetime) -> datetime | None:
    """Since when; None when the cursor says nothing that could be built upon."""
    if not cursor:
        return None
    moment, epoch = paging.decode(cursor, int, int, field="since")
    begin = clock.from_milliseconds(moment)
    return begin if epoch == _epoch(user) and present - MAX_AGE < begin <= present else None


def _changes(user: Doc, begin: datetime, threads: list[str]) -> Doc:
    changed = {"changed_at": {"$gte": begin}}
    conversations = _most(Conversation, {"$and": [changed, access.readable_by(user)]}, hint=BY_CHANGE)
    marks = _most(ReadMark, {"user_id": user["_id"], **changed})
    return {
        "conversations": reading.with_marks(user, conversations),
        "messages": _messages(user, changed, threads),
        "reads": [{"conversation_id": mark["conversation_id"], "read": mark} for mark in marks],
        "removed": _lost(user, begin),
        "users": _most(User, changed),
        "teams": _most(Team, changed),
        "channels": _most(Channel, changed),
        "settings": WorkspaceSettings.raw().find_one({"_id": WORKSPACE, **changed}),
    }


def _nothing() -> Doc:
    lists = ("conversations", "messages", "reads", "removed", "users", "teams", "channels")
    return {**{name: [] for name in lists}, "settings": None}


def _messages(user: Doc, changed: Doc, threads: list[str]) -> list[Doc]:
    readable = _readable(user, threads)
    return _most(Message, {"conversation_id": {"$in": list(readable)}, **changed}) if readable else []


def _readable(user: Doc, ids: list[str]) -> set[str]:
    found = Conversation.raw().find({"$and": [{"_id": {"$in": ids}}, access.readable_by(user)]}, {"_id": 1}) if ids else ()
    return {one["_id"] for one in found}


def _most(model: type[SyncedDocument], which: Doc, **options: Any) -> list[Doc]:
    """All that match; raises _TooMuch when they are more than MOST."""
    found = list(model.raw().find(which, UNSEEN, **options).limit(MOST + 1))
    if len(found) > MOST:
        raise _TooMuch
    return found


def _lost(user: Doc, begin: datetime) -> list[Doc]:
    """Which conversations `user` lost sight of since then, and has not got back: each with its version when they last did.

    Not with its present one: it would tell an outsider how much is going on there.
    """
    known = max(begin - CLOCKS_DIFFER, user["created_at"])
    readers = [access.EVERYBODY, user["_id"]]
    loss = {"reader": {"$in": readers}, "at": {"$gte": known}}
    found = Conversation.raw().find(
        {"losses.at": {"$gte": known}, "losses": {"$elemMatch": loss}, "$nor": [access.readable_by(user)]}, {"losses": 1}
    )
    return [
        {"id": one["_id"], "version": max(each.get("version", 0) for each in one["losses"] if each["reader"] in readers)}
        for one in found.limit(MOST)
    ]


def differing(user: Doc, conversations: dict[str, int], messages: dict[str, int]) -> Doc:
    """Of what a tab shows ({id: version}) what is another by now: {conversations, messages, removed}. No clock is asked."""
    readable = list(Conversation.raw().find({"$and": [{"_id": {"$in": list(conversations)}}, access.readable_by(user)]}))
    gone = conversations.keys() - {one["_id"] for one in readable}
    newer = [one for one in readable if one["version"] != conversations[one["_id"]]]
    return {
        "conversations": reading.with_marks(user, newer),
        "messages": _differing_messages(user, messages),
        # Higher than what the tab holds, and not the true one: it would tell an outsider how much is going on there.
        "removed": [{"id": each, "version": conversations[each] + 1} for each in sorted(gone)],
    }


def _differing_messages(user: Doc, shown: dict[str, int]) -> list[Doc]:
    stand = Message.raw().find({"_id": {"$in": list(shown)}}, {"version": 1, "conversation_id": 1}) if shown else ()
    changed = {one["_id"]: one["conversation_id"] for one in stand if one["version"] != shown[one["_id"]]}
    readable = _readable(user, sorted(set(changed.values())))
    wanted = [message for message, conversation in changed.items() if conversation in readable]
    return list(Message.raw().find({"_id": {"$in": wanted}}, UNSEEN)) if wanted else []
