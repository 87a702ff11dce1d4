"""Finish, reopen, make private and public: what each does for who asks, for a colleague's open tab and for the timeline; and who loses."""

import pytest

from tests.support.belonging import assert_done, done, events, holding, offered, refused
from tests.support.server import Agent
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk

NOBODY = "0" * 24

# Finish and reopen


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_finishing_keeps_holder_and_visibility(ana: Agent, bruno: Agent, talk: Talk, visibility: str) -> None:
    done(bruno.do(talk.id, "claim"))
    done(bruno.do(talk.id, "visibility", visibility=visibility))
    with ana.tab() as hers:
        finished = done(bruno.do(talk.id, "finish", last_seen_seq=1))
        assert holding(finished) == ("finished", visibility, bruno.user["id"], None, None)
        assert finished["finished_at"]
        assert finished["waiting_since"] is None
        assert_done(finished, ana, hers, {"author": bruno.user["id"], "event": "finished"})


def test_what_is_finished_twice_is_finished_once(ana: Agent, bruno: Agent, talk: Talk) -> None:
    finished = done(bruno.do(talk.id, "finish", last_seen_seq=1))  # nobody's: anybody may
    for late in (ana, bruno):
        assert refused(late.do(talk.id, "finish", last_seen_seq=1), "already_finished", bruno)["at"] == finished["finished_at"]
    assert events(ana, talk.id) == ["finished"]


def test_what_the_customer_wrote_meanwhile_keeps_it_open(bruno: Agent, twilio: SimulatorProcess, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    twilio.inbound("mais uma coisa", from_=talk.customer)
    refused(bruno.do(talk.id, "finish", last_seen_seq=2), "new_message")
    done(bruno.do(talk.id, "finish", last_seen_seq=3))


def test_only_its_holder_and_admins_finish(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    refused(carla.do(talk.id, "finish", last_seen_seq=9), "not_holder", bruno)
    assert done(ana.do(talk.id, "finish", last_seen_seq=9))["assignee_id"] == bruno.user["id"]


def test_finishing_ends_an_offer(bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    offer_id = offered(bruno, talk.id, carla)
    assert done(bruno.do(talk.id, "finish", last_seen_seq=9))["offer"] is None
    refused(carla.do(talk.id, "offer/accept", offer_id=offer_id), "already_finished", bruno)


@pytest.mark.parametrize("verb", ["claim", "take-over", "offer", "pass", "finish", "offer/accept", "offer/decline", "offer/withdraw"])
def test_nothing_is_done_with_a_finished_one_but_reopening_it(bruno: Agent, carla: Agent, talk: Talk, verb: str) -> None:
    done(bruno.do(talk.id, "finish", last_seen_seq=9))
    given = {"from": NOBODY, "to": carla.user["id"], "team_id": None, "last_seen_seq": 9, "offer_id": NOBODY}
    wanted = {"take-over": ["from"], "offer": ["to"], "pass": ["team_id"], "finish": ["last_seen_seq"], "claim": []}.get(verb, ["offer_id"])
    refused(bruno.do(talk.id, verb, **{name: given[name] for name in wanted}), "already_finished", bruno)


def test_whoever_reopens_holds_it(bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    done(bruno.do(talk.id, "finish", last_seen_seq=9))
    with bruno.tab() as his:
        opened = done(carla.do(talk.id, "reopen"))
        assert holding(opened) == ("open", "public", carla.user["id"], None, None)
        assert opened["finished_at"] is None
        assert_done(opened, bruno, his, {"author": carla.user["id"], "event": "reopened"})
    for late in (bruno, carla):
        refused(late.do(talk.id, "reopen"), "not_finished", carla)
    # What was answered by finishing does not wait again.
    assert opened["waiting_since"] is None
    assert events(bruno, talk.id) == ["claimed", "finished", "reopened"]


# Private and public


def test_its_holder_and_admins_say_who_may_read_it(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    refused(carla.do(talk.id, "visibility", visibility="private"), "not_holder")  # nobody's yet
    done(bruno.do(talk.id, "claim"))
    refused(carla.do(talk.id, "visibility", visibility="private"), "not_holder", bruno)
    with ana.tab() as hers:
        private = done(bruno.do(talk.id, "visibility", visibility="private"))
        assert holding(private) == ("open", "private", bruno.user["id"], None, None)
        assert_done(private, ana, hers, {"author": bruno.user["id"], "event": "made_private"})
        assert done(bruno.do(talk.id, "visibility", visibility="private")) == private
        public = done(ana.do(talk.id, "visibility", visibility="public"))
        assert_done(public, carla, hers, {"author": ana.user["id"], "event": "made_public"})
    assert events(carla, talk.id) == ["claimed", "made_private", "made_public"]
