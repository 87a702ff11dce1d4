"""Somebody active is always an admin, whoever leaves or is demoted at the same time, and whoever dies while changing it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.mongo import SharedMongo
from tests.support.people import JOINED_PASSWORD, change, deactivate, joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, ServerProcess

ROUNDS = 50


@pytest.fixture
def own(own_server: Callable[..., ServerProcess]) -> ServerProcess:
    """A server of this test alone, whose one admin is Ana."""
    return own_server()


def admins(agent: Agent) -> set[str]:
    """The ids of the active admins."""
    return {one["id"] for one in agent.get("/api/users")["items"] if one["active"] and one["role"] == "admin"}


def test_the_last_active_admin_stays(own: ServerProcess) -> None:
    ana, bruno = own.agent("ana"), own.agent("bruno")
    gone = joined(ana, "admin")
    assert deactivate(ana, gone).status_code == 200
    assert_problem(change(ana, ana, name="Ana", role="agent"), 409, "last_admin")
    assert_problem(deactivate(ana, ana, bruno.user["id"]), 409, "last_admin")
    assert ana.get("/api/auth/me") == ana.user
    assert change(ana, ana, role="admin").status_code == 200
    assert change(ana, bruno, role="admin").status_code == 200
    assert change(ana, ana, role="agent").status_code == 200
    assert_problem(change(ana, bruno, role="agent"), 403, "forbidden")
    assert_problem(change(bruno, bruno, role="agent"), 409, "last_admin")


def test_of_two_admins_who_demote_each_other_or_themselves_at_once_one_stays(own: ServerProcess) -> None:
    ana = own.agent("ana")
    pair = [ana, joined(ana, "admin")]
    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            targets = pair[::-1] if number % 2 else pair
            answers = list(pool.map(lambda one, other: change(one, other, role="agent"), pair, targets))
            codes = sorted(answer.json().get("code", "done") for answer in answers)
            assert codes in (["done", "last_admin"], ["done", "forbidden"]), codes
            (kept,) = admins(ana)
            left, right = pair
            survivor, other = (left, right) if left.user["id"] == kept else (right, left)
            assert change(survivor, other, role="admin").status_code == 200


def test_of_four_admins_who_all_leave_at_once_one_stays(own: ServerProcess) -> None:
    ana, bruno = own.agent("ana"), own.agent("bruno")
    emails = [f"admin{number}@example.com" for number in range(3)]
    for email in emails:
        joined(ana, "admin", email=email)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            four = [own.agent("ana"), *(Agent(own.url, email, JOINED_PASSWORD) for email in emails)]
            codes = [answer.status_code for answer in pool.map(lambda one: deactivate(one, one), four)]
            assert sorted(codes) == [200, 200, 200, 409]
            stayed = four[codes.index(409)]
            assert admins(bruno) == {stayed.user["id"]}
            for other in four:
                assert stayed.call("POST", f"/api/users/{other.user['id']}/reactivate").status_code == 200


@pytest.fixture
def half_done(own: ServerProcess, mongo: SharedMongo) -> Iterator[Callable[..., None]]:
    """Writes down a change of somebody's powers as it stands when its process died before making it."""
    database = mongo.client[own.database_name]

    def write_down(who: Agent, **news: object) -> None:
        written = {"$inc": {"admin_epoch": 1}, "$set": {"admin_change": {"user_id": who.user["id"], "set": news}}}
        assert database["settings"].update_one({"_id": "workspace"}, written).modified_count == 1

    yield write_down
    settings = database["settings"].find_one({"_id": "workspace"})
    assert settings
    assert settings["admin_change"] is None


def test_a_change_whose_process_died_is_made_by_the_next_one(own: ServerProcess, half_done: Callable[..., None]) -> None:
    ana, bruno, carla = own.agent("ana"), own.agent("bruno"), own.agent("carla")
    half_done(bruno, role="admin")
    assert change(ana, carla, role="agent").status_code == 200
    assert admins(ana) == {ana.user["id"], bruno.user["id"]}
    half_done(bruno, active=False)
    assert_problem(change(ana, ana, role="agent"), 409, "last_admin")
    assert_problem(bruno.call("GET", "/api/auth/me"), 401, "session_ended")


def test_or_by_the_next_start(own: ServerProcess, half_done: Callable[..., None]) -> None:
    ana, bruno = own.agent("ana"), own.agent("bruno")
    half_done(bruno, role="admin")
    own.stop()
    own.start()
    assert admins(ana) == {ana.user["id"], bruno.user["id"]}


def test_a_change_that_was_made_already_is_not_made_again(own: ServerProcess, half_done: Callable[..., None], mongo: SharedMongo) -> None:
    """Its process died, or slept, after making it; or another one made it first."""
    ana, bruno = own.agent("ana"), own.agent("bruno")
    half_done(bruno, role="admin")
    database = mongo.client[own.database_name]
    settings = database["settings"].find_one({"_id": "workspace"})
    assert settings
    database["users"].update_one({"_id": bruno.user["id"]}, {"$set": {"admin_epoch": settings["admin_epoch"]}})
    assert change(ana, ana, role="admin").status_code == 200
    assert admins(ana) == {ana.user["id"]}
