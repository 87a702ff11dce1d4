"""Passing a conversation to a person: it stays where it is until they accept, and an offer never just vanishes."""

from whatsapp_server import clock, errors
from whatsapp_server.models import Conversation
from whatsapp_server.models.base import AFTER_1970, Doc
from whatsapp_server.services import assignment, timeline, verbs, workspace
from whatsapp_server.services.verbs import Change

BATCH = 100


def offer(user: Doc, conversation: Doc, to: Doc, note: str) -> Doc:
    """Offer it to `to`, online or not. Raises NotHolder, OfferPending, NotAvailable, Invalid."""

    def plan(found: Doc) -> Change:
        assignment.refuse_inactive(to)
        if to["_id"] in (found["holder_id"], user["_id"]):
            raise errors.Invalid(errors={"to": ["Choose somebody else."]})
        if found["offer"]:
            raise verbs.told(errors.OfferPending, found)
        return Change(
            timeline.entry(user, "offered", to_id=to["_id"], to_name=to["name"], note=note or None),
            set={"offer": _offer(user, to, note)},
        )

    return verbs.perform(user, "offer", conversation, plan)


def _offer(user: Doc, to: Doc, note: str) -> Doc:
    settings, present = workspace.current(), clock.now()
    return {
        "id": clock.new_id(),
        "from": {"id": user["_id"], "name": user["name"]},
        "to": {"id": to["_id"], "name": to["name"]},
        "note": note,
        "offered_at": present,
        "expires_at": workspace.working_deadline(present, settings["offer_minutes"], settings["working_hours"]),
    }


def accept(user: Doc, conversation: Doc, offer_id: str) -> Doc:
    """Take what was offered to oneself. Raises OfferGone."""
    return verbs.perform(user, "accept", conversation, lambda found: assignment.accepted(user, _standing(found, offer_id)))


def decline(user: Doc, conversation: Doc, offer_id: str, note: str) -> Doc:
    """Leave it with whoever has it; they are told. Raises OfferGone."""

    def plan(found: Doc) -> Change:
        sender = _standing(found, offer_id)["from"]
        line = timeline.entry(user, "declined", from_id=sender["id"], from_name=sender["name"], note=note or None)
        return Change(line, set={"offer": None})

    return verbs.perform(user, "decline", conversation, plan)


def withdraw(user: Doc, conversation: Doc, offer_id: str) -> Doc:
    """Take an offer back. Raises OfferGone."""

    def plan(found: Doc) -> Change:
        receiver = _standing(found, offer_id)["to"]
        return Change(timeline.entry(user, "withdrawn", to_id=receiver["id"], to_name=receiver["name"]), set={"offer": None})

    return verbs.perform(user, "withdraw", conversation, plan)


def _standing(found: Doc, offer_id: str) -> Doc:
    standing: Doc = found["offer"] or {}
    if standing.get("id") != offer_id:
        raise verbs.told(errors.OfferGone, found)
    return standing


def expire() -> int:
    """End the offers that nobody answered in time, and tell; how many."""
    late = list(Conversation.raw().find({"offer.expires_at": {**AFTER_1970, "$lte": clock.now()}}).limit(BATCH))
    return sum(_expired(conversation) for conversation in late)


def _expired(conversation: Doc) -> bool:
    sender, receiver = conversation["offer"]["from"], conversation["offer"]["to"]
    line = timeline.entry(None, "expired", from_id=sender["id"], from_name=sender["name"], to_id=receiver["id"], to_name=receiver["name"])
    after = verbs.write(conversation, Change(line, set={"offer": None}))
    if after is not None:
        verbs.announce(conversation, after)
    return after is not None
