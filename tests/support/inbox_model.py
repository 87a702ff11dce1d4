"""The shared inbox in a hundred lines: what the five sentences promise, told as simply as possible, to compare the server with.

Time is the order of things: every message has the number of its moment. A verb answers the code of its refusal, or None.
"""

from dataclasses import dataclass, field

VIEWS = ("all", "mine", "unassigned", "team", "finished", "internal")


@dataclass(eq=False, repr=False)
class Person:
    """`joined` and `seen_team` are moments; `marks` how many messages of a conversation they have read."""

    name: str
    admin: bool
    joined: int
    seen_team: int
    active: bool = True
    marks: dict["Thread", int] = field(default_factory=dict)


@dataclass
class Said:
    """`kind`: in, out, note, event or chat. `counts`: an answer that did not fail."""

    kind: str
    moment: int
    counts: bool = True


@dataclass(eq=False, repr=False)
class Thread:
    """A conversation. `offer` is (from, to)."""

    members: list[Person] | None = None
    is_open: bool = True
    private: bool = False
    holder: Person | None = None
    offer: tuple[Person, Person] | None = None
    team: str | None = None
    finished_seq: int = 0
    said: list[Said] = field(default_factory=list)
    named: list[tuple[Person, int]] = field(default_factory=list)

    def news(self, until: int | None = None) -> int:
        """How many messages up to number `until` count as unread for whoever has not read them."""
        return sum(one.kind in ("in", "chat") for one in self.said[:until])

    def last(self, kind: str) -> int:
        """The number of the newest of a kind; 0 without any."""
        return max((seq for seq, one in enumerate(self.said, 1) if one.kind == kind), default=0)

    def waiting(self) -> int | None:
        """The number of the message that waits for an answer."""
        answers = [seq for seq, one in enumerate(self.said, 1) if one.kind == "out" and one.counts]
        answered = max([*answers, self.finished_seq])
        return next((seq for seq, one in enumerate(self.said, 1) if one.kind == "in" and seq > answered), None)


class Inbox:
    """Everybody and everything."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.threads: list[Thread] = []
        self.moment = 0

    def join(self, name: str, *, admin: bool = False) -> Person:
        """Somebody new, who starts with all read."""
        person = Person(name, admin, self.moment, self.moment)
        self.people.append(person)
        return person

    def add(self, thread: Thread, kind: str) -> None:
        """Something is said or done."""
        self.moment += 1
        thread.said.append(Said(kind, self.moment))

    # Reading

    def may_read(self, who: Person, thread: Thread) -> bool:
        if thread.members is not None:
            return who in thread.members
        return who.active and (not thread.private or who.admin or who is thread.holder or who is self.receiver(thread))

    def receiver(self, thread: Thread) -> Person | None:
        return thread.offer[1] if thread.offer else None

    def mark(self, who: Person, thread: Thread) -> int:
        before = sum(one.moment <= who.joined and one.kind in ("in", "chat") for one in thread.said)
        return who.marks.get(thread, before)

    def unread(self, who: Person, thread: Thread) -> int:
        return max(0, thread.news() - self.mark(who, thread))

    def is_named(self, who: Person, thread: Thread) -> bool:
        return any(each is who for each, _ in thread.named)

    def view(self, who: Person, name: str) -> set[Thread]:
        return {thread for thread in self.threads if self.may_read(who, thread) and self._is_in(who, name, thread)}

    def _is_in(self, who: Person, name: str, thread: Thread) -> bool:
        if thread.members is not None or name == "internal":
            return thread.members is not None and name == "internal"
        listed = thread.is_open and (not thread.private or who.admin)
        return {
            "all": True,
            "mine": self.receiver(thread) is who or self.is_named(who, thread) or (thread.is_open and thread.holder is who),
            "unassigned": listed and thread.holder is None,
            "team": listed and thread.holder not in (None, who),
            "finished": not thread.is_open,
        }[name]

    def counts(self, who: Person) -> dict[str, int | bool]:
        mine, customers = self.view(who, "mine"), self.view(who, "all")
        team = self.view(who, "team")
        return {
            "mine": sum(one.holder is who and one.is_open and self.unread(who, one) > 0 for one in mine),
            "offers": sum(self.receiver(one) is who for one in customers),
            "mentions": sum(self.is_named(who, one) for one in customers),
            "unassigned": len(self.view(who, "unassigned")),
            "internal": sum(self.unread(who, one) > 0 for one in self.view(who, "internal")),
            "team": any(one.said[one.last("in") - 1].moment > who.seen_team for one in team),
        }

    def read(self, who: Person, thread: Thread, seq: int) -> None:
        who.marks[thread] = max(self.mark(who, thread), thread.news(seq))
        thread.named = [(each, at) for each, at in thread.named if each is not who or at > seq]

    def mark_unread(self, who: Person, thread: Thread) -> None:
        who.marks[thread] = max(0, thread.news() - 1)

    def read_view(self, who: Person, name: str) -> None:
        for thread in self.view(who, name):
            self.read(who, thread, len(thread.said))
        if name == "team":
            who.seen_team = self.moment

    # Doing

    def _give(self, thread: Thread, to: Person | None) -> None:
        thread.holder, thread.offer = to, None
        self.add(thread, "event")

    def _refused(self, who: Person, thread: Thread, allowed: bool, code: str) -> str | None:
        if not thread.is_open:
            return "already_finished"
        return None if allowed else code

    def _passes(self, who: Person, thread: Thread) -> bool:
        return thread.holder in (None, who) or who.admin

    def claim(self, who: Person, thread: Thread) -> str | None:
        refused = self._refused(who, thread, thread.holder in (None, who), "already_held")
        if not refused and thread.holder is not who:
            self._give(thread, who)
        return refused

    def take_over(self, who: Person, thread: Thread, believed: Person) -> str | None:
        refused = self._refused(who, thread, thread.holder in (None, who) or who.admin or not thread.private, "not_allowed")
        if not refused and thread.holder not in (None, who, believed):
            return "already_held"
        if not refused and thread.holder is not who:
            self._give(thread, who)
        return refused

    def offer(self, who: Person, thread: Thread, to: Person) -> str | None:
        refused = self._refused(who, thread, self._passes(who, thread), "not_holder")
        if refused or not to.active:
            return refused or "not_available"
        if to in (thread.holder, who):
            return "invalid"
        if thread.offer:
            return "offer_pending"
        thread.offer = (who, to)
        self.add(thread, "event")
        return None

    def accept(self, who: Person, thread: Thread) -> str | None:
        refused = self._refused(who, thread, self.receiver(thread) is who, "offer_gone")
        if not refused:
            self._give(thread, who)
        return refused

    def decline(self, who: Person, thread: Thread) -> str | None:
        return self._end_offer(thread, self._refused(who, thread, self.receiver(thread) is who, "offer_gone"))

    def withdraw(self, who: Person, thread: Thread) -> str | None:
        allowed = thread.offer is not None and (thread.offer[0] is who or thread.holder is who or who.admin)
        return self._end_offer(thread, self._refused(who, thread, allowed, "offer_gone"))

    def _end_offer(self, thread: Thread, refused: str | None) -> str | None:
        if not refused:
            thread.offer = None
            self.add(thread, "event")
        return refused

    def pass_on(self, who: Person, thread: Thread, team: str | None) -> str | None:
        refused = self._refused(who, thread, self._passes(who, thread), "not_holder")
        if refused or thread.private:
            return refused or "private_needs_person"
        if (thread.holder, thread.offer, thread.team) != (None, None, team):
            thread.team = team
            self._give(thread, None)
        return None

    def assign(self, who: Person, thread: Thread, to: Person) -> str | None:
        refused = self._refused(who, thread, who.admin, "not_allowed")
        if refused or not to.active:
            return refused or "not_available"
        if thread.holder is not to:
            self._give(thread, to)
        return None

    def finish(self, who: Person, thread: Thread, seen: int) -> str | None:
        refused = self._refused(who, thread, self._passes(who, thread), "not_holder")
        if refused or thread.last("in") > seen:
            return refused or "new_message"
        thread.is_open, thread.offer, thread.finished_seq = False, None, thread.last("in")
        self.add(thread, "event")
        return None

    def reopen(self, who: Person, thread: Thread) -> str | None:
        if thread.is_open:
            return "not_finished"
        thread.is_open = True
        self._give(thread, who)
        return None

    def set_visibility(self, who: Person, thread: Thread, private: bool) -> str | None:
        if thread.holder is not who and not who.admin:
            return "not_holder"
        if thread.private != private:
            thread.private = private
            self.add(thread, "event")
        return None

    def reply(self, who: Person, thread: Thread, believed: Person | None) -> str | None:
        refused = self.hold(who, thread, believed)
        if not refused:
            self.add(thread, "out")
        return refused

    def hold(self, who: Person, thread: Thread, believed: Person | None) -> str | None:
        """As whoever answers does."""
        if not thread.is_open:
            return self.reopen(who, thread)
        if believed is not None:
            return self.take_over(who, thread, believed)
        if self.receiver(thread) is who:
            return self.accept(who, thread)
        return "held_by_other" if self.claim(who, thread) else None

    def discard(self, who: Person, thread: Thread, author: Person) -> str | None:
        return None if who is author or self._passes(who, thread) else "not_holder"

    def note(self, who: Person, thread: Thread, named: list[Person]) -> str | None:
        if not all(each.active and self.may_read(each, thread) for each in named):
            return "invalid"
        self.add(thread, "note")
        thread.named += [(each, len(thread.said)) for each in named]
        return None

    def customer_writes(self, thread: Thread) -> None:
        """Which opens what was finished, for its last holder if they are there."""
        self.add(thread, "in")
        if not thread.is_open:
            thread.is_open = True
            if thread.holder is None or not thread.holder.active:
                thread.holder = None
            self.add(thread, "event")

    def say(self, who: Person, thread: Thread) -> None:
        """In colleagues' own chat."""
        self.add(thread, "chat")
        self.read(who, thread, len(thread.said))

    def deactivate(self, who: Person, heir: Person | None) -> None:
        """What they held goes to the heir, what was offered to or by them ends."""
        who.active = False
        for thread in self.threads:
            if thread.is_open and thread.holder is who:
                self._give(thread, heir)
            elif thread.offer and who in thread.offer:
                self._end_offer(thread, None)
