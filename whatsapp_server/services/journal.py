"""The journal of webhooks: stored as posted before anything is done with them, worked through, replayed when that failed.

An entry that is worked through at once does not wait for the disk by itself: the journaled write that ends its work (the message,
which holds everything that Twilio said) waits for both, as does the mark of a failure. Twilio hears 200 only after one of them.
"Done" is marked in batches: working through an entry twice changes nothing, so a lost mark only repeats it. It is marked only where the
conversation counts the message: a database that was killed forgot what of it had not been on disk, while we remember having done it.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from whatsapp_server import clock, errors
from whatsapp_server.models import Conversation, JournalEntry
from whatsapp_server.models.base import Doc, retrying
from whatsapp_server.services.grouped import Grouped

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
MAX_TRIES = 8
BATCH = 200
DUPLICATE_KEY = 11000  # MongoDB's number for it
PENDING_ORDER = [("received_at", 1), ("_id", 1)]

# Where an entry's work shows: (conversation id, seq) of its message; None when nothing of it has to be counted by a conversation.
Place = tuple[str, int] | None

_done: list[tuple[str, Place]] = []
_done_guard = threading.Lock()
# Senders that may have an entry to be replayed: their later ones wait behind it, so that none overtakes it.
_failing: set[str] = set()


def store(kind: str, key: str, form: list[tuple[str, str]], sender: str) -> Doc | None:
    """Store a webhook; the entry, leased to the caller who is to `attempt` it, or None when it is on disk and there is nothing to do now.

    That is so when it was there already, and when an earlier one of its sender failed and is to be replayed first.

    Raises pymongo's errors when it could not be stored: then Twilio must not hear 200.
    """
    if sender in _failing and _waits_for_replay(sender):
        retrying(lambda: _insert(JournalEntry.journaled(), _entry(kind, key, form, sender, timedelta(0))))
        return None
    return _insert_grouped(_entry(kind, key, form, sender, LEASE))


def hold_back() -> None:
    """For a start: later webhooks of whoever has a pending entry, which may be a dead process's, wait until that is replayed."""
    pending = JournalEntry.raw().find({"state": "pending"}, {"sender": 1}).sort(PENDING_ORDER)
    _failing.update(entry["sender"] for entry in pending)


def _waits_for_replay(sender: str) -> bool:
    """Whether something of `sender` is still to be replayed. The replay may be another process's, so the database is asked."""
    if list(JournalEntry.raw().find({"state": "pending", "sender": sender}, {"_id": 1}).sort(PENDING_ORDER).limit(1)):
        return True
    _failing.discard(sender)
    return False


def keep(kind: str, key: str, form: list[tuple[str, str]], sender: str) -> None:
    """Put a webhook that failed already on disk, for the replay; a duplicate changes nothing. Raises pymongo's errors."""
    entry = _entry(kind, key, form, sender, LEASE)
    retrying(lambda: _insert(JournalEntry.journaled(), entry))


def _entry(kind: str, key: str, form: list[tuple[str, str]], sender: str, lease: timedelta) -> Doc:
    present = clock.now()
    return {
        "_id": f"{kind}:{key}",
        "kind": kind,
        "form": [list(pair) for pair in form],
        "sender": sender,
        "received_at": present,
        "state": "pending",
        "lease_until": present + lease,
        "tries": 1,
        "mark": clock.new_id(),
    }


def _insert(collection: Collection[Doc], entry: Doc) -> Doc | None:
    """The entry, or None when another one has its key."""
    try:
        collection.insert_one(entry)
    except DuplicateKeyError:
        return _unless_duplicate(entry)
    return entry


def _unless_duplicate(entry: Doc) -> Doc | None:
    # A journaled write, so that a duplicate is not acknowledged before the first one is on disk.
    there = JournalEntry.journaled().find_one_and_update({"_id": entry["_id"]}, {"$inc": {"posts": 1}})
    # Our own insert, whose acknowledgement a dropped connection swallowed, is not a duplicate.
    return entry if there and there.get("mark") == entry["mark"] else None


def _insert_many(entries: Sequence[Doc]) -> list[Doc | None]:
    if len(entries) == 1:
        return [_insert(JournalEntry.raw(), entries[0])]
    try:
        JournalEntry.raw().insert_many(entries, ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if error.details["writeConcernErrors"] or any(each["code"] != DUPLICATE_KEY for each in failed):
            raise
        taken = {each["index"] for each in failed}
        return [_unless_duplicate(entry) if index in taken else entry for index, entry in enumerate(entries)]
    return list(entries)


_insert_grouped: Grouped[Doc, Doc | None] = Grouped(lambda entries: retrying(lambda: _insert_many(entries)))


def done(entry: Doc, place: Place) -> None:
    """Remember that `entry` is finished; `flush` writes it down."""
    with _done_guard:
        _done.append((entry["_id"], place))


def flush() -> int:
    """Write down what is done since the last time; how many. Called a few times a second."""
    with _done_guard:
        finished, _done[:] = _done[:BATCH], _done[BATCH:]
    if not finished:
        return 0
    try:
        # Both in this order: what is on disk of the second write, the disk also has of what the first question saw.
        ids = _counted(finished)
        JournalEntry.raw().update_many(
            {"_id": {"$in": ids}},
            {"$set": {"state": "done", "done_at": clock.now()}, "$unset": {"lease_until": "", "error": ""}},
        )
    except Exception:
        with _done_guard:
            _done[:0] = finished
        raise
    if len(ids) < len(finished):
        log.warning("journal.forgotten", count=len(finished) - len(ids))
    return len(finished)


def _counted(finished: Sequence[tuple[str, Place]]) -> list[str]:
    """The ids of those whose work the database still knows; the others stay pending and are replayed."""
    conversation_ids = list({place[0] for _, place in finished if place})
    found = Conversation.raw().find({"_id": {"$in": conversation_ids}}, {"last_seq": 1}) if conversation_ids else ()
    newest = {one["_id"]: one["last_seq"] for one in found}
    return [entry_id for entry_id, place in finished if place is None or newest.get(place[0], 0) >= place[1]]


def release_all() -> None:
    """Let every pending entry be replayed at once; only for a start that knows that no other process lives."""
    JournalEntry.raw().update_many({"state": "pending"}, {"$set": {"lease_until": clock.now()}})


def replay(work: Callable[[Doc], Place]) -> int:
    """Work through the pending entries whose lease has run out, oldest first; how many succeeded.

    One that fails holds back the later ones of the same sender, so that order is kept, until it is quarantined after MAX_TRIES.
    """
    succeeded = 0
    held: set[str] = set()
    known = set(_failing)  # whoever fails from now on may not be among those found
    pending = list(JournalEntry.raw().find({"state": "pending"}).sort(PENDING_ORDER).limit(BATCH))
    for found in pending:
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
    if len(pending) < BATCH:  # else there may be more behind them
        _failing.difference_update(known - held)
    return succeeded


def _taken(found: Doc) -> Doc | None:
    present = clock.now()
    return JournalEntry.raw().find_one_and_update(
        {"_id": found["_id"], "state": "pending", "lease_until": {"$lte": present}},
        {"$set": {"lease_until": present + LEASE}, "$inc": {"tries": 1}},
        return_document=True,
    )


def attempt(entry: Doc, work: Callable[[Doc], Place]) -> bool:
    """Work through a leased entry; False when that failed, which is on disk then and is tried again or quarantined.

    Raises pymongo's errors, or Unavailable, when not even the failure could be written down.
    """
    try:
        place = work(entry)
    except Exception as error:
        log.exception("journal.failed", entry=entry["_id"], tries=entry["tries"])
        _failing.add(entry["sender"])
        _failed(entry, f"{type(error).__name__}: {error}")
        return False
    done(entry, place)
    return True


def _failed(entry: Doc, error: str) -> None:
    state = "quarantined" if entry["tries"] >= MAX_TRIES else "pending"
    wait = LEASE * min(entry["tries"], 4)
    marked = JournalEntry.journaled().update_one(
        {"_id": entry["_id"], "state": "pending"},
        {"$set": {"error": error[:500], "state": state, "lease_until": clock.now() + wait}},
    )
    if not marked.matched_count:
        raise errors.Unavailable  # the database went away before it had the entry on disk


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
