"""No verb is without its entry: what a process left behind when it died is swept up, once, in order, and everybody hears of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.belonging import done, entries
from tests.support.server import Agent, Json
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from tests.support.waiting import eventually
from whatsapp_server import clock

Stored = Database[dict[str, Any]]
Leave = Callable[..., list[Json]]
AGO = timedelta(seconds=30)


@pytest.fixture
def talk(ana: Agent, twilio: SimulatorProcess, customer: str) -> Talk:
    """A conversation that a customer has begun."""
    return Talk(ana, twilio, customer)


@pytest.fixture
def leave(stored: Stored, bruno: Agent, talk: Talk) -> Leave:
    """Does what a verb's own write does, and dies before its entry is a message."""

    def die(*events: str, ago: timedelta = AGO, new_id: Callable[[], str] = clock.new_id) -> list[Json]:
        author = {"id": bruno.user["id"], "name": bruno.user["name"]}
        at = datetime.now(UTC) - ago
        pending = [
            {"_id": new_id(), "created_at": at + timedelta(seconds=number), "author": author, "details": {"event": event}}
            for number, event in enumerate(events)
        ]
        left = {"$push": {"pending_entries": {"$each": pending}}, "$set": {"holder_id": bruno.user["id"]}, "$inc": {"version": 1}}
        assert stored["conversations"].update_one({"_id": talk.id}, left).modified_count == 1
        return pending

    return die


def settled(stored: Stored, talk: Talk) -> bool:
    """Whether nothing is left behind."""
    found = stored["conversations"].find_one({"_id": talk.id})
    return found is not None and found["pending_entries"] == []


def test_what_was_left_behind_is_added_in_order_and_told(stored: Stored, bruno: Agent, carla: Agent, talk: Talk, leave: Leave) -> None:
    before = carla.get(f"/api/conversations/{talk.id}")
    with carla.tab() as hers:
        pending = leave("claimed", "made_private", "made_public")
        heard = [one["message"]["id"] for one in hers.wait_for("message.created", count=3, kind="event", conversation_id=talk.id)]
        eventually(lambda: settled(stored, talk))
        assert heard == [one["_id"] for one in pending]
    thread = carla.thread(talk.id)
    assert [one["seq"] for one in thread] == [1, 2, 3, 4]
    assert [one["details"].get("event") for one in thread] == [None, "claimed", "made_private", "made_public"]
    assert entries(carla, talk.id)[0]["author"] == bruno.user["id"]
    written = datetime.fromisoformat(thread[1]["created_at"].replace("Z", "+00:00"))
    assert datetime.now(UTC) - written > AGO - timedelta(seconds=2)  # when it was done, not when it was swept up
    after = carla.get(f"/api/conversations/{talk.id}")
    for name in ("last_message", "last_message_at", "inbound_count", "waiting_since"):
        assert after[name] == before[name], name
    assert after["last_seq"] == 4


def test_whoever_died_after_adding_it_left_nothing_to_add(stored: Stored, bruno: Agent, talk: Talk, leave: Leave) -> None:
    done(bruno.do(talk.id, "claim"))
    (message,) = stored["messages"].find({"conversation_id": talk.id, "kind": "event"})
    leave("claimed", new_id=lambda: message["_id"])
    eventually(lambda: settled(stored, talk))
    assert [one["event"] for one in entries(bruno, talk.id)] == ["claimed"]
    assert bruno.get(f"/api/conversations/{talk.id}")["last_seq"] == 2


def test_the_next_verb_settles_what_was_left_before_it(stored: Stored, bruno: Agent, talk: Talk, leave: Leave) -> None:
    leave("claimed", ago=timedelta(0))
    done(bruno.do(talk.id, "finish", last_seen_seq=9))
    assert [one["event"] for one in entries(bruno, talk.id)] == ["claimed", "finished"]
    assert settled(stored, talk)
