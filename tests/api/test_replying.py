"""Who replies holds it: nobody's is claimed, one offered accepted, a finished one reopened; a colleague's is taken over knowingly."""

import uuid

import requests

from tests.support.belonging import done, entries, events, holding, made_private, offered, refused, told
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json
from tests.support.talk import Talk


def reply(agent: Agent, conversation_id: str, **more: object) -> Json:
    """A reply that is taken."""
    answer = agent.reply(conversation_id, "Olá", **more)  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    return agent.get(f"/api/conversations/{conversation_id}")


def test_whoever_replies_first_holds_it(bruno: Agent, carla: Agent, talk: Talk) -> None:
    with carla.tab() as hers:
        after = reply(bruno, talk.id)
        assert holding(after) == ("open", "public", bruno.user["id"], None, None)
        told(hers, after)
    reply(bruno, talk.id)
    kinds = [(one["kind"], one["details"].get("event")) for one in carla.thread(talk.id)]
    assert kinds == [("text", None), ("event", "claimed"), ("text", None), ("text", None)]


def test_replying_accepts_what_was_offered(bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    offered(bruno, talk.id, carla)
    assert holding(reply(carla, talk.id)) == ("open", "public", carla.user["id"], None, None)
    entry = {"author": carla.user["id"], "event": "accepted", "from_id": bruno.user["id"], "from_name": bruno.user["name"]}
    assert entries(carla, talk.id)[-1] == entry


def test_replying_reopens_a_finished_one_for_oneself(bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    done(bruno.do(talk.id, "finish", last_seen_seq=9))
    assert holding(reply(carla, talk.id)) == ("open", "public", carla.user["id"], None, None)
    assert events(carla, talk.id) == ["claimed", "finished", "reopened"]


def test_a_colleague_s_is_answered_only_by_taking_it_over(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    for other in (carla, ana):
        refused(other.reply(talk.id, "Olá"), "held_by_other", bruno)
    refused(carla.reply(talk.id, "Olá", take_over_from=ana.user["id"]), "already_held", bruno)
    assert [one["direction"] for one in ana.messages(talk.id)] == ["inbound"]
    assert holding(reply(carla, talk.id, take_over_from=bruno.user["id"]))[2] == carla.user["id"]
    refused(bruno.reply(talk.id, "Olá"), "held_by_other", carla)
    assert events(ana, talk.id) == ["claimed", "taken_over"]


def test_a_private_one_is_answered_by_its_holder_and_taken_over_by_admins(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    made_private(bruno, talk.id)
    assert_problem(carla.reply(talk.id, "Olá"), 404, "not_found")
    assert_problem(carla.reply(talk.id, "Olá", take_over_from=bruno.user["id"]), 404, "not_found")
    refused(ana.reply(talk.id, "Olá"), "held_by_other", bruno)
    assert holding(reply(ana, talk.id, take_over_from=bruno.user["id"])) == ("open", "private", ana.user["id"], None, None)
    assert_problem(bruno.reply(talk.id, "Olá"), 404, "not_found")


def test_a_reply_that_is_repeated_takes_nothing_again(bruno: Agent, carla: Agent, talk: Talk) -> None:
    client_id = str(uuid.uuid4())
    first = bruno.reply(talk.id, "Olá", client_id)
    done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
    again = bruno.reply(talk.id, "Olá", client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert holding(carla.get(f"/api/conversations/{talk.id}"))[2] == carla.user["id"]


def test_a_reply_that_is_refused_takes_nothing(bruno: Agent, talk: Talk) -> None:
    for body in ("", "x" * 1601, "x\x00"):
        assert_problem(bruno.reply(talk.id, body), 422, "invalid")
    assert holding(bruno.get(f"/api/conversations/{talk.id}"))[2] is None
    assert events(bruno, talk.id) == []


# A reply that failed


def failed(agent: Agent, talk: Talk, body: str = "Olá") -> str:
    """A reply of theirs that did not arrive; its id."""
    talk.fault("failed", body=body)
    talk.agent = agent
    message_id = talk.reply(body)
    talk.until(message_id, "failed")
    return message_id


def again(agent: Agent, verb: str, message_id: str) -> requests.Response:
    """Send it again or discard it, whatever comes of it."""
    return agent.call("POST", f"/api/messages/{message_id}/{verb}")


def test_a_colleague_s_reply_is_sent_again_only_by_whoever_holds_it(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    message_id = failed(bruno, talk)
    before = ana.get(f"/api/conversations/{talk.id}")
    for other in (carla, ana):
        refused(again(other, "retry", message_id), "held_by_other", bruno)
    assert ana.get(f"/api/conversations/{talk.id}") == before
    done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
    refused(again(bruno, "retry", message_id), "held_by_other", carla)
    done(again(carla, "retry", message_id))
    talk.until(message_id, "delivered")
    assert len(talk.at_twilio()) == 2


def test_sending_again_makes_the_holder_as_replying_does(bruno: Agent, carla: Agent, talk: Talk) -> None:
    message_id = failed(bruno, talk)
    done(bruno.do(talk.id, "pass", team_id=None))
    done(again(carla, "retry", message_id))
    assert holding(bruno.get(f"/api/conversations/{talk.id}")) == ("open", "public", carla.user["id"], None, None)
    talk.until(message_id, "delivered")
    # What cannot be sent again claims nothing.
    done(carla.do(talk.id, "pass", team_id=None))
    assert_problem(again(bruno, "retry", message_id), 409, "not_retryable")
    assert holding(bruno.get(f"/api/conversations/{talk.id}"))[2] is None
    assert events(bruno, talk.id) == ["claimed", "released", "claimed", "released"]


def test_a_reply_is_discarded_by_its_author_and_by_whoever_decides(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    first, second, third = (failed(bruno, talk, body) for body in ("um", "dois", "três"))
    refused(again(carla, "discard", first), "not_holder", bruno)
    assert talk.message(first)["status"] == "failed"
    assert done(again(ana, "discard", first))["status"] == "discarded"
    done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
    assert done(again(carla, "discard", second))["status"] == "discarded"
    assert done(again(bruno, "discard", third))["status"] == "discarded"
