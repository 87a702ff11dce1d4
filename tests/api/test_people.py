"""Roles, leaving and coming back. That somebody active is always an admin: tests/services/test_powers.py."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.support.people import JOINED_PASSWORD, change, deactivate, joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually

Stored = Database[dict[str, Any]]
NOBODY = "0" * 24
ROUNDS = 20


def listed(agent: Agent, who: Agent) -> Json:
    """Somebody as the list of the staff has them."""
    return next(one for one in agent.get("/api/users")["items"] if one["id"] == who.user["id"])


def seen_by_all(user: Json) -> Json:
    """What colleagues see of somebody."""
    return {name: value for name, value in user.items() if name not in ("notifications", "team_seen_at")}


def may_administer(agent: Agent) -> bool:
    """Whether somebody is let through to what only admins do; a team that is none is not found."""
    answer = agent.call("DELETE", f"/api/teams/{NOBODY}")
    assert answer.status_code in (403, 404)
    return bool(answer.status_code == 404)


@pytest.fixture
def dora(ana: Agent) -> Agent:
    """An agent of this test alone."""
    return joined(ana)


@pytest.fixture
def begun(twilio: SimulatorProcess, ana: Agent, customers: Callable[[], str]) -> Callable[[], str]:
    """Begins a conversation of a new customer; its path."""

    def begin() -> str:
        customer = customers()
        twilio.inbound("Oi", from_=customer)
        return f"/api/conversations/{eventually(lambda: ana.conversation_with(customer))['id']}"

    return begin


# Roles


def test_a_role_changes_at_once_in_an_open_tab(ana: Agent, bruno: Agent, dora: Agent) -> None:
    with dora.tab() as own, bruno.tab() as his:
        for role in ("admin", "agent"):
            changed = change(ana, dora, role=role)
            assert changed.status_code == 200
            assert changed.json()["role"] == role
            assert may_administer(dora) == (role == "admin")
            assert dora.get("/api/auth/me")["role"] == role
            payload = {"user": changed.json()}
            for tab in (own, his):
                eventually(lambda tab=tab, payload=payload: payload in tab.heard("user.updated"))
        assert not own.ended.is_set()
    assert listed(bruno, dora) == changed.json()


def test_a_name_changes_by_itself_and_with_the_role(ana: Agent, dora: Agent) -> None:
    renamed = change(ana, dora, name=" Dora Prado ").json()
    assert renamed == {**seen_by_all(dora.user), "name": "Dora Prado", "version": renamed["version"], "changed_at": renamed["changed_at"]}
    both = change(ana, dora, name="Dora", role="admin").json()
    assert (both["name"], both["role"], both["version"]) == ("Dora", "admin", renamed["version"] + 1)
    assert change(ana, dora).json() == both


def test_what_is_no_name_or_role_is_422(ana: Agent, dora: Agent) -> None:
    for news in ({"name": " "}, {"name": "x" * 81}, {"role": "boss"}, {"role": ""}, {"email": "other@example.com"}, {"active": "no"}):
        assert assert_problem(change(ana, dora, **news), 422, "invalid")["errors"].keys() == news.keys()
    assert listed(ana, dora) == seen_by_all(dora.user)


def test_somebody_who_is_nobody_is_404(ana: Agent) -> None:
    path = f"/api/users/{NOBODY}"
    for news in ({"name": "Dora"}, {"role": "admin"}):
        assert_problem(ana.call("PATCH", path, json=news), 404, "not_found")
    assert_problem(ana.call("GET", f"{path}/work"), 404, "not_found")
    assert_problem(ana.call("POST", f"{path}/deactivate", json={"hand_to": None}), 404, "not_found")
    assert_problem(ana.call("POST", f"{path}/reactivate"), 404, "not_found")


def test_a_former_admin_s_open_tab_hears_no_more_of_what_is_private(
    twilio: SimulatorProcess, ana: Agent, bruno: Agent, customer: str
) -> None:
    eva = joined(ana, "admin")
    twilio.inbound("Oi", from_=customer)
    path = f"/api/conversations/{eventually(lambda: ana.conversation_with(customer))['id']}"
    bruno.call("POST", f"{path}/claim")
    bruno.call("POST", f"{path}/visibility", json={"visibility": "private"})
    with eva.tab() as hers, bruno.tab() as his:
        twilio.inbound("before", from_=customer)
        hers.wait_for("message.created", body="before")
        assert change(ana, eva, role="agent").status_code == 200
        assert_problem(eva.call("GET", path), 404, "not_found")
        twilio.inbound("after", from_=customer)
        his.wait_for("message.created", body="after")
        # What everybody hears comes after it: had her tab been told, it would know by now.
        change(ana, eva, name="Eva")
        eventually(lambda: [one for one in hers.heard("user.updated") if one["user"]["name"] == "Eva"])
        assert hers.heard("message.created", body="after") == []


# Leaving


def test_whoever_is_deactivated_is_out_at_once_everywhere(server: ServerProcess, ana: Agent, bruno: Agent, dora: Agent) -> None:
    other = Agent(server.url, dora.user["email"], JOINED_PASSWORD)
    with dora.tab() as one, other.tab() as two, bruno.tab() as his:
        answer = deactivate(ana, dora)
        assert answer.status_code == 200
        assert answer.json()["active"] is False
        for tab in (one, two):
            assert tab.ended.wait(1)
            assert tab.heard("session.ended") == [{"code": "session_ended"}]
        eventually(lambda: {"user": answer.json()} in his.heard("user.updated"))
        assert not his.ended.is_set()
    assert_problem(dora.call("GET", "/api/auth/me"), 401, "session_ended")
    assert_problem(dora.call("POST", "/api/auth/refresh"), 401, "session_ended")
    credentials = {"email": dora.user["email"], "password": JOINED_PASSWORD}
    assert_problem(requests.post(f"{server.url}/api/auth/login", json=credentials, timeout=20), 401, "bad_credentials")
    assert listed(bruno, dora) == answer.json()


def test_whoever_comes_back_signs_in_as_before(server: ServerProcess, ana: Agent, dora: Agent) -> None:
    deactivate(ana, dora)
    with ana.tab() as hers:
        back = ana.call("POST", f"/api/users/{dora.user['id']}/reactivate")
        assert back.status_code == 200
        eventually(lambda: {"user": back.json()} in hers.heard("user.updated"))
    assert_problem(dora.call("GET", "/api/auth/me"), 401, "session_ended")
    again = Agent(server.url, dora.user["email"], JOINED_PASSWORD)
    assert seen_by_all(again.user) == back.json()
    assert (again.user["role"], again.user["active"]) == ("agent", True)


@pytest.mark.parametrize("heir", ["bruno", None])
def test_their_work_goes_to_whom_the_admin_names(ana: Agent, bruno: Agent, dora: Agent, begun: Callable[[], str], heir: str | None) -> None:
    held, offered_by, offered_to, finished, foreign = (begun() for _ in range(5))
    for path in (held, offered_by, finished):
        assert dora.call("POST", f"{path}/claim").status_code == 200
    for path in (offered_to, foreign):
        assert ana.call("POST", f"{path}/claim").status_code == 200
    assert dora.call("POST", f"{offered_by}/offer", json={"to": bruno.user["id"]}).status_code == 200
    assert ana.call("POST", f"{offered_to}/offer", json={"to": dora.user["id"]}).status_code == 200
    assert dora.call("POST", f"{finished}/finish", json={"last_seen_seq": 1}).status_code == 200
    for asker in (ana, dora):
        assert asker.get(f"/api/users/{dora.user['id']}/work") == {"held": 2, "offered_to": 1, "offered_by": 1}
    target = bruno.user["id"] if heir else None
    assert deactivate(ana, dora, target).status_code == 200
    after = {path: ana.get(path) for path in (held, offered_by, offered_to, finished, foreign)}
    assert [after[path]["assignee_id"] for path in (held, offered_by)] == [target, target]
    assert [after[path]["assignee_id"] for path in (offered_to, foreign)] == [ana.user["id"]] * 2
    assert [one["offer"] for one in after.values()] == [None] * 5
    assert after[finished]["state"] == "finished"
    assert ana.get(f"/api/users/{dora.user['id']}/work") == {"held": 0, "offered_to": 0, "offered_by": 0}


def test_work_goes_only_to_another_active_person(ana: Agent, dora: Agent) -> None:
    gone = joined(ana)
    assert deactivate(ana, gone).status_code == 200
    for heir in (gone.user["id"], dora.user["id"], NOBODY, ""):
        assert_problem(deactivate(ana, dora, heir), 409, "not_available")
    assert dora.get("/api/auth/me") == dora.user
    for body in ({}, {"hand_to": 7}, {"hand_to": ["x"]}):
        assert_problem(ana.call("POST", f"/api/users/{dora.user['id']}/deactivate", json=body), 422, "invalid")


def test_of_two_who_are_to_inherit_from_each_other_nobody_keeps_anything(ana: Agent, dora: Agent, begun: Callable[[], str]) -> None:
    path = begun()
    pair = [dora, joined(ana)]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            taken = ana.call("POST", f"{path}/assign", json={"to": dora.user["id"]})
            assert taken.json()["assignee_id"] == dora.user["id"]
            answers = list(pool.map(lambda one, heir: deactivate(ana, one, heir.user["id"]).json(), pair, pair[::-1]))
            assert {answer.get("code", "done") for answer in answers} <= {"done", "not_available"}
            active = {one["id"] for one in ana.get("/api/users")["items"] if one["active"]}
            assert ana.get(path)["assignee_id"] in {None, *active}
            for one in pair:
                assert ana.call("POST", f"/api/users/{one.user['id']}/reactivate").status_code == 200


def test_saying_it_again_finishes_what_was_left(ana: Agent, dora: Agent, begun: Callable[[], str], stored: Stored) -> None:
    path = begun()
    assert dora.call("POST", f"{path}/claim").status_code == 200
    # As if the process had died right after the person was made inactive.
    stored["users"].update_one({"_id": dora.user["id"]}, {"$set": {"active": False}})
    assert deactivate(ana, dora).status_code == 200
    assert ana.get(path)["assignee_id"] is None
    assert_problem(dora.call("GET", "/api/auth/me"), 401, "session_ended")
    assert deactivate(ana, dora).status_code == 200


def test_somebody_s_work_is_shown_to_them_and_to_admins(ana: Agent, bruno: Agent, dora: Agent) -> None:
    path = f"/api/users/{dora.user['id']}/work"
    assert dora.get(path) == ana.get(path) == {"held": 0, "offered_to": 0, "offered_by": 0}
    assert_problem(bruno.call("GET", path), 403, "forbidden")
