"""So many at once, the others after them, and nobody for ever."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.lab import Lab
from tests.support.mongods import frozen, mongod_of
from tests.support.waiting import eventually
from whatsapp_server import errors, turnstile


def test_no_more_than_so_many_are_inside_and_all_get_in() -> None:
    inside, most, counting, reached = 0, 0, threading.Lock(), threading.Event()

    def visit(_: int) -> None:
        nonlocal inside, most
        with turnstile.place():
            with counting:
                inside += 1
                most = max(most, inside)
                if inside == turnstile.MOST_AT_ONCE:
                    reached.set()
            assert reached.wait(5)
            with counting:
                inside -= 1

    with ThreadPoolExecutor(3 * turnstile.MOST_AT_ONCE) as pool:
        list(pool.map(visit, range(3 * turnstile.MOST_AT_ONCE)))
    assert most == turnstile.MOST_AT_ONCE


def test_whoever_waits_too_long_is_turned_away_and_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE_SECONDS", 0.05)
    for _ in range(turnstile.MOST_AT_ONCE):
        turnstile.enter()
    try:
        with pytest.raises(errors.Unavailable):
            turnstile.enter()
    finally:
        for _ in range(turnstile.MOST_AT_ONCE):
            turnstile.leave()
    with turnstile.place():
        pass


def test_whoever_is_in_already_goes_before_newcomers_and_each_in_their_order() -> None:
    order: list[str] = []

    def visit(name: str) -> None:
        with turnstile.place(newcomer=name.startswith("new")):
            order.append(name)

    for _ in range(turnstile.MOST_AT_ONCE):
        turnstile.enter()
    visitors = []
    for name in ("new 1", "new 2", "in 1", "in 2"):
        visitors.append(threading.Thread(target=visit, args=(name,)))
        visitors[-1].start()
        eventually(lambda: len(turnstile._inside) + len(turnstile._newcomers) == len(visitors))
    # One place goes from each to the next.
    turnstile.leave()
    for visitor in visitors:
        visitor.join(5)
    for _ in range(turnstile.MOST_AT_ONCE - 1):
        turnstile.leave()
    assert order == ["in 1", "in 2", "new 1", "new 2"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Lab]:
    """A server with a MongoDB of its own."""
    with Lab(tmp_path / "server", DATABASE_TIMEOUT_SECONDS="1") as lab:
        yield lab


def test_a_database_that_hangs_keeps_nobody_and_no_place_for_ever(own: Lab) -> None:
    ana, pid = own.agent(), mongod_of(own)

    def ask(_: int) -> int:
        return ana.call("GET", "/api/conversations").status_code

    with ThreadPoolExecutor(40) as pool:
        with frozen(pid):
            answers = list(pool.map(ask, range(40)))
        assert set(answers) == {503}
        eventually(lambda: ask(0) == 200)
        assert set(pool.map(ask, range(40))) == {200}
