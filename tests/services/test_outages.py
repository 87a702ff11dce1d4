"""Twilio away, or refusing us: everything waits in order, staff is told, and nothing leaves twice or too late unasked."""

import math
import time
from collections.abc import Callable

import pytest

from tests.support.lab import Lab
from tests.support.talk import Talk, delivery_states
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook

pytestmark = pytest.mark.alone
CUSTOMER = "whatsapp:+5511955550000"


def test_what_waits_for_twilio_leaves_once_and_in_order(lab: Callable[..., Lab]) -> None:
    own = lab()
    talk, another = own.talk(), own.talk()
    own.twilio.stop()
    with own.agent("bruno").tab() as tab:
        waiting = [talk.reply(f"{number}") for number in range(5)]
        elsewhere = another.reply("aqui também")
        assert tab.wait_for("channel.updated")[0]["channel"]["delivery"]["reason"] == "no_connection"
        assert {talk.message(one)["status"] for one in waiting} == {"queued"}
        own.twilio.start()
        talk.until(waiting[-1], "delivered")
        another.until(elsewhere, "delivered")
        eventually(lambda: tab.heard("channel.updated")[-1]["channel"]["delivery"]["state"] == "ok")
    assert talk.bodies_at_twilio() == [f"{number}" for number in range(5)]
    assert another.bodies_at_twilio() == ["aqui também"]


def test_nothing_is_sent_with_credentials_that_twilio_refuses(lab: Callable[..., Lab]) -> None:
    own = lab(TWILIO_AUTH_TOKEN="a-wrong-token")
    assert post_webhook(own.server, message_form(CUSTOMER)).status_code == 200
    conversation = own.agent().conversation_with(CUSTOMER)
    assert conversation is not None
    first, second = (own.agent().reply(conversation["id"], body).json()["id"] for body in ("um", "dois"))
    eventually(lambda: delivery_states(own.agent()) == {"delayed"})
    (channel,) = own.agent().get("/api/channels")["items"]
    assert channel["delivery"]["reason"] == "20003"
    stored = {one["id"]: one for one in own.agent().messages(conversation["id"])}
    assert (stored[first]["status"], stored[second]["status"]) == ("queued", "queued")
    assert (stored[first]["error"], stored[second]["attempt"]) == (None, 0)
    assert own.twilio.messages(direction="outbound") == []


def test_after_a_quarter_of_an_hour_the_author_is_asked(lab: Callable[..., Lab]) -> None:
    own = lab()
    talk = own.talk()
    own.twilio.stop()
    old = talk.reply("isto ainda vale?")
    eventually(lambda: talk.message(old)["attempt"] > 0)
    own.server.move_clock(14 * 60)
    young = talk.reply("isto vale")
    own.server.move_clock(15 * 60 + 30)
    expired = talk.until(old, "failed")
    assert expired["error"]["code"] == "expired"
    assert talk.message(young)["status"] == "queued"
    own.twilio.start()
    talk.until(young, "delivered")
    assert talk.bodies_at_twilio() == ["isto vale"]
    assert talk.retry(old).status_code == 200
    talk.until(old, "delivered")
    assert talk.bodies_at_twilio() == ["isto vale", "isto ainda vale?"]


def test_when_twilio_only_errs_not_every_message_becomes_unknown(lab: Callable[..., Lab]) -> None:
    # Nor does anybody ask meanwhile whether Twilio answers again, which it does.
    own = lab(SWEEP_SECONDS="60")
    talks = [own.talk() for _ in range(12)]
    own.twilio.add_fault("error_before_accepting", count=None)
    began = time.monotonic()
    sent: list[tuple[Talk, str]] = []
    for talk in talks:
        sent.append((talk, talk.reply("oi")))
        eventually(lambda pair=sent[-1]: _tried(*pair) or delivery_states(own.agent()) == {"delayed"})  # type: ignore[misc]
    unknown = [one for one in sent if one[0].message(one[1])["status"] == "unknown"]
    # Three strikes, one that was on its way, and then one after each pause, of which each is twice as long as the one before.
    pauses = int(math.log2(time.monotonic() - began + 1))
    assert 3 <= len(unknown) <= 4 + pauses
    own.twilio.clear_faults()
    for talk, message_id in sent:
        if (talk, message_id) not in unknown:
            talk.until(message_id, "delivered")
            assert len(talk.at_twilio()) == 1


def _tried(talk: Talk, message_id: str) -> bool:
    return bool(talk.message(message_id)["attempt"])
