"""What everybody sets for themselves: being away or busy, which all see, and what to be told of, which nobody else sees."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.support.people import JOINED_PASSWORD, joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually


def coming(**ahead: float) -> datetime:
    """A moment ahead, as exact as the database keeps it."""
    return (datetime.now(UTC) + timedelta(**ahead)).replace(microsecond=0)


def shown(moment: datetime) -> str:
    """A moment as the API writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def be_away(agent: Agent, until: str | None, **more: object) -> requests.Response:
    """Be away until then, whatever comes of it."""
    return agent.call("PUT", "/api/me/absence", json={"until": until, **more})


def listed(agent: Agent, who: Agent) -> Json:
    """Somebody as the list of the staff has them."""
    return next(one for one in agent.get("/api/users")["items"] if one["id"] == who.user["id"])


@pytest.fixture
def dora(ana: Agent) -> Agent:
    """An agent of this test alone."""
    return joined(ana)


def test_everybody_sees_until_when_somebody_is_away(bruno: Agent, dora: Agent) -> None:
    assert dora.user["absent_until"] is None
    until = coming(days=14)
    with bruno.tab() as his:
        away = be_away(dora, until.isoformat())
        assert away.status_code == 200
        assert away.json()["absent_until"] == shown(until)
        eventually(lambda: {"user": away.json()} in his.heard("user.updated"))
        assert listed(bruno, dora) == away.json()
        assert dora.get("/api/auth/me")["absent_until"] == shown(until)
        back = be_away(dora, None)
        assert back.json()["absent_until"] is None
        eventually(lambda: {"user": back.json()} in his.heard("user.updated"))
    assert listed(bruno, dora) == back.json()


def test_whose_absence_has_passed_is_back(clocked: ServerProcess) -> None:
    bruno = clocked.agent("bruno")
    assert be_away(bruno, coming(hours=1).isoformat()).json()["absent_until"]
    clocked.move_clock(3600)
    again = clocked.agent("bruno")
    assert again.user["absent_until"] is None
    assert listed(again, bruno)["absent_until"] is None


def test_a_time_is_taken_in_any_zone_and_without_one_as_utc(dora: Agent) -> None:
    until = coming(days=3)
    for written in (until.isoformat(), f"{until:%Y-%m-%dT%H:%M:%S}", (until + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S+03:00")):
        assert be_away(dora, written).json()["absent_until"] == shown(until)


@pytest.mark.parametrize(
    "until",
    [
        "2001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "2099-01-01",
        "tomorrow",
        "",
        7,
        [],
        {"$gt": ""},
    ],
)
def test_what_is_no_coming_time_is_422(dora: Agent, until: object) -> None:
    found = assert_problem(be_away(dora, until), 422, "invalid")  # type: ignore[arg-type]
    assert found["errors"].keys() == {"until"}
    assert dora.get("/api/auth/me") == dora.user


def test_until_when_must_be_said(dora: Agent) -> None:
    assert_problem(dora.call("PUT", "/api/me/absence", json={"release": True}), 422, "invalid")


def be_busy(agent: Agent, busy: object) -> requests.Response:
    """Be busy or free, whatever comes of it."""
    return agent.call("PUT", "/api/me/busy", json={"busy": busy})


def test_everybody_sees_who_is_busy_until_they_are_free_again(bruno: Agent, dora: Agent) -> None:
    assert dora.user["busy"] is False
    with bruno.tab() as his:
        for busy in (True, True, False):
            told = be_busy(dora, busy)
            assert (told.status_code, told.json()["busy"]) == (200, busy)
            eventually(lambda told=told: {"user": told.json()} in his.heard("user.updated"))
            assert listed(bruno, dora) == told.json()
            assert dora.get("/api/auth/me")["busy"] is busy


def test_whoever_is_busy_is_so_on_every_browser_and_after_signing_in_again(server: ServerProcess, dora: Agent) -> None:
    be_busy(dora, True)
    dora.call("POST", "/api/auth/logout")
    assert Agent(server.url, dora.user["email"], JOINED_PASSWORD).user["busy"] is True


def test_being_busy_and_being_away_do_not_touch_each_other(dora: Agent) -> None:
    until = coming(days=2)
    be_busy(dora, True)
    assert be_away(dora, until.isoformat()).json()["busy"] is True
    assert be_busy(dora, False).json()["absent_until"] == shown(until)


@pytest.mark.parametrize("body", [{}, {"busy": None}, {"busy": "perhaps"}, {"busy": []}, {"busy": True, "until": None}])
def test_what_says_neither_busy_nor_free_is_422(dora: Agent, body: Json) -> None:
    assert_problem(dora.call("PUT", "/api/me/busy", json=body), 422, "invalid")
    assert dora.get("/api/auth/me") == dora.user


@pytest.mark.parametrize("release", [True, False])
def test_going_away_may_release_what_one_holds(
    twilio: SimulatorProcess, ana: Agent, dora: Agent, customers: Callable[[], str], release: bool
) -> None:
    paths = []
    for holder in (dora, ana):
        customer = customers()
        twilio.inbound("Oi", from_=customer)
        paths.append(f"/api/conversations/{eventually(lambda customer=customer: ana.conversation_with(customer))['id']}")
        assert holder.call("POST", f"{paths[-1]}/claim").status_code == 200
    assert be_away(dora, coming(days=1).isoformat(), release=release).status_code == 200
    own, foreign = (ana.get(path)["assignee_id"] for path in paths)
    assert own == (None if release else dora.user["id"])
    assert foreign == ana.user["id"]


def test_notifications_are_one_s_own_affair(server: ServerProcess, ana: Agent, dora: Agent) -> None:
    assert dora.user["notifications"] == {"chats": "all"}
    for chats in ("mentions", "none", "all", "none"):
        answer = dora.call("PUT", "/api/me/notifications", json={"chats": chats})
        assert (answer.status_code, answer.json()) == (200, {"chats": chats})
        assert dora.get("/api/auth/me")["notifications"] == {"chats": chats}
    assert dora.call("POST", "/api/auth/refresh").json()["user"]["notifications"] == {"chats": "none"}
    with ana.tab() as hers:
        be_away(dora, coming(days=1).isoformat())
        heard = hers.wait_for("user.updated")[-1]["user"]
    assert heard["id"] == dora.user["id"]
    for seen in (heard, listed(ana, dora), be_away(dora, None).json()):
        assert "notifications" not in seen
    assert ana.get("/api/auth/me")["notifications"] == {"chats": "all"}


@pytest.mark.parametrize("body", [{}, {"chats": "some"}, {"chats": None}, {"chats": "all", "sound": "loud"}])
def test_what_is_no_notification_is_422(dora: Agent, body: Json) -> None:
    assert_problem(dora.call("PUT", "/api/me/notifications", json=body), 422, "invalid")
    assert dora.get("/api/auth/me")["notifications"] == {"chats": "all"}
