"""Deny by default: whatever is not on the short list of public addresses asks for a live session before anything else."""

import json
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
import requests

from tests.support.problems import assert_problem
from tests.support.server import Agent, ServerProcess
from tests.support.tokens import changed_token, claims_of, expired
from whatsapp_server.api.guard import PUBLIC

ROOT = Path(__file__).parents[2]
DAY = 24 * 3600
# What the setting is unless it says otherwise.
SESSION_DAYS = 30
# Without a database: the app's routes are the same, and nothing here is served. In a process of its own, for it binds extensions.
LIST_ROUTES = """
import json, sys
from pathlib import Path
from whatsapp_server.config import Settings
from whatsapp_server.factory import create_app
from whatsapp_server.gateways.twilio import TwilioGateway
app = create_app(Settings.from_env(), TwilioGateway("AC1", "token", timeout_seconds=1), async_mode="threading")
rules = [(rule.endpoint, rule.rule, sorted(rule.methods - {"OPTIONS", "HEAD"})) for rule in app.url_map.iter_rules() if not rule.websocket]
json.dump(rules, sys.stdout)
"""
SETTINGS = {
    "ENV_FILE": "",
    "MONGODB_URI": "mongodb://127.0.0.1:9/none",
    "SECRET_KEY": "s" * 32,
    "JWT_SECRET_KEY": "j" * 32,
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_WHATSAPP_FROM": "+14155238886",
}
Routes = list[tuple[str, str, list[str]]]
# What agents are refused; work is also shown to the person whose it is.
ADMINS_ONLY = {
    ("PATCH", "/api/users/<user_id>"),
    ("GET", "/api/users/<user_id>/work"),
    ("POST", "/api/users/<user_id>/deactivate"),
    ("POST", "/api/users/<user_id>/reactivate"),
    ("POST", "/api/teams"),
    ("PATCH", "/api/teams/<team_id>"),
    ("DELETE", "/api/teams/<team_id>"),
    ("PATCH", "/api/settings"),
    ("GET", "/api/invites"),
    ("POST", "/api/invites"),
    ("DELETE", "/api/invites/<invite_id>"),
}


@pytest.fixture(scope="module")
def routes() -> Routes:
    """Every URL rule of the app that HTTP reaches: (endpoint, rule, methods)."""
    done = subprocess.run([sys.executable, "-c", LIST_ROUTES], cwd=ROOT, env=SETTINGS, capture_output=True, text=True, check=True)
    return [(endpoint, rule, methods) for endpoint, rule, methods in json.loads(done.stdout)]


def path_of(rule: str) -> str:
    """A URL that `rule` takes."""
    return "".join("x" * 24 if index % 2 else part for index, part in enumerate(rule.replace(">", "<").split("<")))


def test_every_rule_but_the_public_ones_asks_for_a_token(server: ServerProcess, routes: Routes) -> None:
    guarded = [(rule, method) for endpoint, rule, methods in routes if endpoint not in PUBLIC for method in methods]
    assert len(guarded) >= 11
    for rule, method in guarded:
        assert_problem(requests.request(method, server.url + path_of(rule), timeout=10), 401, "token_missing")


def test_agents_are_refused_just_what_is_for_admins(ana: Agent, bruno: Agent, routes: Routes) -> None:
    """Before anything else about the request is looked at: no body, and ids of nothing."""
    guarded = {(method, rule) for endpoint, rule, methods in routes if endpoint not in PUBLIC for method in methods}
    assert guarded > ADMINS_ONLY
    for method, rule in guarded:
        answer = bruno.call(method, path_of(rule))
        if (method, rule) in ADMINS_ONLY:
            assert_problem(answer, 403, "forbidden")
        else:
            assert answer.status_code != 403, (method, rule)
    for method, rule in ADMINS_ONLY:
        assert ana.call(method, path_of(rule)).status_code != 403, (method, rule)


def test_asking_for_the_methods_runs_no_view(server: ServerProcess, ana: Agent, routes: Routes) -> None:
    for _, rule, methods in routes:
        for answer in (requests.options(server.url + path_of(rule), timeout=10), ana.call("OPTIONS", path_of(rule))):
            assert (answer.status_code, answer.content) == (200, b""), rule
            assert set(methods) <= set(answer.headers["Allow"].split(", "))


def test_the_public_list_names_what_exists_and_is_public(server: ServerProcess, routes: Routes) -> None:
    assert set(PUBLIC) <= {endpoint for endpoint, _, _ in routes}
    reads = [rule for endpoint, rule, methods in routes if endpoint in PUBLIC and "GET" in methods]
    for rule in reads:
        path = rule.replace("<path:name>", "js/main.js")
        assert requests.get(server.url + path, timeout=10).status_code != 401, rule


def test_a_bad_body_without_a_token_is_401(server: ServerProcess) -> None:
    for path in ("/api/conversations", f"/api/conversations/{'0' * 24}/messages", f"/api/conversations/{'0' * 24}/read"):
        assert_problem(requests.post(server.url + path, json={"nonsense": 1}, timeout=10), 401, "token_missing")
        assert_problem(requests.post(server.url + path, data=b"{", timeout=10), 401, "token_missing")
    assert_problem(requests.get(f"{server.url}/api/conversations?limit=0", timeout=10), 401, "token_missing")


def test_the_same_bad_body_with_a_token_is_422(ana: Agent) -> None:
    assert_problem(ana.call("POST", "/api/conversations", json={"nonsense": 1}), 422, "invalid")


def with_token(server: ServerProcess, token: str) -> requests.Response:
    """Who am I, asked with this token."""
    return requests.get(f"{server.url}/api/auth/me", headers={"Authorization": f"Bearer {token}"}, timeout=10)


@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.e30", "ey" * 400, "é"])
def test_a_malformed_token_is_401(server: ServerProcess, token: str) -> None:
    answer = requests.get(f"{server.url}/api/auth/me", headers={"Authorization": f"Bearer {token}".encode()}, timeout=10)
    assert_problem(answer, 401, "token_invalid")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "token"])
def test_a_malformed_header_is_401(server: ServerProcess, header: str) -> None:
    answer = requests.get(f"{server.url}/api/auth/me", headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["code"] in ("token_missing", "token_invalid")


def test_a_foreign_token_is_401(server: ServerProcess, ana: Agent) -> None:
    foreign = jwt.encode(claims_of(ana.token), "another key, at least as long as ours", "HS256")
    assert_problem(with_token(server, foreign), 401, "token_invalid")
    unsigned = jwt.encode(claims_of(ana.token), "", "none")
    assert_problem(with_token(server, unsigned), 401, "token_invalid")


@pytest.mark.parametrize("claims", [{"sid": None}, {"sid": 7}, {"sid": {"$gt": ""}}, {"sub": None}, {"type": "refresh"}])
def test_a_token_of_ours_that_names_no_session_is_401(server: ServerProcess, ana: Agent, claims: dict[str, object]) -> None:
    assert_problem(with_token(server, changed_token(server, ana.token, **claims)), 401, "token_invalid")


def test_a_session_of_somebody_else_is_ended(server: ServerProcess, ana: Agent, bruno: Agent) -> None:
    stolen = changed_token(server, ana.token, sid=claims_of(bruno.token)["sid"])
    assert_problem(with_token(server, stolen), 401, "session_ended")


def test_an_expired_token_says_so(server: ServerProcess, ana: Agent) -> None:
    assert_problem(with_token(server, expired(server, ana.token)), 401, "token_expired")


def test_a_refresh_token_opens_nothing_but_refresh(server: ServerProcess) -> None:
    carla = server.agent("carla")
    refresh = next(cookie for cookie in carla.http.cookies if "refresh" in cookie.name)
    assert_problem(with_token(server, str(refresh.value)), 401, "token_invalid")
    assert carla.call("POST", "/api/auth/refresh").status_code == 200


def test_an_access_token_in_the_cookie_refreshes_nothing(server: ServerProcess) -> None:
    carla = server.agent("carla")
    name = next(cookie.name for cookie in carla.http.cookies)
    answer = requests.post(f"{server.url}/api/auth/refresh", cookies={name: carla.token}, timeout=10)
    assert_problem(answer, 401, "token_invalid")


def test_a_token_in_the_query_or_in_a_cookie_opens_nothing(server: ServerProcess, ana: Agent) -> None:
    answer = requests.get(f"{server.url}/api/auth/me?jwt={ana.token}", cookies={"access_token_cookie": ana.token}, timeout=10)
    assert_problem(answer, 401, "token_missing")


def test_a_token_outlives_neither_its_session_nor_the_session_its_days(clocked: ServerProcess) -> None:
    ana = clocked.agent("ana")
    lasting = changed_token(clocked, ana.token, exp=claims_of(ana.token)["exp"] + 60 * DAY)
    clocked.move_clock(SESSION_DAYS * DAY - 60)
    assert with_token(clocked, lasting).status_code == 200
    clocked.move_clock(SESSION_DAYS * DAY + 60)
    assert_problem(with_token(clocked, lasting), 401, "session_ended")
