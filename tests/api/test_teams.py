"""Teams: named lines of people, which admins manage and everybody sees."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, Tab
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually

Stored = Database[dict[str, Any]]
NOBODY = "0" * 24
ROUNDS = 20


def add(admin: Agent, name: str, *member_ids: str) -> requests.Response:
    """A new team, whatever comes of it."""
    return admin.call("POST", "/api/teams", json={"name": name, "member_ids": list(member_ids)})


def new_name() -> str:
    """A name that no other team has."""
    return f"Line {uuid.uuid4()}"


def listed(agent: Agent, team_id: str) -> Json | None:
    """The team as the list has it."""
    return next((team for team in agent.get("/api/teams")["items"] if team["id"] == team_id), None)


def heard_last(tab: Tab, team: Json) -> bool:
    """Whether the newest that `tab` heard of a team is `team`."""
    heard = [one["team"] for one in tab.heard("team.updated") if one["team"]["id"] == team["id"]]
    return bool(heard) and max(heard, key=lambda one: one["version"]) == team


@pytest.fixture
def team(ana: Agent, bruno: Agent) -> Json:
    """A team with Bruno in it."""
    answer = add(ana, new_name(), bruno.user["id"])
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def test_everybody_sees_a_new_team_at_once(ana: Agent, bruno: Agent) -> None:
    name = new_name()
    with bruno.tab() as his:
        team = add(ana, f"  {name} ", bruno.user["id"], ana.user["id"], bruno.user["id"]).json()
        assert team.keys() == {"id", "name", "member_ids", "active", "version", "changed_at"}
        assert (team["name"], team["member_ids"], team["active"]) == (name, [bruno.user["id"], ana.user["id"]], True)
        eventually(lambda: heard_last(his, team))
    assert listed(bruno, team["id"]) == team
    names = [one["name"] for one in bruno.get("/api/teams")["items"]]
    assert names == sorted(names)


def test_name_and_members_change_each_by_itself(ana: Agent, bruno: Agent, team: Json) -> None:
    path, name = f"/api/teams/{team['id']}", new_name()
    with bruno.tab() as his:
        renamed = ana.call("PATCH", path, json={"name": name}).json()
        assert (renamed["name"], renamed["member_ids"], renamed["version"]) == (name, team["member_ids"], team["version"] + 1)
        emptied = ana.call("PATCH", path, json={"member_ids": []}).json()
        assert (emptied["name"], emptied["member_ids"]) == (name, [])
        eventually(lambda: heard_last(his, emptied))
    assert listed(bruno, team["id"]) == emptied


def test_a_name_is_one_team_s_in_whatever_case(ana: Agent, team: Json) -> None:
    for name in (team["name"], team["name"].upper(), f" {team['name'].lower()} "):
        found = assert_problem(add(ana, name), 422, "invalid")
        assert found["errors"] == {"name": ["There is already a team of this name."]}
    other = add(ana, new_name()).json()
    assert_problem(ana.call("PATCH", f"/api/teams/{other['id']}", json={"name": team["name"]}), 422, "invalid")
    assert listed(ana, other["id"]) == other
    assert ana.call("PATCH", f"/api/teams/{team['id']}", json={"name": team["name"].upper()}).status_code == 200


def test_of_two_who_add_the_same_name_at_once_one_does(ana: Agent) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            name = new_name()
            assert sorted(one.status_code for one in pool.map(lambda _, name=name: add(ana, name), range(2))) == [201, 422]


def test_a_removed_team_is_gone_and_its_name_free(ana: Agent, bruno: Agent, team: Json) -> None:
    with bruno.tab() as his:
        removed = ana.call("DELETE", f"/api/teams/{team['id']}")
        assert removed.status_code == 200
        assert removed.json() == {**team, "active": False, "version": team["version"] + 1, "changed_at": removed.json()["changed_at"]}
        eventually(lambda: heard_last(his, removed.json()))
    assert listed(ana, team["id"]) is None
    assert ana.call("DELETE", f"/api/teams/{team['id']}").json() == removed.json()
    assert_problem(ana.call("PATCH", f"/api/teams/{team['id']}", json={"name": new_name()}), 404, "not_found")
    assert add(ana, team["name"]).status_code == 201


def test_conversations_in_the_line_of_a_removed_team_are_in_none(
    twilio: SimulatorProcess, ana: Agent, customers: Callable[[], str], team: Json
) -> None:
    other = add(ana, new_name()).json()
    lines = {}
    for where in (team, other):
        customer = customers()
        twilio.inbound("Oi", from_=customer)
        conversation = eventually(lambda customer=customer: ana.conversation_with(customer))
        passed = ana.call("POST", f"/api/conversations/{conversation['id']}/pass", json={"team_id": where["id"]})
        assert passed.json()["team_id"] == where["id"]
        lines[where["id"]] = passed.json()
    ana.call("DELETE", f"/api/teams/{team['id']}")
    gone, kept = lines[team["id"]], lines[other["id"]]
    after = ana.get(f"/api/conversations/{gone['id']}")
    assert after["team_id"] is None
    assert after["version"] > gone["version"]
    assert ana.get(f"/api/conversations/{kept['id']}")["team_id"] == other["id"]


def test_only_active_people_are_members(ana: Agent, team: Json) -> None:
    gone = joined(ana).user["id"]
    ana.call("POST", f"/api/users/{gone}/deactivate", json={"hand_to": None})
    for member_ids in ([NOBODY], [gone], [ana.user["id"], gone]):
        found = assert_problem(add(ana, new_name(), *member_ids), 422, "invalid")
        assert found["errors"] == {"member_ids": ["These are not all active people."]}
        assert_problem(ana.call("PATCH", f"/api/teams/{team['id']}", json={"member_ids": member_ids}), 422, "invalid")
    assert listed(ana, team["id"]) == team


def test_whoever_is_deactivated_leaves_every_team(ana: Agent, bruno: Agent) -> None:
    leaver = joined(ana).user["id"]
    teams = [add(ana, new_name(), leaver, bruno.user["id"]).json() for _ in range(2)]
    with bruno.tab() as his:
        ana.call("POST", f"/api/users/{leaver}/deactivate", json={"hand_to": None})
        for team in teams:
            left = listed(bruno, team["id"])
            assert left
            assert left["member_ids"] == [bruno.user["id"]]
            eventually(lambda left=left: heard_last(his, left))


def test_nobody_stays_in_a_team_who_is_deactivated_while_they_are_added(ana: Agent, stored: Stored, team: Json) -> None:
    path = f"/api/teams/{team['id']}"
    person = joined(ana).user["id"]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(ROUNDS):
            adding = [pool.submit(ana.call, "PATCH", path, json={"member_ids": [person]}) for _ in range(30)]
            leaving = ana.call("POST", f"/api/users/{person}/deactivate", json={"hand_to": None})
            assert leaving.status_code == 200
            assert {one.result().status_code for one in adding} <= {200, 422}
            kept = stored["teams"].find_one({"_id": team["id"]})
            assert kept
            assert person not in kept["member_ids"]
            assert ana.call("POST", f"/api/users/{person}/reactivate").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("name", "x" * 81), ("name", None), ("name", "\x00"), ("member_ids", "ana"), ("member_ids", [None]), ("other", 1)],
)
def test_what_is_no_team_is_422(ana: Agent, team: Json, field: str, value: object) -> None:
    given = {"name": new_name(), field: value}
    assert assert_problem(ana.call("POST", "/api/teams", json=given), 422, "invalid")["errors"].keys() == {field}
    assert assert_problem(ana.call("PATCH", f"/api/teams/{team['id']}", json={field: value}), 422, "invalid")["errors"].keys() == {field}


def test_a_team_that_is_none_is_404(ana: Agent) -> None:
    assert_problem(ana.call("PATCH", f"/api/teams/{NOBODY}", json={"name": new_name()}), 404, "not_found")
    assert_problem(ana.call("DELETE", f"/api/teams/{NOBODY}"), 404, "not_found")
