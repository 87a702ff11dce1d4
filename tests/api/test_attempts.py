"""Counting attempts; the limit itself is seen through the front door in test_auth.py."""

from whatsapp_server.api.attempts import Attempts

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


def test_each_person_has_a_count_of_their_own() -> None:
    attempts = Attempts(None)
    assert [attempts.may(2, "ana") for _ in range(4)] == [True, True, False, False]
    assert attempts.may(2, "bruno")


def test_without_redis_the_process_counts_alone() -> None:
    attempts = Attempts(NOBODY_LISTENS)
    assert [attempts.may(2, "ana") for _ in range(4)] == [True, True, False, False]
