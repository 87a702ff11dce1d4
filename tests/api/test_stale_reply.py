"""Two colleagues and one customer: nobody answers past what a colleague wrote meanwhile, unless they say so."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.belonging import done, events, named, refused
from tests.support.problems import assert_problem
from tests.support.server import Agent
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk

ROUNDS = 12


@pytest.fixture
def taken(bruno: Agent, carla: Agent, talk: Talk) -> Talk:
    """Bruno answered (2: claimed, 3), then Carla took it over (4)."""
    assert bruno.reply(talk.id, "Olá", last_seen_seq=1).status_code == 201
    done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
    return talk


def test_what_a_colleague_wrote_meanwhile_is_shown_first(bruno: Agent, carla: Agent, taken: Talk) -> None:
    said = carla.reply(taken.id, "Já resolvi", last_seen_seq=4).json()
    client_id, back = str(uuid.uuid4()), {"take_over_from": carla.user["id"]}
    problem = refused(bruno.reply(taken.id, "Vou ver", client_id, last_seen_seq=4, **back), "stale_reply", carla)
    assert (problem["by"], problem["at"], problem["body"], problem["seq"]) == (named(carla), said["created_at"], "Já resolvi", said["seq"])
    # It took nothing from her.
    assert events(bruno, taken.id) == ["claimed", "taken_over"]
    # Send anyway: with what has been seen by now.
    sent = bruno.reply(taken.id, "Vou ver", client_id, last_seen_seq=said["seq"], **back)
    assert sent.status_code == 201
    assert [one["body"] for one in bruno.messages(taken.id)] == ["Oi", "Olá", "Já resolvi", "Vou ver"]
    # And once it is stored it is the same one, whatever has been seen.
    assert bruno.reply(taken.id, "Vou ver", client_id, last_seen_seq=0, **back).status_code == 200


def test_the_newest_of_several_is_shown(bruno: Agent, carla: Agent, taken: Talk) -> None:
    for body in ("um", "dois"):
        assert carla.reply(taken.id, body, last_seen_seq=4).status_code == 201
    done(bruno.do(taken.id, "take-over", **{"from": carla.user["id"]}))
    assert refused(bruno.reply(taken.id, "Vou ver", last_seen_seq=5), "stale_reply", carla)["body"] == "dois"


def test_whoever_does_not_say_what_they_saw_is_not_asked(bruno: Agent, carla: Agent, taken: Talk) -> None:
    assert carla.reply(taken.id, "Já resolvi").status_code == 201
    assert bruno.reply(taken.id, "Vou ver", take_over_from=carla.user["id"]).status_code == 201


def test_only_what_colleagues_wrote_to_the_customer_counts(bruno: Agent, carla: Agent, twilio: SimulatorProcess, taken: Talk) -> None:
    twilio.inbound("e então?", from_=taken.customer)
    assert bruno.reply(taken.id, "com calma", kind="note").status_code == 201
    for body in ("um", "dois", "três"):  # her own, and Bruno's before what she saw
        assert carla.reply(taken.id, body, last_seen_seq=3).status_code == 201
    assert_problem(carla.reply(taken.id, "quatro", last_seen_seq=2), 409, "stale_reply")


@pytest.mark.parametrize("fault", ["refused", "failed", "undelivered"])
def test_a_reply_that_did_not_arrive_does_not_count(bruno: Agent, carla: Agent, taken: Talk, fault: str) -> None:
    taken.agent = carla
    taken.fault(fault, body="Já vai")
    back = {"take_over_from": carla.user["id"]}
    lost = taken.reply("Já vai")
    taken.until(lost, "failed", "undelivered")
    assert bruno.reply(taken.id, "Vou ver", last_seen_seq=4, **back).status_code == 201


@pytest.mark.parametrize("held", [False, True])
def test_of_two_who_saw_the_same_one_answers(bruno: Agent, carla: Agent, talk: Talk, held: bool) -> None:
    """At once, each of them ready to take it from the other: the customer gets one answer, and the other is shown it."""
    pair = [bruno, carla]
    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            if held:
                done(bruno.do(talk.id, "take-over", **{"from": carla.user["id"]}))
            else:
                done(talk.agent.do(talk.id, "pass", team_id=None))
            seen = bruno.get(f"/api/conversations/{talk.id}")["last_seq"]

            def answer(agent: Agent, seen: int = seen, number: int = number) -> int:
                other = carla if agent is bruno else bruno
                given = {"take_over_from": other.user["id"]} if not held or agent is carla else {}
                found = agent.reply(talk.id, f"resposta {number}", last_seen_seq=seen, **given)
                if found.status_code != 201:
                    problem = found.json()
                    assert problem["code"] in ("stale_reply", "held_by_other", "already_held"), problem
                    assert problem["by"] == named(other)
                return found.status_code

            assert sorted(pool.map(answer, pair)) == [201, 409]
    assert sum(one["direction"] == "outbound" for one in bruno.messages(talk.id)) == ROUNDS
