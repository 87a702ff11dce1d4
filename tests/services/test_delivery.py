"""Every way in which a send can end: what the employee sees, and exactly how many messages Twilio has."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.lab import Lab
from tests.support.server import Agent
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk, delivery_states
from tests.support.waiting import eventually

ANSWER_LOST = [
    ("error_after_accepting", {"status": 500}),
    ("error_after_accepting", {"status": 503}),
    ("hang", {"seconds": 30}),
    ("reset_after_accepting", {}),
    ("rubbish_reply", {"status": 201}),
    ("rubbish_reply", {"status": 200}),
]


@pytest.fixture
def talk(ana: Agent, twilio: SimulatorProcess, customer: str) -> Talk:
    """A conversation of this test alone."""
    return Talk(ana, twilio, customer)


@pytest.fixture
def another(ana: Agent, twilio: SimulatorProcess, customers: Callable[[], str]) -> Talk:
    """A second conversation."""
    return Talk(ana, twilio, customers())


@pytest.fixture(autouse=True)
def in_good_order(ana: Agent, twilio: SimulatorProcess, customers: Callable[[], str]) -> Iterator[None]:
    """Leave the shared number without a pause: a message that went well ends it."""
    yield
    twilio.clear_faults()
    last = Talk(ana, twilio, customers())
    last.until(last.reply("tudo certo"), "delivered")
    eventually(lambda: delivery_states(ana) == {"ok"})


def test_rate_limited_is_sent_later_and_once(talk: Talk, bruno: Agent) -> None:
    talk.fault("rate_limited", count=2)
    with bruno.tab() as tab:
        message_id = talk.reply("devagar")
        delayed = tab.wait_for("channel.updated")[0]["channel"]["delivery"]
        assert (delayed["state"], delayed["reason"]) == ("delayed", "20429")
        assert delayed["since"]
        assert talk.until(message_id, "delivered")["attempt"] == 3
        eventually(lambda: tab.heard("channel.updated")[-1]["channel"]["delivery"] == {"state": "ok", "since": None, "reason": None})
        assert not tab.heard("message.updated", id=message_id, status="unknown")
        assert not tab.heard("message.updated", id=message_id, status="failed")
    assert talk.bodies_at_twilio() == ["devagar"]


@pytest.mark.parametrize(("kind", "options"), ANSWER_LOST)
def test_a_lost_answer_is_settled_by_asking(talk: Talk, bruno: Agent, kind: str, options: dict[str, Any]) -> None:
    talk.fault(kind, **options)
    talk.fault("callbacks_lost")
    with bruno.tab() as tab:
        message_id = talk.reply("chegou?")
        unknown = tab.wait_for("message.updated", id=message_id, status="unknown")[0]["message"]
        assert unknown["error"]["code"]
        settled = talk.until(message_id, "sent", "delivered")
        assert tab.wait_for("message.updated", id=message_id, status=settled["status"])
    (taken,) = talk.at_twilio()
    assert (settled["sid"], settled["attempt"], settled["error"]) == (taken["sid"], 1, None)


@pytest.mark.parametrize(("kind", "options"), ANSWER_LOST)
def test_a_lost_answer_is_settled_by_a_callback(talk: Talk, kind: str, options: dict[str, Any]) -> None:
    talk.fault(kind, **options)
    message = talk.until(talk.reply("chegou!"), "delivered")
    (taken,) = talk.at_twilio()
    assert (message["sid"], message["attempt"], message["error"]) == (taken["sid"], 1, None)


@pytest.mark.parametrize("lost", [None, "reset_after_accepting", "error_after_accepting"])
def test_callbacks_before_the_answer(talk: Talk, bruno: Agent, lost: str | None) -> None:
    talk.fault("callback_before_reply")
    if lost:
        talk.fault(lost)
    with bruno.tab() as tab:
        message_id = talk.reply("mais rápido que a resposta")
        message = talk.until(message_id, "delivered")
        following = talk.until(talk.reply("e a próxima"), "delivered")
        heard = [one["message"]["status"] for one in tab.heard("message.updated", id=message_id)]
    assert "unknown" not in heard
    assert set(message["status_times"]) == {"queued", "sent", "delivered"}
    assert talk.message(message_id)["status"] == "delivered"
    assert [one["sid"] for one in talk.at_twilio()] == [message["sid"], following["sid"]]


@pytest.mark.parametrize("kind", ["error_before_accepting", "reset_before_accepting"])
def test_absence_proves_nothing_and_a_person_decides(talk: Talk, kind: str) -> None:
    talk.fault(kind)
    message_id = talk.reply("talvez")
    talk.until(message_id, "unknown")
    # Twilio is asked again and again meanwhile, and has nothing.
    held = talk.reply("espera a de cima")
    eventually(lambda: len([one for one in talk.agent.messages(talk.id) if one["id"] == held]) == 1)
    assert talk.at_twilio() == []
    refused = talk.retry(message_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "may_duplicate")
    assert (talk.discard(message_id).status_code, talk.message(message_id)["status"]) == (409, "unknown")
    accepted = talk.retry(message_id, accept_duplicate=True)
    assert accepted.status_code == 200
    assert accepted.json()["status"] == "queued"
    assert talk.until(message_id, "delivered")["attempt"] == 2
    talk.until(held, "delivered")
    assert talk.bodies_at_twilio() == ["talvez", "espera a de cima"]


@pytest.mark.parametrize(("code", "status"), [(63024, 400), (21610, 403), (21211, 400), (63007, 404)])
def test_a_refusal_fails_with_its_code_and_lets_the_next_go(talk: Talk, code: int, status: int) -> None:
    talk.fault("refused", code=code, status=status)
    refused, following = talk.reply("não vai"), talk.reply("vai")
    failed = talk.until(refused, "failed")
    assert failed["error"]["code"] == str(code)
    assert failed["error"]["detail"]
    talk.until(following, "delivered")
    assert talk.bodies_at_twilio() == ["vai"]


@pytest.mark.parametrize(
    ("kind", "options", "status", "code"),
    [
        ("outside_window", {}, "failed", "63016"),
        ("outside_window", {"status": "undelivered"}, "undelivered", "63016"),
        ("failed", {"code": 63003}, "failed", "63003"),
        ("undelivered", {"code": 30003}, "undelivered", "30003"),
    ],
)
def test_a_message_that_fails_later_says_why(talk: Talk, kind: str, options: dict[str, Any], status: str, code: str) -> None:
    talk.fault(kind, **options)
    message_id = talk.reply("não chega")
    failed = talk.until(message_id, status)
    assert failed["error"]["code"] == code
    assert failed["error"]["detail"]
    talk.until(talk.reply("esta chega"), "delivered")
    assert len(talk.at_twilio()) == 2
    assert talk.message(message_id)["status"] == status


def test_a_retry_is_the_next_attempt(talk: Talk) -> None:
    talk.fault("failed")
    message_id = talk.reply("de novo")
    first = talk.until(message_id, "failed")
    again = talk.retry(message_id)
    assert again.status_code == 200
    assert (again.json()["status"], again.json()["error"], again.json()["sid"]) == ("queued", None, None)
    second = talk.until(message_id, "delivered")
    assert (first["attempt"], second["attempt"], second["error"]) == (1, 2, None)
    assert [one["sid"] for one in talk.at_twilio()] == [first["sid"], second["sid"]]
    refused = talk.retry(message_id, accept_duplicate=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_retryable")


def test_of_many_retries_at_once_one_counts(talk: Talk) -> None:
    talk.fault("failed")
    message_id = talk.reply("todos clicam")
    talk.until(message_id, "failed")
    agents = [talk.agent, *(Agent(talk.agent.url, f"{name}@example.com") for name in ("bruno", "carla"))]
    start = threading.Barrier(20, timeout=20)

    def click(number: int) -> int:
        start.wait()
        return agents[number % 3].call("POST", f"/api/messages/{message_id}/retry", json={}).status_code

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(click, range(20)))
    assert codes == [200] + [409] * 19
    assert talk.until(message_id, "delivered")["attempt"] == 2
    assert len(talk.at_twilio()) == 2


def test_a_failed_message_can_be_put_away(talk: Talk) -> None:
    talk.fault("refused", code=63024)
    message_id = talk.reply("deixa")
    talk.until(message_id, "failed")
    assert talk.discard(message_id).json()["status"] == "discarded"
    assert talk.discard(message_id).status_code == 409
    assert talk.retry(message_id).json()["code"] == "not_retryable"
    assert talk.at_twilio() == []


def test_a_queued_message_can_be_taken_back(talk: Talk) -> None:
    talk.fault("rate_limited", count=None)
    first = talk.reply("primeira")
    eventually(lambda: talk.message(first)["attempt"] > 0)
    second, third = talk.reply("segunda"), talk.reply("terceira")
    discarded = talk.discard(second)
    assert (discarded.status_code, discarded.json()["status"]) == (200, "discarded")
    talk.twilio.clear_faults()
    talk.until(third, "delivered")
    assert talk.bodies_at_twilio() == ["primeira", "terceira"]
    assert talk.message(second)["status"] == "discarded"


def test_what_leaves_or_has_left_cannot_be_taken_back(talk: Talk) -> None:
    talk.fault("hang", seconds=1.5)
    talk.fault("callbacks_lost")
    message_id = talk.reply("já foi")
    eventually(talk.at_twilio)
    leaving = talk.discard(message_id)
    assert (leaving.status_code, leaving.json()["code"]) == (409, "not_discardable")
    eventually(lambda: talk.message(message_id)["sid"])
    assert talk.discard(message_id).status_code == 409
    assert len(talk.at_twilio()) == 1


def test_discard_and_send_race_to_one_outcome(talk: Talk) -> None:
    outcomes = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(15):
            message_id = talk.reply(f"corrida {number}")
            outcomes.append((message_id, pool.submit(talk.discard, message_id)))
    for number, (message_id, discard) in enumerate(outcomes):
        expected = "discarded" if discard.result().status_code == 200 else "delivered"
        assert talk.until(message_id, "discarded", "delivered")["status"] == expected
        assert len(talk.at_twilio(f"corrida {number}")) == (0 if expected == "discarded" else 1)


def test_conversations_go_in_parallel_and_each_in_order(ana: Agent, twilio: SimulatorProcess, customers: Callable[[], str]) -> None:
    talks = [Talk(ana, twilio, customers()) for _ in range(10)]
    for talk in talks:
        talk.fault("hang", count=1, seconds=1.0)
    with ThreadPoolExecutor(10) as pool:
        sent = list(pool.map(lambda talk: [talk.reply(f"{number}") for number in range(3)], talks))
    for talk, message_ids in zip(talks, sent, strict=True):
        assert talk.until(message_ids[-1], "delivered")["seq"] == 5
        assert talk.bodies_at_twilio() == ["0", "1", "2"]
    firsts = sorted(talk.at_twilio("0")[0]["seq"] for talk in talks)
    seconds = sorted(talk.at_twilio("1")[0]["seq"] for talk in talks)
    # Every first one is held for a second: one after another would have put seconds between firsts.
    assert firsts[-1] < seconds[0]


def test_one_conversation_in_trouble_holds_up_no_other(lab: Callable[..., Lab]) -> None:
    own = lab(TWILIO_TIMEOUT_SECONDS="60")
    talk, another = own.talk(), own.talk()
    talk.fault("hang", seconds=60)
    talk.fault("callbacks_lost")
    stuck = talk.reply("presa")
    eventually(talk.at_twilio)
    free = another.until(another.reply("livre"), "delivered")
    assert (talk.message(stuck)["status"], free["attempt"]) == ("queued", 1)
    own.twilio.clear_faults()
    eventually(lambda: talk.message(stuck)["sid"])


@pytest.mark.parametrize("concurrent", [False, True])
def test_a_webhook_that_comes_twice_is_one_message(talk: Talk, bruno: Agent, concurrent: bool) -> None:
    talk.twilio.add_fault("duplicate_webhook", match={"from": talk.customer}, concurrent=concurrent)
    with bruno.tab() as tab:
        answer = talk.twilio.inbound("duas vezes", from_=talk.customer)
        assert [one["status_code"] for one in answer["deliveries"]] == [200, 200]
        tab.wait_for("message.created", body="duas vezes")
        talk.twilio.inbound("fim", from_=talk.customer)
        tab.wait_for("message.created", body="fim")
        assert len(tab.heard("message.created", body="duas vezes")) == 1
    assert [(one["seq"], one["body"]) for one in talk.agent.messages(talk.id)] == [(1, "Oi"), (2, "duas vezes"), (3, "fim")]


def test_a_lost_or_forged_webhook_shows_nothing(talk: Talk) -> None:
    for kind in ("webhook_lost", "bad_signature"):
        talk.twilio.add_fault(kind, match={"from": talk.customer})
        talk.twilio.inbound(kind, from_=talk.customer)
    talk.twilio.inbound("certa", from_=talk.customer)
    assert [one["body"] for one in talk.agent.messages(talk.id)] == ["Oi", "certa"]
