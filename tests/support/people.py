"""Employees of one test alone, who join the way people do: by an invitation."""

import itertools

import requests

from tests.support.server import Agent, Json
from tests.support.waiting import PATIENCE_SECONDS

JOINED_PASSWORD = "a-password-of-my-own"
_numbers = itertools.count(1)


def invited(admin: Agent, role: str = "agent", **given: str) -> Json:
    """An invitation as it is answered, with its `url`."""
    answer = admin.call("POST", "/api/invites", json={"role": role, **given})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def token_of(invite: Json) -> str:
    """What its link holds."""
    token: str = invite["url"].rpartition("/#/join/")[2]
    return token


def new_email() -> str:
    """An address that no other test of this process has."""
    return f"person{next(_numbers)}@example.com"


def accept(url: str, token: str, **given: str) -> requests.Response:
    """Join by a link, whatever comes of it."""
    person = {"token": token, "name": "Dora Reis", "email": new_email(), "password": JOINED_PASSWORD, **given}
    return requests.post(f"{url}/api/invitations/accept", json=person, timeout=PATIENCE_SECONDS)


def joined(admin: Agent, role: str = "agent", **given: str) -> Agent:
    """A new employee, signed in."""
    email = given.pop("email", None) or new_email()
    answer = accept(admin.url, token_of(invited(admin, role)), email=email, **given)
    assert answer.status_code == 200, answer.text
    return Agent(admin.url, email, given.get("password", JOINED_PASSWORD))


def change(agent: Agent, who: Agent, **news: str) -> requests.Response:
    """Change somebody's name or role, whatever comes of it."""
    return agent.call("PATCH", f"/api/users/{who.user['id']}", json=news)


def deactivate(agent: Agent, who: Agent, hand_to: str | None = None) -> requests.Response:
    """Shut somebody out, whatever comes of it."""
    return agent.call("POST", f"/api/users/{who.user['id']}/deactivate", json={"hand_to": hand_to})
