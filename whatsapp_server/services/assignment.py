"""Whose conversation it is: take, pass, finish, reopen, make private or public. Offers to a person are in services/offers.py."""

from collections.abc import Callable
from datetime import timedelta

from pymongo import ReturnDocument

from whatsapp_server import clock, errors
from whatsapp_server.models import Conversation, Team, User
from whatsapp_server.models.base import Doc, changed
from whatsapp_server.services import timeline, verbs, workspace
from whatsapp_server.services.verbs import Change, held_by

MAX_ROUNDS = 8


def claim(user: Doc, conversation: Doc) -> Doc:
    """Take one that nobody holds. Raises AlreadyHeld; taking one's own changes nothing."""
    return verbs.perform(user, "claim", conversation, lambda found: _taken(user, found))


def take_over(user: Doc, conversation: Doc, believed: str | None) -> Doc:
    """Take a colleague's, who is told; `believed` is who the person thinks holds it. Raises AlreadyHeld when it is somebody else by now."""

    def plan(found: Doc) -> Change | None:
        if found["holder_id"] not in (None, user["_id"], believed):
            raise verbs.told(errors.AlreadyHeld, found)
        return _taken(user, found)

    return verbs.perform(user, "take_over", conversation, plan)


def _taken(user: Doc, found: Doc) -> Change | None:
    if found["holder_id"] == user["_id"]:
        return None
    earlier = verbs.person(found["holder_id"])
    if earlier is None:
        return Change(timeline.entry(user, "claimed"), set=held_by(user))
    return Change(timeline.entry(user, "taken_over", from_id=earlier["id"], from_name=earlier["name"]), set=held_by(user))


def hold_for_reply(user: Doc, conversation: Doc, take_over_from: str | None) -> Doc:
    """The conversation, held by `user` from now on because they answer in it: claimed, accepted, reopened or (if named) taken over.

    Raises HeldByOther when a colleague holds it.
    """
    if take_over_from and conversation["state"] == "open":
        return take_over(user, conversation, take_over_from)
    return verbs.perform(user, "reply", conversation, lambda found: _held_for_reply(user, found))


def _held_for_reply(user: Doc, found: Doc) -> Change | None:
    if found["state"] == "finished":
        return _reopened(user)
    offer = found["offer"] or {}
    if offer.get("to", {}).get("id") == user["_id"]:
        return accepted(user, offer)
    return _taken(user, found)


def accepted(user: Doc, offer: Doc) -> Change:
    """What accepting `offer` writes."""
    return Change(timeline.entry(user, "accepted", from_id=offer["from"]["id"], from_name=offer["from"]["name"]), set=held_by(user))


def pass_on(user: Doc, conversation: Doc, team: Doc | None, note: str) -> Doc:
    """Put it, without a holder, into a team's line, or (None) into nobody's. Raises NotHolder, PrivateNeedsPerson."""
    line = team["_id"] if team else None

    def plan(found: Doc) -> Change | None:
        if found["visibility"] == "private":
            raise errors.PrivateNeedsPerson
        if (found["holder_id"], found["offer"], found["team_id"], note) == (None, None, line, ""):
            return None  # it is there
        told = {"note": note or None}
        if team is None:
            entry = timeline.entry(user, "released", **told)
        else:
            entry = timeline.entry(user, "passed", team_id=line, team_name=team["name"], **told)
        return Change(entry, set={**held_by(None), "team_id": line})

    after = verbs.perform(user, "pass", conversation, plan)
    # Whoever removes a team first ends it and then empties its line: what came into it just now is found either there or here.
    if team and not Team.raw().find_one({"_id": line, "active": True}, {"_id": 1}):
        emptied = Conversation.journaled().find_one_and_update(
            {"_id": after["_id"], "team_id": line}, changed(set={"team_id": None}), return_document=ReturnDocument.AFTER
        )
        return verbs.announce(after, emptied) if emptied else after
    return after


def assign(user: Doc, conversation: Doc, to: Doc) -> Doc:
    """Give it to a person without asking them: admins, or whoever may pass it on when the setting lets everybody. Raises NotAvailable."""
    everyone = workspace.current()["assign_without_acceptance"] == "everyone"

    def plan(found: Doc) -> Change | None:
        refuse_inactive(to)
        if found["holder_id"] == to["_id"]:
            return None
        return Change(timeline.entry(user, "assigned", to_id=to["_id"], to_name=to["name"]), set=held_by(to))

    return verbs.perform(user, "pass" if everyone else "assign", conversation, plan)


def refuse_inactive(user: Doc) -> None:
    """Raise NotAvailable for somebody who has left."""
    if not user["active"]:
        raise errors.NotAvailable


def finish(user: Doc, conversation: Doc, last_seen_seq: int) -> Doc:
    """Finish it; holder and visibility stay.

    Raises NewMessage when the customer wrote after `last_seen_seq`, NotHolder, AlreadyFinished.
    """

    def plan(found: Doc) -> Change:
        if found["last_inbound_seq"] > last_seen_seq:
            raise errors.NewMessage
        return finished(user, found)

    return verbs.perform(user, "finish", conversation, plan)


def finished(user: Doc | None, found: Doc) -> Change:
    """What finishing writes (user None: the system), provided that the customer has not written since `found`."""
    return Change(
        timeline.entry(user, "finished"),
        set={
            "state": "finished",
            "finished_at": clock.now(),
            "finished_by": {"id": user["_id"], "name": user["name"]} if user else None,
            "finished_seq": found["last_inbound_seq"],
            "offer": None,
        },
        unset=("waiting_since",),
        provided={"last_inbound_seq": found["last_inbound_seq"]},
    )


def reopen(user: Doc, conversation: Doc) -> Doc:
    """Open a finished one again, for oneself. Raises NotFinished."""
    return verbs.perform(user, "reopen", conversation, lambda _: _reopened(user))


def _reopened(user: Doc) -> Change:
    return Change(timeline.entry(user, "reopened"), set={**held_by(user), "state": "open"}, unset=("finished_at", "finished_by"))


def reopen_for_customer(conversation: Doc, seq: int) -> Doc:
    """Their message number `seq` opens a finished one that had not answered it: for its last holder if they are there, else for nobody."""
    for _ in range(verbs.MAX_RACES):
        if conversation["state"] != "finished" or seq <= conversation["finished_seq"]:
            return conversation
        holder = _last_holder(conversation)
        told = {"to_id": holder["_id"], "to_name": holder["name"]} if holder else {}
        owner = {} if holder else held_by(None)
        change = Change(
            timeline.entry(None, "reopened_by_customer", **told), set={**owner, "state": "open"}, unset=("finished_at", "finished_by")
        )
        after = verbs.write(conversation, change)
        if after is not None:
            return verbs.announce(conversation, after)
        conversation = Conversation.raw().find_one({"_id": conversation["_id"]}) or conversation
    raise errors.Conflict


def _last_holder(conversation: Doc) -> Doc | None:
    settings, present = workspace.current(), clock.now()
    long_ago = present - timedelta(hours=settings["reopen_hours"])
    if settings["reopen_to"] != "holder" or not conversation["holder_id"] or conversation["finished_at"] <= long_ago:
        return None
    there = {"_id": conversation["holder_id"], "active": True}
    holder = User.raw().find_one(there, {"name": 1, "absent_until": 1})
    absent_until = (holder or {}).get("absent_until")
    return None if absent_until and absent_until > present else holder


def set_visibility(user: Doc, conversation: Doc, visibility: str) -> Doc:
    """Make it `private` or `public`. Raises NotHolder."""

    def plan(found: Doc) -> Change | None:
        if found["visibility"] == visibility:
            return None
        return Change(timeline.entry(user, f"made_{visibility}"), set={"visibility": visibility})

    return verbs.perform(user, "set_visibility", conversation, plan)


def release_all_of(user: Doc, actor: Doc | None, hand_to: Doc | None) -> None:
    """Give all open conversations of `user` to `hand_to`, or to nobody, and end what was offered to or by them.

    `actor` did it (None: the system). Private ones without a holder are the admins' to see.
    """

    def handed_over(_: Doc) -> Change:
        if hand_to is None:
            return Change(timeline.entry(actor, "released"), set=held_by(None))
        return Change(timeline.entry(actor, "assigned", to_id=hand_to["_id"], to_name=hand_to["name"]), set=held_by(hand_to))

    def withdrawn(found: Doc) -> Change:
        receiver = found["offer"]["to"]
        return Change(timeline.entry(actor, "withdrawn", to_id=receiver["id"], to_name=receiver["name"]), set={"offer": None})

    _until_none({"holder_id": user["_id"], "state": "open"}, handed_over)
    for side in ("offer.to.id", "offer.from.id"):
        _until_none({side: user["_id"]}, withdrawn)


def _until_none(which: Doc, change: Callable[[Doc], Change]) -> None:
    """Change every conversation that matches `which`, also those that come while this goes on."""
    for _ in range(MAX_ROUNDS):
        found = list(Conversation.raw().find(which))
        if not found:
            return
        for conversation in found:
            after = verbs.write(conversation, change(conversation))
            if after is not None:
                verbs.announce(conversation, after)
    raise errors.Conflict
