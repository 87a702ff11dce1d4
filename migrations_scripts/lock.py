"""One runner at a time: a lease in the database that its holder renews and a crashed holder does not.

The lease is measured by the database's clock: the clocks of two machines may differ by more than its length.
"""

import os
import socket
import threading
import time
import uuid
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import structlog
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.write_concern import WriteConcern

from migrations_scripts.errors import LockLost, MigrationsLocked
from whatsapp_server.clock import monotonic

COLLECTION = "migrations_lock"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LOCK_ID = "migrations"
LEASE_SECONDS = 15.0
WAIT_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.25

log = structlog.get_logger(__name__)


class MigrationLock:
    """`with MigrationLock(db) as lock:` holds the lock for the block and renews it in a thread."""

    def __init__(self, db: Database[Any], *, lease_seconds: float = LEASE_SECONDS, wait_seconds: float = WAIT_SECONDS) -> None:
        """A dead holder blocks the others for `lease_seconds`; entering waits `wait_seconds` at most."""
        self._collection = db.get_collection(COLLECTION, write_concern=WriteConcern(w="majority"))
        self._lease_seconds = lease_seconds
        self._wait_seconds = wait_seconds
        self._owner = uuid.uuid4().hex
        self._held_until = 0.0
        self._released = threading.Event()
        self._renewer = threading.Thread(target=self._keep_renewing, name="migrations-lock", daemon=True)

    def __enter__(self) -> Self:
        """Raises MigrationsLocked, which says who holds it, when the wait was in vain."""
        deadline = monotonic() + self._wait_seconds
        while not self._take():
            if monotonic() > deadline:
                raise MigrationsLocked(self._who_holds_it())
            time.sleep(LOOK_EVERY_SECONDS)
        self._renewer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._released.set()
        self._renewer.join()
        try:
            self._collection.delete_one({"_id": LOCK_ID, "owner": self._owner})
        except PyMongoError as refusal:  # it expires by itself; what went wrong in the block matters more
            log.warning("migrations.lock_not_released", error=str(refusal))

    def require(self) -> None:
        """Raises LockLost when the lease ran out before it could be renewed."""
        if monotonic() >= self._held_until:
            raise LockLost(
                f"The lock on the migrations could not be renewed for {self._lease_seconds:.0f} s: "
                "see whether the database is reachable, then run the migrations again."
            )

    def _take(self) -> bool:
        asked_at = monotonic()
        mine = {
            "owner": self._owner,
            "host": {"$literal": socket.gethostname()},
            "pid": os.getpid(),
            "taken_at": "$$NOW",
            "expires_at": self._lease_end(),
        }
        self._make_room()
        expired = {"_id": LOCK_ID, "$expr": {"$lte": ["$expires_at", "$$NOW"]}}
        if not self._collection.update_one(expired, [{"$set": mine}]).matched_count:
            return False
        self._held_until = asked_at + self._lease_seconds
        return True

    def _make_room(self) -> None:
        """Have the document there, expired if it is new: $expr and upsert do not go together."""
        try:
            self._collection.update_one({"_id": LOCK_ID}, {"$setOnInsert": {"expires_at": LONG_AGO}}, upsert=True)
        except DuplicateKeyError:
            log.debug("migrations.lock_raced")  # another runner inserted it at the same moment

    def _keep_renewing(self) -> None:
        while not self._released.wait(self._lease_seconds / 4):
            asked_at = monotonic()
            renewal = [{"$set": {"expires_at": self._lease_end()}}]
            try:
                found = self._collection.update_one({"_id": LOCK_ID, "owner": self._owner}, renewal)
            except PyMongoError as error:  # the next round tries again; require() knows when it is too late
                log.warning("migrations.lock_not_renewed", error=str(error))
                continue
            if not found.matched_count:
                self._held_until = 0.0
                return
            self._held_until = asked_at + self._lease_seconds

    def _lease_end(self) -> dict[str, Any]:
        return {"$add": ["$$NOW", int(self._lease_seconds * 1000)]}

    def _who_holds_it(self) -> str:
        holder = self._collection.find_one({"_id": LOCK_ID})
        who = "Another process"
        if holder and "pid" in holder:
            since = f"{holder['taken_at']:%Y-%m-%d %H:%M:%S} UTC"
            who = f"Process {holder['pid']} on {holder['host']}, since {since},"
        return (
            f"{who} is running the migrations: wait until it is done and try again "
            f"(a dead one's lock ends by itself after {self._lease_seconds:.0f} s)."
        )
