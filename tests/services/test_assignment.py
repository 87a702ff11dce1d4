"""Between two steps of a verb; what verbs do is seen through the front door (tests/api/test_verbs.py)."""

from typing import Any

import pytest
from pymongo.database import Database

from tests.support.webhooks import message_form
from whatsapp_server.models import Conversation
from whatsapp_server.models.base import Doc
from whatsapp_server.services import accounts, assignment, inbound, teams, tidying, verbs

CUSTOMER = "whatsapp:+5511970000003"


@pytest.fixture
def held(connected: Database[dict[str, Any]]) -> tuple[Doc, Doc]:
    """(an employee, a customer's conversation that they hold)"""
    user = accounts.create_user("leo@example.com", "Leo", "a-password-of-leo", "agent")
    form = message_form(CUSTOMER)
    inbound.receive(form, dict(form)["MessageSid"])
    conversation = Conversation.raw().find_one({})
    assert conversation is not None
    return user, assignment.claim(user, conversation)


def test_what_is_passed_to_a_team_at_the_moment_it_is_removed_is_in_none(held: tuple[Doc, Doc]) -> None:
    user, conversation = held
    team = teams.add("Vendas", [])
    teams.remove(team["_id"])
    passed = assignment.pass_on(user, conversation, team, "")
    assert (passed["holder_id"], passed["team_id"]) == (None, None)
    again = Conversation.raw().find_one({})
    assert again is not None
    assert (again["holder_id"], again["team_id"]) == (None, None)


def test_passing_to_a_team_that_stays_puts_it_there(held: tuple[Doc, Doc]) -> None:
    user, conversation = held
    team = teams.add("Vendas", [])
    assert assignment.pass_on(user, conversation, team, "")["team_id"] == team["_id"]


def test_nothing_is_tidied_away_in_which_somebody_wrote_meanwhile(held: tuple[Doc, Doc]) -> None:
    _, found = held
    form = message_form(CUSTOMER, Body="de novo")
    inbound.receive(form, dict(form)["MessageSid"])
    released = assignment.Change(tidying.timeline.entry(None, "released"), set=assignment.held_by(None))
    assert verbs.write(found, tidying._unless_written_in(found, released)) is None
    now = Conversation.raw().find_one({})
    assert now is not None
    assert verbs.write(now, tidying._unless_written_in(now, released)) is not None
