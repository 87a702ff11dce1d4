"""Colleagues among themselves: one to one, and named groups. Only members see them; an admin is not one by being an admin."""

from functools import partial

from pymongo.errors import DuplicateKeyError

from whatsapp_server import access, clock, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, User
from whatsapp_server.models.base import Doc, insert_synced
from whatsapp_server.models.conversation import INTERNAL, without_messages
from whatsapp_server.services import reading, search_terms, timeline, verbs
from whatsapp_server.services.verbs import Change


def start_direct(user: Doc, other_id: str) -> tuple[Doc, bool]:
    """The chat of these two, and whether it is new; there is never a second one. Raises Invalid, NotAvailable."""
    (other,) = _people([other_id])
    if other["_id"] == user["_id"]:
        raise errors.Invalid(errors={"member_ids": ["Choose somebody else."]})
    first, second = sorted((user["_id"], other["_id"]))
    key = {"channel_id": INTERNAL, "contact_id": f"direct:{first}:{second}"}
    found = Conversation.raw().find_one(key)
    if found:
        return found, False
    try:
        added = insert_synced(Conversation.journaled(), {**key, **_fields([user, other], title=None)})
    except DuplicateKeyError as error:
        found = Conversation.raw().find_one(key)
        if found is None:
            raise errors.Conflict from error
        return found, False
    publisher.publish(catalog.CONVERSATION_UPDATED, {"conversation": added}, access.audience_of(added))
    return added, True


def start_group(user: Doc, member_ids: list[str], title: str) -> Doc:
    """A new group of these and oneself. Raises Invalid, NotAvailable."""
    others = _people([each for each in member_ids if each != user["_id"]])
    fields = {"channel_id": INTERNAL, "contact_id": f"group:{clock.new_id()}", **_fields([user, *others], title=title)}
    fields["pending_entries"] = [timeline.entry(user, "group_created", title=title)]
    added = insert_synced(Conversation.journaled(), fields)
    publisher.publish(catalog.CONVERSATION_UPDATED, {"conversation": added}, access.audience_of(added))
    return timeline.settle(added)


def _people(ids: list[str]) -> list[Doc]:
    wanted = list(dict.fromkeys(ids))
    found = list(User.raw().find({"_id": {"$in": wanted}}, {"name": 1, "active": 1}))
    if not wanted or len(found) != len(wanted):
        raise errors.Invalid(errors={"member_ids": ["There is no such colleague."]})
    if not all(one["active"] for one in found):
        raise errors.NotAvailable
    return found


def _fields(members: list[Doc], *, title: str | None) -> Doc:
    return {
        **without_messages(clock.new_id(), clock.now()),
        "kind": INTERNAL,
        "state": INTERNAL,
        "visibility": INTERNAL,
        "channel": None,
        "contact": None,
        "search": search_terms.terms(title or " ".join(one["name"] for one in members), None),
        "title": title,
        "group": title is not None,
        "member_ids": [one["_id"] for one in members],
        "member_marks": {},
    }


def add_members(user: Doc, conversation: Doc, ids: list[str]) -> Doc:
    """Let colleagues into a group; they see what was said before, as read. Raises NotAllowed for a chat of two, Invalid, NotAvailable."""
    for person in _people(ids):
        before = conversation
        conversation = _change(user, before, partial(_added, user, person))
        if person["_id"] not in before["member_ids"]:  # whoever is in it already reads for themselves
            reading.mark_all_read(person, [conversation])
    return conversation


def _added(user: Doc, person: Doc, found: Doc) -> Change | None:
    if person["_id"] in found["member_ids"]:
        return None
    line = timeline.entry(user, "member_added", to_id=person["_id"], to_name=person["name"])
    return Change(line, set={"member_ids": [*found["member_ids"], person["_id"]]}, provided={"member_ids": found["member_ids"]})


def leave(user: Doc, conversation: Doc) -> None:
    """Leave a group: from now on it does not exist for them. Raises NotAllowed for a chat of two."""

    def plan(found: Doc) -> Change | None:
        remaining = [each for each in found["member_ids"] if each != user["_id"]]
        return Change(timeline.entry(user, "member_left"), set={"member_ids": remaining}, provided={"member_ids": found["member_ids"]})

    _change(user, conversation, plan)


def rename(user: Doc, conversation: Doc, title: str) -> Doc:
    """Give a group another name. Raises NotAllowed for a chat of two."""

    def plan(found: Doc) -> Change | None:
        if found["title"] == title:
            return None
        news = {"title": title, "search": search_terms.terms(title, None)}
        return Change(timeline.entry(user, "renamed", title=title), set=news)

    return _change(user, conversation, plan)


def _change(user: Doc, conversation: Doc, plan: verbs.Plan) -> Doc:
    if not conversation.get("group"):
        raise errors.NotAllowed
    return verbs.repeat(user, conversation, plan)
