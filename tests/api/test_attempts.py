"""Counting attempts; the limit itself is seen through the front door in test_auth.py."""

import time
from typing import Any

import pytest

from tests.support.waiting import eventually
from whatsapp_server.api.attempts import Attempts

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


def test_each_person_has_a_count_of_their_own() -> None:
    attempts = Attempts(None)
    assert [attempts.may(2, "ana") for _ in range(4)] == [True, True, False, False]
    assert attempts.may(2, "bruno")


def test_without_redis_the_process_counts_alone() -> None:
    attempts = Attempts(NOBODY_LISTENS)
    assert [attempts.may(2, "ana") for _ in range(4)] == [True, True, False, False]


def test_whoever_does_not_come_back_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(None)
    for number in range(100):
        attempts.may(2, f"person{number}")
    present = time.time
    monkeypatch.setattr(time, "time", lambda: present() + 300)
    kept: Any = attempts._shared.storage

    def forgotten() -> bool:
        attempts.may(2, "ana")
        return sum(len(names) for names in (kept.events, kept.storage, kept.expirations)) < 10

    eventually(forgotten, within=2)
