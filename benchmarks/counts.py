"""What the lists, their numbers and catching up cost with 100 conversations and with 100,000, the person's own work being the same.

Both are asked in turn, so that whatever else the machine does slows both down; a kind of request is asked anew when it was held up.
Exits with 1 when a target is missed.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

from benchmarks.calm import Rounds, Watcher, watching
from benchmarks.inboxes import Inbox, inbox
from benchmarks.servers import BenchmarkError
from whatsapp_server.models.base import milliseconds
from whatsapp_server.services import paging

MOST_TIMES_DEARER = 1.5
WARM_UP = 30
NUMBERS = "the numbers"
A_SYNC = "a sync"
# Those that must not cost more in the large inbox; the others are shown beside them.
HELD = (NUMBERS, A_SYNC)
LISTS = {
    **{view: f"/api/conversations?view={view}" for view in ("mine", "unassigned", "team", "finished", "all")},
    "a search": "/api/conversations?q=maria+4242",
}
# What changed in the last minute: conversations, and the message of each.
CHANGED = 5


@dataclass(frozen=True)
class Cost:
    """Of one request: milliseconds until the answer (the median), and of CPU in the server and in mongod."""

    wall: float
    server: float
    mongod: float


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counts", description=__doc__)
    parser.add_argument("--few", type=int, default=100, help="conversations in the small inbox")
    parser.add_argument("--many", type=int, default=100_000, help="conversations in the large one")
    parser.add_argument("--requests", type=int, default=400, help="of each kind, in each inbox")
    options = parser.parse_args(given)
    with watching() as watcher, inbox(options.few) as few, inbox(options.many) as many:
        rounds = Rounds()
        missed = report(options, measure(rounds, watcher, (few, many), options.requests))
        rounds.report()
        return missed


def measure(rounds: Rounds, watcher: Watcher, inboxes: tuple[Inbox, Inbox], requests: int) -> dict[str, tuple[Cost, Cost]]:
    """What each kind of request costs in both, which take turns request by request; the team's news have been seen."""
    for one in inboxes:
        one.ask("/api/views/team/seen", "POST")
        _change(one)
    routes = {NUMBERS: "/api/counts", **LISTS, A_SYNC: _sync_since(datetime.now(UTC) - timedelta(minutes=1))}
    costs = {name: rounds.take(name, partial(_cost, watcher, inboxes, path, requests)) for name, path in routes.items()}
    if any(json.loads(one.said)["reset"] for one in inboxes):
        raise BenchmarkError("The sync answered that all is to be loaded, which is no sync.")
    return costs


def _change(one: Inbox) -> None:
    """Raise the versions of some documents, just now."""
    update = {"$inc": {"version": 1}, "$currentDate": {"changed_at": True}}
    ids = [f"{number:024x}" for number in range(CHANGED)]
    one.database["conversations"].update_many({"_id": {"$in": ids}}, update)
    one.database["messages"].update_many({"conversation_id": {"$in": ids}}, update)


def _sync_since(moment: datetime) -> str:
    """What a tab asks that was last told everything at `moment` and holds one thread."""
    return f"/api/sync?since={paging.encode(milliseconds(moment), 0)}&conversation={0:024x}"


def _cost(watcher: Watcher, inboxes: tuple[Inbox, Inbox], path: str, requests: int) -> tuple[tuple[Cost, Cost], float]:
    """(what a request costs in both, the longest hold-up in ms)."""
    for one in inboxes * WARM_UP:
        one.ask(path)
    watcher.begin()
    before = [one.cpu() for one in inboxes]
    times = [tuple(one.ask(path) for one in inboxes) for _ in range(requests)]
    held_up = watcher.longest()
    costs = []
    for which, one in enumerate(inboxes):
        used = [(now - then) / requests * 1000 for now, then in zip(one.cpu(), before[which], strict=True)]
        costs.append(Cost(median(each[which] for each in times), *used))
    return (costs[0], costs[1]), held_up


def report(options: argparse.Namespace, costs: dict[str, tuple[Cost, Cost]]) -> int:
    """Print the table; 1 when something costs more in the large inbox than it may."""
    print(f"{options.requests} requests of each kind; one person's own work is the same in both")
    print(f"{'':<14}{options.few:>13,} conversations{options.many:>13,} conversations")
    print(f"{'':<14}" + f"{'p50, ms':>11}{'server':>8}{'mongod':>8}" * 2 + f"{'p50':>7}  target")
    for name, pair in costs.items():
        columns = "".join(f"{one.wall:>11.2f}{one.server:>8.2f}{one.mongod:>8.2f}" for one in pair)
        target = f"at most {MOST_TIMES_DEARER:g}" if name in HELD else ""
        print(f"{name:<14}{columns}{_dearer(pair):>7.2f}  {target}")
    missed = [name for name in HELD if _dearer(costs[name]) > MOST_TIMES_DEARER]
    for name in missed:
        print(f"MISSED: {name} takes {_dearer(costs[name]):.2f} times as long with {options.many:,} conversations")
    return 1 if missed else 0


def _dearer(pair: tuple[Cost, Cost]) -> float:
    return pair[1].wall / pair[0].wall


if __name__ == "__main__":
    sys.exit(main())
