"""Catching up over HTTP: what changed since a cursor and may be seen, and what a tab shows that is another by now."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.support.belonging import begun, done, made_private, new_team, offered, write
from tests.support.people import change, joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from whatsapp_server.services import sync

LISTS = ("conversations", "messages", "reads", "removed", "users", "teams", "channels")
Stored = Database[dict[str, Any]]


def ids(found: list[Json]) -> set[str]:
    """Of documents."""
    return {one["id"] for one in found}


def of(found: list[Json], document_id: str) -> Json:
    """The document of this id."""
    return next(one for one in found if one["id"] == document_id)


def test_the_first_time_everything_is_to_be_loaded(bruno: Agent) -> None:
    found = bruno.sync()
    assert found["reset"] is True
    assert found["me"]["id"] == bruno.user["id"]
    assert [found[name] for name in LISTS] == [[] for _ in LISTS]
    assert found["settings"] is None
    assert bruno.sync(found["cursor"])["reset"] is False


def test_a_conversation_and_its_messages_come_as_the_other_answers_have_them(
    server: ServerProcess, bruno: Agent, customer: str, ana: Agent
) -> None:
    cursor = bruno.sync()["cursor"]
    conversation_id = begun(server, ana, customer)
    write(server, customer, "e mais")
    found = bruno.sync(cursor, conversation_id)
    assert of(found["conversations"], conversation_id) == bruno.get(f"/api/conversations/{conversation_id}")
    assert sorted(found["messages"], key=lambda one: one["seq"]) == bruno.thread(conversation_id)
    # Of threads that the tab does not hold nothing is told.
    assert bruno.sync(cursor)["messages"] == []


def test_every_answer_is_enough_for_the_next(server: ServerProcess, bruno: Agent, ana: Agent, customers: Callable[[], str]) -> None:
    cursor, started = bruno.sync()["cursor"], set()
    for _ in range(3):
        started.add(begun(server, ana, customers()))
        found = bruno.sync(cursor)
        assert started <= ids(found["conversations"])  # answers overlap by some seconds
        cursor = found["cursor"]


def test_a_tick_of_an_old_message_comes_too(twilio: SimulatorProcess, bruno: Agent, customer: str) -> None:
    talk = Talk(bruno, twilio, customer)
    replied = talk.reply("Olá")
    talk.until(replied, "delivered")
    for number in range(3):
        twilio.inbound(f"mais {number}", from_=customer)
    cursor = bruno.sync()["cursor"]
    twilio.read_chat(customer)
    read = talk.until(replied, "read")
    assert of(bruno.sync(cursor, talk.id)["messages"], replied) == read


def test_what_became_private_is_removed_for_those_who_could_read_it(
    bruno: Agent, carla: Agent, ana: Agent, begin: Callable[[], str]
) -> None:
    conversation_id, cursor = begin(), carla.sync()["cursor"]
    # A cursor is its person's own: to anybody whose rights changed another time it says nothing.
    readers = {reader: reader.sync()["cursor"] for reader in (ana, bruno)}
    held = carla.get(f"/api/conversations/{conversation_id}")["version"]
    made_private(bruno, conversation_id)
    found = carla.sync(cursor, conversation_id)
    assert conversation_id not in ids(found["conversations"])
    assert conversation_id not in {one["conversation_id"] for one in found["messages"]}
    assert of(found["removed"], conversation_id)["version"] > held
    for reader, own in readers.items():
        assert conversation_id in ids(reader.sync(own)["conversations"])
        assert conversation_id not in ids(reader.sync(own)["removed"])
    done(bruno.do(conversation_id, "visibility", visibility="public"))
    again = carla.sync(cursor)
    assert conversation_id in ids(again["conversations"])
    assert conversation_id not in ids(again["removed"])


def test_whoever_loses_a_private_one_is_told_so_alone(bruno: Agent, carla: Agent, dora: Agent, begin: Callable[[], str]) -> None:
    conversation_id = begin()
    made_private(bruno, conversation_id)
    offer_id, cursor = offered(bruno, conversation_id, carla), carla.sync()["cursor"]
    done(bruno.do(conversation_id, "offer/withdraw", offer_id=offer_id))
    assert conversation_id in ids(carla.sync(cursor)["removed"])
    # Dora could read it until it became private, which is a moment ago too: nothing but that is told.
    assert conversation_id not in ids(dora.sync(cursor)["conversations"])


def test_whoever_lost_it_is_not_told_how_much_is_going_on_there(
    server: ServerProcess, bruno: Agent, carla: Agent, ana: Agent, customer: str
) -> None:
    conversation_id, cursor = begun(server, ana, customer), carla.sync()["cursor"]
    held = carla.get(f"/api/conversations/{conversation_id}")["version"]
    private = made_private(bruno, conversation_id)
    told = of(carla.sync(cursor)["removed"], conversation_id)
    assert held < told["version"] <= private["version"]
    write(server, customer, "segredo")
    assert bruno.reply(conversation_id, "sigilo").status_code == 201
    assert of(carla.sync(cursor)["removed"], conversation_id) == told
    # Got back, it is newer than what removed it; lost again, that is above what she held then.
    again = done(bruno.do(conversation_id, "visibility", visibility="public"))
    assert again["version"] > told["version"]
    write(server, customer, "às claras")
    held = carla.get(f"/api/conversations/{conversation_id}")["version"]
    done(bruno.do(conversation_id, "visibility", visibility="private"))
    assert of(carla.sync(cursor)["removed"], conversation_id)["version"] > held


def test_whoever_joined_later_is_told_of_no_loss(bruno: Agent, ana: Agent, begin: Callable[[], str]) -> None:
    conversation_id = begin()
    made_private(bruno, conversation_id)
    late = joined(ana)
    found = late.sync(late.sync()["cursor"])
    assert conversation_id not in ids(found["removed"]) | ids(found["conversations"])


def test_whoever_left_a_chat_is_told_and_the_others_are_not_outsiders(bruno: Agent, carla: Agent, dora: Agent) -> None:
    members = [carla.user["id"], dora.user["id"]]
    chat = bruno.call("POST", "/api/chats", json={"member_ids": members, "title": "Plantão"}).json()["id"]
    cursors = {agent: agent.sync()["cursor"] for agent in (bruno, carla, dora)}
    assert carla.call("DELETE", f"/api/chats/{chat}/members/{carla.user['id']}").status_code == 204
    assert chat in ids(carla.sync(cursors[carla])["removed"])
    for member in (bruno, dora):
        assert chat in ids(member.sync(cursors[member])["conversations"])


def test_messages_of_what_may_not_be_read_are_not_to_be_had_by_naming_it(
    server: ServerProcess, bruno: Agent, carla: Agent, customer: str, ana: Agent
) -> None:
    cursor, conversation_id = carla.sync()["cursor"], begun(server, ana, customer)
    made_private(bruno, conversation_id)
    secret = f"segredo de {customer}"  # other tests' customers tell secrets too
    write(server, customer, secret)
    found = carla.sync(cursor, conversation_id)
    assert conversation_id in ids(found["removed"])
    assert secret not in str(found)
    newest = bruno.thread(conversation_id)[-1]
    answer = carla.call("POST", "/api/sync/check", json={"conversations": {conversation_id: 1}, "messages": {newest["id"]: 0}}).json()
    assert answer == {"conversations": [], "messages": [], "removed": [{"id": conversation_id, "version": 2}]}


def test_people_teams_settings_and_marks_come_too(ana: Agent, bruno: Agent, dora: Agent, begin: Callable[[], str]) -> None:
    conversation_id, cursor, hers = begin(), bruno.sync()["cursor"], ana.sync()["cursor"]
    team = new_team(ana, bruno)
    ana.settings(reopen_hours=24)
    assert change(ana, dora, name="Dora Nova").status_code == 200
    marked = bruno.call("POST", f"/api/conversations/{conversation_id}/read", json={"seq": 1}).json()
    found = bruno.sync(cursor)
    assert of(found["teams"], team["id"]) == team
    assert found["settings"] == bruno.get("/api/settings")
    assert of(found["users"], dora.user["id"])["name"] == "Dora Nova"
    assert marked["read"] in [one["read"] for one in found["reads"] if one["conversation_id"] == conversation_id]
    assert "password" not in str(found)
    # Marks are one's own.
    found = ana.sync(hers)
    assert found["reset"] is False
    assert conversation_id not in {one["conversation_id"] for one in found["reads"]}
    assert ana.call("DELETE", f"/api/teams/{team['id']}").status_code in (200, 204)
    assert of(bruno.sync(cursor)["teams"], team["id"])["active"] is False


def test_another_role_begins_anew(ana: Agent, dora: Agent) -> None:
    cursor = dora.sync()["cursor"]
    assert change(ana, dora, role="admin").status_code == 200
    assert dora.sync(cursor)["reset"] is True
    cursor = dora.sync()["cursor"]
    assert change(ana, dora, name="Dora").status_code == 200
    assert dora.sync(cursor)["reset"] is False


@pytest.fixture
def multiply(clocked: ServerProcess, stored: Stored) -> Iterator[Callable[[str], None]]:
    """Makes as many copies of a conversation as an answer holds: with it, one too many. Afterwards they are gone."""
    conversations = stored.client[clocked.database_name]["conversations"]
    copies = [f"{number:024x}" for number in range(sync.MOST)]

    def insert(conversation_id: str) -> None:
        one = conversations.find_one({"_id": conversation_id})
        assert one is not None
        conversations.insert_many([{**one, "_id": copy, "contact_id": copy} for copy in copies])
        conversations.update_many({"_id": {"$in": [conversation_id, *copies]}}, {"$currentDate": {"changed_at": True}})

    yield insert
    conversations.delete_many({"_id": {"$in": copies}})


def test_too_much_or_too_long_ago_begins_anew(clocked: ServerProcess, multiply: Callable[[str], None], customer: str) -> None:
    agent = clocked.agent("bruno")
    conversation_id = begun(clocked, agent, customer)
    cursor = agent.sync()["cursor"]
    assert agent.sync(cursor)["reset"] is False
    multiply(conversation_id)
    found = agent.sync(cursor)
    assert (found["reset"], found["conversations"]) == (True, [])
    assert found["cursor"] != ""


def test_more_losses_than_an_answer_holds_begin_anew(clocked: ServerProcess, multiply: Callable[[str], None], customer: str) -> None:
    agent, admin = clocked.agent("bruno"), clocked.agent("ana")
    conversation_id = begun(clocked, agent, customer)
    cursor = agent.sync()["cursor"]
    lost_before = ids(agent.sync(cursor)["removed"])  # other tests' moments ago
    done(admin.do(conversation_id, "claim"))
    done(admin.do(conversation_id, "visibility", visibility="private"))
    found = agent.sync(cursor)
    assert found["reset"] is False
    assert ids(found["removed"]) == lost_before | {conversation_id}
    multiply(conversation_id)
    found = agent.sync(cursor)
    assert (found["reset"], found["removed"]) == (True, [])


@pytest.mark.parametrize("cursor", ["x", "W10", "WzFd", "WyJhIiwwXQ", "WzEsIjAiXQ", "A" * 300, "ção"])
def test_what_is_no_cursor_is_422(bruno: Agent, cursor: str) -> None:
    assert assert_problem(bruno.call("GET", "/api/sync", params={"since": cursor}), 422, "invalid")["errors"].keys() == {"since"}


def test_a_cursor_from_the_future_or_of_long_ago_begins_anew(bruno: Agent) -> None:
    for cursor in ("WzQxMDI0NDQ4MDAwMDAsMF0", "WzEwMDAwMDAwMDAwMDAsMF0"):  # of the years 2100 and 2001
        assert bruno.sync(cursor)["reset"] is True


def test_without_a_token_nothing_is_told(server: ServerProcess) -> None:
    assert_problem(requests.get(f"{server.url}/api/sync", timeout=10), 401, "token_missing")
    assert_problem(requests.post(f"{server.url}/api/sync/check", json=[], timeout=10), 401, "token_missing")


# What a tab shows


def check(agent: Agent, conversations: dict[str, int], messages: dict[str, int] | None = None) -> Json:
    """What differs."""
    answer = agent.call("POST", "/api/sync/check", json={"conversations": conversations, "messages": messages or {}})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_what_is_shown_as_it_is_differs_in_nothing(bruno: Agent, begin: Callable[[], str]) -> None:
    conversation = bruno.get(f"/api/conversations/{begin()}")
    messages = {one["id"]: one["version"] for one in bruno.thread(conversation["id"])}
    assert check(bruno, {conversation["id"]: conversation["version"]}, messages) == {"conversations": [], "messages": [], "removed": []}


def test_what_is_another_by_now_comes_whole(bruno: Agent, carla: Agent, talk: Talk) -> None:
    replied = talk.reply("Olá")
    shown = talk.message(replied)["version"] if talk.message(replied)["status"] == "queued" else 1
    delivered = talk.until(replied, "delivered", "read")
    found = check(carla, {talk.id: 1}, {replied: min(shown, delivered["version"] - 1)})
    assert found["conversations"] == [carla.get(f"/api/conversations/{talk.id}")]
    assert ids(found["messages"]) == {replied}
    assert found["messages"][0]["version"] >= delivered["version"]


def test_what_may_no_longer_be_read_goes_and_tells_no_more(bruno: Agent, carla: Agent, begin: Callable[[], str]) -> None:
    conversation_id = begin()
    held = carla.get(f"/api/conversations/{conversation_id}")["version"]
    made_private(bruno, conversation_id)
    assert check(carla, {conversation_id: held})["removed"] == [{"id": conversation_id, "version": held + 1}]
    # What never was is answered the same, so that asking tells nothing.
    assert check(carla, {"f" * 24: 3})["removed"] == [{"id": "f" * 24, "version": 4}]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"conversations": []},
        {"conversations": {"0" * 24: "x"}},
        {"messages": {"0" * 24: -1}},
        {"messages": {"x y": 1}},
        {"conversations": {f"{n:024x}": 1 for n in range(201)}},
    ],
)
def test_another_shape_is_422(bruno: Agent, body: object) -> None:
    assert_problem(bruno.call("POST", "/api/sync/check", json=body), 422, "invalid")
