"""A customer who writes again: what was finished comes back by itself, to its last holder if they are there, else to nobody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.belonging import begun, done, entries, events, holding, told, write
from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.talk import Talk
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook

Finished = Callable[..., str]
DAY = 24 * 3600


@pytest.fixture
def finished(clocked: ServerProcess, customer: str) -> Finished:
    """A conversation that somebody held and finished."""

    def make(holder: Agent, visibility: str = "public") -> str:
        conversation_id = begun(clocked, holder, customer)
        done(holder.do(conversation_id, "claim"))
        done(holder.do(conversation_id, "visibility", visibility=visibility))
        done(holder.do(conversation_id, "finish", last_seen_seq=9))
        return conversation_id

    return make


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_it_comes_back_to_whoever_had_it(clocked: ServerProcess, finished: Finished, customer: str, visibility: str) -> None:
    bruno, ana = clocked.agent("bruno"), clocked.agent("ana")
    conversation_id = finished(bruno, visibility)
    clocked.move_clock(DAY - 60)
    with bruno.tab() as his, ana.tab() as hers:
        write(clocked, customer, "de novo")
        after = bruno.get(f"/api/conversations/{conversation_id}")
        told(his, after)
        told(hers, after)
    assert holding(after) == ("open", visibility, bruno.user["id"], None, None)
    assert after["finished_at"] is None
    newest = bruno.thread(conversation_id)[-2:]
    assert [one["kind"] for one in newest] == ["text", "event"]
    assert after["waiting_since"] == newest[0]["created_at"]
    named = {"to_id": bruno.user["id"], "to_name": bruno.user["name"]}
    assert entries(bruno, conversation_id)[-1] == {"author": None, "event": "reopened_by_customer", **named}
    assert conversation_id in [one["id"] for one in bruno.get("/api/conversations", view="mine")["items"]]


@pytest.mark.parametrize("why", ["absent", "left", "long ago", "long ago by a setting", "a setting"])
def test_it_is_nobody_s_when_they_are_not_there(clocked: ServerProcess, finished: Finished, customer: str, why: str) -> None:
    ana = clocked.agent("ana")
    eva = joined(ana)
    conversation_id = finished(eva)
    if why == "absent":
        until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        done(eva.call("PUT", "/api/me/absence", json={"until": until}))
    elif why == "left":
        done(ana.call("POST", f"/api/users/{eva.user['id']}/deactivate", json={"hand_to": None}))
    elif why == "long ago":
        clocked.move_clock(DAY + 1)
    elif why == "long ago by a setting":
        ana.settings(reopen_hours=2)
        clocked.move_clock(2 * 3600 + 1)
    else:
        ana.settings(reopen_to="nobody")
    with ana.tab() as hers:
        write(clocked, customer, "de novo")
        after = ana.get(f"/api/conversations/{conversation_id}")
        told(hers, after)
    assert holding(after) == ("open", "public", None, None, None)
    assert entries(ana, conversation_id)[-1] == {"author": None, "event": "reopened_by_customer"}


def test_whoever_is_back_gets_it_back(clocked: ServerProcess, finished: Finished, customer: str) -> None:
    eva = joined(clocked.agent("ana"))
    conversation_id = finished(eva)
    done(eva.call("PUT", "/api/me/absence", json={"until": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}))
    clocked.move_clock(3600 + 1)
    write(clocked, customer)
    assert holding(eva.get(f"/api/conversations/{conversation_id}"))[2] == eva.user["id"]


def test_a_private_one_without_its_holder_is_the_admins_to_see(clocked: ServerProcess, finished: Finished, customer: str) -> None:
    ana, bruno = clocked.agent("ana"), clocked.agent("bruno")
    conversation_id = finished(bruno, "private")
    clocked.move_clock(DAY + 1)
    with bruno.tab() as his:
        write(clocked, customer)
        his.wait_for("conversation.removed", id=conversation_id)
    assert_problem(bruno.call("GET", f"/api/conversations/{conversation_id}"), 404, "not_found")
    assert holding(ana.get(f"/api/conversations/{conversation_id}")) == ("open", "private", None, None, None)
    assert conversation_id in [one["id"] for one in ana.get("/api/conversations", view="unassigned", limit=100)["items"]]


def test_what_nobody_held_is_nobody_s_again(bruno: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "finish", last_seen_seq=9))
    talk.twilio.inbound("de novo", from_=talk.customer)
    assert holding(bruno.get(f"/api/conversations/{talk.id}")) == ("open", "public", None, None, None)
    assert events(bruno, talk.id) == ["finished", "reopened_by_customer"]


def test_many_messages_at_once_reopen_it_once(bruno: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    for _ in range(3):
        done(bruno.do(talk.id, "finish", last_seen_seq=99))
        talk.twilio.burst(8, 8, from_=talk.customer, wait=True)
        eventually(lambda: len([one for one in bruno.thread(talk.id) if one["direction"] == "inbound"]) % 8 == 1)
    assert events(bruno, talk.id) == ["claimed", *["finished", "reopened_by_customer"] * 3]
    assert holding(bruno.get(f"/api/conversations/{talk.id}"))[:3] == ("open", "public", bruno.user["id"])


def test_a_message_that_was_seen_when_it_was_finished_does_not_reopen_it(server: ServerProcess, bruno: Agent, talk: Talk) -> None:
    form = message_form(talk.customer, Body="obrigada")
    assert post_webhook(server, form).status_code == 200
    done(bruno.do(talk.id, "finish", last_seen_seq=2))
    assert post_webhook(server, form).status_code == 200  # Twilio says it once more
    assert holding(bruno.get(f"/api/conversations/{talk.id}"))[0] == "finished"


def test_a_crash_before_reopening_leaves_nothing_finished(
    server: ServerProcess, bruno: Agent, talk: Talk, stored: Database[dict[str, Any]]
) -> None:
    """The process died after the message was added: the journal's replay opens it."""
    done(bruno.do(talk.id, "claim"))
    before: Json = done(bruno.do(talk.id, "finish", last_seen_seq=1))
    form = message_form(talk.customer, Body="de novo")
    assert post_webhook(server, form).status_code == 200
    undone = {"state": "finished", "finished_at": datetime.now(UTC), "finished_seq": 1, "version": before["version"] + 9}
    stored["conversations"].update_one({"_id": talk.id}, {"$set": undone})
    key = {"_id": f"message:{dict(form)['MessageSid']}"}
    eventually(lambda: stored["webhook_journal"].find_one({**key, "state": "done"}))
    stored["webhook_journal"].update_one(key, {"$set": {"state": "pending", "lease_until": datetime.now(UTC)}})
    eventually(lambda: holding(bruno.get(f"/api/conversations/{talk.id}"))[0] == "open")
    assert [one["body"] for one in bruno.messages(talk.id)] == ["Oi", "de novo"]
