"""Passing to a person: it stays with whoever has it until they accept, and an offer never just vanishes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.belonging import begun, done, entries, events, holding, made_private, moment, named, offered, refused, told
from tests.support.people import JOINED_PASSWORD
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.talk import Talk
from tests.support.waiting import eventually


def offers_of(agent: Agent) -> list[str]:
    """The ids at the top of somebody's own list that are offered to them."""
    items = agent.get("/api/conversations", view="mine", limit=100)["items"]
    return [one["id"] for one in items if one["offer"] and one["offer"]["to"]["id"] == agent.user["id"]]


@pytest.fixture
def held(bruno: Agent, talk: Talk) -> Talk:
    """A conversation that Bruno holds."""
    done(bruno.do(talk.id, "claim"))
    return talk


def test_an_offer_stays_the_sender_s_and_comes_to_the_receiver_with_a_note(bruno: Agent, carla: Agent, held: Talk) -> None:
    before = carla.get("/api/counts")["offers"]
    entry = {"author": bruno.user["id"], "event": "offered", "to_id": carla.user["id"], "to_name": carla.user["name"], "note": "a pedido"}
    with carla.tab() as hers:
        given = done(bruno.do(held.id, "offer", to=carla.user["id"], note="  a pedido "))
        told(hers, given)
    assert holding(given) == ("open", "public", bruno.user["id"], None, carla.user["id"])
    offer = given["offer"]
    assert (offer["from"], offer["to"], offer["note"]) == (named(bruno), named(carla), "a pedido")
    assert moment(offer["expires_at"]) - moment(offer["offered_at"]) == timedelta(minutes=30)
    assert entries(carla, held.id)[-1] == entry
    assert held.id in offers_of(carla)
    assert held.id not in offers_of(bruno)
    assert carla.get("/api/counts")["offers"] == before + 1


def test_accepting_makes_it_mine_and_tells_the_sender(bruno: Agent, carla: Agent, held: Talk) -> None:
    offer_id = offered(bruno, held.id, carla)
    entry = {"author": carla.user["id"], "event": "accepted", "from_id": bruno.user["id"], "from_name": bruno.user["name"]}
    with bruno.tab() as his:
        taken = done(carla.do(held.id, "offer/accept", offer_id=offer_id))
        told(his, taken)
    assert holding(taken) == ("open", "public", carla.user["id"], None, None)
    assert entries(bruno, held.id)[-1] == entry
    for late in (bruno, carla):
        for answer in ("accept", "decline"):
            refused(late.do(held.id, f"offer/{answer}", offer_id=offer_id), "offer_gone", carla)
    refused(bruno.do(held.id, "offer/withdraw", offer_id=offer_id), "offer_gone", carla)
    assert events(bruno, held.id) == ["claimed", "offered", "accepted"]


@pytest.mark.parametrize("note", ["", "estou em reunião"])
def test_declining_leaves_it_and_tells_why(bruno: Agent, carla: Agent, held: Talk, note: str) -> None:
    offer_id = offered(bruno, held.id, carla)
    entry = {"author": carla.user["id"], "event": "declined", "from_id": bruno.user["id"], "from_name": bruno.user["name"]}
    with bruno.tab() as his:
        left = done(carla.do(held.id, "offer/decline", offer_id=offer_id, note=f" {note}"))
        told(his, left)
    assert holding(left) == ("open", "public", bruno.user["id"], None, None)
    assert entries(bruno, held.id)[-1] == {**entry, **({"note": note} if note else {})}
    refused(carla.do(held.id, "offer/decline", offer_id=offer_id), "offer_gone", bruno)
    refused(carla.do(held.id, "offer/accept", offer_id=offer_id), "offer_gone", bruno)


def test_the_sender_takes_it_back(bruno: Agent, carla: Agent, held: Talk) -> None:
    offer_id = offered(bruno, held.id, carla)
    entry = {"author": bruno.user["id"], "event": "withdrawn", "to_id": carla.user["id"], "to_name": carla.user["name"]}
    with carla.tab() as hers:
        left = done(bruno.do(held.id, "offer/withdraw", offer_id=offer_id))
        told(hers, left)
    assert holding(left) == ("open", "public", bruno.user["id"], None, None)
    assert entries(carla, held.id)[-1] == entry
    refused(bruno.do(held.id, "offer/withdraw", offer_id=offer_id), "offer_gone", bruno)
    refused(carla.do(held.id, "offer/accept", offer_id=offer_id), "offer_gone", bruno)
    assert held.id not in offers_of(carla)


def test_the_answer_to_an_earlier_offer_is_none_to_the_next(bruno: Agent, carla: Agent, held: Talk) -> None:
    first = offered(bruno, held.id, carla)
    done(bruno.do(held.id, "offer/withdraw", offer_id=first))
    offered(bruno, held.id, carla, "de novo")
    for answer in ("accept", "decline", "withdraw"):
        refused((bruno if answer == "withdraw" else carla).do(held.id, f"offer/{answer}", offer_id=first), "offer_gone", bruno)
    assert carla.get(f"/api/conversations/{held.id}")["offer"]["note"] == "de novo"


def test_only_whom_it_is_offered_answers(ana: Agent, bruno: Agent, carla: Agent, dora: Agent, held: Talk) -> None:
    offer_id = offered(bruno, held.id, carla)
    for other in (dora, ana, bruno):
        for answer in ("accept", "decline"):
            refused(other.do(held.id, f"offer/{answer}", offer_id=offer_id), "offer_gone", bruno)
    for other in (dora, carla):
        refused(other.do(held.id, "offer/withdraw", offer_id=offer_id), "offer_gone", bruno)
    assert carla.get(f"/api/conversations/{held.id}")["offer"]["id"] == offer_id
    assert done(ana.do(held.id, "offer/withdraw", offer_id=offer_id))["offer"] is None


def test_one_offer_at_a_time(ana: Agent, bruno: Agent, carla: Agent, dora: Agent, held: Talk) -> None:
    offer = done(bruno.do(held.id, "offer", to=carla.user["id"]))["offer"]
    for sender in (bruno, ana):
        assert refused(sender.do(held.id, "offer", to=dora.user["id"]), "offer_pending", bruno)["at"] == offer["offered_at"]
    assert bruno.get(f"/api/conversations/{held.id}")["offer"] == offer


def test_it_is_offered_to_somebody_else(ana: Agent, bruno: Agent, carla: Agent, held: Talk) -> None:
    for sender, receiver in ((bruno, bruno), (ana, bruno), (ana, ana)):
        problem = assert_problem(sender.do(held.id, "offer", to=receiver.user["id"]), 422, "invalid")
        assert problem["errors"] == {"to": ["Choose somebody else."]}
    refused(carla.do(held.id, "offer", to=ana.user["id"]), "not_holder", bruno)
    assert holding(done(ana.do(held.id, "offer", to=carla.user["id"])))[2:] == (bruno.user["id"], None, carla.user["id"])


def test_what_nobody_holds_may_be_offered_and_taken_meanwhile(bruno: Agent, carla: Agent, dora: Agent, talk: Talk) -> None:
    offer_id = offered(bruno, talk.id, carla)
    assert holding(done(dora.do(talk.id, "claim"))) == ("open", "public", dora.user["id"], None, None)
    refused(carla.do(talk.id, "offer/accept", offer_id=offer_id), "offer_gone", dora)


@pytest.mark.parametrize("verb", ["take-over", "pass", "assign", "finish"])
def test_what_happens_to_the_conversation_ends_the_offer(
    ana: Agent, bruno: Agent, carla: Agent, dora: Agent, held: Talk, verb: str
) -> None:
    given = {
        "take-over": {"from": bruno.user["id"]},
        "pass": {"team_id": None},
        "assign": {"to": dora.user["id"]},
        "finish": {"last_seen_seq": 9},
    }
    offered(bruno, held.id, carla)
    with carla.tab() as hers:
        after = done(ana.do(held.id, verb, **given[verb]))
        assert after["offer"] is None
        told(hers, after)
    assert held.id not in offers_of(carla)


def test_it_waits_for_somebody_who_signs_in_later(server: ServerProcess, bruno: Agent, dora: Agent, held: Talk) -> None:
    assert dora.call("POST", "/api/auth/logout").status_code == 204
    offer_id = offered(bruno, held.id, dora, "quando voltar")
    later = Agent(server.url, dora.user["email"], JOINED_PASSWORD)
    assert (later.get("/api/counts")["offers"], offers_of(later)) == (1, [held.id])
    found = later.get(f"/api/conversations/{held.id}")["offer"]
    assert (found["id"], found["from"], found["note"]) == (offer_id, named(bruno), "quando voltar")
    assert done(later.do(held.id, "offer/accept", offer_id=offer_id))["assignee_id"] == dora.user["id"]


def test_a_private_one_is_the_receiver_s_to_read_until_they_decline(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    made_private(bruno, talk.id)
    path = f"/api/conversations/{talk.id}"
    assert_problem(carla.call("GET", path), 404, "not_found")
    with carla.tab() as hers:
        given = done(bruno.do(talk.id, "offer", to=carla.user["id"], note="é delicado"))
        told(hers, given)
        assert {one["why"] for one in bruno.get(f"{path}/readers")["items"] if one["id"] == carla.user["id"]} == {"offered"}
        assert [one["body"] for one in carla.messages(talk.id)] == ["Oi"]
        answer = carla.do(talk.id, "offer/decline", offer_id=given["offer"]["id"])
        assert (answer.status_code, answer.content) == (204, b"")
        (gone,) = hers.wait_for("conversation.removed", id=talk.id)
        assert gone["version"] > given["version"]
    assert_problem(carla.call("GET", path), 404, "not_found")
    assert holding(bruno.get(path)) == ("open", "private", bruno.user["id"], None, None)


def test_a_private_one_that_is_accepted_is_gone_for_the_sender(bruno: Agent, carla: Agent, talk: Talk) -> None:
    made_private(bruno, talk.id)
    offer_id = offered(bruno, talk.id, carla)
    with bruno.tab() as his:
        taken = done(carla.do(talk.id, "offer/accept", offer_id=offer_id))
        his.wait_for("conversation.removed", id=talk.id)
    assert holding(taken) == ("open", "private", carla.user["id"], None, None)
    assert_problem(bruno.call("GET", f"/api/conversations/{talk.id}"), 404, "not_found")
    assert_problem(bruno.do(talk.id, "offer/withdraw", offer_id=offer_id), 404, "not_found")


# Time


@pytest.fixture
def waiting(clocked: ServerProcess, customers: Callable[[], str]) -> Callable[..., tuple[Agent, Agent, str]]:
    """Bruno offers to Carla what he holds: (Bruno, Carla, the conversation)."""

    def offer() -> tuple[Agent, Agent, str]:
        bruno, carla = clocked.agent("bruno"), clocked.agent("carla")
        conversation_id = begun(clocked, bruno, customers())
        done(bruno.do(conversation_id, "claim"))
        offered(bruno, conversation_id, carla)
        return bruno, carla, conversation_id

    return offer


def test_an_offer_that_nobody_answers_ends_and_the_sender_is_told(
    clocked: ServerProcess, waiting: Callable[..., tuple[Agent, Agent, str]]
) -> None:
    bruno, carla, conversation_id = waiting()
    offer_id = bruno.get(f"/api/conversations/{conversation_id}")["offer"]["id"]
    with bruno.tab() as his, carla.tab() as hers:
        clocked.move_clock(29 * 60)
        done(bruno.do(conversation_id, "visibility", visibility="private"))
        clocked.move_clock(30 * 60 + 5)
        (entry,) = his.wait_for("message.created", kind="event", author=None)
        assert holding(entry["conversation"]) == ("open", "private", bruno.user["id"], None, None)
        hers.wait_for("conversation.removed", id=conversation_id)
    names = {"from_id": bruno.user["id"], "from_name": bruno.user["name"], "to_id": carla.user["id"], "to_name": carla.user["name"]}
    assert entry["message"]["details"] == {"event": "expired", **names}
    assert_problem(carla.do(conversation_id, "offer/accept", offer_id=offer_id), 404, "not_found")
    assert events(bruno, conversation_id) == ["claimed", "offered", "made_private", "expired"]


def test_only_working_time_counts(clocked: ServerProcess, waiting: Callable[..., tuple[Agent, Agent, str]]) -> None:
    """It is always a day off, but one: in a week's time."""
    today = datetime.now(UTC)
    next_week = (today + timedelta(days=7)).replace(hour=10, minute=20, second=0, microsecond=0)
    hours = {"timezone": "UTC", "days": [today.weekday()], "from": "10:00", "to": "10:20"}
    clocked.agent("ana").settings(working_hours=hours, offer_minutes=20)
    clocked.move_clock((today.replace(hour=12, minute=0) - today).total_seconds())
    bruno, _, conversation_id = waiting()
    offer = bruno.get(f"/api/conversations/{conversation_id}")["offer"]
    assert moment(offer["expires_at"]) == next_week


def test_a_setting_says_how_long(clocked: ServerProcess, waiting: Callable[..., tuple[Agent, Agent, str]]) -> None:
    clocked.agent("ana").settings(offer_minutes=5)
    bruno, _, conversation_id = waiting()
    offer: Json = bruno.get(f"/api/conversations/{conversation_id}")["offer"]
    assert moment(offer["expires_at"]) - moment(offer["offered_at"]) == timedelta(minutes=5)
    clocked.move_clock(5 * 60 + 1)
    eventually(lambda: events(bruno, conversation_id) == ["claimed", "offered", "expired"])
