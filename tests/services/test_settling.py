"""A message of unknown fate: asked after at Twilio, never guessed, and no hindrance to others for longer than a minute."""

from collections.abc import Callable

import requests

from tests.support.lab import Lab
from tests.support.server import ACCOUNT_SID
from tests.support.simulator import NUMBER
from tests.support.talk import Talk
from tests.support.waiting import eventually


def lose(talk: Talk, body: str) -> str:
    """A reply that Twilio takes without our hearing of it; its id, once it is known to be unknown."""
    talk.fault("error_after_accepting", body=body)
    talk.fault("callbacks_lost", body=body)
    message_id = talk.reply(body)
    talk.until(message_id, "unknown", "sent", "delivered")
    return message_id


def twin_from_elsewhere(own: Lab, talk: Talk, body: str) -> None:
    """Another program sends the same text to the same customer through our account."""
    form = {"To": talk.customer, "From": NUMBER, "Body": body}
    url = f"{own.twilio.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    answer = requests.post(url, data=form, auth=(ACCOUNT_SID, own.twilio.auth_token), timeout=10)
    assert answer.status_code == 201


def ours_at_twilio(talk: Talk, message_id: str) -> str:
    """The SID under which Twilio really has a message: its callback address names it."""
    (sid,) = [one["sid"] for one in talk.at_twilio() if f"m={message_id}" in (one["status_callback"] or "")]
    return str(sid)


def doubt_about(own: Lab, message_id: str, *, after: int) -> bool:
    """Whether Twilio was asked about a message in vain, later than the first so many doubts of the log."""
    doubts = [line for line in own.server.logs().splitlines() if "settle.in_doubt" in line]
    return any(message_id in line for line in doubts[after:])


def test_an_unknown_one_holds_its_conversation_for_a_minute(shared_lab: Lab) -> None:
    talk, another = shared_lab.talk(), shared_lab.talk()
    talk.fault("error_before_accepting")
    unknown = talk.reply("sumiu")
    talk.until(unknown, "unknown")
    held = [talk.reply("depois dela"), talk.reply("e depois")]
    other = another.reply("outra conversa")
    another.until(other, "delivered")
    assert talk.at_twilio() == []
    shared_lab.server.move_clock(50)
    another.until(another.reply("mais uma"), "delivered")
    assert talk.at_twilio() == []
    shared_lab.server.move_clock(61)
    for message_id in held:
        talk.until(message_id, "delivered")
    assert talk.bodies_at_twilio() == ["depois dela", "e depois"]
    assert talk.message(unknown)["status"] == "unknown"


def test_a_twin_of_somebody_else_leaves_it_unknown(shared_lab: Lab) -> None:
    talk = shared_lab.talk()
    twin_from_elsewhere(shared_lab, talk, "igual")
    message_id = lose(talk, "igual")
    following = talk.reply("a seguinte")
    shared_lab.server.move_clock(61)
    talk.until(following, "delivered")
    assert (talk.message(message_id)["status"], talk.message(message_id)["sid"]) == ("unknown", None)
    assert len(talk.at_twilio("igual")) == 2
    shared_lab.twilio.push_status(ours_at_twilio(talk, message_id), "delivered")
    assert talk.message(message_id)["status"] == "delivered"
    assert talk.message(message_id)["sid"] == ours_at_twilio(talk, message_id)


def test_our_own_earlier_twin_is_no_doubt(shared_lab: Lab) -> None:
    talk = shared_lab.talk()
    first = talk.until(talk.reply("ok"), "delivered")
    talk.fault("failed")
    failed = talk.reply("ok")
    talk.until(failed, "failed")
    assert talk.retry(failed).status_code == 200
    talk.until(failed, "delivered")
    lost = lose(talk, "ok")
    settled = talk.until(lost, "sent", "delivered")
    assert settled["sid"] == ours_at_twilio(talk, lost)
    assert settled["sid"] not in (first["sid"], talk.message(failed)["sid"])
    assert len(talk.at_twilio("ok")) == 4


def test_two_unknown_twins_do_not_take_each_others_place(shared_lab: Lab) -> None:
    talk = shared_lab.talk()
    talk.fault("error_before_accepting")
    absent = talk.reply("gêmeas")
    talk.until(absent, "unknown")
    shared_lab.server.move_clock(61)
    there = lose(talk, "gêmeas")
    # Even long after the first was given up: what Twilio has may still be that one.
    shared_lab.server.move_clock(61 + 14 * 60)
    talk.until(talk.reply("fim"), "delivered")
    doubts = shared_lab.server.logs().count("settle.in_doubt")
    eventually(lambda: doubt_about(shared_lab, there, after=doubts) or talk.message(there)["status"] != "unknown")
    assert [talk.message(one)["status"] for one in (absent, there)] == ["unknown", "unknown"]
    shared_lab.twilio.push_status(ours_at_twilio(talk, there), "delivered")
    assert [talk.message(one)["status"] for one in (absent, there)] == ["unknown", "delivered"]


def test_one_that_twilio_still_holds_lets_the_next_go(shared_lab: Lab) -> None:
    shared_lab.twilio.change_settings(speed=4.0)
    talk = shared_lab.talk()
    talk.fault("error_after_accepting")
    talk.fault("callbacks_lost")
    lost, following = talk.reply("na fila deles"), talk.reply("a seguinte")
    eventually(lambda: talk.message(lost)["sid"])
    assert talk.message(lost)["status"] == "unknown"
    eventually(lambda: talk.message(following)["sid"])
    # Twilio has not moved on meanwhile, nor have we taken the first for lost.
    assert talk.message(lost)["status"] == "unknown"
    assert talk.bodies_at_twilio() == ["na fila deles", "a seguinte"]
    shared_lab.twilio.change_settings(speed=0)
    talk.until(lost, "sent", "delivered")
    assert len(talk.at_twilio()) == 2


def test_asking_waits_until_twilio_answers_again(lab: Callable[..., Lab]) -> None:
    own = lab()
    talk = own.talk()
    talk.fault("hang", seconds=30)
    talk.fault("callbacks_lost")
    message_id = talk.reply("e agora?")
    eventually(talk.at_twilio)
    own.twilio.kill()
    talk.until(message_id, "unknown")
    eventually(lambda: "settle.no_answer" in own.server.logs())
    own.twilio.start()
    talk.until(message_id, "sent", "delivered")
    assert len(talk.at_twilio()) == 1
