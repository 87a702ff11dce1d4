"""Who is there, who looks at which conversation, and who is writing in it: over all tabs of a person and all processes.

Each process keeps its own tabs in memory and writes what they add up to into one small document, with a beat; it reads those of the others
and tells its own tabs what has changed. So nothing depends on a message queue, and whoever dies without a word is gone once their beat is
old. Presence is of the moment: no versions, no history.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pymongo import ReturnDocument

from whatsapp_server import access, clock
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, Presence, User
from whatsapp_server.models.base import Doc
from whatsapp_server.services import conversations

# After their last tab closed, and after the last beat of a process that died: a page that is loaded anew is no absence. A setting.
GONE_AFTER = timedelta(seconds=30)
# Shares of that: whoever looked on at a process that died does so no more; a process that lives says so.
LOOKED_AWAY, BEAT = 1 / 3, 1 / 15
TYPING_SECONDS = 6.0
# How soon other processes hear of a change, at most so often.
EXCHANGE_SECONDS = 0.25
PAUSE_SECONDS = 0.5
# What happens so shortly after something is told together with it.
TOGETHER_SECONDS = 0.03
# By what of a conversation it is known who may read it, and since when.
READ_BY = ("access_epoch", "visibility", "holder_id", "offer", "member_ids")

# (conversation id, its access epoch): who could read it only before, looks at another place.
Place = tuple[str, int]


@dataclass
class _Tab:
    """One socket. `turn` counts what it asked to open, so that of two questions under way the later one counts."""

    user_id: str
    session_id: str
    place: Place | None = None
    typing_until: float = 0.0
    turn: int = 0


@dataclass
class _Picture:
    """Who is there, and {place: {user id: whether they are writing}}."""

    people: set[str] = field(default_factory=set)
    looking: dict[Place, dict[str, bool]] = field(default_factory=dict)

    def add(self, place: Place, user_id: str, typing: bool) -> None:
        """Somebody looks at a place; of several tabs of theirs one may be where they write."""
        there = self.looking.setdefault(place, {})
        there[user_id] = typing or there.get(user_id, False)


class Here:
    """This process's part of it."""

    def __init__(self) -> None:
        self.gone_after = GONE_AFTER
        self._id = clock.new_id()
        self._tabs: dict[str, _Tab] = {}
        # Of each person: how many of them in each session, which is a browser.
        self._sessions: dict[str, Counter[str]] = {}
        # When the last tab of somebody closed, by the monotonic clock.
        self._left: dict[str, float] = {}
        self._others: list[Doc] = []
        self._told = _Picture()
        self._written: Doc | None = None
        self._beat_at: datetime | None = None
        self._exchanged = float("-inf")
        self._beaten = float("-inf")
        self._bell, self._never = threading.Event(), threading.Event()

    # What tabs do

    def arrived(self, tab: str, user_id: str, session_id: str) -> None:
        """A tab of somebody was let in."""
        self._tabs[tab] = _Tab(user_id, session_id)
        self._sessions.setdefault(user_id, Counter())[session_id] += 1
        self._left.pop(user_id, None)
        self._bell.set()

    def left(self, tab: str) -> None:
        """A tab is gone. Saying it twice does no harm."""
        gone = self._tabs.pop(tab, None)
        if gone:
            sessions = self._sessions[gone.user_id]
            sessions[gone.session_id] -= 1
            if not +sessions:
                del self._sessions[gone.user_id]
                self._left[gone.user_id] = clock.monotonic()
        self._bell.set()

    def asks(self, tab: str) -> int:
        """A tab asks to open a conversation: its turn, to be given to `looks`."""
        held = self._tabs.get(tab)
        if held is None:
            return 0
        held.turn += 1
        return held.turn

    def looks(self, tab: str, turn: int, place: Place | None) -> bool:
        """A tab shows this conversation from now on, or none; False when it has asked for another one since `turn`, or is gone."""
        held = self._tabs.get(tab)
        if held is None or held.turn != turn:
            return False
        held.place, held.typing_until = place, 0.0
        self._bell.set()
        return True

    def place_of(self, tab: str) -> Place | None:
        """What a tab shows."""
        held = self._tabs.get(tab)
        return held.place if held else None

    def types(self, tab: str, typing: bool) -> None:
        """Somebody is writing in what their tab shows, for TYPING_SECONDS unless it is said again; or has stopped."""
        held = self._tabs.get(tab)
        if held and held.place:
            held.typing_until = clock.monotonic() + TYPING_SECONDS if typing else 0.0
            self._bell.set()

    # What everybody is told

    def online(self) -> list[str]:
        """The ids of all who are there."""
        return sorted(self._people().union(*(other["people"] for other in self._others)))

    def is_at_several_browsers(self, user_id: str) -> bool:
        """Whether somebody has tabs in more than one browser, as far as the processes have heard of each other."""
        elsewhere = {session for other in self._others for user, session in other.get("sessions", ()) if user == user_id}
        return len(elsewhere | (+self._sessions.get(user_id, Counter())).keys()) > 1

    def at(self, place: Place, user_id: str) -> tuple[list[str], list[str]]:
        """(who looks at a place, and who of them is writing), as everybody there was last told, and `user_id`, who has just come."""
        there = {user_id: False, **self._told.looking.get(place, {})}
        return sorted(there), sorted(one for one, typing in there.items() if typing)

    def turn_round(self) -> None:
        """Wait for news for a moment; tell this process's tabs, exchange with the other processes, tell again. Raises pymongo's errors."""
        if self._bell.wait(PAUSE_SECONDS):
            self._never.wait(TOGETHER_SECONDS)
        self._bell.clear()
        self._tell()
        if clock.monotonic() - self._exchanged < EXCHANGE_SECONDS:
            return  # the next turn is no further than a pause away
        self._exchanged = clock.monotonic()
        self._exchange()
        self._tell()

    def _people(self) -> set[str]:
        present = clock.monotonic()
        self._left = {user: moment for user, moment in self._left.items() if present - moment < self.gone_after.total_seconds()}
        return {*self._left, *self._sessions}

    def _own(self) -> _Picture:
        own, present = _Picture(people=self._people()), clock.monotonic()
        for tab in self._tabs.values():
            if tab.place:
                own.add(tab.place, tab.user_id, tab.typing_until > present)
        return own

    def _picture(self) -> _Picture:
        """Who is there, here and at the other processes, and who looks at what."""
        whole = self._own()
        for other in self._others:
            whole.people.update(other["people"])
            if self._is_fresh(other, self.gone_after * LOOKED_AWAY):
                for conversation_id, epoch, user_id, typing in other["looking"]:
                    whole.add((conversation_id, epoch), user_id, typing)
        return whole

    def _is_fresh(self, other: Doc, limit: timedelta) -> bool:
        return self._beat_at is not None and other["beat_at"] > self._beat_at - limit

    def _exchange(self) -> None:
        own = self._own()
        news: Doc = {
            "people": sorted(own.people),
            "sessions": sorted([user, session] for user, sessions in self._sessions.items() for session in +sessions),
            "looking": [[*place, user, typing] for place, there in sorted(own.looking.items()) for user, typing in there.items()],
        }
        if self._written != news or clock.monotonic() - self._beaten >= self.gone_after.total_seconds() * BEAT:
            self._beaten = clock.monotonic()
            mine = Presence.raw().find_one_and_update(
                {"_id": self._id},
                {"$set": news, "$currentDate": {"beat_at": True}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
            assert mine is not None  # an upsert always returns one
            self._written, self._beat_at = news, mine["beat_at"]
        assert self._beat_at is not None  # the first turn has written
        self._others = [
            other for other in Presence.raw().find({"beat_at": {"$gt": self._beat_at - self.gone_after}}) if other["_id"] != self._id
        ]

    def _tell(self) -> None:
        told, present = self._told, self._picture()
        changed = [place for place in told.looking.keys() | present.looking.keys() if told.looking.get(place) != present.looking.get(place)]
        outdated = self._outdated(changed)
        for place in outdated:
            present.looking.pop(place, None)
        self._told = present
        for user_id in told.people ^ present.people:
            publisher.publish_here(catalog.PRESENCE_CHANGED, {"user_id": user_id, "online": user_id in present.people}, access.STAFF)
        for place in set(changed) - outdated:
            _tell_place(place, told.looking.get(place, {}), present.looking.get(place, {}))

    def _outdated(self, places: Iterable[Place]) -> set[Place]:
        """Those that are another place by now, for whoever may read the conversation has changed: nobody there is told of anybody."""
        ids = sorted({conversation_id for conversation_id, _ in places})
        if not ids:
            return set()
        found = {(one["_id"], one.get("access_epoch", 0)): one for one in Conversation.raw().find({"_id": {"$in": ids}}, READ_BY)}
        outdated = {place for place in places if place not in found}
        for tab in self._tabs.values():
            if tab.place in outdated:
                tab.place = None  # it opens it anew when it hears of the change, if it may
        self._turn_away({place: found[place] for place in places if place in found and found[place]["visibility"] == "private"})
        return outdated

    def _turn_away(self, private: dict[Place, Doc]) -> None:
        """Take those out of private conversations who saw them as admins and are none any more: that changes no epoch."""
        shown = [(sid, tab, tab.place) for sid, tab in self._tabs.items() if tab.place in private]
        if not shown:
            return
        people = User.raw().find({"_id": {"$in": list({tab.user_id for _, tab, _ in shown})}}, {"role": 1, "active": 1})
        known = {one["_id"]: one for one in people}
        for sid, tab, place in shown:
            if place and not access.may_read(known[tab.user_id], private[place]):
                publisher.evict(sid, access.audience_at(*place))
                if tab.place == place:
                    tab.place = None


here = Here()


def open_conversation(tab: str, turn: int, user: Doc, conversation_id: str) -> tuple[Place, list[str], list[str]] | None:
    """`user`'s tab shows a conversation: (place, who looks at it, who writes in it). None when it has asked for another one since `turn`.

    Raises NotFound when they may not read it.
    """
    conversation = conversations.conversation_for(user, conversation_id)
    place = (conversation["_id"], conversation.get("access_epoch", 0))
    return (place, *here.at(place, user["_id"])) if here.looks(tab, turn, place) else None


def close_conversation(tab: str) -> None:
    """The tab shows none."""
    here.looks(tab, here.asks(tab), None)


def _tell_place(place: Place, before: dict[str, bool], after: dict[str, bool]) -> None:
    room = access.audience_at(*place)
    conversation_id, _ = place
    if before.keys() != after.keys():
        publisher.publish_here(catalog.VIEWERS_CHANGED, {"conversation_id": conversation_id, "user_ids": sorted(after)}, room)
    typing, typed = ({user for user, is_typing in there.items() if is_typing} for there in (after, before))
    if typing != typed:
        publisher.publish_here(catalog.TYPING_CHANGED, {"conversation_id": conversation_id, "user_ids": sorted(typing)}, room)
