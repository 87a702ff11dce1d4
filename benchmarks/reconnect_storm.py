"""A deployment: 2,000 tabs lose their server and come back to the next one, each as the client does it; then all of them at once.

How long until all are connected and have caught up, and what that costs. Hold-ups are only shown: the limit is a minute.
Exits with 1 when a target is missed.
"""

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median

from benchmarks import inboxes, servers
from benchmarks.calm import Watcher, watching
from benchmarks.meter import Meter, Usage, warn_of
from benchmarks.people import Person, hire
from benchmarks.returning import Return, Returning, Schedule
from benchmarks.servers import BenchmarkError, Server
from benchmarks.wire import Loop

SEED = 20_260_131
INBOX, LOOKED_AT = 1_000, 50
# What each tab has compared.
SHOWN, THREAD = 40, 50
# The last tab has caught up after so many seconds, when they come as the client does.
MOST_SECONDS = 60.0
FIRST_EVERY = 0.016
STOPS_WITHIN, BACK_WITHIN = 15.0, 120.0


@dataclass(frozen=True)
class Storm:
    """One restart. Times are in seconds since the new server took its first tab's connection."""

    away: float  # from the old one's SIGTERM until then
    returns: list[Return]
    began: float
    usage: Usage
    resets: int

    def until_all(self, moments: list[float]) -> float:
        """When the last of them was."""
        return max(moments) - self.began


class Crowd:
    """All tabs, and the server that they come back to."""

    def __init__(self, watcher: Watcher, server: Server, people: list[Person], count: int) -> None:
        self._watcher, self._server = watcher, server
        self._schedule = Schedule(Loop())
        rng = random.Random(SEED)
        self.tabs = [
            Returning(self._schedule, server.port, people[number % len(people)], _place(number), _shown(number), rng)
            for number in range(count)
        ]

    def arrive(self) -> None:
        """For the first time, one after the other: each has its cursor then."""
        for number, tab in enumerate(self.tabs):
            self._schedule.after(number * FIRST_EVERY, tab.come)
        if not self._all_are_back():
            raise BenchmarkError("The tabs could not even arrive.")

    def storm(self, *, at_once: bool) -> Storm:
        """Restart the server. The tabs come back as the client does, or all of them the moment that it is ready."""
        marks: list[tuple[float, Meter]] = []
        for tab in self.tabs:
            tab.kept_cursor()
            tab.returns = not at_once
            # Until the new one has taken somebody there is none: the old one refuses, or hangs up on whoever waited.
            tab.is_back = lambda: bool(marks)
            tab.taken = lambda: None if marks else marks.append((time.perf_counter(), Meter(self._watcher, self._server)))
        asked = time.perf_counter()
        self._server.ask_to_stop()
        if not self._schedule.run_until(lambda: self._server.process.poll() is not None, STOPS_WITHIN):
            raise BenchmarkError("The server does not stop.")
        self._server.start()
        if at_once:
            self._schedule.run_until(lambda: all(not tab.now.is_over for tab in self.tabs), 1.0)
            self._server.await_ready()
            marks.append((time.perf_counter(), Meter(self._watcher, self._server)))
            for tab in self.tabs:
                tab.returns = True
                self._schedule.after(0.0, tab.come)
        self._all_are_back()
        if not marks:
            raise BenchmarkError(f"The server takes nobody:\n{self._server.log_path.read_text()[-3000:]}")
        began, meter = marks[0]
        resets = sum(1 for tab in self.tabs if json.loads(tab.answer)["reset"])
        return Storm(began - asked, [tab.now for tab in self.tabs], began, meter.read(), resets)

    def leave(self) -> None:
        """Hang up."""
        for tab in self.tabs:
            tab.leave()

    def _all_are_back(self) -> bool:
        return self._schedule.run_until(lambda: all(tab.now.is_over for tab in self.tabs), BACK_WITHIN)


def _place(number: int) -> str:
    return f"{number % LOOKED_AT:024x}"


def _shown(number: int) -> bytes:
    """All of it as it stands, so that nothing differs."""
    listed = {f"{one:024x}": 1 for one in range(SHOWN)}
    thread = {inboxes.message_id(_place(number), seq): 1 for seq in range(1, THREAD + 1)}
    return json.dumps({"conversations": listed, "messages": thread}).encode()


def measure(options: argparse.Namespace) -> dict[str, Storm]:
    """Both kinds of storm, one after the other."""
    with watching() as watcher, servers.mongod() as (mongo, folder), servers.product(mongo, folder) as server:
        with inboxes.connected(mongo) as database:
            inboxes.fill(database, INBOX)
            inboxes.lengthen(database, LOOKED_AT, THREAD)
        crowd = Crowd(watcher, server, hire(mongo, options.people), options.tabs)
        try:
            crowd.arrive()
            return {"as the client does": crowd.storm(at_once=False), "all at once": crowd.storm(at_once=True)}
        finally:
            crowd.leave()


def report(options: argparse.Namespace, storms: dict[str, Storm]) -> list[str]:
    """Print what they came to; the sentences of what was missed come back."""
    missed = []
    for name, storm in storms.items():
        usage, returns = storm.usage, [one for one in storm.returns if one.is_over]
        failures = Counter(reason for one in storm.returns for reason in one.failures)
        if len(returns) < len(storm.returns):
            missed.append(f"{name}: {len(storm.returns) - len(returns)} tabs had not caught up after {BACK_WITHIN:g} s")
        took = sorted(one.finished - one.begun for one in returns)
        print(f"{name}: the server was away for {storm.away:.1f} s; after it was back")
        print(
            f"  {len(returns)} tabs were connected after {storm.until_all([one.connected for one in returns]):.1f} s, had caught up "
            f"after {storm.until_all([one.finished for one in returns]):.1f} s; one took {median(took):.2f} s (median), {took[-1]:.2f} s "
            f"(the slowest) from its try to the end"
        )
        print(
            f"  CPU: server {usage.server:.1f} s, mongod {usage.mongod:.1f} s, which is {usage.server / len(returns) * 1000:.1f} and "
            f"{usage.mongod / len(returns) * 1000:.1f} ms a tab; failures {failures.total()}, resets {storm.resets}; "
            f"held up for at most {usage.held_up:.1f} ms"
        )
        for reason, count in failures.most_common(5):
            print(f"    {count} times: {reason}")
        if failures or storm.resets:
            missed.append(f"{name}: {failures.total()} failures, {storm.resets} tabs were told to load everything")
    last = storms["as the client does"]
    if (slowest := last.until_all([one.finished for one in last.returns])) > MOST_SECONDS:
        missed.append(f"the last tab had caught up after {slowest:.1f} s")
    warn_of(max(one.usage.others for one in storms.values()))
    return missed


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reconnect_storm", description=__doc__)
    parser.add_argument("--tabs", type=int, default=2000)
    parser.add_argument("--people", type=int, default=200, help="whose tabs they are")
    options = parser.parse_args(given)
    print(
        f"{options.tabs} tabs of {options.people} people; each connects, says what it shows, syncs from its cursor, and has "
        f"{SHOWN} conversations and {THREAD} messages compared",
        flush=True,
    )
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a tab needs two
    missed = report(options, measure(options))
    for sentence in missed:
        print(f"MISSED: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
