"""Counting attempts; the limit itself is seen through the front door in test_auth.py."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.redis import RedisProcess
from tests.support.waiting import eventually
from whatsapp_server import clock
from whatsapp_server.api.attempts import ALONE_SECONDS, REDIS_TIMEOUT_SECONDS, Attempts

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


def test_each_person_has_a_count_of_their_own() -> None:
    attempts = Attempts(None)
    assert [attempts.may(2, "ana") for _ in range(4)] == [True, True, False, False]
    assert attempts.may(2, "bruno")


def test_without_redis_the_process_counts_alone() -> None:
    attempts = Attempts(NOBODY_LISTENS)
    assert [attempts.may(2, "ana") for _ in range(4)] == [True, True, False, False]


def test_one_failure_is_paid_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many attempts there are: so no more of them wait for Redis than one every few seconds, and that one shortly."""
    attempts, asked, ahead = Attempts(NOBODY_LISTENS), [], [0.0]
    assert REDIS_TIMEOUT_SECONDS < ALONE_SECONDS / 10
    ask = attempts._shared.hit

    def counted(*given: Any) -> bool:
        asked.append(given)
        return ask(*given)

    monkeypatch.setattr(attempts._shared, "hit", counted)
    monkeypatch.setattr(clock, "monotonic", lambda: time.monotonic() + ahead[0])
    for _ in range(20):
        attempts.may(2, "ana")
    assert len(asked) == 1
    ahead[0] = ALONE_SECONDS
    for _ in range(20):
        attempts.may(2, "ana")
    assert len(asked) == 2


@pytest.mark.parametrize("trouble", [RedisProcess.killed, RedisProcess.frozen])
def test_attempts_are_counted_while_redis_is_away_too(tmp_path: Path, trouble: Callable[[RedisProcess], Any]) -> None:
    with RedisProcess(tmp_path / "redis") as redis:
        attempts, others = Attempts(redis.url), Attempts(redis.url)
        assert [one.may(2, "ana") for one in (attempts, others, attempts)] == [True, True, False]
        with trouble(redis):
            for who in ("ana", "ana", "bruno"):
                assert attempts.may(2, who)
        # What only the other process counted tells that they count together again.
        while others.may(10, "carla"):
            pass
        eventually(lambda: not attempts.may(10, "carla"), every=0.5)


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

    eventually(forgotten)
