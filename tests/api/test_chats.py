"""Colleagues among themselves: members alone, ticks that are true, groups."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.problems import assert_problem
from tests.support.server import Agent, Json
from tests.support.waiting import eventually


def start(agent: Agent, *others: Agent, **more: str) -> Json:
    """A chat of these, found or made."""
    answer = agent.call("POST", "/api/chats", json={"member_ids": [each.user["id"] for each in others], **more})
    assert answer.status_code in (200, 201), answer.text
    chat: Json = answer.json()
    return chat


@pytest.fixture
def group(bruno: Agent, carla: Agent) -> Json:
    """Bruno's and Carla's; Ana, the admin, is not in it."""
    return start(bruno, carla, title="Plantão")


def test_the_chat_of_two_is_one_however_often_it_is_started(bruno: Agent, carla: Agent) -> None:
    with ThreadPoolExecutor(8) as pool:
        chats = list(pool.map(lambda n: start(*((bruno, carla) if n % 2 else (carla, bruno))), range(16)))
    assert len({chat["id"] for chat in chats}) == 1
    assert (chats[0]["kind"], chats[0]["group"], chats[0]["contact"]) == ("internal", False, None)
    assert set(chats[0]["member_ids"]) == {bruno.user["id"], carla.user["id"]}


def test_words_reach_the_members_alone(ana: Agent, bruno: Agent, carla: Agent, group: Json) -> None:
    path = f"/api/conversations/{group['id']}"
    assert ana.user["role"] == "admin"
    with ana.tab() as outsider, carla.tab() as hers:
        said = bruno.reply(group["id"], "Só entre nós")
        assert said.status_code == 201
        heard = hers.wait_for("message.created", id=said.json()["id"])[0]
        assert (heard["message"]["direction"], heard["message"]["status"]) == ("internal", "posted")
        # What goes to everybody afterwards is heard: so the outsider was listening.
        assert ana.call("POST", "/api/conversations", json={"number": "+5511900000077", "name": "Alguém"}).status_code in (200, 201)
        ana.call("PATCH", "/api/settings", json={"reopen_hours": 24})
        outsider.wait_for("settings.updated")
        assert not [one for one in outsider.events if group["id"] in str(one)]
    for method, route in (("GET", path), ("GET", f"{path}/messages"), ("GET", f"{path}/readers"), ("POST", f"{path}/claim")):
        assert_problem(ana.call(method, route), 404, "not_found")
    assert_problem(ana.reply(group["id"], "posso?"), 404, "not_found")
    for view in ("internal", "all", "team", "unassigned", "finished", "mine"):
        assert group["id"] not in [one["id"] for one in ana.get("/api/conversations", view=view)["items"]]
    assert ana.get("/api/conversations", q="Plantão")["items"] == []
    assert bruno.get("/api/conversations", view="internal", q="plantao")["items"][0]["id"] == group["id"]


def test_ticks_say_what_is_true(bruno: Agent, carla: Agent, group: Json) -> None:
    seq = bruno.reply(group["id"], "Chegou?").json()["seq"]
    mine = bruno.get(f"/api/conversations/{group['id']}")
    assert (mine["unread"], mine["member_marks"].get(carla.user["id"])) == (0, None)
    assert carla.get(f"/api/conversations/{group['id']}")["unread"] == 1
    with bruno.tab() as his:
        assert carla.call("POST", f"/api/chats/{group['id']}/delivered", json={"seq": seq}).status_code == 204
        delivered = his.wait_for("conversation.updated", id=group["id"])[0]["conversation"]["member_marks"]
        assert delivered[carla.user["id"]] == {"delivered": seq, "read": 0}
        carla.call("POST", f"/api/conversations/{group['id']}/read", json={"seq": seq})
        eventually(
            lambda: his.heard("conversation.updated", id=group["id"])[-1]["conversation"]["member_marks"][carla.user["id"]]["read"] == seq
        )
    # A mark never goes back.
    carla.call("POST", f"/api/chats/{group['id']}/delivered", json={"seq": 1})
    assert bruno.get(f"/api/conversations/{group['id']}")["member_marks"][carla.user["id"]] == {"delivered": seq, "read": seq}


def test_joining_shows_what_was_said_and_leaving_takes_it_away(ana: Agent, bruno: Agent, carla: Agent, group: Json) -> None:
    bruno.reply(group["id"], "antes")
    path = f"/api/chats/{group['id']}"
    assert bruno.call("POST", f"{path}/members", json={"add": [ana.user["id"]]}).status_code == 200
    assert [one["body"] for one in ana.messages(group["id"])] == ["antes"]
    assert ana.get(f"/api/conversations/{group['id']}")["unread"] == 0
    with ana.tab() as hers:
        assert_problem(bruno.call("DELETE", f"{path}/members/{ana.user['id']}"), 409, "not_allowed")
        assert ana.call("DELETE", f"{path}/members/{ana.user['id']}").status_code == 204
        hers.wait_for("conversation.removed", id=group["id"])
        already = len(hers.events)
        bruno.reply(group["id"], "depois")
        ana.call("PATCH", "/api/settings", json={"reopen_hours": 24})
        hers.wait_for("settings.updated")
        assert not [one for one in hers.events[already:] if group["id"] in str(one)]
    assert_problem(ana.call("GET", f"/api/conversations/{group['id']}"), 404, "not_found")
    entries = [one["details"]["event"] for one in carla.thread(group["id"]) if one["kind"] == "event"]
    assert entries == ["group_created", "member_added", "member_left"]


def test_adding_who_is_in_it_already_reads_nothing_for_them(ana: Agent, bruno: Agent, carla: Agent, group: Json) -> None:
    assert bruno.reply(group["id"], "leia isto").status_code == 201
    added = bruno.call("POST", f"/api/chats/{group['id']}/members", json={"add": [carla.user["id"], ana.user["id"]]})
    assert added.status_code == 200
    assert [agent.get(f"/api/conversations/{group['id']}")["unread"] for agent in (ana, carla)] == [0, 1]


def test_a_group_is_renamed_and_a_chat_of_two_is_not(bruno: Agent, carla: Agent, group: Json) -> None:
    assert bruno.call("PATCH", f"/api/chats/{group['id']}", json={"title": "Noite"}).json()["title"] == "Noite"
    assert carla.get(f"/api/conversations/{group['id']}")["title"] == "Noite"
    two = start(bruno, carla)
    assert_problem(bruno.call("PATCH", f"/api/chats/{two['id']}", json={"title": "Nós"}), 409, "not_allowed")
    assert_problem(bruno.call("DELETE", f"/api/chats/{two['id']}/members/{bruno.user['id']}"), 409, "not_allowed")


@pytest.mark.parametrize(
    "given",
    [
        {"member_ids": []},
        {"member_ids": ["0" * 24]},
        {"member_ids": ["0" * 24], "title": " "},
        {},
        {"member_ids": "x"},
    ],
)
def test_a_chat_of_another_shape_is_422(bruno: Agent, given: Json) -> None:
    assert_problem(bruno.call("POST", "/api/chats", json=given), 422, "invalid")


def test_no_customers_verb_does_anything_to_a_chat(bruno: Agent, group: Json) -> None:
    for verb, given in (("claim", {}), ("finish", {"last_seen_seq": 9}), ("visibility", {"visibility": "public"}), ("reopen", {})):
        assert_problem(bruno.do(group["id"], verb, **given), 409, "not_allowed")
    said = bruno.reply(group["id"], "nota?", kind="note").json()
    assert said["kind"] == "text"
    assert_problem(bruno.call("POST", f"/api/messages/{said['id']}/retry"), 409, "not_retryable")
