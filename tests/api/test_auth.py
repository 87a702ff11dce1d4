"""Signing in and out, through the front door."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.support.people import JOINED_PASSWORD, joined
from tests.support.problems import assert_problem
from tests.support.server import PASSWORD, Agent, ServerProcess
from tests.support.tokens import claims_of
from tests.support.waiting import PATIENCE_SECONDS, eventually

ROOT = Path(__file__).parents[2]


def login(server: ServerProcess, email: object = "bruno@example.com", password: object = PASSWORD) -> requests.Response:
    """A sign-in, whatever its answer."""
    return requests.post(f"{server.url}/api/auth/login", json={"email": email, "password": password}, timeout=20)


@pytest.fixture
def carla(server: ServerProcess) -> Agent:
    """An agent with a session of this test alone."""
    return server.agent("carla")


def test_login_answers_a_token_and_the_person(server: ServerProcess) -> None:
    body = login(server).json()
    assert body.keys() == {"access_token", "expires_in", "user"}
    seconds = 60 * int(server.env["ACCESS_TOKEN_MINUTES"])
    assert body["expires_in"] == seconds
    seen_by_all = {"id", "name", "email", "role", "active", "absent_until", "busy", "version", "changed_at"}
    assert body["user"].keys() == {*seen_by_all, "notifications", "team_seen_at"}
    assert (body["user"]["email"], body["user"]["role"]) == ("bruno@example.com", "agent")
    claims = claims_of(body["access_token"])
    assert claims["exp"] - claims["iat"] == seconds
    assert claims["sub"] == body["user"]["id"]


def test_the_email_is_taken_in_any_case_and_with_spaces(server: ServerProcess) -> None:
    assert login(server, "  Bruno@Example.COM ").status_code == 200


def test_the_refresh_cookie_is_for_this_site_and_no_script(server: ServerProcess) -> None:
    cookie = login(server).headers["Set-Cookie"]
    assert "Secure" not in cookie  # the demo is plain HTTP
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/api/auth;"):
        assert attribute in f"{cookie};"
    assert f"Max-Age={30 * 24 * 3600}" in cookie  # SESSION_DAYS


@pytest.fixture(scope="module")
def behind(module_server: Callable[..., ServerProcess]) -> ServerProcess:
    """A server behind a proxy that speaks TLS and says who asked; it takes three attempts a minute."""
    return module_server(PUBLIC_BASE_URL="https://inbox.example.com", TRUSTED_PROXIES="1", LOGIN_ATTEMPTS_PER_MINUTE="3")


def test_behind_tls_the_cookie_is_secure(behind: ServerProcess) -> None:
    assert "Secure;" in login(behind).headers["Set-Cookie"]


def test_wrong_credentials_are_answered_alike_whatever_was_wrong(server: ServerProcess) -> None:
    wrong_password = login(server, password="not-the-password")
    unknown = login(server, email="nobody@example.com")
    for answer in (wrong_password, unknown):
        assert_problem(answer, 401, "bad_credentials")
        assert "Set-Cookie" not in answer.headers
    assert wrong_password.json() == unknown.json()


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "ana@example.com"}, {"email": "", "password": "x"}, {"email": ["a"], "password": {"$ne": ""}}, [], "text", None, 7],
)
def test_a_login_of_another_shape_is_422(server: ServerProcess, body: object) -> None:
    assert_problem(requests.post(f"{server.url}/api/auth/login", json=body, timeout=10), 422, "invalid")


def test_refresh_gives_a_new_token_for_the_same_session(carla: Agent) -> None:
    answer = carla.call("POST", "/api/auth/refresh")
    assert answer.status_code == 200
    renewed = answer.json()
    assert claims_of(renewed["access_token"])["sid"] == claims_of(carla.token)["sid"]
    assert claims_of(renewed["access_token"])["jti"] != claims_of(carla.token)["jti"]
    assert renewed["user"] == carla.user


def test_refresh_without_the_cookie_is_401(server: ServerProcess, ana: Agent) -> None:
    assert_problem(requests.post(f"{server.url}/api/auth/refresh", timeout=10), 401, "token_missing")
    header = {"Authorization": f"Bearer {ana.token}"}
    assert_problem(requests.post(f"{server.url}/api/auth/refresh", headers=header, timeout=10), 401, "token_missing")


def test_me_is_the_person_of_the_token(ana: Agent, carla: Agent) -> None:
    own = ("notifications", "team_seen_at")  # which others change meanwhile in her name
    assert {name: value for name, value in ana.get("/api/auth/me").items() if name not in own} == {
        name: value for name, value in ana.user.items() if name not in own
    }
    assert carla.get("/api/auth/me")["name"] == "Carla Dias"


def test_no_answer_holds_a_password_hash(ana: Agent) -> None:
    people = ana.call("GET", "/api/users")
    assert {person["email"] for person in people.json()["items"]} >= {"ana@example.com", "bruno@example.com", "carla@example.com"}
    assert "hash" not in people.text
    assert "argon2" not in people.text


def test_logout_ends_the_session_and_clears_the_cookie(server: ServerProcess, carla: Agent) -> None:
    cookies = dict(carla.http.cookies)
    answer = carla.call("POST", "/api/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not carla.http.cookies
    assert_problem(carla.call("GET", "/api/auth/me"), 401, "session_ended")
    assert_problem(requests.post(f"{server.url}/api/auth/refresh", cookies=cookies, timeout=10), 401, "session_ended")


def test_logout_does_no_harm_said_twice_or_by_nobody(server: ServerProcess, carla: Agent) -> None:
    assert [carla.call("POST", "/api/auth/logout").status_code for _ in range(2)] == [204, 204]
    assert requests.post(f"{server.url}/api/auth/logout", timeout=10).status_code == 204


def test_logout_by_the_access_token_alone_ends_the_session(server: ServerProcess, carla: Agent) -> None:
    header = {"Authorization": f"Bearer {carla.token}"}
    assert requests.post(f"{server.url}/api/auth/logout", headers=header, timeout=10).status_code == 204
    assert_problem(carla.call("POST", "/api/auth/refresh"), 401, "session_ended")


def test_logout_cuts_the_session_s_tabs_and_no_other(server: ServerProcess, carla: Agent, ana: Agent) -> None:
    elsewhere = server.agent("carla")
    with carla.tab() as mine, elsewhere.tab() as my_other_browser, ana.tab() as hers:
        carla.call("POST", "/api/auth/logout")
        assert mine.ended.wait(5)
        assert mine.events[-1] == ("session.ended", {"code": "session_ended"})
        elsewhere.get("/api/auth/me")
        assert not my_other_browser.ended.is_set()
        assert not hers.ended.is_set()
        assert not my_other_browser.heard("session.ended") + hers.heard("session.ended")


@pytest.fixture(scope="module")
def limited(module_server: Callable[..., ServerProcess]) -> ServerProcess:
    """A server that takes three attempts a minute at each account; each test tries another one."""
    return module_server(LOGIN_ATTEMPTS_PER_MINUTE="3")


def test_attempts_are_limited_by_person(limited: ServerProcess) -> None:
    # A minute that ends in between begins a new count: then it takes up to three more.
    answers = [login(limited, password="not-the-password") for _ in range(7)]
    codes = [answer.status_code for answer in answers]
    assert codes[:3] == [401, 401, 401]
    assert 429 in codes
    refused = assert_problem(answers[codes.index(429)], 429, "too_many_attempts")
    assert refused["detail"] == "Too many attempts. Wait a minute."
    assert login(limited, "ana@example.com").status_code == 200


def test_spelling_the_address_otherwise_is_no_fresh_start(limited: ServerProcess) -> None:
    spellings = ["carla@example.com", "CARLA@example.com", " carla@example.com", "Carla@Example.com"]
    codes = [login(limited, email, "not-the-password").status_code for email in spellings * 2]
    assert codes[:3] == [401, 401, 401]
    assert 429 in codes


def from_address(server: ServerProcess, forwarded: str) -> int:
    """The status of a try to sign in that a proxy says it was asked for; it fails, for an account that no other test tries."""
    given = {"email": "nobody@example.com", "password": "not-the-password"}
    return requests.post(f"{server.url}/api/auth/login", json=given, headers={"X-Forwarded-For": forwarded}, timeout=20).status_code


def until_refused(server: ServerProcess, forwarded: Callable[[int], str]) -> int:
    """How many were answered 401 before the first 429, of ten."""
    codes = [from_address(server, forwarded(number)) for number in range(10)]
    assert set(codes) <= {401, 429}
    return codes.index(429) if 429 in codes else len(codes)


def test_behind_a_trusted_proxy_attempts_count_by_who_asked_it(behind: ServerProcess) -> None:
    # What came with the request stands before what the proxy adds.
    assert until_refused(behind, lambda number: f"198.51.100.{number}, 203.0.113.1") < 10
    assert from_address(behind, "203.0.113.2") == 401


def test_without_one_nobody_may_say_who_they_are(limited: ServerProcess) -> None:
    assert until_refused(limited, lambda number: f"203.0.113.{number}") < 10


@pytest.fixture
def leaver(ana: Agent) -> Agent:
    """An agent of this test alone, who is about to leave the company."""
    return joined(ana)


def command_line(server: ServerProcess, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m whatsapp_server ...` beside `server`, with its settings."""
    command = [sys.executable, "-m", "whatsapp_server", *words]
    return subprocess.run(command, cwd=ROOT, env={"ENV_FILE": "", **server.env}, input=given, capture_output=True, text=True)


def test_deactivating_cuts_every_tab_and_token(server: ServerProcess, leaver: Agent, bruno: Agent) -> None:
    email = leaver.user["email"]
    with leaver.tab() as one, Agent(server.url, email, JOINED_PASSWORD).tab() as two, bruno.tab() as his:
        done = command_line(server, "deactivate", email)
        assert (done.returncode, done.stderr) == (0, "")
        assert_problem(leaver.call("GET", "/api/auth/me"), 401, "session_ended")
        for tab in (one, two):
            assert tab.ended.wait(PATIENCE_SECONDS)
            assert tab.heard("session.ended") == [{"code": "session_ended"}]
        assert not his.ended.is_set()
    assert_problem(leaver.call("POST", "/api/auth/refresh"), 401, "session_ended")
    assert_problem(login(server, email, JOINED_PASSWORD), 401, "bad_credentials")


def test_a_new_password_ends_the_sessions_of_the_old_one(server: ServerProcess, leaver: Agent) -> None:
    email = leaver.user["email"]
    done = command_line(server, "set-password", email, "--password-stdin", given="another-password\n")
    assert done.returncode == 0, done.stderr
    assert_problem(leaver.call("GET", "/api/auth/me"), 401, "session_ended")
    assert_problem(login(server, email, JOINED_PASSWORD), 401, "bad_credentials")
    assert login(server, email, "another-password").status_code == 200


def test_a_session_ended_in_the_database_loses_its_tabs(leaver: Agent, stored: Database[dict[str, Any]]) -> None:
    """Whoever ended it, and in whatever process: the recheck finds out."""
    with leaver.tab() as tab:
        assert stored["sessions"].delete_one({"_id": claims_of(leaver.token)["sid"]}).deleted_count == 1
        eventually(tab.ended.is_set)
        assert tab.heard("session.ended") == [{"code": "session_ended"}]
