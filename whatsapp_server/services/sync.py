"""What a tab has missed: everything that changed since its cursor and that its person may see.

The cursor is the database's clock, read before anything else and put back by OVERLAP: a write is stamped when it is made and seen a moment
later, but never OVERLAP later, as no write takes that long (models/base.TIMEOUT_SECONDS). So answers overlap, which changes nothing
in a tab: documents carry versions. Assumed: the database's clock never steps back by OVERLAP.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from whatsapp_server import access, clock
from whatsapp_server.models import Channel, Conversation, Message, ReadMark, Team, User, WorkspaceSettings
from whatsapp_server.models.base import UNSEEN, Doc, SyncedDocument, milliseconds
from whatsapp_server.models.workspace_settings import WORKSPACE
from whatsapp_server.services import paging, reading, workspace
from whatsapp_server.services.grouped import Grouped

OVERLAP = timedelta(seconds=10)
# Whoever was away for longer loads everything anew.
MAX_AGE = timedelta(hours=24)
# Of conversations, of messages, of read marks; more is a reset.
MOST = 500
# Who lost sight of a conversation is remembered by the clock of the process that took it from them.
CLOCKS_DIFFER = timedelta(seconds=60)
BY_CHANGE = [("changed_at", 1)]
# What everybody may see, besides the settings.
COMPANY: dict[str, type[SyncedDocument]] = {"users": User, "teams": Team, "channels": Channel}


class _TooMuch(Exception):
    """More changed than one answer should hold."""


def since(user: Doc, cursor: str | None, threads: list[str]) -> Doc:
    """What changed since `cursor` (None: nothing is known yet) and is visible to `user`; raises Invalid for what is no cursor.

    {cursor, reset, conversations, messages, reads, removed, users, teams, channels, settings}. `messages` are those of the conversations
    `threads`. With `reset` the lists are empty: everything is to be loaded anew.
    """
    begin = _begin(user, cursor)
    # First of all: nothing that is written after this moment may be missed by the next answer.
    present, company = _company_since(begin)
    answer = {"cursor": paging.encode(milliseconds(present - OVERLAP), _epoch(user)), "reset": False}
    if begin is not None and present - MAX_AGE < begin <= present:
        try:
            return {**answer, **_complete(company), **_changes(user, begin, threads)}
        except _TooMuch:
            pass  # the reset below says so
    return {**answer, **_nothing(), "reset": True}


def _epoch(user: Doc) -> int:
    """Raised by every change of what a person may see as a whole (services/powers)."""
    epoch: int | None = user.get("admin_epoch")
    return epoch or 0


def _begin(user: Doc, cursor: str | None) -> datetime | None:
    """Since when; None when the cursor says nothing that could be built upon."""
    if not cursor:
        return None
    moment, epoch = paging.decode(cursor, int, int, field="since")
    return clock.from_milliseconds(moment) if epoch == _epoch(user) else None


def _changes(user: Doc, begin: datetime, threads: list[str]) -> Doc:
    changed = {"changed_at": {"$gte": begin}}
    conversations = _most(Conversation, {"$and": [changed, access.readable_by(user)]}, hint=BY_CHANGE)
    marks = _most(ReadMark, {"user_id": user["_id"], **changed})
    return {
        "conversations": reading.with_marks(user, conversations),
        "messages": _messages(user, changed, threads),
        "reads": [{"conversation_id": mark["conversation_id"], "read": mark} for mark in marks],
        "removed": _lost(user, begin),
    }


def _company(begins: Sequence[datetime | None]) -> list[tuple[datetime, Doc]]:
    """(the database's time, {users, teams, channels, settings} that changed since then), for each of these moments; by one question.

    For None the lists are empty. What everybody may see is asked for all who ask at the same moment, since the earliest of their moments.
    """
    earliest = min((begin for begin in begins if begin), default=None)
    pipeline: list[Doc] = [{"$match": {"_id": WORKSPACE}}, {"$set": {"of": "settings", "present": "$$NOW"}}]
    if earliest:
        pipeline += [_union(name, model, earliest) for name, model in COMPANY.items()]
    found = list(WorkspaceSettings.raw().aggregate(pipeline))
    if not found:
        workspace.stored()  # nobody has ever asked for the settings
        return _company(begins)
    settings, *others = found
    return [(settings["present"], _changed_since(begin, settings, others)) for begin in begins]


def _union(name: str, model: type[SyncedDocument], earliest: datetime) -> Doc:
    # Newest first: what is cut off is older than all that is left, so whoever asks since a later moment lacks nothing.
    newest = [{"$match": {"changed_at": {"$gte": earliest}}}, {"$sort": {"changed_at": -1}}, {"$limit": MOST + 1}]
    return {"$unionWith": {"coll": model.raw().name, "pipeline": [*newest, {"$project": UNSEEN}, {"$set": {"of": name}}]}}


def _changed_since(begin: datetime | None, settings: Doc, others: list[Doc]) -> Doc:
    changed: Doc = {name: [] for name in COMPANY}
    for one in others:
        if begin and one["changed_at"] >= begin:
            changed[one["of"]].append(one)
    return {**changed, "settings": settings if begin and settings["changed_at"] >= begin else None}


_company_since = Grouped(_company)


def _complete(company: Doc) -> Doc:
    """`company` itself; raises _TooMuch when one of its lists may be cut off."""
    if any(len(company[name]) > MOST for name in COMPANY):
        raise _TooMuch
    return company


def _nothing() -> Doc:
    lists = ("conversations", "messages", "reads", "removed", "users", "teams", "channels")
    return {**{name: [] for name in lists}, "settings": None}


def _messages(user: Doc, changed: Doc, threads: list[str]) -> list[Doc]:
    readable = _versions(user, threads)
    return _most(Message, {"conversation_id": {"$in": list(readable)}, **changed}) if readable else []


def _readable(user: Doc, ids: Iterable[str]) -> Doc:
    """The filter of those conversations."""
    return {"$and": [{"_id": {"$in": list(ids)}}, access.readable_by(user)]}


def _versions(user: Doc, ids: Collection[str]) -> dict[str, int]:
    """{id: version} of those conversations that `user` may read."""
    found = Conversation.raw().find(_readable(user, ids), {"version": 1}) if ids else ()
    return {one["_id"]: one["version"] for one in found}


def _readable_ones(user: Doc, ids: list[str]) -> list[Doc]:
    return list(Conversation.raw().find(_readable(user, ids))) if ids else []


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
    found = list(
        Conversation.raw()
        .find({"losses.at": {"$gte": known}, "losses": {"$elemMatch": loss}, "$nor": [access.readable_by(user)]}, {"losses": 1})
        .limit(MOST + 1)
    )
    if len(found) > MOST:
        raise _TooMuch
    return [
        {"id": one["_id"], "version": max(each.get("version", 0) for each in one["losses"] if each["reader"] in readers)} for one in found
    ]


def differing(user: Doc, conversations: dict[str, int], messages: dict[str, int]) -> Doc:
    """Of what a tab shows ({id: version}) what is another by now: {conversations, messages, removed}. No clock is asked."""
    stand = _versions(user, conversations)
    gone = conversations.keys() - stand.keys()
    newer = [each for each, version in stand.items() if version != conversations[each]]
    return {
        "conversations": reading.with_marks(user, _readable_ones(user, newer)),
        "messages": _differing_messages(user, messages),
        # Higher than what the tab holds, and not the true one: it would tell an outsider how much is going on there.
        "removed": [{"id": each, "version": conversations[each] + 1} for each in sorted(gone)],
    }


def _differing_messages(user: Doc, shown: dict[str, int]) -> list[Doc]:
    stand = Message.raw().find({"_id": {"$in": list(shown)}}, {"version": 1, "conversation_id": 1}) if shown else ()
    changed = {one["_id"]: one["conversation_id"] for one in stand if one["version"] != shown[one["_id"]]}
    readable = _versions(user, set(changed.values()))
    wanted = [message for message, conversation in changed.items() if conversation in readable]
    return list(Message.raw().find({"_id": {"$in": wanted}}, UNSEEN)) if wanted else []
