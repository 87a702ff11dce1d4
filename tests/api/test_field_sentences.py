"""Every sentence on an input field exists in Portuguese too."""

from typing import Any

import pytest

from tests.support.server import Agent
from whatsapp_server.api.field_sentences import in_language

BAD = (
    ("POST", "/api/auth/login", {"email": 5}),
    ("POST", "/api/auth/login", {"email": "", "password": None, "other": 1}),
    ("POST", "/api/auth/login", []),
    ("POST", "/api/conversations", {"number": "12", "channel_id": "none", "name": "x" * 81}),
    ("POST", "/api/conversations", {"number": "not one"}),
    ("POST", "/api/conversations", {"number": "+5511987654321", "channel_id": "none"}),
    ("POST", "/api/teams", {"name": " ", "member_ids": "ana"}),
    ("POST", "/api/teams", {"name": "Sentences", "member_ids": ["nobody"]}),
    ("POST", "/api/chats", {"member_ids": ["nobody"]}),
    ("POST", "/api/chats", {"member_ids": ["nobody", "no-one"]}),
    ("POST", "/api/chats", {"member_ids": ["nobody"], "title": " "}),
    ("POST", "/api/invites", {"role": "boss", "email": "no-address", "name": ""}),
    ("POST", "/api/invitations/accept", {"token": "x", "name": "X", "email": "x@example.com", "password": "short"}),
    ("PUT", "/api/me/absence", {"until": "2001-01-01T00:00:00Z", "release": 3}),
    ("PUT", "/api/me/absence", {"until": "tomorrow"}),
    ("PATCH", "/api/settings", {"working_hours": {"timezone": "Mars/Base", "days": [], "from": "9", "to": "18:00"}}),
    ("PATCH", "/api/settings", {"working_hours": {"timezone": "UTC", "days": [0], "from": "18:00", "to": "18:00"}}),
    ("GET", "/api/conversations?limit=0", None),
    ("GET", "/api/conversations?limit=x&view=nothing", None),
    ("GET", "/api/conversations?cursor=%21", None),
    ("GET", "/api/conversations?cursor=WzFd", None),
)


def sentences(problems: Any) -> list[str]:
    """All of them, however nested."""
    if isinstance(problems, dict):
        return [one for inner in problems.values() for one in sentences(inner)]
    return [one for inner in problems for one in sentences(inner)] if isinstance(problems, list) else [problems]


@pytest.mark.parametrize(("method", "path", "body"), BAD)
def test_each_is_said_in_the_readers_language(ana: Agent, method: str, path: str, body: Any) -> None:
    english, portuguese = (
        ana.call(method, path, json=body, headers={"Accept-Language": language}).json()["errors"] for language in ("en", "pt-BR")
    )
    assert english.keys() == portuguese.keys()
    assert sentences(english)
    assert "Valor inválido." not in sentences(portuguese), english
    assert not set(sentences(english)) & set(sentences(portuguese))


def test_an_unknown_sentence_still_says_something() -> None:
    assert in_language({"a": ["A new one."]}, "pt") == {"a": ["Valor inválido."]}
