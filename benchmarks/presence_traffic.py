"""200 people with two tabs each, who look at conversations, write in them, change between them, come and go.

What that costs, and how soon the others see that somebody writes. When it was held up it is taken again, with a fresh server and everybody
anew. Exits with 1 when a target is missed.
"""

import argparse
import itertools
import json
import random
import sys
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks import inboxes, servers
from benchmarks.calm import Rounds, Watcher, watching
from benchmarks.meter import Meter, Usage, warn_of
from benchmarks.people import Person, hire
from benchmarks.returning import Schedule
from benchmarks.servers import BenchmarkError, Server
from benchmarks.wire import EVERY_EVENT, Loop, Tab
from whatsapp_server.embedded_mongo import EmbeddedMongo

SEED = 20_260_131
CONVERSATIONS, TABS_EACH = 50, 2
# As the client: said again while one writes. Then the message is sent, and there is a pause.
SAID_EVERY, SAID_TIMES, PAUSE = 3.0, 3, (1.0, 4.0)
# Of the whole company: tabs that show another conversation, people who leave and others who come in their place.
CHANGES_A_SECOND, COMINGS_A_SECOND = 10.0, 1.0
WRITERS = 3  # one in so many writes
SEEN_WITHIN = 2.0
MOST_P99_MS = 200.0
TYPING = b'42["typing.changed"'


@dataclass
class Desk:
    """A tab, whose it is, and since when it shows which conversation."""

    person: Person
    tab: Tab
    place: str = ""
    since: float = 0.0
    until: float = float("inf")


@dataclass(frozen=True)
class Word:
    """Somebody began to write, or stopped."""

    when: float
    person: str
    place: str
    typing: bool


@dataclass
class Day:
    """What was said and heard."""

    words: list[Word] = field(default_factory=list)
    # Every tab at one conversation, for as long as it was there.
    stays: list[Desk] = field(default_factory=list)
    said: int = 0


@dataclass(frozen=True)
class Period:
    """What such a time came to."""

    usage: Usage
    waits: list[float]  # milliseconds, in rising order
    lost: int
    refused: list[bytes]
    kinds: Counter[str]  # event -> deliveries
    said: int


class Company:
    """Everybody and their tabs."""

    def __init__(self, watcher: Watcher, server: Server, people: list[Person], at_once: int) -> None:
        self._watcher, self._server, self.loop, self._rng = watcher, server, Loop(), random.Random(SEED)
        self._schedule = Schedule(self.loop)
        self._same: dict[bytes, bytes] = {}
        self._waiting = iter(people)
        self.day, self.tabs = Day(), list[Tab]()
        self._desks: list[Desk] = []
        self._places = itertools.cycle(f"{number:024x}" for number in range(CONVERSATIONS))
        for _ in range(at_once):
            self._come()
        # Those who write stay where they are; the others move.
        self._writers = self._desks[:: TABS_EACH * WRITERS]
        writing = {desk.person.id for desk in self._writers}
        self._movers = [desk for desk in self._desks if desk.person.id not in writing]

    def work(self, seconds: float) -> Usage:
        """For so long; what that used."""
        self._schedule.run_until(lambda: False, 2.0)  # everybody has come, and is told of
        for tab in self.tabs:
            tab.arrivals.clear()
        for desk in self._writers:
            self._schedule.after(self._rng.uniform(0, SAID_EVERY * SAID_TIMES), self._burst(desk))
        self._repeat(CHANGES_A_SECOND, self._change)
        self._repeat(COMINGS_A_SECOND, self._replace)
        meter = Meter(self._watcher, self._server)
        self._schedule.run_until(lambda: False, seconds)
        usage = meter.read()
        self.day.stays += [Desk(one.person, one.tab, one.place, one.since) for one in self._desks]
        return usage

    def refused(self) -> list[bytes]:
        """Answers that are no yes."""
        return [answer for tab in self.tabs for answer in tab.answers if b'"code"' in answer]

    def _come(self) -> list[Desk]:
        person = next(self._waiting)
        come = []
        for _ in range(TABS_EACH):
            tab = Tab(self._server.port, person.token, self._same, hears=EVERY_EVENT)
            self.loop.add(tab)
            self.loop.turn(0)
            desk = Desk(person, tab)
            self._open(desk)
            self._desks.append(desk)
            self.tabs.append(tab)
            come.append(desk)
        return come

    def _open(self, desk: Desk) -> None:
        desk.place, desk.since = next(self._places), time.perf_counter()
        self._say(desk, "conversation.open", {"id": desk.place})

    def _leave(self, desk: Desk) -> None:
        """The place; what it was told there counts."""
        self.day.stays.append(Desk(desk.person, desk.tab, desk.place, desk.since, time.perf_counter()))

    def _change(self) -> None:
        desk = self._rng.choice(self._movers)
        self._leave(desk)
        self._open(desk)

    def _replace(self) -> None:
        """Somebody goes home, and somebody else comes."""
        gone = self._rng.choice(self._movers).person
        for desk in [one for one in self._movers if one.person is gone]:
            self._leave(desk)
            self.loop.drop(desk.tab)
            self._movers.remove(desk)
            self._desks.remove(desk)
        self._movers += self._come()

    def _burst(self, desk: Desk) -> Callable[[], None]:
        """Somebody writes a message: says so every few seconds, then has sent it, and begins again after a pause."""
        said = 0

        def go_on() -> None:
            nonlocal said
            typing = said < SAID_TIMES
            if said in (0, SAID_TIMES):
                self.day.words.append(Word(time.perf_counter(), desk.person.id, desk.place, typing))
            self._say(desk, "typing.set", {"typing": typing})
            said = said + 1 if typing else 0
            self._schedule.after(SAID_EVERY if typing else self._rng.uniform(*PAUSE), go_on)

        return go_on

    def _say(self, desk: Desk, event: str, given: dict[str, object]) -> None:
        self.day.said += 1
        desk.tab.say(event, given)

    def _repeat(self, rate: float, call: Callable[[], None]) -> None:
        def again() -> None:
            call()
            self._schedule.after(self._rng.expovariate(rate), again)

        self._schedule.after(self._rng.expovariate(rate), again)


def waits(day: Day, ended: float) -> tuple[list[float], int]:
    """(milliseconds from each word until each other tab at that conversation knew of it, how often one never did)."""
    there = defaultdict(list)
    for stay in day.stays:
        there[stay.place].append(stay)
    heard = {id(stay.tab): _typing_of(stay.tab) for stay in day.stays}
    found, lost = [], 0
    for word in day.words:
        for stay in there[word.place]:
            is_other = stay.person.id != word.person
            # Whoever has just come, or leaves, learns it by the answer or not at all.
            if is_other and stay.since < word.when - SEEN_WITHIN and word.when + SEEN_WITHIN < min(stay.until, ended):
                when = next(_knew(heard[id(stay.tab)].get(word.place, []), word), None)
                if when is None or when > word.when + SEEN_WITHIN:
                    lost += 1
                else:
                    found.append((when - word.when) * 1000)
    return sorted(found), lost


def _typing_of(tab: Tab) -> dict[str, list[tuple[float, list[str]]]]:
    """{conversation: [(when, who was writing from then on)]} as the tab was told."""
    told = defaultdict(list)
    for when, frame in tab.arrivals:
        if frame.startswith(TYPING):
            payload = json.loads(frame[2:])[1]
            told[payload["conversation_id"]].append((when, payload["user_ids"]))
    return told


def _knew(told: list[tuple[float, list[str]]], word: Word) -> Iterator[float]:
    for when, writing in told[bisect_left(told, (word.when, [])) :]:
        if (word.person in writing) == word.typing:
            yield when


def measure(options: argparse.Namespace, rounds: Rounds) -> tuple[Period, list[Period]]:
    """(a calm period, all of them, those set aside too)."""
    every: list[Period] = []
    with watching() as watcher, servers.mongod() as (mongo, folder):
        period = rounds.take("the period", partial(_once, options, watcher, mongo, folder, every))
    return period, every


def _once(options: argparse.Namespace, watcher: Watcher, mongo: EmbeddedMongo, folder: Path, every: list[Period]) -> tuple[Period, float]:
    """(a period, which is noted in `every` too, the longest hold-up in ms)."""
    with servers.product(mongo, folder) as server:
        with inboxes.connected(mongo) as database:
            inboxes.fill(database, CONVERSATIONS)
        spare = round(COMINGS_A_SECOND * (options.seconds + 2) * 2) + 10
        company = Company(watcher, server, hire(mongo, options.people + spare), options.people)
        usage = company.work(options.seconds)
        found, lost = waits(company.day, time.perf_counter())
        company.loop.close()
    if not found:
        raise BenchmarkError("Nobody wrote, or nobody was there to see it: measure for longer.")
    kinds = Counter(json.loads(frame[2:])[0] for tab in company.tabs for _, frame in tab.arrivals)
    every.append(Period(usage, found, lost, company.refused(), kinds, company.day.said))
    return every[-1], usage.held_up


def report(period: Period, every: list[Period]) -> list[str]:
    """Print what it came to; the sentences of what was missed come back. What was not heard or refused counts in `every` period."""
    usage, found, kinds = period.usage, period.waits, period.kinds
    lost, refused = sum(one.lost for one in every), [answer for one in every for answer in one.refused]
    p50, p99 = (found[min(len(found) - 1, int(len(found) * share))] for share in (0.5, 0.99))
    events = ", ".join(f"{name} {count / usage.seconds:.0f}" for name, count in kinds.most_common())
    print(f"  CPU: {usage.shares()}; held up for at most {usage.held_up:.1f} ms")
    print(f"  delivered {kinds.total() / usage.seconds:.0f} events a second: {events}; said {period.said} things")
    print(f"  from typing.set to typing.changed at the others: p50 {p50:.1f} ms, p99 {p99:.1f} ms (limit {MOST_P99_MS:g}) of {len(found)}")
    print(f"  never heard {lost}, refused {len(refused)}")
    warn_of(usage.others)
    missed = []
    if p99 > MOST_P99_MS:
        missed.append(f"p99 of somebody's typing is {p99:.0f} ms")
    if lost or refused:
        missed.append(f"{lost} words were not heard, {len(refused)} refused: {refused[:1]}")
    return missed


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.presence_traffic", description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=40.0, help="more than 30, after which somebody who left is gone")
    options = parser.parse_args(given)
    print(
        f"{options.people} people with {TABS_EACH} tabs each at {CONVERSATIONS} conversations for {options.seconds:g} s; one in {WRITERS} "
        f"writes; a second {CHANGES_A_SECOND:g} tabs change, {COMINGS_A_SECOND:g} person leaves and another comes",
        flush=True,
    )
    rounds = Rounds()
    missed = report(*measure(options, rounds))
    rounds.report()
    for sentence in missed:
        print(f"MISSED: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
