"""Notes for colleagues: they never reach the customer, claim nothing, and a mention tells without giving a right."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.database import Database

from tests.support.belonging import begun, done, events, holding, made_private, told
from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from whatsapp_server.services.notes import MAX_UNREAD_MENTIONS

NOBODY = "0" * 24


def note(agent: Agent, conversation_id: str, *named: Agent, body: str = "Atenção") -> Json:
    """A note that is taken."""
    answer = agent.reply(conversation_id, body, kind="note", mentions=[each.user["id"] for each in named])
    assert answer.status_code == 201, answer.text
    left: Json = answer.json()
    return left


def mentions(agent: Agent, conversation_id: str) -> list[Json]:
    """Who has not read a note that names them."""
    found: list[Json] = agent.get(f"/api/conversations/{conversation_id}")["mentioned"]
    return found


def test_a_note_is_for_colleagues_and_never_for_the_customer(bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    before = bruno.get(f"/api/conversations/{talk.id}")
    with carla.tab() as hers:
        left = note(bruno, talk.id, body="cliente difícil")
        heard = hers.wait_for("message.created", id=left["id"])[0]
    assert heard["message"] == left
    assert (left["direction"], left["kind"], left["status"], left["sid"], left["attempt"]) == ("internal", "note", "posted", None, 0)
    after = carla.get(f"/api/conversations/{talk.id}")
    assert (after["last_message"]["kind"], after["last_message"]["body"]) == ("note", "cliente difícil")
    for name in ("assignee_id", "waiting_since", "first_reply_at", "inbound_count", "last_inbound_seq", "window_closes_at"):
        assert after[name] == before[name], name
    # The reply behind it goes out, the note does not.
    talk.agent = bruno
    talk.until(talk.reply("Olá"), "delivered")
    assert talk.bodies_at_twilio() == ["Olá"]
    for again in ("retry", "discard"):
        code = {"retry": "not_retryable", "discard": "not_discardable"}[again]
        assert_problem(bruno.call("POST", f"/api/messages/{left['id']}/{again}"), 409, code)
    assert_problem(bruno.call("POST", f"/api/messages/{left['id']}/retry", json={"accept_duplicate": True}), 409, "not_retryable")
    assert talk.bodies_at_twilio() == ["Olá"]


def test_it_claims_and_reopens_nothing(bruno: Agent, carla: Agent, talk: Talk) -> None:
    note(carla, talk.id)
    assert holding(carla.get(f"/api/conversations/{talk.id}")) == ("open", "public", None, None, None)
    done(bruno.do(talk.id, "claim"))
    note(carla, talk.id)
    done(bruno.do(talk.id, "finish", last_seen_seq=9))
    note(carla, talk.id)
    assert holding(carla.get(f"/api/conversations/{talk.id}")) == ("finished", "public", bruno.user["id"], None, None)
    assert events(carla, talk.id) == ["claimed", "finished"]


def test_a_closed_window_closes_no_note(clocked: ServerProcess, customer: str) -> None:
    bruno = clocked.agent("bruno")
    conversation_id = begun(clocked, bruno, customer)
    clocked.move_clock(24 * 3600 + 1)
    assert_problem(bruno.reply(conversation_id, "Olá"), 409, "window_closed")
    note(bruno, conversation_id)


def test_the_same_one_again_is_the_same(bruno: Agent, talk: Talk) -> None:
    client_id = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bruno.reply(talk.id, "Uma vez", client_id, kind="note"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert_problem(bruno.reply(talk.id, "Outra", client_id, kind="note"), 409, "client_id_reused")


@pytest.mark.parametrize("first", ["text", "note"])
def test_a_note_and_a_reply_are_never_taken_for_each_other(
    twilio: SimulatorProcess, bruno: Agent, talk: Talk, customers: Callable[[], str], first: str
) -> None:
    """The same words under the same client_id: what was a note stays one, and what was a reply is not stored as a note."""
    client_id, other = str(uuid.uuid4()), {"text": "note", "note": "text"}[first]
    assert bruno.reply(talk.id, "Igual", client_id, kind=first).status_code == 201
    assert_problem(bruno.reply(talk.id, "Igual", client_id, kind=other), 409, "client_id_reused")
    elsewhere = Talk(bruno, twilio, customers())
    assert_problem(bruno.reply(elsewhere.id, "Igual", client_id, kind=other), 409, "client_id_reused")
    assert [one["kind"] for one in bruno.messages(talk.id)] == ["text", first]
    assert [one["kind"] for one in bruno.messages(elsewhere.id)] == ["text"]
    if first == "text":
        talk.agent = bruno
        talk.until(bruno.messages(talk.id)[-1]["id"], "delivered")
    assert talk.bodies_at_twilio() == (["Igual"] if first == "text" else [])


def test_what_is_another_conversations_leaves_no_hole(
    twilio: SimulatorProcess, bruno: Agent, talk: Talk, customers: Callable[[], str]
) -> None:
    """A client_id that stands for a note with a higher number elsewhere, while others write here."""
    client_id, elsewhere = str(uuid.uuid4()), Talk(bruno, twilio, customers())
    for number in range(30):
        assert bruno.reply(elsewhere.id, f"{number}", client_id if number == 29 else None, kind="note").status_code == 201
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: bruno.reply(talk.id, "29", None if number % 2 else client_id, kind="note"), range(24)))
    assert {answer.status_code for answer in answers} == {201, 409}
    assert [one["seq"] for one in bruno.messages(talk.id)] == list(range(1, 14))


@pytest.mark.parametrize("body", ["", " \n", "x" * 1601, "x\x00"])
def test_a_note_of_another_shape_is_422(bruno: Agent, talk: Talk, body: str) -> None:
    assert assert_problem(bruno.reply(talk.id, body, kind="note"), 422, "invalid")["errors"].keys() == {"body"}
    assert_problem(bruno.reply(talk.id, "x", kind="event"), 422, "invalid")
    assert_problem(bruno.reply(talk.id, "x", kind="note", mentions="all"), 422, "invalid")
    assert_problem(bruno.reply(talk.id, "x", kind="note", mentions=[NOBODY] * 51), 422, "invalid")


# Mentions


def test_whoever_is_named_is_told_until_they_have_read_it(bruno: Agent, carla: Agent, dora: Agent, talk: Talk) -> None:
    with dora.tab() as own:
        first = note(bruno, talk.id, dora, carla, dora)
        assert first["mentions"] == [dora.user["id"], carla.user["id"]]
        second = note(bruno, talk.id, dora)
        own.wait_for("message.created", id=second["id"])
    expected = [{"user_id": dora.user["id"], "seq": 2}, {"user_id": carla.user["id"], "seq": 2}, {"user_id": dora.user["id"], "seq": 3}]
    assert mentions(bruno, talk.id) == expected
    assert (first["seq"], second["seq"]) == (2, 3)
    assert dora.get("/api/counts")["mentions"] == 1
    assert [one["id"] for one in dora.get("/api/conversations", view="mine")["items"]] == [talk.id]
    path = f"/api/conversations/{talk.id}/read"
    with bruno.tab() as his:
        done(dora.call("POST", path, json={"seq": 1}))
        done(dora.call("POST", path, json={"seq": 2}))
        told(his, bruno.get(f"/api/conversations/{talk.id}"))
    assert mentions(bruno, talk.id) == [expected[1], expected[2]]
    done(dora.call("POST", path, json={"seq": 99}))
    assert mentions(bruno, talk.id) == [expected[1]]
    assert dora.get("/api/counts")["mentions"] == 0
    assert dora.get("/api/conversations", view="mine")["items"] == []


def test_a_mention_gives_no_right(ana: Agent, bruno: Agent, carla: Agent, dora: Agent, talk: Talk) -> None:
    made_private(bruno, talk.id)
    for named in ([dora], [ana, dora]):
        ids = [each.user["id"] for each in named]
        problem = assert_problem(bruno.reply(talk.id, "Vejam", kind="note", mentions=ids), 422, "invalid")
        assert problem["errors"].keys() == {"mentions"}
    note(bruno, talk.id, ana, bruno)
    assert_problem(dora.call("GET", f"/api/conversations/{talk.id}"), 404, "not_found")
    assert [one["body"] for one in bruno.messages(talk.id)] == ["Oi", "Atenção"]


def test_somebody_named_who_may_no_longer_read_it_is_told_of_nothing(bruno: Agent, dora: Agent, talk: Talk) -> None:
    note(bruno, talk.id, dora)
    made_private(bruno, talk.id)
    assert dora.get("/api/counts")["mentions"] == 0
    assert dora.get("/api/conversations", view="mine")["items"] == []
    done(bruno.do(talk.id, "visibility", visibility="public"))
    assert dora.get("/api/counts")["mentions"] == 1


def test_a_note_that_was_taken_is_the_same_whoever_may_no_longer_read_it(bruno: Agent, dora: Agent, talk: Talk) -> None:
    client_id, named = str(uuid.uuid4()), [dora.user["id"]]
    left = bruno.reply(talk.id, "Veja", client_id, kind="note", mentions=named).json()
    made_private(bruno, talk.id)
    again = bruno.reply(talk.id, "Veja", client_id, kind="note", mentions=named)
    assert (again.status_code, again.json()["id"]) == (200, left["id"])
    assert_problem(bruno.reply(talk.id, "Veja", kind="note", mentions=named), 422, "invalid")


def test_nobody_who_left_and_nobody_unknown_is_named(ana: Agent, bruno: Agent, talk: Talk) -> None:
    eva = joined(ana)
    done(ana.call("POST", f"/api/users/{eva.user['id']}/deactivate", json={"hand_to": None}))
    for named in (eva.user["id"], NOBODY):
        problem = assert_problem(bruno.reply(talk.id, "Vejam", kind="note", mentions=[named]), 422, "invalid")
        assert problem["errors"].keys() == {"mentions"}
    assert mentions(bruno, talk.id) == []


def test_a_conversation_holds_only_so_many_unread_mentions(bruno: Agent, dora: Agent, talk: Talk, stored: Database[Json]) -> None:
    note(bruno, talk.id, dora)
    unread = [{"user_id": dora.user["id"], "seq": seq} for seq in range(MAX_UNREAD_MENTIONS)]
    stored["conversations"].update_one({"_id": talk.id}, {"$set": {"mentioned": unread}})
    refused = bruno.reply(talk.id, "Veja", kind="note", mentions=[dora.user["id"]])
    assert assert_problem(refused, 422, "invalid")["errors"].keys() == {"mentions"}
    note(bruno, talk.id)
    stored["conversations"].update_one({"_id": talk.id}, {"$set": {"mentioned": unread[:3]}})
    done(dora.call("POST", f"/api/conversations/{talk.id}/read", json={"seq": 99}))
    note(bruno, talk.id, dora)
    assert len(mentions(bruno, talk.id)) == 1
