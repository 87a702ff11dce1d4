"""The simulator's memory: one SQLite file, so that a restart, or a kill -9, keeps every accepted message and what is owed for it."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from whatsapp_server.simulator.records import Attempt, Customer, Delivery, Message, Step

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, direction TEXT NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL, error_code INTEGER,
    media TEXT NOT NULL, params TEXT NOT NULL, messaging_service_sid TEXT, status_callback TEXT,
    status_times TEXT NOT NULL, plan TEXT NOT NULL, created_at REAL NOT NULL, sent_at REAL, updated_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_sender ON messages (sender, recipient, seq);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient, sender, seq);
CREATE INDEX IF NOT EXISTS messages_with_a_plan ON messages (seq) WHERE plan != '[]';
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, message_sid TEXT NOT NULL, event TEXT NOT NULL,
    url TEXT NOT NULL, params TEXT NOT NULL, state TEXT NOT NULL, attempts TEXT NOT NULL, forged INTEGER NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_by_message ON deliveries (message_sid, id);
CREATE INDEX IF NOT EXISTS deliveries_owed ON deliveries (id) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS customers (address TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

MESSAGE_COLUMNS = (
    "sid", "direction", "sender", "recipient", "body", "status", "error_code", "media", "params",
    "messaging_service_sid", "status_callback", "status_times", "plan", "created_at", "sent_at", "updated_at",
)  # fmt: skip
JSON_COLUMNS = ("media", "params", "status_times", "plan")


class Store:
    """Every read and write of the SQLite file. Safe for threads: one connection, one lock.

    SQLite's write-ahead log with `synchronous=NORMAL` survives the end of the process, which is what is promised;
    a power cut may lose the last writes. SQL is put together from this program's own column names only; values are bound.
    """

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=2)
        self._connection.row_factory = sqlite3.Row
        # Two simulators on one file would send every callback twice: the second one stops with "database is locked".
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the file; later calls raise sqlite3.ProgrammingError."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for the writes inside; may be nested."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def _write(self, sql: str, values: tuple[Any, ...] = ()) -> int:
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    # Messages

    def add_message(self, message: Message) -> None:
        """Store `message` and give it its seq."""
        marks = ", ".join("?" * len(MESSAGE_COLUMNS))
        sql = f"INSERT INTO messages ({', '.join(MESSAGE_COLUMNS)}) VALUES ({marks})"  # noqa: S608
        message.seq = self._write(sql, _message_values(message))

    def save_message(self, message: Message) -> None:
        """Overwrite the stored `message`."""
        changes = ", ".join(f"{column} = ?" for column in MESSAGE_COLUMNS)
        sql = f"UPDATE messages SET {changes} WHERE seq = ?"  # noqa: S608
        self._write(sql, (*_message_values(message), message.seq))

    def find_message(self, sid: str) -> Message | None:
        """The message with `sid`, or None."""
        rows = self._rows("SELECT * FROM messages WHERE sid = ?", (sid,))
        return _message(rows[0]) if rows else None

    def messages(self, where: dict[str, Any], *, newest_first: bool = False, limit: int | None = None) -> list[Message]:
        """The messages that meet every condition in `where` ("column operator" -> value), in the order they were accepted."""
        conditions = " AND ".join(f"{condition} ?" for condition in where) or "1"
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT * FROM messages WHERE {conditions} ORDER BY seq {order} LIMIT ?"  # noqa: S608
        return [_message(row) for row in self._rows(sql, (*where.values(), -1 if limit is None else limit))]

    def last_inbound_at(self, number: str, customer: str) -> float | None:
        """When `customer` last wrote to `number`, or None."""
        sql = "SELECT MAX(created_at) FROM messages WHERE direction = 'inbound' AND sender = ? AND recipient = ?"
        moment: float | None = self._rows(sql, (customer, number))[0][0]
        return moment

    def numbers_written_to(self) -> set[str]:
        """Every number of ours that a customer has written to."""
        return {row[0] for row in self._rows("SELECT DISTINCT recipient FROM messages WHERE direction = 'inbound'")}

    # Deliveries

    def add_delivery(self, delivery: Delivery) -> None:
        """Store `delivery` and give it its id."""
        sql = (
            "INSERT INTO deliveries (kind, message_sid, event, url, params, state, attempts, forged, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        delivery.id = self._write(
            sql,
            (
                delivery.kind, delivery.message_sid, delivery.event, delivery.url, json.dumps(delivery.params),
                delivery.state, _attempts_json(delivery), delivery.forged, delivery.created_at,
            ),
        )  # fmt: skip

    def save_attempts(self, delivery: Delivery) -> None:
        """Store what became of `delivery` so far."""
        sql = "UPDATE deliveries SET state = ?, attempts = ? WHERE id = ?"
        self._write(sql, (delivery.state, _attempts_json(delivery), delivery.id))

    def deliveries(self, where: dict[str, Any], limit: int | None = None) -> list[Delivery]:
        """The deliveries that meet every condition, oldest first; with `limit`, the newest so many."""
        conditions = " AND ".join(f"{condition} ?" for condition in where) or "1"
        sql = f"SELECT * FROM deliveries WHERE {conditions} ORDER BY id DESC LIMIT ?"  # noqa: S608
        rows = self._rows(sql, (*where.values(), -1 if limit is None else limit))
        return [_delivery(row) for row in reversed(rows)]

    # Customers and facts

    def save_customer(self, customer: Customer) -> None:
        """Store `customer`, or give the known one this name."""
        sql = "INSERT INTO customers VALUES (?, ?) ON CONFLICT (address) DO UPDATE SET name = excluded.name"
        self._write(sql, (customer.address, customer.name))

    def customers(self) -> list[Customer]:
        """Every customer, in the order they were added."""
        return [Customer(row["address"], row["name"]) for row in self._rows("SELECT * FROM customers ORDER BY rowid")]

    def find_customer(self, address: str) -> Customer | None:
        """The customer with `address`, or None."""
        rows = self._rows("SELECT * FROM customers WHERE address = ?", (address,))
        return Customer(rows[0]["address"], rows[0]["name"]) if rows else None

    def fact(self, name: str, default: str) -> str:
        """The value kept under `name`."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (name,))
        return str(rows[0]["value"]) if rows else default

    def save_fact(self, name: str, value: str) -> None:
        """Keep `value` under `name`."""
        self._write("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value))

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in ("messages", "deliveries", "customers", "facts"):
                self._write(f"DELETE FROM {table}")  # noqa: S608


def _message_values(message: Message) -> tuple[Any, ...]:
    values = {column: getattr(message, column) for column in MESSAGE_COLUMNS}
    values["plan"] = [asdict(step) for step in message.plan]
    return tuple(json.dumps(value) if column in JSON_COLUMNS else value for column, value in values.items())


def _message(row: sqlite3.Row) -> Message:
    values = {key: json.loads(row[key]) if key in JSON_COLUMNS else row[key] for key in row.keys()}  # noqa: SIM118
    values["plan"] = [Step(**step) for step in values["plan"]]
    return Message(**values)


def _attempts_json(delivery: Delivery) -> str:
    return json.dumps([asdict(attempt) for attempt in delivery.attempts])


def _delivery(row: sqlite3.Row) -> Delivery:
    values = dict(row)
    values["params"] = [(name, value) for name, value in json.loads(values["params"])]
    values["attempts"] = [Attempt(**attempt) for attempt in json.loads(values["attempts"])]
    values["forged"] = bool(values["forged"])
    return Delivery(**values)
