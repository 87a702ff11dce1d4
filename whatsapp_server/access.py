"""ALL rules of who may see and do what. The same facts three ways: a query filter, a decision, and who hears of a change.

Staff reads them as five sentences (docs/architecture.md): whoever answers first holds it; a colleague's is taken over, openly; passing on
to a person waits for their word; finishing is not for ever; everybody reads everything but private ones.
"""

from typing import Any

from whatsapp_server import errors
from whatsapp_server.models import User
from whatsapp_server.models.conversation import INTERNAL

Doc = dict[str, Any]
# ("staff",) is every signed-in employee, ("user", id) one person's tabs; events/publisher.py spells them as rooms.
Audience = list[tuple[str, ...]]

STAFF: Audience = [("staff",)]
# How a member of an audience is written down: a person's id, or this.
EVERYBODY = "staff"

# What a person can be to a customer's conversation that they may read. Several at once, as they are facts.
RELATIONS = ("holder", "free", "colleague", "admin", "offered", "offerer")
# verb -> (the state it needs, which relations allow it, what the others are told). `free`: nobody holds it; `colleague`: somebody else
# holds it and it is public.
VERBS: dict[str, tuple[str | None, frozenset[str], type[errors.AppError]]] = {
    "claim": ("open", frozenset({"free", "holder"}), errors.AlreadyHeld),
    "take_over": ("open", frozenset({"free", "holder", "colleague", "admin"}), errors.NotAllowed),
    "reply": (None, frozenset({"free", "holder", "offered"}), errors.HeldByOther),
    "offer": ("open", frozenset({"free", "holder", "admin"}), errors.NotHolder),
    "assign": ("open", frozenset({"admin"}), errors.NotAllowed),
    "accept": ("open", frozenset({"offered"}), errors.OfferGone),
    "decline": ("open", frozenset({"offered"}), errors.OfferGone),
    "withdraw": ("open", frozenset({"offerer", "holder", "admin"}), errors.OfferGone),
    "pass": ("open", frozenset({"free", "holder", "admin"}), errors.NotHolder),
    "finish": ("open", frozenset({"free", "holder", "admin"}), errors.NotHolder),
    "reopen": ("finished", frozenset(RELATIONS), errors.NotAllowed),
    "set_visibility": (None, frozenset({"holder", "admin"}), errors.NotHolder),
    "note": (None, frozenset(RELATIONS), errors.NotAllowed),
}
WRONG_STATE: dict[str, type[errors.AppError]] = {"open": errors.AlreadyFinished, "finished": errors.NotFinished}


def customers_readable_by(user: Doc) -> Doc:
    """The query filter of the customers' conversations that `user` may read; matches none for somebody who may read none."""
    if not user["active"]:
        return {"_id": {"$in": []}}
    if user["role"] == "admin":
        return {"visibility": {"$in": ["public", "private"]}}
    own = [{"visibility": "private", "holder_id": user["_id"]}, {"visibility": "private", "offer.to.id": user["_id"]}]
    return {"$or": [{"visibility": "public"}, *own]}


def visibilities(user: Doc) -> list[str]:
    """Of which visibility `user` may read conversations that are neither theirs nor offered to them."""
    if not user["active"]:
        return []
    return ["public", "private"] if user["role"] == "admin" else ["public"]


def internal_readable_by(user: Doc) -> Doc:
    """The query filter of colleagues' own conversations: their members', and an admin is not one by being an admin."""
    return {"member_ids": user["_id"], "visibility": INTERNAL} if user["active"] else {"_id": {"$in": []}}


def readable_by(user: Doc) -> Doc:
    """The query filter of all conversations that `user` may read."""
    return {"$or": [customers_readable_by(user), internal_readable_by(user)]}


def may_read(user: Doc, conversation: Doc) -> bool:
    """Whether `readable_by(user)` would find it."""
    if not user["active"]:
        return False
    if conversation["visibility"] == INTERNAL:
        return user["_id"] in conversation["member_ids"]
    return conversation["visibility"] == "public" or user["role"] == "admin" or user["_id"] in _private_readers(conversation)


def why(user: Doc, conversation: Doc) -> str:
    """Why `user` may read a conversation that is not public: member, holder, offered or admin."""
    if conversation["visibility"] == INTERNAL:
        return "member"
    if user["_id"] == conversation["holder_id"]:
        return "holder"
    return "offered" if user["_id"] in _private_readers(conversation) else "admin"


def relations(user: Doc, conversation: Doc) -> set[str]:
    """Which of RELATIONS hold; none for somebody who may not read it, and none in an internal one."""
    if not may_read(user, conversation) or conversation["visibility"] == INTERNAL:
        return set()
    me, holder, offer = user["_id"], conversation["holder_id"], conversation["offer"] or {}
    facts = {
        "holder": holder == me,
        "free": holder is None,
        "colleague": holder not in (None, me) and conversation["visibility"] == "public",
        "admin": user["role"] == "admin",
        "offered": offer.get("to", {}).get("id") == me,
        "offerer": offer.get("from", {}).get("id") == me,
    }
    return {name for name, holds in facts.items() if holds}


def refusal(user: Doc, verb: str, conversation: Doc) -> type[errors.AppError] | None:
    """Why `user` may not do `verb` (one of VERBS) to a conversation that they may read; None when they may."""
    state, allowed, refused = VERBS[verb]
    related = relations(user, conversation)
    if not related:
        return errors.NotAllowed
    if state and conversation["state"] != state:
        return WRONG_STATE[state]
    if verb == "reply" and conversation["state"] == "finished":
        return None  # whoever answers a finished one reopens it for themselves
    return None if related & allowed else refused


def may_discard(user: Doc, message: Doc, conversation: Doc) -> bool:
    """Whether `user` may take back a reply that they may read: their own, and a colleague's where they decide."""
    return message.get("author_id") == user["_id"] or bool(relations(user, conversation) & {"free", "holder", "admin"})


def audience_of(conversation: Doc) -> Audience:
    """Who hears of a change to `conversation`: exactly those for whom `readable_by` would find it.

    Of anything but a public one by name, one by one: a room whose members change could still hold somebody who may no longer hear.
    """
    if conversation["visibility"] == "public":
        return list(STAFF)
    if conversation["visibility"] == INTERNAL:
        return [("user", member) for member in conversation["member_ids"]]
    admins = [admin["_id"] for admin in User.raw().find({"role": "admin", "active": True}, {"_id": 1})]
    return [("user", reader) for reader in sorted({*admins, *_private_readers(conversation)})]


def _private_readers(conversation: Doc) -> set[str]:
    """Besides the admins: the holder, and whom it is offered to, who is to decide on it."""
    offered = (conversation["offer"] or {}).get("to", {}).get("id")
    return {one for one in (conversation["holder_id"], offered) if one}


def lost_audience(before: Doc, after: Doc) -> Audience:
    """Who may no longer read it, of those who might `before`. Rooms may hold others too: to them it is no news."""
    remaining = audience_of(after)
    return [] if remaining == STAFF else [one for one in audience_of(before) if one not in remaining]


def audience_at(conversation_id: str, access_epoch: int) -> Audience:
    """Who has a conversation open as who may read it. The epoch rises with whoever may: a stale socket is in another room."""
    return [("conversation", conversation_id, str(access_epoch))]


def losers(before: Doc, after: Doc) -> list[str]:
    """`lost_audience` as it is written down: ids of people, or EVERYBODY."""
    return [member[-1] for member in lost_audience(before, after)]


def audience_of_person(user_id: str) -> Audience:
    """One person's own tabs."""
    return [("user", user_id)]
