"""Every situation, everybody, every verb and every way of reading, over HTTP and sockets: what the rules' own table says, and no more.

To an outsider a conversation does not exist: 404 on every route, in no list, no search, no number, no event.
"""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from tests.support.belonging import done, offered
from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess, Tab
from tests.support.situations import PEOPLE, SITUATIONS, Situation
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server import access
from whatsapp_server.schemas.conversations import VIEWS

People = dict[str, Agent]
EACH = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
_numbers = itertools.count(1)
SEEN = 99


@pytest.fixture(scope="module")
def people(ana: Agent, bruno: Agent, carla: Agent) -> People:
    """Everybody of the situations, and Gina, to whom things are passed."""
    more = {name: joined(ana, "admin" if name == "fred" else "agent", name=name.title()) for name in ("fred", "dora", "eva", "gina")}
    return {"ana": ana, "bruno": bruno, "carla": carla, **more}


@pytest.fixture(scope="module")
def tabs(people: People) -> Iterator[dict[str, Tab]]:
    """An open tab of each."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(people[name].tab()) for name in PEOPLE}


class Made:
    """A conversation brought into a situation; `word` is in its name alone."""

    def __init__(self, server: ServerProcess, people: People, situation: Situation, customer: str) -> None:
        self.server, self.customer, self.word = server, customer, f"Tereza{next(_numbers):05d}"
        self.writes("Oi")
        found = people["ana"].conversation_with(customer)
        assert found is not None
        self.id: str = found["id"]
        self.path = f"/api/conversations/{self.id}"
        self.offer_id = "0" * 24
        if situation.holder:
            done(people[situation.holder].do(self.id, "claim"))
        if situation.offer:
            sender, receiver = (people[name] for name in situation.offer)
            self.offer_id = offered(sender, self.id, receiver)
        if situation.visibility == "private":
            done(people["ana"].do(self.id, "visibility", visibility="private"))
        if situation.state == "finished":
            done(people["ana"].do(self.id, "finish", last_seen_seq=SEEN))

    def writes(self, body: str) -> None:
        """The customer writes."""
        assert post_webhook(self.server, message_form(self.customer, Body=body, ProfileName=self.word)).status_code == 200


# Verbs


ROUTES = {
    "take_over": "take-over",
    "set_visibility": "visibility",
    "accept": "offer/accept",
    "decline": "offer/decline",
    "withdraw": "offer/withdraw",
}


def ask(agent: Agent, verb: str, made: Made, situation: Situation, other: Agent) -> requests.Response:
    """Do `verb` as a tab would."""
    if verb in ("reply", "note"):
        return agent.reply(made.id, "Olá", kind="note" if verb == "note" else "text")
    offer = {"offer_id": made.offer_id}
    given: dict[str, Json] = {
        "take_over": {"from": agent.user["id"]},
        "offer": {"to": other.user["id"]},
        "assign": {"to": other.user["id"]},
        "accept": offer,
        "decline": offer,
        "withdraw": offer,
        "pass": {"team_id": None},
        "finish": {"last_seen_seq": SEEN},
        "set_visibility": {"visibility": "public" if situation.visibility == "private" else "private"},
    }
    return agent.do(made.id, ROUTES.get(verb, verb), **given.get(verb, {}))


def outcome(situation: Situation, related: set[str], verb: str) -> str | None:
    """The code of the refusal by the rules' own table and by what the verbs themselves refuse; None: it is done."""
    state, allowed, refused = access.VERBS[verb]
    if not related:
        return "not_found"
    if state and situation.state != state:
        return access.WRONG_STATE[state].code
    if not related & allowed and not (verb == "reply" and situation.state == "finished"):
        return refused.code
    special = {
        ("offer", bool(situation.offer)): "offer_pending",
        ("withdraw", not situation.offer): "offer_gone",
        ("pass", situation.visibility == "private"): "private_needs_person",
        # Nobody's is taken by whomever one names, a colleague's only from its holder: `ask` names oneself.
        ("take_over", situation.holder is not None and "holder" not in related): "already_held",
    }
    return special.get((verb, True))


@EACH
def test_a_verb_is_theirs_whom_the_table_names(server: ServerProcess, people: People, situation: Situation, customers: Any) -> None:
    def make() -> tuple[Made, Json]:
        made = Made(server, people, situation, customers())
        return made, people["ana"].get(made.path)

    made, before = make()
    for name, verb in itertools.product(situation.one_of_each, access.VERBS):
        expected = outcome(situation, situation.of(name), verb)
        if expected is None:
            assert people["ana"].get(made.path) == before  # for all that was refused so far
        answer = ask(people[name], verb, made, situation, people["gina"])
        if expected is None:
            assert answer.status_code in (200, 201, 204), (name, verb, answer.text)
            made, before = make()
        else:
            assert_problem(answer, 404 if expected == "not_found" else 409, expected)
    assert people["ana"].get(made.path) == before


# Reading


def in_views(situation: Situation, name: str) -> set[str]:
    """Where it stands for somebody."""
    related = situation.of(name)
    is_open, is_listed = situation.state == "open", situation.visibility == "public" or "admin" in related
    found = {
        "all": bool(related),
        "mine": "offered" in related or (is_open and "holder" in related),
        "unassigned": is_open and "free" in related and is_listed,
        "team": is_open and situation.holder is not None and "holder" not in related and is_listed,
        "finished": not is_open and bool(related),
    }
    return {view for view, stands in found.items() if stands}


@EACH
def test_it_is_in_their_lists_searches_and_numbers_alone(
    server: ServerProcess, people: People, situation: Situation, customer: str
) -> None:
    before = {name: people[name].get("/api/counts") for name in situation.one_of_each}
    for name in before:
        assert people[name].call("POST", "/api/views/team/seen").status_code == 204
    made = Made(server, people, situation, customer)
    for name in before:
        agent, views = people[name], in_views(situation, name)
        for view, typed in [*((view, made.word) for view in VIEWS), ("all", customer.removeprefix("whatsapp:"))]:
            found = [one["id"] for one in agent.get("/api/conversations", view=view, q=typed)["items"]]
            assert found == ([made.id] if view in views else []), (name, view)
        listed = [one["id"] for one in agent.get("/api/conversations", limit=100)["items"]]
        assert (made.id in listed) == bool(situation.of(name)), name
        counts = agent.get("/api/counts")
        more = {each: counts[each] - before[name][each] for each in ("mine", "offers", "mentions", "unassigned", "internal")}
        held = "holder" in situation.of(name) and situation.state == "open"
        offers = "offered" in situation.of(name)
        assert more == {"mine": held, "offers": offers, "mentions": 0, "unassigned": "unassigned" in views, "internal": 0}, name
        assert counts["team"] == ("team" in views), name


def reading(agent: Agent, made: Made, message_id: str) -> dict[str, requests.Response]:
    """Every route that tells of a conversation, or changes what is one's own of it."""
    note = {"client_id": f"{agent.user['id']}-{made.id}", "kind": "note", "body": "Visto"}
    return {
        "get": agent.call("GET", made.path),
        "messages": agent.call("GET", f"{made.path}/messages"),
        "readers": agent.call("GET", f"{made.path}/readers"),
        "read": agent.call("POST", f"{made.path}/read", json={"seq": 1}),
        "unread": agent.call("POST", f"{made.path}/unread"),
        "note": agent.call("POST", f"{made.path}/messages", json=note),
        "retry": agent.call("POST", f"/api/messages/{message_id}/retry"),
        "discard": agent.call("POST", f"/api/messages/{message_id}/discard"),
        "start": agent.call("POST", "/api/conversations", json={"number": made.customer.removeprefix("whatsapp:"), "name": "Intruso"}),
    }


READABLE = {
    "get": 200,
    "messages": 200,
    "readers": 200,
    "read": 200,
    "unread": 200,
    "note": 201,
    "retry": 409,
    "discard": 409,
    "start": 200,
}


@EACH
def test_it_is_read_and_heard_of_by_them_alone(
    server: ServerProcess, people: People, tabs: dict[str, Tab], situation: Situation, customer: str
) -> None:
    cursors = {name: people[name].sync()["cursor"] for name in situation.one_of_each}
    made = Made(server, people, situation, customer)
    ana = people["ana"]
    (message_id,) = (one["id"] for one in ana.messages(made.id))
    for name in situation.outsiders[:1]:  # before the others, so that nothing of theirs could have changed it
        answers = reading(people[name], made, message_id)
        started = assert_problem(answers.pop("start"), 409, "not_available")
        assert not {"by", "at", "id"} & started.keys()
        for route, answer in answers.items():
            assert_problem(answer, 404, "not_found")
            assert made.word not in answer.text, route
        outsider = people[name].user["id"]
        mention = ana.reply(made.id, "Veja", kind="note", mentions=[outsider])
        assert assert_problem(mention, 422, "invalid")["errors"].keys() == {"mentions"}
    assert ana.get(made.path)["contact"]["name"] == made.word
    for name in set(situation.one_of_each) & set(situation.readers):
        answers = reading(people[name], made, message_id)
        assert {route: answer.status_code for route, answer in answers.items()} == READABLE, name
    hear(people, tabs, made, situation)
    for name, cursor in cursors.items():
        catch_up(people[name], cursor, made, message_id, may_read=bool(situation.of(name)))


def catch_up(agent: Agent, cursor: str, made: Made, message_id: str, *, may_read: bool) -> None:
    """What a sync tells of it since it began, and a check of what a tab shows: all to its readers, to others that it is gone at most."""
    found = agent.sync(cursor, made.id)
    shown = {"conversations": {made.id: 1}, "messages": {message_id: 0}}
    differing = agent.call("POST", "/api/sync/check", json=shown).json()
    assert found["reset"] is False
    for answer in (found, differing):
        assert (made.id in {one["id"] for one in answer["conversations"]}) == may_read
        assert (message_id in {one["id"] for one in answer["messages"]}) == may_read
        assert may_read or made.word not in str(answer)
        assert not may_read or made.id not in {one["id"] for one in answer["removed"]}


def hear(people: People, tabs: dict[str, Tab], made: Made, situation: Situation) -> None:
    """What the customer and a colleague write now is in the tabs of those who may read it, and nothing of it in any other."""
    before = {name: len(tab.events) for name, tab in tabs.items()}
    made.writes("segredo")
    people["ana"].reply(made.id, "entre nós", kind="note")
    people["ana"].settings(reopen_hours=24)  # which everybody hears: had they been told of the rest, they would know by now
    for name, tab in tabs.items():
        new = eventually(lambda tab=tab, name=name: has_settings(tab.events[before[name] :]))  # type: ignore[misc]
        heard = [payload for _, payload in new if made.id in str(payload) or made.word in str(payload)]
        bodies = {one["message"]["body"] for one in heard if "message" in one}
        if situation.of(name):
            assert bodies >= {"segredo", "entre nós"}, name
        else:
            assert heard == [], name


def has_settings(events: list[tuple[str, Json]]) -> list[tuple[str, Json]]:
    """The events, if the settings' change is among them."""
    return events if any(event == "settings.updated" for event, _ in events) else []


def test_who_can_see_it_and_why_is_told_to_those_who_can(server: ServerProcess, people: People, customers: Any) -> None:
    for situation in SITUATIONS:
        made = Made(server, people, situation, customers())
        found = people["ana"].get(f"{made.path}/readers")
        assert found["visibility"] == situation.visibility
        ours = {people[name].user["id"]: name for name in PEOPLE}
        whys = {ours[one["id"]]: one["why"] for one in found["items"] if one["id"] in ours}
        if situation.visibility == "public":
            assert found["items"] == []
            continue
        expected = {}
        for name in situation.readers:
            facts = situation.of(name)
            expected[name] = next(each for each in ("holder", "offered", "admin") if each in facts)
        assert whys == expected, situation.name
        assert not {one["id"] for one in found["items"]} & {people[name].user["id"] for name in situation.outsiders}


# Colleagues' own chats


def test_a_chat_is_its_members_and_no_admin_s(people: People, tabs: dict[str, Tab], server: ServerProcess) -> None:
    bruno, dora = people["bruno"], people["dora"]
    word = f"Plantao{next(_numbers):05d}"
    answer = bruno.call("POST", "/api/chats", json={"member_ids": [dora.user["id"]], "title": word})
    assert answer.status_code == 201, answer.text
    chat = answer.json()
    before = {name: (people[name].get("/api/counts")["internal"], len(tabs[name].events)) for name in PEOPLE}
    said = bruno.reply(chat["id"], "segredo")
    assert said.status_code == 201
    people["ana"].settings(reopen_hours=24)
    members, made = ("bruno", "dora"), Made.__new__(Made)
    made.id, made.offer_id, made.word = chat["id"], "0" * 24, word
    for name in PEOPLE:
        agent, inside = people[name], name in members
        tab_events = eventually(lambda name=name: has_settings(tabs[name].events[before[name][1] :]))  # type: ignore[misc]
        assert any(chat["id"] in str(payload) for _, payload in tab_events) == inside, name
        for view in VIEWS:
            found = [one["id"] for one in agent.get("/api/conversations", view=view, q=word)["items"]]
            assert found == ([chat["id"]] if inside and view == "internal" else []), (name, view)
        assert agent.get("/api/counts")["internal"] - before[name][0] == (name == "dora"), name
        for route in ("", "/messages", "/readers"):
            assert agent.call("GET", f"/api/conversations/{chat['id']}{route}").status_code == (200 if inside else 404), (name, route)
        for verb in set(access.VERBS) - {"reply", "note"}:
            refused = ask(agent, verb, made, SITUATIONS[0], people["gina"])
            assert_problem(refused, 409 if inside else 404, "not_allowed" if inside else "not_found")
        if not inside:
            for verb in ("reply", "note"):
                assert_problem(ask(agent, verb, made, SITUATIONS[0], people["gina"]), 404, "not_found")
            for again in ("retry", "discard"):
                assert_problem(agent.call("POST", f"/api/messages/{said.json()['id']}/{again}"), 404, "not_found")
            assert_problem(agent.call("POST", f"/api/chats/{chat['id']}/members", json={"add": [agent.user["id"]]}), 404, "not_found")
            assert_problem(agent.call("PATCH", f"/api/chats/{chat['id']}", json={"title": "Meu"}), 404, "not_found")
            assert_problem(agent.call("POST", f"/api/chats/{chat['id']}/delivered", json={"seq": 1}), 404, "not_found")
            assert_problem(agent.call("DELETE", f"/api/chats/{chat['id']}/members/{bruno.user['id']}"), 404, "not_found")
