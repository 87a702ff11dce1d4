"""What a workspace has done by itself if it says so: what is long answered is finished, what waits is released."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.belonging import done, entries, events, holding, made_private
from tests.support.lab import Lab
from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from tests.support.waiting import eventually

HOUR, DAY = 3600, 24 * 3600


@pytest.fixture
def own(lab: Callable[..., Lab]) -> Lab:
    """A server whose clock moves. It tidies when it starts, and then once a minute."""
    return lab()


def later(own: Lab, seconds: float) -> Agent:
    """Bruno, when so much time has passed and the server has just tidied."""
    own.server.stop()
    own.server.move_clock(seconds)
    own.server.start()
    return own.server.agent("bruno")


def shown(agent: Agent, talk: Talk) -> tuple[object, ...]:
    """How it stands."""
    return holding(agent.get(f"/api/conversations/{talk.id}"))


def test_what_is_long_answered_is_finished_and_what_waits_too_long_released(own: Lab) -> None:
    bruno = own.agent("bruno")
    answered, waiting, private, nobodys = (own.talk() for _ in range(4))
    for talk in (answered, waiting):
        done(bruno.do(talk.id, "claim"))
    made_private(bruno, private.id)
    answered.agent = bruno
    answered.until(answered.reply("resolvido"), "delivered")
    before = {talk: shown(bruno, talk) for talk in (answered, waiting, private, nobodys)}

    # Unless a setting says so, nothing is done.
    bruno = later(own, 40 * DAY)
    assert {talk: shown(bruno, talk) for talk in before} == before

    own.server.agent("ana").settings(auto_finish_days=30, auto_release_hours=48)
    own.twilio.move_clock(40 * DAY)
    own.twilio.inbound("alô?", from_=waiting.customer)
    bruno = later(own, 40 * DAY + HOUR)
    me = bruno.user["id"]
    assert shown(bruno, answered) == ("finished", "public", me, None, None)
    assert entries(bruno, answered.id)[-1] == {"author": None, "event": "finished"}
    assert assert_problem(bruno.do(answered.id, "claim"), 409, "already_finished")["by"] is None
    # Whoever waits is never finished, but not kept by somebody who does not answer either, however recent their last message.
    # A private one nobody else could answer.
    assert shown(bruno, waiting) == ("open", "public", None, None, None)
    assert entries(bruno, waiting.id)[-1] == {"author": None, "event": "released"}
    assert [shown(bruno, talk) for talk in (private, nobodys)] == [before[private], before[nobodys]]

    # The customer writes: it comes back to its last holder, for it was finished just now.
    own.twilio.inbound("mais uma coisa", from_=answered.customer)
    assert shown(bruno, answered) == ("open", "public", me, None, None)
    assert events(bruno, answered.id) == ["claimed", "finished", "reopened_by_customer"]


def test_what_was_left_with_somebody_who_is_gone_is_released_but_not_while_they_are_leaving(
    twilio: SimulatorProcess, ana: Agent, customers: Callable[[], str], stored: Database[dict[str, Any]]
) -> None:
    """A process died after it had shut them out; of whoever is shut out just now, what they hold is on its way to their heir."""
    gone, leaving = joined(ana), joined(ana)
    held = {}
    for who, ago in ((leaving, 0), (gone, 5)):
        held[who] = Talk(ana, twilio, customers())
        done(who.do(held[who].id, "claim"))
        shut_out = {"active": False, "changed_at": datetime.now(UTC) - timedelta(minutes=ago)}
        stored["users"].update_one({"_id": who.user["id"]}, {"$set": shut_out})
    eventually(lambda: shown(ana, held[gone])[2] is None)
    assert entries(ana, held[gone].id)[-1] == {"author": None, "event": "released"}
    assert shown(ana, held[leaving])[2] == leaving.user["id"]
    done(ana.call("POST", f"/api/users/{leaving.user['id']}/deactivate", json={"hand_to": ana.user["id"]}))
    assert shown(ana, held[leaving])[2] == ana.user["id"]
