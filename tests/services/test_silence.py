"""A message of which Twilio never tells: asked after by its SID, so that its clock does not stay for ever."""

from tests.support.lab import Lab
from tests.support.waiting import eventually


def test_lost_callbacks_are_made_up_for(shared_lab: Lab) -> None:
    talk = shared_lab.talk()
    talk.fault("callbacks_lost", body="sem notícias")
    message_id = talk.reply("sem notícias")
    eventually(lambda: talk.message(message_id)["sid"])
    assert talk.message(message_id)["status"] == "queued"
    shared_lab.server.move_clock(61)
    talk.until(message_id, "delivered")
    assert talk.bodies_at_twilio() == ["sem notícias"]


def test_a_failure_that_was_never_told_shows_with_its_code(shared_lab: Lab) -> None:
    talk = shared_lab.talk()
    talk.fault("callbacks_lost", body="não chega")
    talk.fault("failed", body="não chega", code=63003)
    message_id = talk.reply("não chega")
    eventually(lambda: talk.message(message_id)["sid"])
    assert talk.message(message_id)["status"] == "queued"
    shared_lab.server.move_clock(61)
    talk.until(message_id, "failed")
    assert talk.message(message_id)["error"]["code"] == "63003"
