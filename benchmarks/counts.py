"""What the lists and their numbers cost with 100 conversations and with 100,000, the person's own work being the same.

Both are asked in turn, so that whatever else the machine does slows both down.
Exits with 1 when a target is missed.
"""

import argparse
import http.client
import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from pymongo import MongoClient

from benchmarks import servers
from benchmarks.servers import BenchmarkError, Server
from whatsapp_server.config import DEFAULT_DATABASE, DEMO_SUFFIX
from whatsapp_server.services import search_terms

MOST_TIMES_DEARER = 1.5
# Of a person: held with something unread, held and read, offered, mentioned; and waiting for anybody.
UNREAD, READ, OFFERED, MENTIONED, UNASSIGNED = 20, 20, 3, 3, 20
BATCH = 5_000
WARM_UP = 30
NUMBERS = "the numbers"
ROUTES = {
    NUMBERS: "/api/counts",
    **{view: f"/api/conversations?view={view}" for view in ("mine", "unassigned", "team", "finished", "all")},
    "a search": "/api/conversations?q=maria+4242",
}
Doc = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """Of one request: milliseconds until the answer (the median), and of CPU in the server and in mongod."""

    wall: float
    server: float
    mongod: float


class Inbox:
    """A server whose database holds so many conversations, and one of its people, who asks over one connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {server.tokens()[1]}"}

    def ask(self, path: str, method: str = "GET") -> float:
        """Ask, and read the answer; the milliseconds that took."""
        began = time.perf_counter()
        self._connection.request(method, path, headers=self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 204):
            raise BenchmarkError(f"{path} answered {answer.status}: {said[:200]!r}")
        return (time.perf_counter() - began) * 1000

    def cpu(self) -> tuple[float, float]:
        """Seconds that the server and its mongod have used so far."""
        return self.server.cpu_seconds(), self.server.mongod_cpu_seconds()


@contextmanager
def inbox(size: int) -> Iterator[Inbox]:
    """One of `size` conversations, on a mongod of its own."""
    with servers.mongod() as (mongo, folder), servers.product(mongo, folder) as server, MongoClient[Doc](mongo.uri("admin")) as client:
        database = client[DEFAULT_DATABASE + DEMO_SUFFIX]
        colleague, me = (str(one["_id"]) for one in database["users"].find({"name": {"$in": ["Ana Souza", "Bruno Lima"]}}).sort("name", 1))
        conversations, made = database["conversations"], documents(me, colleague)
        conversations.delete_many({})
        while (missing := size - conversations.estimated_document_count()) > 0:
            conversations.insert_many(list(itertools.islice(made, min(missing, BATCH))))
        yield Inbox(server)


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.counts", description=__doc__)
    parser.add_argument("--few", type=int, default=100, help="conversations in the small inbox")
    parser.add_argument("--many", type=int, default=100_000, help="conversations in the large one")
    parser.add_argument("--requests", type=int, default=400, help="of each kind, in each inbox")
    options = parser.parse_args(given)
    with inbox(options.few) as few, inbox(options.many) as many:
        return report(options, measure((few, many), options.requests))


def documents(me: str, colleague: str) -> Iterator[Doc]:
    """Conversations without end: first what concerns `me` and what nobody holds, then the colleague's, four in five of them finished."""
    newest = datetime.now(UTC)
    own = [
        *({"holder_id": me, "waiting_since": newest, "inbound_count": 2} for _ in range(UNREAD)),
        *({"holder_id": me} for _ in range(READ)),
        *({"offer": {"id": "o", "to": {"id": me, "name": "Me"}, "from": {"id": colleague, "name": "C"}}} for _ in range(OFFERED)),
        *({"mentioned": [{"user_id": me, "seq": 1}]} for _ in range(MENTIONED)),
        *({"holder_id": None, "waiting_since": newest - timedelta(minutes=number)} for number in range(UNASSIGNED)),
    ]
    for number in itertools.count():
        special = own[number] if number < len(own) else {"state": "open" if number % 5 == 0 else "finished"}
        at = newest - timedelta(minutes=number + 1)
        yield {**_plain(number, colleague, at), **special}


def _plain(number: int, holder: str, at: datetime) -> Doc:
    name, phone = f"Maria {number}", f"+55119{number:08d}"
    last: Doc = {"id": "m", "seq": 1, "direction": "inbound", "kind": "text", "body": "Oi", "author": None, "status": "received"}
    return {
        "_id": f"{number:024x}",
        "channel_id": "c",
        "channel": {"id": "c", "name": "Shop", "number": "+14155238886", "address": "whatsapp:+14155238886"},
        "contact_id": f"p{number}",
        "contact": {"id": f"p{number}", "name": name, "number": phone, "address": f"whatsapp:{phone}", "keys": [f"whatsapp:{phone}"]},
        "search": search_terms.terms(name, phone),
        "kind": "customer",
        "state": "open",
        "visibility": "public",
        "holder_id": holder,
        "team_id": None,
        "offer": None,
        "finished_seq": 0,
        "mentioned": [],
        "pending_entries": [],
        "last_seq": 1,
        "last_inbound_seq": 1,
        "inbound_count": 1,
        "last_message": {**last, "created_at": at, "version": 1},
        "last_message_at": at,
        "last_inbound_at": at,
        "window_closes_at": at + timedelta(days=1),
        "created_at": at,
        "changed_at": at,
        "version": 1,
    }


def measure(inboxes: tuple[Inbox, Inbox], requests: int) -> dict[str, tuple[Cost, Cost]]:
    """What each of ROUTES costs in both, which take turns request by request; the team's news have been seen."""
    for one in inboxes:
        one.ask("/api/views/team/seen", "POST")
    return {name: _cost(inboxes, path, requests) for name, path in ROUTES.items()}


def _cost(inboxes: tuple[Inbox, Inbox], path: str, requests: int) -> tuple[Cost, Cost]:
    for one in inboxes * WARM_UP:
        one.ask(path)
    before = [one.cpu() for one in inboxes]
    times = [tuple(one.ask(path) for one in inboxes) for _ in range(requests)]
    costs = []
    for which, one in enumerate(inboxes):
        used = [(now - then) / requests * 1000 for now, then in zip(one.cpu(), before[which], strict=True)]
        costs.append(Cost(median(each[which] for each in times), *used))
    return costs[0], costs[1]


def report(options: argparse.Namespace, costs: dict[str, tuple[Cost, Cost]]) -> int:
    """Print the table; 1 when the numbers cost more in the large inbox than they may."""
    print(f"{options.requests} requests of each kind; one person's own work is the same in both")
    print(f"{'':<14}{options.few:>13,} conversations{options.many:>13,} conversations")
    print(f"{'':<14}" + f"{'p50, ms':>11}{'server':>8}{'mongod':>8}" * 2 + f"{'p50':>7}  target")
    for name, pair in costs.items():
        columns = "".join(f"{one.wall:>11.2f}{one.server:>8.2f}{one.mongod:>8.2f}" for one in pair)
        target = f"at most {MOST_TIMES_DEARER:g}" if name == NUMBERS else ""
        print(f"{name:<14}{columns}{_dearer(pair):>7.2f}  {target}")
    if _dearer(costs[NUMBERS]) > MOST_TIMES_DEARER:
        print(f"MISSED: the numbers take {_dearer(costs[NUMBERS]):.2f} times as long with {options.many:,} conversations")
        return 1
    return 0


def _dearer(pair: tuple[Cost, Cost]) -> float:
    return pair[1].wall / pair[0].wall


if __name__ == "__main__":
    sys.exit(main())
