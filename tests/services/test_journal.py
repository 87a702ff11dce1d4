"""What is still to be worked through: who waits behind it, and that nothing counts as done which the database forgot."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.mongo import SharedMongo
from tests.support.server import ServerProcess
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.models.base import Doc
from whatsapp_server.services import journal

Stored = Database[dict[str, Any]]
ANA, BIA, CIDA = (f"whatsapp:+551197000000{number}" for number in (1, 2, 3))


@pytest.fixture
def stored(connected: Stored) -> Stored:
    """An empty database, as a process finds that has done nothing yet."""
    journal._failing.clear()
    journal._done.clear()
    return connected


def store(key: str, sender: str) -> Doc | None:
    """A webhook as it comes in."""
    return journal.store("message", key, [("From", sender)], sender)


def states(stored: Stored) -> dict[str, str]:
    """{entry: state}"""
    return {entry["_id"].removeprefix("message:"): entry["state"] for entry in stored["webhook_journal"].find()}


def broken(entry: Doc) -> journal.Place:
    """Work that fails."""
    raise ValueError(entry["_id"])


def test_what_another_process_replayed_holds_nobody_back_any_more(stored: Stored) -> None:
    first = store("SM1", ANA)
    assert first is not None
    assert not journal.attempt(first, broken)
    assert store("SM2", ANA) is None  # it waits behind it
    assert store("SM3", BIA) is not None
    stored["webhook_journal"].update_many({"sender": ANA}, {"$set": {"state": "done"}})
    assert store("SM4", ANA) is not None


def test_whoever_fails_during_a_replay_that_did_not_see_it_waits(stored: Stored) -> None:
    first = store("SM1", ANA)
    assert first is not None
    journal.attempt(first, broken)
    stored["webhook_journal"].update_one({}, {"$set": {"lease_until": datetime.now(UTC)}})

    def meanwhile(_: Doc) -> journal.Place:
        later = store("SM2", BIA)
        assert later is not None
        journal.attempt(later, broken)
        return None

    assert journal.replay(meanwhile) == 1
    assert store("SM3", BIA) is None


def test_whoever_stands_behind_a_full_round_of_the_replay_still_waits(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, sender in (("SM1", ANA), ("SM2", BIA), ("SM3", CIDA)):
        entry = store(key, sender)
        assert entry is not None
        journal.attempt(entry, broken)
    stored["webhook_journal"].update_many({}, {"$set": {"lease_until": datetime.now(UTC)}})
    monkeypatch.setattr(journal, "BATCH", 2)
    assert journal.replay(lambda _: None) == 2
    assert store("SM4", CIDA) is None


def test_after_a_start_nobody_overtakes_what_a_dead_process_left(stored: Stored) -> None:
    assert store("SM1", ANA) is not None
    journal.hold_back()
    assert store("SM2", ANA) is None
    assert store("SM3", BIA) is not None


def test_only_what_its_conversation_counts_is_done(stored: Stored) -> None:
    stored["conversations"].insert_many([{"_id": each, "contact_id": each, "last_seq": seq} for each, seq in (("c1", 2), ("c2", 5))])
    places: dict[str, journal.Place] = {"SM1": ("c1", 2), "SM2": ("c1", 3), "SM3": ("c2", 4), "SM4": ("gone", 1), "SM5": None}
    for key, place in places.items():
        entry = store(key, f"{ANA}{key}")
        assert entry is not None
        assert journal.attempt(entry, lambda _, place=place: place)  # type: ignore[misc]  # mypy cannot infer the default's type
    assert journal.flush() == len(places)
    assert states(stored) == {"SM1": "done", "SM2": "pending", "SM3": "done", "SM4": "pending", "SM5": "done"}
    assert journal.flush() == 0


def test_what_a_killed_database_forgot_is_counted_after_the_replay(
    own_server: Callable[..., ServerProcess], mongo: SharedMongo, customer: str
) -> None:
    """The summary is not on disk by itself: here the conversation is put back, as a kill right after the answer puts it back."""
    server = own_server(SWEEP_SECONDS="0.2")
    kept = mongo.client[server.database_name]
    assert post_webhook(server, message_form(customer, Body="Primeira")).status_code == 200
    before = kept["conversations"].find_one({})
    assert before is not None

    def put_back() -> str | None:
        form = message_form(customer, Body="Segunda")
        assert post_webhook(server, form).status_code == 200
        kept["conversations"].replace_one({}, before)
        entry = kept["webhook_journal"].find_one({"_id": f"message:{dict(form)['MessageSid']}"})
        assert entry is not None
        if entry["state"] == "pending":
            return str(entry["_id"])
        # It was marked before the database could forget anything; so nothing is to be shown here.
        kept["messages"].delete_one({"seq": 2})
        return None

    entry_id = eventually(put_back)
    server.move_clock(60)
    ana = server.agent("ana")
    eventually(lambda: (ana.conversation_with(customer) or {}).get("last_seq") == 2)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert (conversation["unread"], conversation["last_message"]["body"]) == (2, "Segunda")
    assert [message["body"] for message in ana.messages(conversation["id"])] == ["Primeira", "Segunda"]
    eventually(lambda: kept["webhook_journal"].count_documents({"_id": entry_id, "state": "done"}) == 1)


def test_a_restart_lets_no_message_overtake_an_older_one(
    own_server: Callable[..., ServerProcess], mongo: SharedMongo, customer: str
) -> None:
    server = own_server(SWEEP_SECONDS="0.2")
    kept = mongo.client[server.database_name]
    server.kill()
    at, form = datetime.now(UTC), message_form(customer, Body="Antes")
    left = {
        "_id": f"message:{dict(form)['MessageSid']}",
        "kind": "message",
        "form": [list(pair) for pair in form],
        "sender": customer,
        "received_at": at,
        "state": "pending",
        "lease_until": at + timedelta(seconds=600),
        "tries": 1,
    }
    kept["webhook_journal"].insert_one(left)
    server.start()
    assert post_webhook(server, message_form(customer, Body="Depois")).status_code == 200
    ana = server.agent("ana")
    assert ana.conversation_with(customer) is None
    server.move_clock(601)
    eventually(lambda: ana.conversation_with(customer) and ana.conversation_with(customer)["last_seq"] == 2)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert [message["body"] for message in ana.messages(conversation["id"])] == ["Antes", "Depois"]
