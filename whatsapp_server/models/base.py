"""What every stored document shares, the one raw door to its collection, and how long a write may take.

MongoEngine declares shape and indexes; hot paths use `raw()`, which costs half the CPU (see docs/architecture.md).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import mongoengine
from mongoengine import DateTimeField, Document, IntField, StringField
from pymongo import MongoClient, ReturnDocument, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect

from whatsapp_server import clock

Doc = dict[str, Any]
Result = TypeVar("Result")
# On disk before it is acknowledged, on a replica set by most members; a standalone counts itself as the majority.
JOURNALED = WriteConcern(w="majority", j=True)
# Any time at all, as a partial index says it: a query is served by such an index only if it says so too.
AFTER_1970: Doc = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
# Of stored fields, those that no answer holds.
UNSEEN = {"payload": 0, "attempts": 0, "password_hash": 0}
# How long a call may take, all its tries together; a write that lost its connection is tried again for a second longer.
TIMEOUT_SECONDS = 5.0
RETRY_LONGER_SECONDS = 1.0
CONNECT_MS = 2_000
HEARTBEAT_MS = 2_000
MAX_CONNECTIONS = 100

_timeout_seconds = TIMEOUT_SECONDS


def connect(uri: str, database: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Any:
    """Open the process's one client, with `database` for every model, and return it; does not wait for the server.

    A call that takes longer than `timeout_seconds` raises one of pymongo's errors.
    """
    global _timeout_seconds
    _timeout_seconds = timeout_seconds
    limit = round(timeout_seconds * 1000)

    def client(host: object, port: object, **options: Any) -> MongoClient[Doc]:
        return MongoClient(uri, **options)

    return mongoengine.connect(
        db=database,
        # Given the URI itself, MongoEngine would prefer the database named there: a demo would write into the real one.
        mongo_client_class=client,
        tz_aware=True,
        timeoutMS=limit,
        serverSelectionTimeoutMS=limit,
        connectTimeoutMS=min(CONNECT_MS, limit),
        # After an outage a pool may stay closed until the next word from the server: by default that is up to ten seconds away.
        heartbeatFrequencyMS=HEARTBEAT_MS,
        maxPoolSize=MAX_CONNECTIONS,
        uuidRepresentation="standard",
    )


class StoredDocument(Document):
    """Base of every model. Indexes are built by migrations, never by a first use."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    id = StringField(primary_key=True, default=clock.new_id)

    @classmethod
    def raw(cls) -> Collection[Doc]:
        """The pymongo collection, acknowledged in memory."""
        collection: Collection[Doc] = cls._get_collection()
        return collection

    @classmethod
    def journaled(cls) -> Collection[Doc]:
        """The same collection for writes that promise something: acknowledged once on disk."""
        return cls.raw().with_options(write_concern=JOURNALED)


class SyncedDocument(StoredDocument):
    """A document that tabs hold: they keep the copy with the higher `version`."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True}

    version = IntField(required=True, default=1)
    # Stamped by the database ($currentDate): app clocks differ between processes, the database has one.
    changed_at = DateTimeField()
    created_at = DateTimeField(required=True, default=clock.now)


def insert_synced(collection: Collection[Doc], fields: Doc) -> Doc:
    """Insert `fields` (which hold `_id`) with version 1 and the database's time; the stored document comes back.

    An upsert by id, so that repeating it after a lost connection returns the first one's document. Raises DuplicateKeyError
    when another unique key is taken.
    """
    stored: Doc = collection.find_one_and_update(  # type: ignore[assignment]  # an upsert always returns one
        {"_id": fields["_id"]},
        {"$setOnInsert": {**fields, "version": 1}, "$currentDate": {"changed_at": True}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return stored


def changed(**operators: Any) -> Doc:
    """An update document that also raises `version` and stamps `changed_at`: changed(set={...}, unset={...})."""
    update: Doc = {f"${name}": value for name, value in operators.items() if value}
    update["$inc"] = {"version": 1, **update.get("$inc", {})}
    update["$currentDate"] = {"changed_at": True}
    return update


def retrying(operation: Callable[[], Result]) -> Result:
    """`operation()`, repeated while the database's connection drops, a second longer than one call may take; only for idempotent ones."""
    deadline = clock.monotonic() + _timeout_seconds + RETRY_LONGER_SECONDS
    while True:
        try:
            return operation()
        except AutoReconnect:
            if clock.monotonic() > deadline:
                raise


def milliseconds(moment: datetime) -> int:
    """`moment` as milliseconds since 1970, for cursors."""
    return round(moment.timestamp() * 1000)
