"""Every fault does what its name says, as often as asked, and to the messages it is meant for."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client
from werkzeug.wrappers import Response

from tests.support.receiver import STATUS_PATH, WEBHOOK_PATH, Post, Receiver, is_signed
from tests.support.simulator import CUSTOMER, NUMBER, SimulatorProcess
from tests.support.twilio_sdk import sdk
from tests.support.waiting import PATIENCE_SECONDS, eventually

Send = Callable[..., Any]


def outbound(simulator: SimulatorProcess) -> list[dict[str, Any]]:
    return simulator.messages(direction="outbound")


@pytest.mark.parametrize(
    ("fault", "options", "status", "code"),
    [
        ("rate_limited", {}, 429, 20429),
        ("refused", {"code": 63024}, 400, 63024),
        ("refused", {"code": 21610, "status": 403}, 403, 21610),
        ("error_before_accepting", {"status": 503}, 503, 20503),
    ],
)
def test_a_refusal_leaves_no_message(
    simulator: SimulatorProcess, send: Send, fault: str, options: dict[str, Any], status: int, code: int
) -> None:
    simulator.add_fault(fault, **options)
    with pytest.raises(TwilioRestException) as refused:
        send()
    assert (refused.value.status, refused.value.code) == (status, code)
    assert outbound(simulator) == []
    assert send().status == "queued"


@pytest.mark.parametrize(("fault", "accepted"), [("reset_before_accepting", 0), ("reset_after_accepting", 1)])
def test_a_reset_is_a_reset(simulator: SimulatorProcess, send: Send, fault: str, accepted: int) -> None:
    simulator.add_fault(fault)
    with pytest.raises(requests.ConnectionError, match=r"reset by peer|ECONNRESET"):
        send()
    assert len(outbound(simulator)) == accepted
    assert send().status == "queued"


@pytest.mark.parametrize("status", [500, 503])
def test_a_5xx_after_accepting_still_sends(simulator: SimulatorProcess, receiver: Receiver, send: Send, status: int) -> None:
    simulator.add_fault("error_after_accepting", status=status)
    with pytest.raises(TwilioRestException) as refused:
        send("foi mesmo assim")
    assert refused.value.status == status
    (message,) = outbound(simulator)
    assert message["body"] == "foi mesmo assim"
    assert receiver.wait_for_statuses(message["sid"], 2) == ["sent", "delivered"]


def test_a_hang_holds_the_reply_and_still_sends(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.add_fault("hang", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        sdk(simulator, timeout=0.5).messages.create(to=CUSTOMER, from_=NUMBER, body="Olá", status_callback=receiver.url(STATUS_PATH))
    assert receiver.wait_for_statuses(outbound(simulator)[0]["sid"], 2) == ["sent", "delivered"]


def test_a_short_hang_ends_in_the_usual_reply(simulator: SimulatorProcess, send: Send) -> None:
    simulator.add_fault("hang", seconds=0.3)
    started = time.monotonic()
    assert send().sid == outbound(simulator)[0]["sid"]
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("status", [200, 201])
def test_a_rubbish_reply_is_not_json(simulator: SimulatorProcess, send: Send, status: int) -> None:
    simulator.add_fault("rubbish_reply", status=status)
    with pytest.raises((ValueError, TwilioException)):
        send()
    assert len(outbound(simulator)) == 1


def test_callbacks_can_come_before_the_reply(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.add_fault("callback_before_reply")
    message = send()
    assert receiver.statuses(message.sid) == ["sent", "delivered"]
    assert message.status == "queued"


def test_early_callbacks_go_together_with_a_lost_reply(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.add_fault("callback_before_reply")
    simulator.add_fault("reset_after_accepting")
    with pytest.raises(requests.ConnectionError):
        send()
    assert receiver.statuses(outbound(simulator)[0]["sid"]) == ["sent", "delivered"]


@pytest.mark.parametrize(
    ("fault", "options", "statuses", "code"),
    [
        ("outside_window", {}, ["failed"], "63016"),
        ("outside_window", {"status": "undelivered"}, ["undelivered"], "63016"),
        ("failed", {}, ["failed"], "63003"),
        ("failed", {"code": 63024}, ["failed"], "63024"),
        ("undelivered", {}, ["sent", "undelivered"], "30003"),
    ],
)
def test_a_message_can_fail(
    simulator: SimulatorProcess, receiver: Receiver, send: Send, fault: str, options: dict[str, Any], statuses: list[str], code: str
) -> None:
    simulator.add_fault(fault, **options)
    message = send()
    assert message.status == "queued"
    assert receiver.wait_for_statuses(message.sid, len(statuses)) == statuses
    last = receiver.to(STATUS_PATH)[-1].form
    assert (last["ErrorCode"], bool(last["ChannelStatusMessage"])) == (code, True)
    assert outbound(simulator)[0]["error_code"] == int(code)


def test_callbacks_can_come_out_of_order(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.add_fault("callbacks_out_of_order")
    message = send()
    assert receiver.wait_for_statuses(message.sid, 2) == ["delivered", "sent"]
    assert outbound(simulator)[0]["status"] == "delivered"


def test_callbacks_can_be_lost(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.add_fault("callbacks_lost")
    message = send()
    eventually(lambda: outbound(simulator)[0]["status"] == "delivered")
    simulator.read(message.sid)
    assert receiver.statuses(message.sid) == ["read"]


def test_callbacks_can_come_twice(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.add_fault("duplicate_callbacks")
    assert receiver.wait_for_statuses(send().sid, 4) == ["sent", "sent", "delivered", "delivered"]


def test_a_webhook_can_come_twice_in_turn(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.add_fault("duplicate_webhook")
    answer = simulator.inbound("oi")
    assert [delivery["status_code"] for delivery in answer["deliveries"]] == [200, 200]
    first, second = receiver.to(WEBHOOK_PATH)
    assert first.form == second.form
    assert len(simulator.messages()) == 1


def test_a_webhook_can_come_twice_at_once(simulator: SimulatorProcess, receiver: Receiver) -> None:
    both = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def wait_for_the_other(post: Post) -> Response:
        both.wait()
        return Response("<Response/>")

    receiver.answer = wait_for_the_other
    simulator.add_fault("duplicate_webhook", concurrent=True)
    assert [delivery["status_code"] for delivery in simulator.inbound("oi")["deliveries"]] == [200, 200]


def test_a_webhook_can_be_lost(simulator: SimulatorProcess, receiver: Receiver, twilio: Client) -> None:
    simulator.add_fault("webhook_lost")
    answer = simulator.inbound("perdida")
    assert answer["deliveries"] == receiver.posts == []
    assert [message.sid for message in twilio.messages.list(to=NUMBER)] == [answer["sid"]]


def test_a_signature_can_be_wrong(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.add_fault("bad_signature")
    simulator.inbound("oi")
    simulator.inbound("oi")
    forged, right = receiver.to(WEBHOOK_PATH)
    assert not is_signed(forged, simulator.auth_token)
    assert is_signed(right, simulator.auth_token)


def test_a_fault_happens_as_often_as_asked(simulator: SimulatorProcess, send: Send) -> None:
    fault = simulator.add_fault("rate_limited", count=2)
    for remaining in (1, None):
        with pytest.raises(TwilioRestException):
            send()
        assert [(one["id"], one["remaining"]) for one in simulator.faults()] == ([(fault["id"], 1)] if remaining else [])
    send()
    simulator.add_fault("rate_limited", count=None)
    for _ in range(3):
        with pytest.raises(TwilioRestException):
            send()
    simulator.clear_faults()
    send()


def test_a_fault_means_only_what_it_matches(simulator: SimulatorProcess, send: Send) -> None:
    simulator.add_fault("refused", count=None, match={"to": "whatsapp:+5521996543210"})
    simulator.add_fault("rate_limited", count=None, match={"to": CUSTOMER, "body": "pare"})
    assert send("siga").status == "queued"
    with pytest.raises(TwilioRestException) as stopped:
        send("por favor, pare já")
    assert stopped.value.code == 20429
    with pytest.raises(TwilioRestException) as refused:
        send("siga", to="whatsapp:+5521996543210")
    assert refused.value.code == 21211
