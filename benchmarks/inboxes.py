"""Servers with an inbox of a given size, in which one person's own work is the same however large it is."""

import http.client
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from benchmarks import servers
from benchmarks.servers import BenchmarkError, Server
from whatsapp_server.config import DEFAULT_DATABASE, DEMO_SUFFIX
from whatsapp_server.embedded_mongo import EmbeddedMongo
from whatsapp_server.services import search_terms

# Of a person: held with something unread, held and read, offered, mentioned; and waiting for anybody.
UNREAD, READ, OFFERED, MENTIONED, UNASSIGNED = 20, 20, 3, 3, 20
BATCH = 5_000
Doc = dict[str, Any]


class Inbox:
    """A server whose database holds so many conversations, and one of its people, who asks over one connection. `said`: the last answer."""

    def __init__(self, server: Server, database: "Database[Doc]") -> None:
        self.server, self.database, self.said = server, database, b""
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {server.tokens()[1]}"}

    def ask(self, path: str, method: str = "GET") -> float:
        """Ask, and read the answer; the milliseconds that took."""
        began = time.perf_counter()
        self._connection.request(method, path, headers=self._headers)
        answer = self._connection.getresponse()
        self.said = answer.read()
        if answer.status not in (200, 204):
            raise BenchmarkError(f"{path} answered {answer.status}: {self.said[:200]!r}")
        return (time.perf_counter() - began) * 1000

    def cpu(self) -> tuple[float, float]:
        """Seconds that the server and its mongod have used so far."""
        return self.server.cpu_seconds(), self.server.mongod_cpu_seconds()


@contextmanager
def inbox(size: int) -> Iterator[Inbox]:
    """One of `size` conversations, on a mongod of its own."""
    with servers.mongod() as (mongo, folder), servers.product(mongo, folder) as server, connected(mongo) as database:
        fill(database, size)
        yield Inbox(server, database)


@contextmanager
def connected(mongo: EmbeddedMongo) -> Iterator["Database[Doc]"]:
    """The product's database."""
    with MongoClient[Doc](mongo.uri("admin")) as client:
        yield client[DEFAULT_DATABASE + DEMO_SUFFIX]


def fill(database: "Database[Doc]", size: int) -> None:
    """So many conversations, each with its message, all of them older than a minute, and the person's marks of having read them."""
    names = {"name": {"$in": ["Ana Souza", "Bruno Lima"]}}
    colleague, me = (str(one["_id"]) for one in database["users"].find(names).sort("name", 1))
    made = documents(me, colleague)
    database["conversations"].delete_many({})
    for begin in range(0, size, BATCH):
        batch = list(itertools.islice(made, min(size - begin, BATCH)))
        database["conversations"].insert_many(batch)
        database["messages"].insert_many(message(one, 1, one["created_at"]) for one in batch)
        database["read_marks"].insert_many(_mark(me, one) for one in batch)


def lengthen(database: "Database[Doc]", conversations: int, length: int) -> None:
    """Have the first of them hold `length` messages each."""
    for one in database["conversations"].find().sort("_id", 1).limit(conversations):
        database["messages"].insert_many(message(one, seq, one["created_at"]) for seq in range(2, length + 1))
    counted = {"last_seq": length, "last_inbound_seq": length, "inbound_count": length}
    database["conversations"].update_many({"_id": {"$lt": f"{conversations:024x}"}}, {"$set": counted})


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


def message_id(conversation_id: str, seq: int) -> str:
    """Of one of those that are made here."""
    return f"{int(conversation_id, 16):012x}{seq:012x}"


def message(conversation: Doc, seq: int, at: datetime) -> Doc:
    """One of the customer's."""
    return {
        "_id": message_id(conversation["_id"], seq),
        "conversation_id": conversation["_id"],
        "seq": seq,
        "inbound_count": seq,
        "direction": "inbound",
        "kind": "text",
        "author": None,
        "body": f"Message {seq}: when does my order arrive? Obrigado!",
        "media": [],
        "details": {},
        "sid": f"SM{int(conversation['_id'], 16):016x}{seq:016x}",
        "status": "received",
        "status_times": {},
        "error": None,
        "attempt": 0,
        "client_id": None,
        "created_at": at,
        "changed_at": at,
        "version": 1,
    }


def _mark(person: str, conversation: Doc) -> Doc:
    return {
        "_id": f"{person}:{conversation['_id']}",
        "user_id": person,
        "conversation_id": conversation["_id"],
        "seq": 1,
        "inbound_count": 1,
        "created_at": conversation["created_at"],
        "changed_at": conversation["created_at"],
        "version": 1,
    }
