"""Reports in any order, twice, late, of older attempts: the status only moves forward, and each step's time is kept."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.lab import Lab
from tests.support.server import Agent, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from tests.support.waiting import eventually
from tests.support.webhooks import ACCOUNT_SID, NUMBER, new_sid, post_webhook

RANK = {"queued": 0, "sent": 1, "delivered": 2, "read": 3}


@pytest.fixture
def talk(ana: Agent, twilio: SimulatorProcess, customer: str) -> Talk:
    """A conversation whose replies Twilio takes and says nothing more of: the test does."""
    talk = Talk(ana, twilio, customer)
    talk.fault("callbacks_lost", count=None)
    return talk


def accepted(talk: Talk, body: str = "e aí?") -> tuple[str, str]:
    """A reply that Twilio took: (our id, its SID)."""
    message_id = talk.reply(body)
    return message_id, accepted_sid(talk, message_id)


def accepted_sid(talk: Talk, message_id: str) -> str:
    return str(eventually(lambda: talk.message(message_id)["sid"]))


def report(talk: Talk, sid: str, status: str, error_code: int | None = None) -> None:
    (delivery,) = talk.twilio.push_status(sid, status, error_code)["deliveries"]
    assert delivery["status_code"] == 200


@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "read"))), ids="-".join)
def test_reports_in_any_order(talk: Talk, bruno: Agent, order: tuple[str, ...]) -> None:
    message_id, sid = accepted(talk)
    best = 0
    with bruno.tab() as tab:
        for status in order:
            report(talk, sid, status)
            best = max(best, RANK[status])
            assert RANK[talk.message(message_id)["status"]] == best
        read = talk.message(message_id)
        tab.wait_for("message.updated", id=message_id, version=read["version"])
        heard = [RANK[one["message"]["status"]] for one in tab.heard("message.updated", id=message_id)]
    assert set(read["status_times"]) == {"queued", "sent", "delivered", "read"}
    assert heard == sorted(heard)
    assert talk.agent.conversation_with(talk.customer)["last_message"]["status"] == "read"  # type: ignore[index]


def test_of_one_that_is_only_being_sent_twilio_is_asked_in_time(talk: Talk, stored: Database[dict[str, Any]]) -> None:
    """Its report may have overtaken the answer to our POST, and those that are to follow may get lost."""
    message_id, sid = accepted(talk)
    stored["messages"].update_one({"_id": message_id}, {"$unset": {"news_due_at": ""}})
    report(talk, sid, "sending")
    found = stored["messages"].find_one({"_id": message_id})
    assert found is not None
    assert (found["status"], "news_due_at" in found) == ("sending", True)
    report(talk, sid, "sent")
    found = stored["messages"].find_one({"_id": message_id})
    assert found is not None
    assert (found["status"], "news_due_at" in found) == ("sent", False)


def test_a_report_that_comes_twice_is_told_once(talk: Talk, bruno: Agent) -> None:
    message_id, sid = accepted(talk)
    with bruno.tab() as tab:
        for status in ("sent", "sent", "delivered", "delivered", "sent"):
            report(talk, sid, status)
        delivered = talk.message(message_id)
        report(talk, sid, "read")
        tab.wait_for("message.updated", id=message_id, status="read")
        assert [one["message"]["status"] for one in tab.heard("message.updated", id=message_id)] == ["sent", "delivered", "read"]
    assert talk.message(message_id)["version"] == delivered["version"] + 1


@pytest.mark.parametrize(
    ("reports", "final"),
    [
        (["failed", "sent"], "failed"),
        (["undelivered", "failed"], "undelivered"),
        (["sent", "undelivered", "sent"], "undelivered"),
        (["delivered", "failed"], "delivered"),
        (["read", "undelivered"], "read"),
        (["failed", "delivered"], "delivered"),
        (["undelivered", "read"], "read"),
        (["canceled"], "failed"),
        (["sent", "nonsense"], "sent"),
        (["accepted", "queued"], "queued"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else value,
)
def test_failing_is_final_unless_it_arrived_after_all(server: ServerProcess, talk: Talk, reports: list[str], final: str) -> None:
    message_id, sid = accepted(talk)
    for status in reports:
        form = [("MessageSid", sid), ("MessageStatus", status), ("AccountSid", ACCOUNT_SID), ("From", NUMBER), ("To", talk.customer)]
        form += [("ErrorCode", "63003")] if status in ("failed", "undelivered") else []
        assert post_webhook(server, form, path=f"/webhooks/twilio/status?m={message_id}&a=1").status_code == 200
    message = talk.message(message_id)
    assert message["status"] == final
    assert (message["error"] is not None) == (final in ("failed", "undelivered"))


def failed_once(talk: Talk, body: str = "de novo") -> tuple[str, str]:
    message_id, sid = accepted(talk, body)
    report(talk, sid, "failed", 63003)
    assert talk.message(message_id)["status"] == "failed"
    return message_id, sid


def test_of_an_older_attempt_only_facts_count(talk: Talk) -> None:
    message_id, first = failed_once(talk)
    assert talk.retry(message_id).status_code == 200
    second = accepted_sid(talk, message_id)
    assert second != first
    for status in ("sent", "failed", "undelivered"):
        report(talk, first, status, 63003)
        assert talk.message(message_id)["status"] == "queued"
    report(talk, first, "delivered")
    delivered = talk.message(message_id)
    assert (delivered["status"], delivered["attempt"], delivered["sid"]) == ("delivered", 2, second)
    report(talk, second, "failed", 63003)
    assert talk.message(message_id)["status"] == "delivered"
    report(talk, second, "read")
    assert talk.message(message_id)["status"] == "read"


def retried_and_waiting(talk: Talk) -> tuple[str, str]:
    """A failed message, queued again, that cannot leave yet: (our id, the SID of the attempt that failed)."""
    message_id, first = failed_once(talk)
    talk.fault("rate_limited", count=None)
    blocked = talk.reply("ocupa a vez")
    eventually(lambda: talk.message(blocked)["attempt"] > 0)
    assert talk.retry(message_id).status_code == 200
    assert (talk.message(message_id)["status"], talk.message(message_id)["sid"]) == ("queued", None)
    return message_id, first


def test_a_late_failure_does_not_undo_a_retry_that_waits(talk: Talk) -> None:
    message_id, first = retried_and_waiting(talk)
    for status in ("failed", "undelivered", "sent"):
        report(talk, first, status, 63003)
        assert talk.message(message_id)["status"] == "queued"
    talk.twilio.clear_faults()
    message = talk.until(message_id, "delivered")
    assert message["sid"] != first
    assert len(talk.at_twilio("de novo")) == 2


def test_a_late_arrival_makes_a_retry_that_waits_needless(talk: Talk) -> None:
    message_id, first = retried_and_waiting(talk)
    report(talk, first, "delivered")
    message = talk.message(message_id)
    assert (message["status"], message["sid"], message["error"]) == ("delivered", first, None)
    talk.twilio.clear_faults()
    last = talk.reply("fim")
    talk.until(last, "delivered")
    assert len(talk.at_twilio("de novo")) == 1


def test_a_discarded_message_that_arrived_shows_it(talk: Talk) -> None:
    message_id, sid = failed_once(talk)
    assert talk.discard(message_id).status_code == 200
    report(talk, sid, "sent")
    assert talk.message(message_id)["status"] == "discarded"
    report(talk, sid, "delivered")
    assert talk.message(message_id)["status"] == "delivered"


def test_a_retry_while_the_first_answer_is_still_awaited(lab: Callable[..., Lab]) -> None:
    own = lab(TWILIO_TIMEOUT_SECONDS="60")
    talk = own.talk()
    talk.fault("hang", seconds=60)
    talk.fault("failed")
    message_id = talk.reply("apressada")
    talk.until(message_id, "failed")
    assert talk.retry(message_id).status_code == 200
    assert len(talk.at_twilio()) == 1
    own.twilio.clear_faults()
    message = talk.until(message_id, "delivered")
    taken = talk.at_twilio()
    assert (message["attempt"], len(taken)) == (2, 2)
    assert message["sid"] == taken[1]["sid"]


def test_a_report_of_no_message_is_kept_for_later(server: ServerProcess, stored: Database[dict[str, Any]], customer: str) -> None:
    sid = new_sid()
    form = [("MessageSid", sid), ("MessageStatus", "delivered"), ("AccountSid", ACCOUNT_SID), ("From", NUMBER), ("To", customer)]
    for _ in range(2):
        assert post_webhook(server, form, path="/webhooks/twilio/status").status_code == 200
    (entry,) = stored.webhook_journal.find({"_id": f"status:{sid}:delivered"})
    assert entry["state"] == "pending"
    assert stored.messages.count_documents({"sid": sid}) == 0


def test_a_report_about_a_customers_message_changes_nothing(server: ServerProcess, ana: Agent, talk: Talk) -> None:
    (inbound,) = ana.messages(talk.id)
    form = [("MessageSid", inbound["sid"]), ("MessageStatus", "read"), ("AccountSid", ACCOUNT_SID), ("From", NUMBER), ("To", NUMBER)]
    for query in ("", f"?m={inbound['id']}", f"?m={inbound['id']}&a=0"):
        assert post_webhook(server, form, path=f"/webhooks/twilio/status{query}").status_code == 200
    assert ana.messages(talk.id) == [inbound]


@pytest.mark.parametrize("fault", ["callbacks_out_of_order", "duplicate_callbacks"])
def test_twilios_own_disorder_shows_only_progress(ana: Agent, bruno: Agent, twilio: SimulatorProcess, customer: str, fault: str) -> None:
    talk = Talk(ana, twilio, customer)
    talk.fault(fault)
    with bruno.tab() as tab:
        message_id = talk.reply("em ordem?")
        talk.until(message_id, "delivered")
        eventually(lambda: {"sent", "delivered"} <= talk.message(message_id)["status_times"].keys())
        tab.wait_for("message.updated", id=message_id, status="delivered")
        ranks = [RANK[one["message"]["status"]] for one in tab.heard("message.updated", id=message_id)]
    assert ranks == sorted(ranks)
    assert talk.message(message_id)["status"] == "delivered"
    assert talk.bodies_at_twilio() == ["em ordem?"]
