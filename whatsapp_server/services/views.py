"""The lists at the left: which conversations each holds, in which order, and how many want attention.

A view is one or more segments, each with an order that an index serves; a page runs over from one into the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from whatsapp_server import access, clock, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, User
from whatsapp_server.models.base import AFTER_1970, Doc, milliseconds
from whatsapp_server.models.conversation import STATES
from whatsapp_server.services import paging, reading, search_terms

HELD: Doc = {"$gt": ""}
BY_HOLDER = ("holder_id", "state")
# A number beyond this says no more than this.
MOST_COUNTED = 1_000
READ_BATCH = 500
NEEDED = ("_id", "last_seq", "inbound_count", "created_at", "last_message_at", "mentioned")


@dataclass(frozen=True)
class Segment:
    """A part of a view: what is in it, and by which time it is ordered (`newest` or oldest first).

    `led_by` are the fields that come before the order in its index: the planner would rather sort a collection that is still small.
    None: few match, and those are sorted.
    """

    which: Doc
    led_by: tuple[str, ...] | None
    by: str = "last_message_at"
    newest: bool = True

    @property
    def order(self) -> list[tuple[str, int]]:
        """How it is sorted."""
        way = -1 if self.newest else 1
        return [(self.by, way), ("_id", way)]

    @property
    def index(self) -> list[tuple[str, int]] | None:
        """The index that has just these in this order; None when they are sorted."""
        return None if self.led_by is None else [*((name, 1) for name in self.led_by), *self.order]

    def page(self, conditions: list[Doc], after: tuple[int, str] | None, limit: int) -> list[Doc]:
        """Up to `limit` conversations after the position (milliseconds, id)."""
        beyond = [self.beyond(*after)] if after else []
        found = Conversation.raw().find({"$and": [self.which, *beyond, *conditions]}).sort(self.order).limit(limit)
        if self.index and not conditions:
            found = found.hint(self.index)
        return list(found)

    def count(self) -> int:
        """How many there are, as far as that says anything."""
        hint: Doc = {"hint": self.index} if self.index else {}
        return Conversation.raw().count_documents(self.which, limit=MOST_COUNTED, **hint)

    def beyond(self, milliseconds_: int, last_id: str) -> Doc:
        """The condition of what comes after a position."""
        moment, before = clock.from_milliseconds(milliseconds_), "$lt" if self.newest else "$gt"
        # The first half is for the index, which would not see it in the other.
        return {self.by: {f"{before}e": moment}, "$or": [{self.by: {before: moment}}, {"_id": {before: last_id}}]}

    def position(self, conversation: Doc) -> tuple[int, str]:
        """Where a conversation stands in this order."""
        return milliseconds(conversation[self.by]), conversation["_id"]


def segments(user: Doc, view: str) -> list[Segment]:
    """The parts of `view` (one of the schema's VIEWS), in their order, as `user` may see them."""
    me, free_to_see = user["_id"], {"$in": access.visibilities(user)}
    if view == "all":
        return [Segment({"state": {"$in": list(STATES)}, **access.customers_readable_by(user)}, led_by=())]
    if view == "internal":
        return [Segment(access.internal_readable_by(user), led_by=("member_ids",))]
    if view == "finished":
        return [Segment({"state": "finished", **access.customers_readable_by(user)}, led_by=("state",))]
    if view == "team":
        return [Segment({"state": "open", "visibility": free_to_see, "holder_id": {**HELD, "$ne": me}}, led_by=("state",))]
    if view == "unassigned":
        nobodys: Doc = {"holder_id": None, "state": "open", "visibility": free_to_see}
        waiting = Segment({**nobodys, "waiting_since": AFTER_1970}, led_by=BY_HOLDER, by="waiting_since", newest=False)
        return [waiting, Segment({**nobodys, "waiting_since": None}, led_by=BY_HOLDER)]
    return [
        Segment({"offer.to.id": me}, led_by=None),
        Segment({"mentioned.user_id": me, "offer.to.id": {"$ne": me}, **access.customers_readable_by(user)}, led_by=None),
        Segment({**_held(user), "offer.to.id": {"$ne": me}, "mentioned.user_id": {"$ne": me}}, led_by=BY_HOLDER),
    ]


def _held(user: Doc) -> Doc:
    return {"holder_id": user["_id"], "state": "open"}


def list_conversations(
    user: Doc, *, view: str, q: str = "", filters: Doc | None = None, cursor: str | None = None, limit: int
) -> tuple[list[Doc], str | None]:
    """A page of `view` with the person's own marks; (items, next). `filters`: see `_conditions`."""
    conditions = [*_conditions(filters or {}), *search_terms.query(q)]
    if q.strip() and not search_terms.query(q):
        return [], None  # only signs were typed: nothing is found by them
    parts = segments(user, view)
    at, after = _position(cursor, len(parts))
    found: list[tuple[int, Doc]] = []
    for index in range(at, len(parts)):
        wanted = limit + 1 - len(found)
        found += [(index, one) for one in parts[index].page(conditions, after if index == at else None, wanted)]
        if len(found) > limit:
            break
    page = found[:limit]
    following = None
    if len(found) > limit:
        index, last = page[-1]
        following = paging.encode(index, *parts[index].position(last))
    return reading.with_marks(user, [one for _, one in page]), following


def _conditions(filters: Doc) -> list[Doc]:
    """assignee, team, channel: ids; waiting: true."""
    fields = {"assignee": "holder_id", "team": "team_id", "channel": "channel_id"}
    chosen = [{fields[name]: value} for name, value in filters.items() if name in fields and value]
    return [*chosen, {"waiting_since": AFTER_1970}] if filters.get("waiting") else chosen


def _position(cursor: str | None, parts: int) -> tuple[int, tuple[int, str] | None]:
    if not cursor:
        return 0, None
    index, at, last_id = paging.decode(cursor, int, int, str)
    if not 0 <= index < parts:
        raise errors.Invalid(errors={"cursor": ["This is not a cursor of this list."]})
    return index, (at, last_id)


def counts(user: Doc) -> dict[str, Any]:
    """What wants the person's attention: conversations with something unread in mine and internal, all offers, mentions and unassigned,
    and whether the team's have news since they were last looked at."""
    return {
        "mine": _count_unread(user, _held(user)),
        "offers": Segment({"offer.to.id": user["_id"]}, led_by=None).count(),
        "mentions": Segment({"mentioned.user_id": user["_id"], **access.customers_readable_by(user)}, led_by=None).count(),
        "unassigned": sum(segment.count() for segment in segments(user, "unassigned")),
        "internal": _count_unread(user, access.internal_readable_by(user)),
        "team": _team_has_news(user),
    }


def _count_unread(user: Doc, which: Doc) -> int:
    newest = Conversation.raw().find(which, NEEDED).sort([("last_message_at", -1), ("_id", -1)]).limit(MOST_COUNTED)
    return sum(1 for one in reading.with_marks(user, list(newest)) if one["unread"])


def _team_has_news(user: Doc) -> bool:
    seen = user.get("team_seen_at") or user["created_at"]
    (team,) = segments(user, "team")
    news = {**team.which, "last_message_at": {"$gt": seen}, "last_inbound_at": {"$gt": seen}}
    return Conversation.raw().find_one(news, {"_id": 1}) is not None


def see_team(user: Doc) -> None:
    """The person has looked at the team's conversations: its dot goes out until there is news."""
    User.raw().update_one({"_id": user["_id"]}, {"$max": {"team_seen_at": clock.now()}})
    publisher.publish(catalog.VIEW_READ, {"view": "team"}, access.audience_of_person(user["_id"]))


def mark_read(user: Doc, view: str) -> None:
    """Everything in `view` counts as read up to now, in all of the person's tabs."""
    for segment in segments(user, view):
        ids = Conversation.raw().find(segment.which, NEEDED)
        for batch in _batches(ids):
            reading.mark_all_read(user, batch)
    if view == "team":
        see_team(user)
    else:
        publisher.publish(catalog.VIEW_READ, {"view": view}, access.audience_of_person(user["_id"]))


def _batches(documents: Any) -> Iterator[list[Doc]]:
    cursor = iter(documents)
    while batch := list(islice(cursor, READ_BATCH)):
        yield batch
