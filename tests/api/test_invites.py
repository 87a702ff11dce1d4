"""Joining by a link: once, within a week, as long as an admin stands behind it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.support.people import JOINED_PASSWORD, accept, invited, joined, new_email, token_of
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.tokens import claims_of

Stored = Database[dict[str, Any]]
WEEK = 7 * 24 * 3600
ROUNDS = 20


def look(url: str, token: str) -> requests.Response:
    """What a link leads to."""
    return requests.post(f"{url}/api/invitations/look", json={"token": token}, timeout=20)


def listed(admin: Agent, invite: Json) -> Json | None:
    """`invite` as the list has it, read page by page; None when it is not there."""
    cursor: dict[str, str] = {}
    while True:
        page = admin.get("/api/invites", limit=100, **cursor)
        found: Json | None = next((one for one in page["items"] if one["id"] == invite["id"]), None)
        if found or not page["next"]:
            return found
        cursor = {"cursor": page["next"]}


def accounts(stored: Stored, *emails: str) -> list[Json]:
    """The accounts of these addresses, as they are stored."""
    return list(stored["users"].find({"email": {"$in": list(emails)}}))


@pytest.fixture
def token(ana: Agent) -> str:
    """What the link of a new invitation holds."""
    return token_of(invited(ana))


def test_the_link_is_shown_once_and_stored_nowhere(server: ServerProcess, ana: Agent, stored: Stored) -> None:
    invite = invited(ana, name=" Dora ", email="Dora@Example.com")
    assert invite.keys() == {"id", "role", "name", "email", "created_at", "expires_at", "used_at", "url"}
    assert invite["url"] == f"{server.url}/#/join/{token_of(invite)}"
    assert len(token_of(invite)) >= 43  # 32 random bytes
    assert (invite["role"], invite["name"], invite["email"], invite["used_at"]) == ("agent", "Dora", "dora@example.com", None)
    assert listed(ana, invite) == {name: value for name, value in invite.items() if name != "url"}
    assert token_of(invite) not in str(list(stored["invites"].find()))
    assert token_of(invite) not in server.logs()


def test_a_stranger_sees_what_they_are_invited_to(server: ServerProcess, ana: Agent) -> None:
    invite = invited(ana, "admin", name="Dora", email="dora@example.com")
    seen = look(server.url, token_of(invite))
    assert seen.status_code == 200
    assert seen.json() == {name: invite[name] for name in ("role", "name", "email", "expires_at")}


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_whoever_accepts_is_in_at_once(server: ServerProcess, ana: Agent, bruno: Agent, role: str) -> None:
    invite, email = invited(ana, role), new_email()
    with bruno.tab() as his:
        answer = accept(server.url, token_of(invite), name=" Dora Reis ", email=email.upper())
        assert answer.status_code == 200
        person = answer.json()["user"]
        heard = his.wait_for("user.updated")[-1]["user"]
    assert (person["name"], person["email"], person["role"], person["active"]) == ("Dora Reis", email, role, True)
    assert heard == {name: value for name, value in person.items() if name not in ("notifications", "team_seen_at")}
    assert "refresh" in answer.headers["Set-Cookie"]
    assert claims_of(answer.json()["access_token"])["sub"] == person["id"]
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert requests.get(f"{server.url}/api/auth/me", headers=headers, timeout=10).json() == person
    assert Agent(server.url, email, JOINED_PASSWORD).user == person
    used = listed(ana, invite)
    assert used
    assert used["used_at"]


def test_a_link_works_once(server: ServerProcess, token: str, stored: Stored) -> None:
    assert accept(server.url, token).status_code == 200
    again = new_email()
    assert_problem(accept(server.url, token, email=again), 404, "not_found")
    assert_problem(look(server.url, token), 404, "not_found")
    assert accounts(stored, again) == []


def test_of_many_who_accept_at_once_one_joins(server: ServerProcess, ana: Agent, stored: Stored) -> None:
    with ThreadPoolExecutor(4) as pool:
        for _ in range(ROUNDS):
            token = token_of(invited(ana))
            emails = [new_email(), new_email(), new_email()]
            emails.append(emails[0])  # and one of them twice
            answers = list(pool.map(lambda email, token=token: accept(server.url, token, email=email), emails))
            codes = sorted(answer.status_code for answer in answers)
            assert codes == [200, 404, 404, 404], codes
            (winner,) = [answer.json()["user"] for answer in answers if answer.status_code == 200]
            assert [(one["_id"], one["email"]) for one in accounts(stored, *emails)] == [(winner["id"], winner["email"])]


def test_a_link_lasts_a_week(clocked: ServerProcess) -> None:
    token = token_of(invited(clocked.agent("ana")))
    clocked.move_clock(WEEK - 60)
    assert look(clocked.url, token).status_code == 200
    clocked.move_clock(WEEK + 60)
    assert_problem(look(clocked.url, token), 404, "not_found")
    assert_problem(accept(clocked.url, token), 404, "not_found")


def test_a_withdrawn_link_leads_nowhere(server: ServerProcess, ana: Agent) -> None:
    invite = invited(ana)
    assert ana.call("DELETE", f"/api/invites/{invite['id']}").status_code == 204
    assert_problem(look(server.url, token_of(invite)), 404, "not_found")
    assert_problem(accept(server.url, token_of(invite)), 404, "not_found")
    assert listed(ana, invite) is None
    assert_problem(ana.call("DELETE", f"/api/invites/{invite['id']}"), 404, "not_found")


def test_an_email_that_is_taken_uses_nothing_up(server: ServerProcess, ana: Agent, token: str, stored: Stored) -> None:
    before = accounts(stored, "bruno@example.com")
    assert_problem(accept(server.url, token, email="Bruno@Example.com"), 409, "email_taken")
    assert accounts(stored, "bruno@example.com") == before
    assert look(server.url, token).status_code == 200
    assert accept(server.url, token).status_code == 200


def test_whoever_died_before_saying_that_it_is_used_leaves_no_second_account(server: ServerProcess, ana: Agent, stored: Stored) -> None:
    invite, email = invited(ana), new_email()
    token = token_of(invite)
    assert accept(server.url, token).status_code == 200
    for lost in (lambda: look(server.url, token), lambda: accept(server.url, token, email=email)):
        assert stored["invites"].update_one({"_id": invite["id"]}, {"$set": {"used_at": None}}).modified_count == 1
        assert_problem(lost(), 404, "not_found")
        found = listed(ana, invite)
        assert found
        assert found["used_at"]
    assert accounts(stored, email) == []


@pytest.mark.parametrize("path", ["deactivate", "demote"])
def test_a_link_dies_with_its_author_s_powers(server: ServerProcess, ana: Agent, path: str) -> None:
    author = joined(ana, "admin")
    open_one, used_one = invited(author), invited(author)
    assert accept(server.url, token_of(used_one)).status_code == 200
    assert look(server.url, token_of(open_one)).status_code == 200
    if path == "demote":
        done = ana.call("PATCH", f"/api/users/{author.user['id']}", json={"role": "agent"})
    else:
        done = ana.call("POST", f"/api/users/{author.user['id']}/deactivate", json={"hand_to": None})
    assert done.status_code == 200
    assert_problem(look(server.url, token_of(open_one)), 404, "not_found")
    assert_problem(accept(server.url, token_of(open_one)), 404, "not_found")
    assert listed(ana, open_one) is None
    assert listed(ana, used_one)


def test_the_list_is_paged_with_the_newest_first(ana: Agent) -> None:
    made = [invited(ana)["id"] for _ in range(5)][::-1]
    first = ana.get("/api/invites", limit=3)
    second = ana.get("/api/invites", limit=2, cursor=first["next"])
    assert [one["id"] for one in first["items"] + second["items"]] == made


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "../x"])
def test_a_token_that_is_none_is_404(server: ServerProcess, token: str) -> None:
    assert_problem(look(server.url, token), 404, "not_found")
    assert_problem(accept(server.url, token), 404, "not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "too short"),
        ("password", "x" * 201),
        ("email", "no-address"),
        ("email", "a@b"),
        ("email", "x" * 250 + "@example.com"),
        ("name", "  "),
        ("name", "x" * 81),
        ("name", "\ud800"),
    ],
)
def test_what_cannot_be_an_account_is_422_and_uses_nothing_up(server: ServerProcess, token: str, field: str, value: str) -> None:
    found = assert_problem(accept(server.url, token, **{field: value}), 422, "invalid")
    assert found["errors"].keys() == {field}
    assert look(server.url, token).status_code == 200


def test_guessing_is_limited_by_address(own_server: Callable[..., ServerProcess]) -> None:
    server = own_server(LOGIN_ATTEMPTS_PER_MINUTE="3")
    token = token_of(invited(server.agent("ana")))
    # Both verbs count together. A minute that ends in between begins a new count: then it takes up to three more.
    answers = [look(server.url, f"guess{number}") if number % 2 else accept(server.url, f"guess{number}") for number in range(7)]
    codes = [answer.status_code for answer in answers]
    assert codes[:3] == [404, 404, 404]
    assert codes[-1] == 429
    assert_problem(answers[-1], 429, "too_many_attempts")
    assert_problem(look(server.url, token), 429, "too_many_attempts")
