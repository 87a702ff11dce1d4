"""The journal of webhooks: stored as posted before Twilio hears 200, worked through afterwards, replayed when that failed.

"Done" is marked in batches: working through an entry twice changes nothing, so a lost mark only repeats it.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from pymongo.errors import DuplicateKeyError

from whatsapp_server import clock
from whatsapp_server.models import JournalEntry
from whatsapp_server.models.base import Doc, retrying

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
MAX_TRIES = 8
BATCH = 200

_done: list[str] = []
_done_guard = threading.Lock()
# Senders with an entry that failed here: their later ones wait for the replay, so that none overtakes it.
_failing: set[str] = set()


def store(kind: str, key: str, form: list[tuple[str, str]], sender: str) -> Doc | None:
    """Put a webhook on disk; the entry, leased to the caller, or None when there is nothing to do now.

    That is so when it was there already, and when an earlier one of its sender failed and is to be replayed first.

    Raises pymongo's errors when it could not be stored: then Twilio must not hear 200.
    """
    present = clock.now()
    entry = {
        "_id": f"{kind}:{key}",
        "kind": kind,
        "form": [list(pair) for pair in form],
        "sender": sender,
        "received_at": present,
        "state": "pending",
        "lease_until": present if sender in _failing else present + LEASE,
        "tries": 1,
        "mark": clock.new_id(),
    }
    stored = retrying(lambda: _stored(entry))
    return None if sender in _failing else stored


def _stored(entry: Doc) -> Doc | None:
    try:
        JournalEntry.journaled().insert_one(entry)
    except DuplicateKeyError:
        # A journaled write, so that a duplicate is not acknowledged before the first one is on disk.
        there = JournalEntry.journaled().find_one_and_update({"_id": entry["_id"]}, {"$inc": {"posts": 1}})
        # Our own insert, whose acknowledgement a dropped connection swallowed, is not a duplicate.
        return entry if there and there.get("mark") == entry["mark"] else None
    return entry


def done(entry: Doc) -> None:
    """Remember that `entry` is finished; `flush` writes it down."""
    with _done_guard:
        _done.append(entry["_id"])


def flush() -> int:
    """Write down what is done since the last time; how many. Called a few times a second."""
    with _done_guard:
        ids, _done[:] = _done[:BATCH], _done[BATCH:]
    if not ids:
        return 0
    try:
        JournalEntry.raw().update_many(
            {"_id": {"$in": ids}},
            {"$set": {"state": "done", "done_at": clock.now()}, "$unset": {"lease_until": "", "error": ""}},
        )
    except Exception:
        with _done_guard:
            _done[:0] = ids
        raise
    return len(ids)


def release_all() -> None:
    """Let every pending entry be replayed at once; only for a start that knows that no other process lives."""
    JournalEntry.raw().update_many({"state": "pending"}, {"$set": {"lease_until": clock.now()}})


def replay(work: Callable[[Doc], Any]) -> int:
    """Work through the pending entries whose lease has run out, oldest first; how many succeeded.

    One that fails holds back the later ones of the same sender, so that order is kept, until it is quarantined after MAX_TRIES.
    """
    succeeded = 0
    held: set[str] = set()
    for found in list(JournalEntry.raw().find({"state": "pending"}).sort([("received_at", 1), ("_id", 1)]).limit(BATCH)):
        if found["sender"] in held:
            continue
        if found["lease_until"] > clock.now():
            held.add(found["sender"])  # somebody is at it
            continue
        entry = _taken(found)
        if entry is None or not attempt(entry, work):
            held.add(found["sender"])
        else:
            succeeded += 1
    _failing.intersection_update(held)
    return succeeded


def _taken(found: Doc) -> Doc | None:
    present = clock.now()
    return JournalEntry.raw().find_one_and_update(
        {"_id": found["_id"], "state": "pending", "lease_until": {"$lte": present}},
        {"$set": {"lease_until": present + LEASE}, "$inc": {"tries": 1}},
        return_document=True,
    )


def attempt(entry: Doc, work: Callable[[Doc], Any]) -> bool:
    """Work through a leased entry; False when that failed, which is written down and tried again or quarantined."""
    try:
        work(entry)
    except Exception as error:
        log.exception("journal.failed", entry=entry["_id"], tries=entry["tries"])
        _failing.add(entry["sender"])
        _failed(entry, f"{type(error).__name__}: {error}")
        return False
    done(entry)
    return True


def _failed(entry: Doc, error: str) -> None:
    state = "quarantined" if entry["tries"] >= MAX_TRIES else "pending"
    wait = LEASE * min(entry["tries"], 4)
    try:
        JournalEntry.raw().update_one(
            {"_id": entry["_id"], "state": "pending"},
            {"$set": {"error": error[:500], "state": state, "lease_until": clock.now() + wait}},
        )
    except Exception:
        # The lease runs out by itself and the entry is tried again; only this failure's text is lost.
        log.exception("journal.unmarked", entry=entry["_id"])


def quarantined() -> list[Doc]:
    """The entries that were given up, oldest first."""
    return list(JournalEntry.raw().find({"state": "quarantined"}).sort("received_at"))


def release(entry_id: str) -> bool:
    """Have a quarantined entry tried again; False when there is none such."""
    result = JournalEntry.journaled().update_one(
        {"_id": entry_id, "state": "quarantined"},
        {"$set": {"state": "pending", "tries": 0, "lease_until": clock.now()}},
    )
    return result.modified_count == 1
