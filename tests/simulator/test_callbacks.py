"""Status callbacks: signed, in order, with Twilio's parameters; the 24-hour window."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client
from werkzeug.wrappers import Response

from tests.support.receiver import STATUS_PATH, Post, Receiver, is_signed
from tests.support.simulator import CUSTOMER, NUMBER, SimulatorProcess
from tests.support.twilio_sdk import sdk
from tests.support.waiting import eventually

Send = Callable[..., Any]
DAY = 24 * 60 * 60


def test_sent_and_delivered_follow_the_reply_in_order(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    url = receiver.url(f"{STATUS_PATH}?m=0123&a=2")
    message = send(status_callback=url)
    assert receiver.wait_for_statuses(message.sid, 2) == ["sent", "delivered"]
    for post in receiver.to(STATUS_PATH):
        assert post.url == url
        assert is_signed(post, simulator.auth_token)
        assert not is_signed(post, "another token")


def test_a_callback_has_twilios_parameters(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    message = send()
    receiver.wait_for_statuses(message.sid, 2)
    form = receiver.to(STATUS_PATH)[0].form
    assert form["MessageSid"] == form["SmsSid"] == message.sid
    assert form["MessageStatus"] == form["SmsStatus"] == "sent"
    assert (form["AccountSid"], form["From"], form["To"]) == (simulator.account_sid, NUMBER, CUSTOMER)
    assert (form["ApiVersion"], form["ChannelPrefix"]) == ("2010-04-01", "whatsapp")
    assert "ErrorCode" not in form
    assert "EventType" not in form


def test_the_customer_reads(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    first, second = send("um"), send("dois")
    for message in (first, second):
        receiver.wait_for_statuses(message.sid, 2)
    eventually(lambda: len(simulator.messages(status="delivered")) == 2)
    assert simulator.read_chat() == [first.sid, second.sid]
    assert receiver.wait_for_statuses(first.sid, 3)[-1] == "read"
    assert receiver.wait_for_statuses(second.sid, 3)[-1] == "read"
    reads = [post for post in receiver.to(STATUS_PATH) if post.status == "read"]
    assert {post.form["EventType"] for post in reads} == {"READ"}
    assert simulator.read_chat() == []


def test_callbacks_take_their_time_at_normal_speed(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.change_settings(speed=1)
    message = send()
    assert receiver.statuses(message.sid) == []
    receiver.wait_for_statuses(message.sid, 2)
    seen = [delivery["created_at"] for delivery in simulator.webhooks(kind="callback")]
    assert seen == sorted(seen)
    assert len(set(seen)) == 2


@pytest.mark.parametrize(("offset", "statuses"), [(DAY - 60, ["sent", "delivered"]), (DAY + 60, ["failed"])])
def test_the_window_closes_after_24_hours(
    simulator: SimulatorProcess, receiver: Receiver, send: Send, offset: int, statuses: list[str]
) -> None:
    simulator.move_clock(offset)
    message = send("depois de um dia")
    assert message.status == "queued"
    assert receiver.wait_for_statuses(message.sid, len(statuses)) == statuses
    if statuses == ["failed"]:
        assert receiver.to(STATUS_PATH)[0].form["ErrorCode"] == "63016"
        assert simulator.messages(direction="outbound")[0]["error_code"] == 63016


def test_a_customer_who_never_wrote_gets_templates_only(simulator: SimulatorProcess, receiver: Receiver, twilio: Client) -> None:
    members: dict[str, Any] = {"to": CUSTOMER, "from_": NUMBER, "status_callback": receiver.url(STATUS_PATH)}
    text = twilio.messages.create(body="Olá", **members)
    template = twilio.messages.create(content_sid="HX" + "a" * 32, **members)
    assert receiver.wait_for_statuses(text.sid, 1) == ["failed"]
    assert receiver.wait_for_statuses(template.sid, 2) == ["sent", "delivered"]


def test_the_window_is_that_of_the_number_written_to(receiver: Receiver) -> None:
    other = "whatsapp:+551130001000"
    with SimulatorProcess(numbers=(NUMBER, other), webhook_url=receiver.url("/in")) as simulator:
        simulator.inbound("oi", to=other)
        members: dict[str, Any] = {"to": CUSTOMER, "status_callback": receiver.url(STATUS_PATH)}
        from_other = sdk(simulator).messages.create(from_=other, body="a", **members)
        from_first = sdk(simulator).messages.create(from_=NUMBER, body="b", **members)
        assert receiver.wait_for_statuses(from_other.sid, 2) == ["sent", "delivered"]
        assert receiver.wait_for_statuses(from_first.sid, 1) == ["failed"]


def test_callbacks_wait_for_a_server_that_is_down(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    port = receiver.port
    receiver.stop()
    message = send(status_callback=receiver.url(f"{STATUS_PATH}#rc=5&rp=ct"))
    eventually(lambda: any(one["attempts"] for one in simulator.webhooks(message_sid=message.sid)))
    back = Receiver(port)
    try:
        assert sorted(back.wait_for_statuses(message.sid, 2)) == ["delivered", "sent"]
    finally:
        back.stop()


@pytest.mark.parametrize(
    ("fragment", "answer", "attempts"),
    [("", 503, 1), ("#rc=2&rp=5xx", 503, 3), ("#rc=2&rp=5xx", 403, 1), ("#rc=9&rp=all", 404, 6), ("#rc=nonsense", 500, 1)],
)
def test_retries_follow_the_fragment(receiver: Receiver, fragment: str, answer: int, attempts: int) -> None:
    receiver.answer = lambda post: Response("", answer)
    with SimulatorProcess(webhook_url=receiver.url("/in") + fragment, retry_delay=0.001) as quick:
        delivery = quick.inbound("oi")["deliveries"][0]
    assert (delivery["state"], delivery["status_code"]) == ("given_up", answer)
    assert len(delivery["attempts"]) == len(receiver.to("/in")) == attempts


def test_a_read_timeout_is_retried_when_asked(receiver: Receiver) -> None:
    released = threading.Event()

    def slow_once(post: Post) -> Response:
        if len(receiver.posts) == 1:
            released.wait(5)
        return Response("")

    receiver.answer = slow_once
    with SimulatorProcess(webhook_url=receiver.url("/in#rc=1&rp=rt&rt=200"), retry_delay=0.001) as simulator:
        delivery = simulator.inbound("oi")["deliveries"][0]
    released.set()
    assert [attempt["error"] for attempt in delivery["attempts"]] == ["rt", None]
    assert delivery["state"] == "delivered"


def test_a_refused_connection_is_retried_once_without_a_fragment() -> None:
    with SimulatorProcess(webhook_url="http://127.0.0.1:9/in", retry_delay=0.001) as simulator:
        delivery = simulator.inbound("oi")["deliveries"][0]
    assert [attempt["error"] for attempt in delivery["attempts"]] == ["ct", "ct"]
    assert delivery["state"] == "given_up"


def test_a_pushed_status_calls_back_but_never_moves_back(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    message = send()
    receiver.wait_for_statuses(message.sid, 2)
    pushed = simulator.push_status(message.sid, "sent")
    assert pushed["deliveries"][0]["status_code"] == 200
    assert receiver.statuses(message.sid) == ["sent", "delivered", "sent"]
    assert simulator.messages(direction="outbound")[0]["status"] == "delivered"
