"""Since when a customer waits: since their first message after our last reply that did not fail, or after it was finished."""

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.server import Agent, Json
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from tests.support.waiting import eventually

Stored = Database[dict[str, Any]]


@pytest.fixture
def talk(ana: Agent, twilio: SimulatorProcess, customer: str) -> Talk:
    """A conversation that a customer has begun."""
    return Talk(ana, twilio, customer)


def written(talk: Talk, body: str) -> Json:
    """The message of that text."""
    return next(one for one in talk.agent.messages(talk.id) if one["body"] == body)


def writes(talk: Talk, body: str) -> str:
    """The customer writes; when that was."""
    talk.twilio.inbound(body, from_=talk.customer)
    at: str = written(talk, body)["created_at"]
    return at


def since(talk: Talk) -> str | None:
    """Since when they wait, as the conversation says, and each tab."""
    found: str | None = talk.agent.get(f"/api/conversations/{talk.id}")["waiting_since"]
    return found


def assert_waits(talk: Talk, moment: str | None) -> None:
    """They wait since then, soon."""
    eventually(lambda: since(talk) == moment)


def test_it_begins_with_the_first_message_and_ends_with_a_reply(talk: Talk) -> None:
    first = written(talk, "Oi")["created_at"]
    assert since(talk) == first
    writes(talk, "alô?")
    assert since(talk) == first
    reply = talk.message(talk.reply("Olá"))
    after = talk.agent.get(f"/api/conversations/{talk.id}")
    assert (after["waiting_since"], after["first_reply_at"]) == (None, reply["created_at"])
    again = writes(talk, "e então?")
    talk.until(reply["id"], "delivered")
    after = talk.agent.get(f"/api/conversations/{talk.id}")
    assert (after["waiting_since"], after["first_reply_at"]) == (again, reply["created_at"])


def test_what_colleagues_do_and_say_ends_no_waiting(talk: Talk) -> None:
    first = since(talk)
    assert talk.agent.do(talk.id, "claim").status_code == 200
    assert talk.agent.reply(talk.id, "difícil", kind="note").status_code == 201
    assert talk.agent.do(talk.id, "pass", team_id=None).status_code == 200
    assert since(talk) == first is not None


@pytest.mark.parametrize("fault", ["refused", "failed", "undelivered", "outside_window"])
def test_a_reply_that_fails_was_none(talk: Talk, fault: str) -> None:
    first = since(talk)
    talk.fault(fault)
    with talk.agent.tab() as tab:
        lost = talk.reply("não chega")
        failed = talk.until(lost, "failed", "undelivered")["status"]
        assert_waits(talk, first)
        heard = tab.wait_for("message.updated", id=lost, status=failed)[-1]["conversation"]
        assert heard["waiting_since"] == first
    # Sent again it is one, in its old place: what the customer wrote behind it is not answered by it.
    behind = writes(talk, "alô?")
    assert since(talk) == first
    assert talk.retry(lost).status_code == 200
    assert_waits(talk, behind)
    talk.until(lost, "delivered")
    assert since(talk) == behind


def test_of_two_replies_one_that_arrives_is_enough(talk: Talk) -> None:
    talk.fault("failed", body="primeira")
    lost = talk.reply("primeira")
    talk.until(lost, "failed")
    again = writes(talk, "alô?")
    talk.until(talk.reply("segunda"), "delivered")
    assert since(talk) is None
    # The later one fails: it is the customer's message after the last good reply that waits, which is the first of all.
    talk.fault("failed", body="terceira")
    third = writes(talk, "mais")
    talk.until(talk.reply("terceira"), "failed")
    assert_waits(talk, third)
    assert again < third


def test_one_that_is_taken_back_was_none(talk: Talk) -> None:
    first = since(talk)
    talk.fault("failed")
    lost = talk.reply("não chega")
    talk.until(lost, "failed")
    assert talk.discard(lost).status_code == 200
    assert_waits(talk, first)


def test_one_that_arrived_after_all_is_one(talk: Talk) -> None:
    """Twilio said failed, then delivered: a fact outdoes a belief."""
    first = since(talk)
    talk.fault("failed")
    reply = talk.reply("chega tarde")
    sid = talk.until(reply, "failed")["sid"]
    assert_waits(talk, first)
    talk.twilio.push_status(sid, "delivered")
    talk.until(reply, "delivered")
    assert_waits(talk, None)


def test_one_of_which_nothing_is_known_counts(talk: Talk) -> None:
    talk.fault("error_before_accepting")
    talk.until(talk.reply("quem sabe"), "unknown")
    assert since(talk) is None


def test_finishing_answers_all_and_what_fails_later_takes_nothing_back(talk: Talk) -> None:
    talk.fault("failed")
    talk.fault("hang", seconds=0.5)
    lost = talk.reply("não chega")
    done = talk.agent.do(talk.id, "finish", last_seen_seq=9)
    assert done.json()["waiting_since"] is None
    talk.until(lost, "failed")
    assert since(talk) is None
    again = writes(talk, "de novo")
    assert since(talk) == again
    assert talk.agent.do(talk.id, "finish", last_seen_seq=99).json()["waiting_since"] is None
    assert talk.agent.do(talk.id, "reopen").json()["waiting_since"] is None


def test_the_longest_waiting_is_first_again_when_its_reply_failed(
    ana: Agent, twilio: SimulatorProcess, customers: Callable[[], str]
) -> None:
    line = ana.call("POST", "/api/teams", json={"name": f"Line {customers()}", "member_ids": []}).json()["id"]
    one, other = (Talk(ana, twilio, customers()) for _ in range(2))
    one.fault("failed")
    one.until(one.reply("não chega"), "failed")
    for talk in (one, other):
        assert ana.do(talk.id, "pass", team_id=line).status_code == 200
    listed = [each["id"] for each in ana.get("/api/conversations", view="unassigned", team=line)["items"]]
    assert listed == [one.id, other.id]


def test_a_summary_that_comes_late_is_made_good(talk: Talk, stored: Stored) -> None:
    """Another process summarised the customer's second message before our reply to the first; then the reply's turn comes."""
    client_id = f"of-{talk.id}"
    talk.agent.reply(talk.id, "Olá", client_id)
    again = writes(talk, "e então?")
    first = stored["messages"].find_one({"conversation_id": talk.id, "seq": 1})
    assert first is not None
    stored["conversations"].update_one({"_id": talk.id}, {"$set": {"waiting_since": first["created_at"]}})
    assert since(talk) != again
    assert talk.agent.reply(talk.id, "Olá", client_id).status_code == 200
    assert since(talk) == again
