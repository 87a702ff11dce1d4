"""Callers that come at the same moment share one call, and each gets its own answer."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.support.waiting import eventually
from whatsapp_server.services.grouped import MOST, Grouped


class Slow:
    """Answers a number with its double, an odd one with an error, when it is let go on."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go = threading.Event()

    def __call__(self, given: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(given))
        assert self.may_go.wait(20)
        return [ValueError(number) if number % 2 else number * 2 for number in given]


def asked_while_one_is_under_way(slow: Slow, pool: ThreadPoolExecutor, numbers: Sequence[int]) -> list["Future[int]"]:
    """What becomes of `numbers`, each asked by a thread of its own while a first call (of 0) has not come back yet."""
    grouped: Grouped[int, int] = Grouped(slow)
    first = pool.submit(grouped, 0)
    eventually(lambda: slow.groups == [[0]])
    others = [pool.submit(grouped, number) for number in numbers]
    eventually(lambda: len(grouped._waiting) == len(numbers))
    slow.may_go.set()
    return [first, *others]


def test_one_alone_goes_at_once() -> None:
    slow = Slow()
    slow.may_go.set()
    assert Grouped(slow)(2) == 4
    assert slow.groups == [[2]]


def test_those_who_come_meanwhile_go_together_and_each_gets_its_own() -> None:
    slow, numbers = Slow(), [2, 4, 6, 8]
    with ThreadPoolExecutor(8) as pool:
        asked = asked_while_one_is_under_way(slow, pool, numbers)
        assert [one.result(20) for one in asked] == [0, 4, 8, 12, 16]
    assert [sorted(group) for group in slow.groups] == [[0], numbers]


def test_an_error_is_its_own_callers_alone() -> None:
    slow = Slow()
    with ThreadPoolExecutor(8) as pool:
        _, two, three, four = asked_while_one_is_under_way(slow, pool, [2, 3, 4])
        assert (two.result(20), four.result(20)) == (4, 8)
        with pytest.raises(ValueError, match="3"):
            three.result(20)


def test_no_group_grows_beyond_its_bound() -> None:
    slow = Slow()
    with ThreadPoolExecutor(MOST + 40) as pool:
        asked = asked_while_one_is_under_way(slow, pool, range(2, 2 * MOST + 60, 2))
        assert all(one.result(20) >= 0 for one in asked)
    assert [len(group) for group in slow.groups] == [1, MOST, 29]


def test_a_failed_call_is_heard_by_all_of_its_group_and_by_nobody_after_it() -> None:
    answers: list[object] = [ConnectionError("gone"), [7]]

    def work(given: Sequence[int]) -> list[int]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, list)
        return answer

    grouped: Grouped[int, int] = Grouped(work)
    with pytest.raises(ConnectionError):
        grouped(1)
    assert grouped(1) == 7
