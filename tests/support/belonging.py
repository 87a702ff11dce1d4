"""Whose conversation it is, as people see it: the verbs' answers, the timeline's entries, what a tab was told."""

import uuid
from datetime import datetime
from typing import Any

import requests

from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess, Tab
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook

# What is true of the person who asks, and so not part of any event.
OWN = ("read", "unread")


def done(answer: requests.Response) -> Json:
    """What a verb that went through answers."""
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def named(agent: Agent) -> Json:
    """Somebody as refusals and offers name them."""
    return {"id": agent.user["id"], "name": agent.user["name"]}


def holding(conversation: Json) -> tuple[Any, ...]:
    """(state, visibility, who holds it, team, to whom it is offered)."""
    offered_to = (conversation["offer"] or {}).get("to", {}).get("id")
    return (*(conversation[name] for name in ("state", "visibility", "assignee_id", "team_id")), offered_to)


def entries(agent: Agent, conversation_id: str) -> list[Json]:
    """The timeline's entries, oldest first: who did it (None: the system) as `author`, and what."""
    found = [one for one in agent.thread(conversation_id) if one["kind"] == "event"]
    return [{"author": (one["author"] or {}).get("id"), **one["details"]} for one in found]


def events(agent: Agent, conversation_id: str) -> list[str]:
    """Only what was done."""
    return [one["event"] for one in entries(agent, conversation_id)]


def told(tab: Tab, conversation: Json) -> None:
    """Wait until `tab` has heard of `conversation` just as an answer has it, or as it became later."""
    expected = {name: value for name, value in conversation.items() if name not in OWN}

    def heard() -> bool:
        payloads = [payload["conversation"] for _, payload in list(tab.events) if "conversation" in payload]
        return expected in [one for one in payloads if one["id"] == expected["id"]]

    eventually(heard)


def assert_done(answer: Json, watching: Agent, tab: Tab, entry: Json) -> None:
    """A colleague who is `watching` has it as in the answer, in their open tab and when they ask; `entry` is the timeline's newest."""
    assert entries(watching, answer["id"])[-1] == entry
    told(tab, answer)
    found = watching.get(f"/api/conversations/{answer['id']}")
    assert {name: found[name] for name in found if name not in OWN} == {name: answer[name] for name in answer if name not in OWN}


def moment(text: str) -> datetime:
    """A time as the API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def refused(answer: requests.Response, code: str, by: Agent | None = None) -> Json:
    """Assert a 409 that names who was faster, and when if somebody was."""
    problem = assert_problem(answer, 409, code)
    assert problem.get("by") == (named(by) if by else None), problem
    assert bool(problem.get("at")) == (by is not None), problem
    return problem


def offered(agent: Agent, conversation_id: str, to: Agent, note: str = "") -> str:
    """`agent` offers it to `to`; the offer's id."""
    offer_id: str = done(agent.do(conversation_id, "offer", to=to.user["id"], note=note))["offer"]["id"]
    return offer_id


def made_private(holder: Agent, conversation_id: str) -> Json:
    """`holder` takes it and makes it private."""
    done(holder.do(conversation_id, "claim"))
    return done(holder.do(conversation_id, "visibility", visibility="private"))


def new_team(admin: Agent, *members: Agent) -> Json:
    """A team that no other test has."""
    given = {"name": f"Line {uuid.uuid4()}", "member_ids": [each.user["id"] for each in members]}
    answer = admin.call("POST", "/api/teams", json=given)
    assert answer.status_code == 201, answer.text
    team: Json = answer.json()
    return team


def write(server: ServerProcess, customer: str, body: str = "Oi") -> None:
    """`customer` writes, and it has arrived."""
    answer = post_webhook(server, message_form(customer, Body=body))
    assert answer.status_code == 200, answer.text


def begun(server: ServerProcess, reader: Agent, customer: str) -> str:
    """A conversation that `customer` begins; its id."""
    write(server, customer)
    found = reader.conversation_with(customer)
    assert found is not None
    conversation_id: str = found["id"]
    return conversation_id
