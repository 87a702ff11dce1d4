"""Many at once: one wins, everybody is told the same, and nothing is left that no order of events could have left.

RACE_SEED repeats the random moments of an earlier run, which prints its seed.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
import requests

from tests.support.belonging import begun, done, entries, holding, named, offered, write
from tests.support.mongo import SharedMongo
from tests.support.people import JOINED_PASSWORD, joined
from tests.support.server import Agent, Json, ServerProcess
from tests.support.waiting import eventually

SEED = int(os.environ.get("RACE_SEED") or random.SystemRandom().randrange(2**32))
CROWD, CROWD_FULL = 8, 20
ROUNDS, ROUNDS_FULL = 12, 100
# A request takes some milliseconds here: two that begin within this long meet each other in every order.
JITTER_SECONDS = 0.012
# A little longer than between two visits of the loop that ends late offers.
SWEEP_SECONDS, LOOP_SECONDS = 0.5, 0.7
SIZES = [pytest.param(False), pytest.param(True, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
_numbers = count(1)
_pause = threading.Event()


@pytest.fixture(scope="module")
def own(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose clock may be moved and whose staff is large; nobody listens where it looks for Twilio."""
    uri, folder = mongo.uri(mongo.database_name()), tmp_path_factory.mktemp("races")
    with ServerProcess(
        folder, simulator_url="http://127.0.0.1:9", auth_token="own-token", mongodb_uri=uri, SWEEP_SECONDS=str(SWEEP_SECONDS)
    ) as server:
        yield server


@pytest.fixture(scope="module")
def people(own: ServerProcess) -> dict[str, Agent]:
    """Ana (an admin), Bruno and Carla."""
    return {name: own.agent(name) for name in ("ana", "bruno", "carla")}


@pytest.fixture
def randomly() -> random.Random:
    """The random moments of this run."""
    print(f"RACE_SEED={SEED}")  # shown with a failure
    return random.Random(SEED)


@pytest.fixture
def begin(own: ServerProcess, people: dict[str, Agent]) -> Callable[[], str]:
    """Begins a conversation; its id."""
    return lambda: begun(own, people["ana"], customer_of(next(_numbers)))


def customer_of(number: int) -> str:
    """An address."""
    return f"whatsapp:+551195{number:07d}"


def at_once(randomly: random.Random, *calls: Callable[[], Any]) -> list[Any]:
    """Each call in a thread of its own, all within JITTER_SECONDS; what they answered, in their order."""
    delays = [randomly.random() * JITTER_SECONDS for _ in calls]
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], Any], delay: float) -> Any:
        together.wait(20)
        _pause.wait(delay)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, delays))


def assert_whole(agent: Agent, conversation_id: str) -> list[Json]:
    """The numbers have no holes and the summary is that of the newest; the thread comes back."""
    thread = agent.thread(conversation_id)
    assert [one["seq"] for one in thread] == list(range(1, len(thread) + 1))
    assert agent.get(f"/api/conversations/{conversation_id}")["last_seq"] == len(thread)
    return thread


def code(answer: requests.Response) -> str:
    """ "done", or the code of the refusal."""
    return "done" if answer.ok else str(answer.json()["code"])


@pytest.mark.parametrize("full", SIZES)
def test_of_many_who_take_the_same_one_one_has_it(
    people: dict[str, Agent], begin: Callable[[], str], randomly: random.Random, full: bool
) -> None:
    crowd = [joined(people["ana"]) for _ in range(CROWD_FULL if full else CROWD)]
    conversation_id = begin()
    for _ in range(ROUNDS_FULL if full else ROUNDS):
        before = len(entries(people["ana"], conversation_id))
        with ThreadPoolExecutor(len(crowd)) as pool:
            answers = list(pool.map(lambda one: one.do(conversation_id, "claim"), crowd))
        codes = [code(answer) for answer in answers]
        assert sorted(codes) == ["already_held"] * (len(crowd) - 1) + ["done"]
        winner = crowd[codes.index("done")]
        told = {(answer.json()["by"]["id"], answer.json()["by"]["name"], answer.json()["at"]) for answer in answers if not answer.ok}
        assert [(who, name) for who, name, _ in told] == [(winner.user["id"], winner.user["name"])]
        assert answers[codes.index("done")].json()["assignee_id"] == winner.user["id"]
        assert entries(people["ana"], conversation_id)[before:] == [{"author": winner.user["id"], "event": "claimed"}]
        assert {holding(one.get(f"/api/conversations/{conversation_id}"))[2] for one in crowd[:3]} == {winner.user["id"]}
        done(winner.do(conversation_id, "pass", team_id=None))
    assert_whole(people["ana"], conversation_id)


@pytest.mark.parametrize("full", SIZES)
def test_an_offer_is_accepted_or_has_run_out(
    own: ServerProcess, people: dict[str, Agent], begin: Callable[[], str], randomly: random.Random, full: bool
) -> None:
    """Many offers run out at one moment, and are accepted one by one just before and after it."""
    bruno, carla = people["bruno"], people["carla"]
    offers = []
    for _ in range(ROUNDS_FULL if full else 40):
        conversation_id = begin()
        done(bruno.do(conversation_id, "claim"))
        offers.append((conversation_id, offered(bruno, conversation_id, carla)))
    randomly.shuffle(offers)
    own.move_clock(30 * 60 + 1)
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = []
            for conversation_id, offer_id in offers[:-2]:
                answers.append((conversation_id, pool.submit(carla.do, conversation_id, "offer/accept", offer_id=offer_id)))
                _pause.wait(LOOP_SECONDS / len(offers))
        for conversation_id, _ in offers[-2:]:
            eventually(lambda one=conversation_id: entries(bruno, one)[-1]["event"] == "expired")  # type: ignore[misc]
    finally:
        own.move_clock(0)
    for conversation_id, answer in answers:
        found = answer.result()
        event = entries(bruno, conversation_id)[-1]["event"]
        shown = holding(bruno.get(f"/api/conversations/{conversation_id}"))
        if code(found) == "done":
            assert (event, shown) == ("accepted", ("open", "public", carla.user["id"], None, None))
        else:
            assert (code(found), found.json()["by"]) == ("offer_gone", named(bruno))
            assert (event, shown) == ("expired", ("open", "public", bruno.user["id"], None, None))
        assert [one["event"] for one in entries(bruno, conversation_id)] == ["claimed", "offered", event]


@pytest.mark.parametrize("full", SIZES)
def test_nothing_is_finished_that_the_customer_has_not_been_answered_in(
    own: ServerProcess, people: dict[str, Agent], begin: Callable[[], str], randomly: random.Random, full: bool
) -> None:
    bruno, conversation_id, codes = people["bruno"], begin(), set()
    customer = bruno.get(f"/api/conversations/{conversation_id}")["contact"]["address"]
    done(bruno.do(conversation_id, "claim"))
    for number in range(ROUNDS_FULL if full else 30):
        seen = bruno.get(f"/api/conversations/{conversation_id}")["last_seq"]
        before = len(entries(bruno, conversation_id))
        answer, _ = at_once(
            randomly,
            lambda seen=seen: bruno.do(conversation_id, "finish", last_seen_seq=seen),  # type: ignore[misc]
            lambda number=number: write(own, customer, f"mensagem {number}"),  # type: ignore[misc]
        )
        after = bruno.get(f"/api/conversations/{conversation_id}")
        news = [one["event"] for one in entries(bruno, conversation_id)[before:]]
        assert (code(answer), news) in [("done", ["finished", "reopened_by_customer"]), ("new_message", [])]
        assert holding(after)[:3] == ("open", "public", bruno.user["id"])
        newest = next(one for one in reversed(bruno.thread(conversation_id)) if one["direction"] == "inbound")
        assert newest["body"] == f"mensagem {number}"
        if code(answer) == "done":
            assert after["waiting_since"] == newest["created_at"]
        codes.add(code(answer))
    assert codes == {"done", "new_message"} or not full
    assert_whole(bruno, conversation_id)


@pytest.mark.parametrize("full", SIZES)
def test_nobody_answers_after_it_was_taken_from_them(
    people: dict[str, Agent], begin: Callable[[], str], randomly: random.Random, full: bool
) -> None:
    conversation_id, pair = begin(), [people["bruno"], people["carla"]]
    done(pair[0].do(conversation_id, "claim"))
    for number in range(ROUNDS_FULL if full else 30):
        holder, taker = pair if number % 2 == 0 else pair[::-1]
        taken, *replies = at_once(
            randomly,
            lambda taker=taker, holder=holder: taker.do(conversation_id, "take-over", **{"from": holder.user["id"]}),  # type: ignore[misc]
            *(lambda holder=holder: holder.reply(conversation_id, "Olá") for _ in range(3)),  # type: ignore[misc]
        )
        done(taken)
        thread = assert_whole(taker, conversation_id)
        moment = next(one["seq"] for one in reversed(thread) if one["details"].get("event") == "taken_over")
        for reply in replies:
            if reply.status_code == 201:
                assert reply.json()["seq"] < moment
            else:
                assert (code(reply), reply.json()["by"]) == ("held_by_other", named(taker))
        assert not [one for one in thread if one["seq"] > moment and one["direction"] == "outbound"]


@pytest.mark.parametrize("full", SIZES)
def test_nobody_who_left_holds_anything(
    own: ServerProcess, people: dict[str, Agent], begin: Callable[[], str], randomly: random.Random, full: bool
) -> None:
    """Deactivated while they take, answer, accept, and are given and offered more: nothing is in their hands afterwards."""
    ana, bruno, carla = people.values()
    eva = joined(ana)
    me, free, answered, given, waiting = eva.user["id"], begin(), begin(), begin(), begin()
    made = (free, answered, given, waiting)
    for _ in range(ROUNDS_FULL if full else 30):
        own_session = Agent(own.url, eva.user["email"], JOINED_PASSWORD)
        gone, *_ = at_once(
            randomly,
            lambda: ana.call("POST", f"/api/users/{me}/deactivate", json={"hand_to": None}),
            lambda one=own_session: one.do(free, "claim"),  # type: ignore[misc]
            lambda one=own_session: one.reply(answered, "Olá"),  # type: ignore[misc]
            lambda: carla.do(given, "offer", to=me),
            lambda: ana.do(waiting, "assign", to=me),
        )
        done(gone)
        for conversation_id in made:
            found = ana.get(f"/api/conversations/{conversation_id}")
            assert found["assignee_id"] != me, entries(ana, conversation_id)[-3:]
            assert found["offer"] is None or found["offer"]["to"]["id"] != me, entries(ana, conversation_id)[-3:]
        assert ana.get(f"/api/users/{me}/work") == {"held": 0, "offered_to": 0, "offered_by": 0}
        assert bruno.get("/api/auth/me")
        done(ana.call("POST", f"/api/users/{me}/reactivate"))
        for conversation_id in made:
            ana.do(conversation_id, "pass", team_id=None)
    for conversation_id in made:
        assert_whole(ana, conversation_id)


def assert_holders_wrote(thread: list[Json]) -> None:
    """As the timeline tells it, whoever wrote to the customer held the conversation just then, and it was open."""
    holder, is_open = None, True
    for one in thread:
        event, author = one["details"].get("event"), (one["author"] or {}).get("id")
        if event in ("claimed", "taken_over", "accepted", "reopened"):
            holder, is_open = author, True
        elif event == "assigned":
            holder = one["details"]["to_id"]
        elif event in ("passed", "released"):
            holder = None
        elif event == "reopened_by_customer":
            holder, is_open = one["details"].get("to_id"), True
        elif event == "finished":
            is_open = False
        if one["direction"] == "outbound":
            around = thread[max(0, one["seq"] - 7) : one["seq"] + 3]
            assert (holder, is_open) == (author, True), " | ".join(
                f"{each['seq']} {(each['author'] or {}).get('name')}: {each['details'].get('event', 'writes')}" for each in around
            )


@pytest.mark.parametrize("full", SIZES)
def test_whoever_writes_holds_it_at_that_moment(
    people: dict[str, Agent], begin: Callable[[], str], randomly: random.Random, full: bool
) -> None:
    """Finished, let go, given away and taken in one tab while in another of the same person a reply is on its way."""
    ana, bruno, carla = people.values()
    conversation_id = begin()
    for _ in range(ROUNDS_FULL if full else 40):
        holder = ana.get(f"/api/conversations/{conversation_id}")["assignee_id"]
        verbs = [
            lambda: bruno.do(conversation_id, "finish", last_seen_seq=9999),
            lambda: bruno.do(conversation_id, "pass", team_id=None),
            lambda: ana.do(conversation_id, "assign", to=carla.user["id"]),
            lambda holder=holder: carla.do(conversation_id, "take-over", **{"from": holder or "x"}),
            lambda: ana.do(conversation_id, "finish", last_seen_seq=9999),
        ]
        if randomly.random() < 0.7:
            ana.do(conversation_id, "assign", to=bruno.user["id"])
        replies = [lambda: bruno.reply(conversation_id, "Olá"), lambda: carla.reply(conversation_id, "Olá")]
        at_once(randomly, *randomly.sample(verbs, 2), *replies, replies[0])
    assert_holders_wrote(assert_whole(ana, conversation_id))
