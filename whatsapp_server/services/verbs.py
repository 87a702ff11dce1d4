"""How every verb changes a conversation: one conditional write, a timeline entry in that very write, and the news of it.

The write goes through only if the facts on which the rules decided still hold; otherwise the conversation is read again and the rules
are asked again, so whoever comes second is told who was first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pymongo import ReturnDocument

from whatsapp_server import access, clock, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, User
from whatsapp_server.models.base import Doc, changed
from whatsapp_server.services import conversations, timeline

MAX_RACES = 16
# The newest so many, for tabs that were away (services/sync).
LOSSES_KEPT = 100
# By so much the version rises when somebody loses sight of it. A loss is written down with its own version, in the very write that makes
# it: above all that the loser has seen, as fewer writes than these come in between, and not above what the others see then.
VERSIONS_OF_A_LOSS = 1_000


@dataclass(frozen=True)
class Change:
    """What a verb writes: fields to set and unset, its timeline entry, and what must hold besides the rules' own facts."""

    entry: Doc
    set: Doc = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    provided: Doc = field(default_factory=dict)


# From the conversation as it is to what the verb does to it; None when there is nothing to do. Raises what the verb itself refuses.
Plan = Callable[[Doc], Change | None]


def perform(user: Doc, verb: str, conversation: Doc, plan: Plan) -> Doc:
    """Do `verb` for `user`; the conversation as it is afterwards. Raises the refusal, with who and when, or NotFound."""

    def permitted(found: Doc) -> Change | None:
        refused = access.refusal(user, verb, found)
        if refused:
            raise told(refused, found)
        return plan(found)

    return repeat(user, conversation, permitted)


def repeat(user: Doc, conversation: Doc, plan: Plan) -> Doc:
    """Carry out `plan` on the conversation as it is, again on what it has become when somebody was faster. Raises NotFound, Conflict."""
    for _ in range(MAX_RACES):
        change = plan(conversation)
        if change is None:
            return conversation
        after = write(conversation, change)
        if after is not None:
            return announce(conversation, after)
        conversation = conversations.conversation_for(user, conversation["_id"])
    raise errors.Conflict


def write(conversation: Doc, change: Change) -> Doc | None:
    """Write `change` if the facts are still as in `conversation`; the conversation afterwards, or None."""
    facts = {name: conversation[name] for name in ("state", "visibility", "holder_id")}
    offer = conversation["offer"] or {}
    readers = _change_of_readers(conversation, {**conversation, **change.set})
    pushed = {"pending_entries": change.entry, **readers.pop("push", {})}
    return Conversation.journaled().find_one_and_update(
        {"_id": conversation["_id"], **facts, "offer.id": offer.get("id"), **change.provided},
        changed(set=change.set, unset=dict.fromkeys(change.unset, ""), push=pushed, **readers),
        return_document=ReturnDocument.AFTER,
    )


def _change_of_readers(before: Doc, after: Doc) -> dict[str, Doc]:
    """What a write notes down when others may read the conversation than before: a new epoch, and who lost sight of it."""
    if access.audience_of(before) == access.audience_of(after):
        return {}
    present = clock.now()
    version = before["version"] + VERSIONS_OF_A_LOSS
    losses = [{"reader": reader, "at": present, "version": version} for reader in access.losers(before, after)]
    if not losses:
        return {"inc": {"access_epoch": 1}}
    kept = {"losses": {"$each": losses, "$slice": -LOSSES_KEPT}}
    return {"inc": {"access_epoch": 1, "version": VERSIONS_OF_A_LOSS}, "push": kept}


def announce(before: Doc, after: Doc) -> Doc:
    """Tell everybody what became of a conversation; it comes back with its entries settled.

    Those first who go on reading it: the others' loss goes to rooms that they are in too, and is then none of theirs.
    """
    publisher.publish(catalog.CONVERSATION_UPDATED, {"conversation": after}, access.audience_of(after))
    lost = access.lost_audience(before, after)
    publisher.publish(catalog.CONVERSATION_REMOVED, {"id": after["_id"], "version": after["version"]}, lost)
    settled = timeline.settle(after)
    changed_hands = any(before[name] != after[name] for name in ("state", "holder_id", "offer"))
    return _taken_from_the_gone(settled) if changed_hands and after["state"] == "open" else settled


def _taken_from_the_gone(conversation: Doc) -> Doc:
    """The conversation without what somebody was given, or took, just when they were deactivated.

    Whoever is deactivated is first inactive, and then all they have is taken from them: it is found either there or here.
    """
    offer = conversation["offer"] or {"from": {"id": None}, "to": {"id": None}}
    parties = {conversation["holder_id"], offer["from"]["id"], offer["to"]["id"]} - {None}
    gone = {one["_id"] for one in User.raw().find({"_id": {"$in": list(parties)}, "active": False}, {"_id": 1})} if parties else set()
    if not gone:
        return conversation
    if conversation["holder_id"] in gone:
        change = Change(timeline.entry(None, "released"), set=held_by(None))
    else:
        change = Change(timeline.entry(None, "withdrawn", to_id=offer["to"]["id"], to_name=offer["to"]["name"]), set={"offer": None})
    after = write(conversation, change)
    return announce(conversation, after) if after else conversation


def told(refused: type[errors.AppError], conversation: Doc) -> errors.AppError:
    """The refusal with who was faster (`by`) and when (`at`), as far as that says anything."""
    offer = conversation["offer"] or {}
    if issubclass(refused, errors.AlreadyFinished):
        by, at = conversation.get("finished_by"), conversation.get("finished_at")
    elif issubclass(refused, errors.OfferPending):
        by, at = offer.get("from"), offer.get("offered_at")
    else:
        by, at = person(conversation["holder_id"]), conversation.get("held_since")
    return refused(by=by, at=clock.iso(at) if isinstance(at, datetime) else None)


def person(user_id: str | None) -> Doc | None:
    """{id, name} of an employee; None for nobody."""
    found = User.raw().find_one({"_id": user_id}, {"name": 1}) if user_id else None
    return {"id": found["_id"], "name": found["name"]} if found else None


def held_by(user: Doc | None) -> Doc:
    """The fields of a conversation that `user` holds from now on (None: nobody); whatever was offered is settled with it."""
    return {"holder_id": user["_id"] if user else None, "held_since": clock.now() if user else None, "offer": None}
