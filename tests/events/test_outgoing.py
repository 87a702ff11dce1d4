"""What waits to be told to other processes: in order, bounded, never stale, and with a notice for what they missed."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from tests.support.waiting import PATIENCE_SECONDS, eventually
from whatsapp_server import clock
from whatsapp_server.events import outgoing
from whatsapp_server.events.outgoing import Outgoing

NOTICE = "some are missing"


class Line:
    """Takes what is handed over, unless it is cut."""

    def __init__(self) -> None:
        self.taken: list[list[str]] = []
        self.attempts = 0
        self.cut = False

    def __call__(self, messages: list[str]) -> None:
        self.attempts += 1
        if self.cut:
            raise ConnectionError
        self.taken.append(messages)

    @property
    def texts(self) -> list[str]:
        """All of it, in its order."""
        return [text for messages in self.taken for text in messages]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def queue(line: Line) -> Iterator[Outgoing]:
    """Not started yet."""
    queue = Outgoing(line, notice=NOTICE)
    yield queue
    queue.stop(5)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass at once."""
    ahead = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: time.monotonic() + ahead[0])

    def pass_by(seconds: float) -> None:
        ahead[0] += seconds

    return pass_by


def failed(line: Line) -> None:
    """Wait until something could not be handed over."""
    before = line.attempts
    eventually(lambda: line.attempts > before)


def test_the_order_is_kept_and_many_go_together(queue: Outgoing, line: Line) -> None:
    texts = [f"{number}" for number in range(250)]
    for text in texts:
        queue.put(text)
    queue.start()
    eventually(lambda: line.texts == texts)
    assert len(line.taken) == 3


def test_whoever_puts_something_in_never_waits(queue: Outgoing, line: Line) -> None:
    stuck, released = threading.Event(), threading.Event()

    def hang(messages: list[str]) -> None:
        stuck.set()
        assert released.wait(60)
        line(messages)

    slow = Outgoing(hang, notice=NOTICE)
    slow.start()
    slow.put("first")
    assert stuck.wait(5)
    for number in range(1000):
        slow.put(f"{number}")
    assert line.texts == []
    released.set()
    eventually(lambda: len(line.texts) == 1001)
    slow.stop(5)


def test_what_failed_is_tried_again_while_it_is_fresh(queue: Outgoing, line: Line) -> None:
    line.cut = True
    queue.start()
    queue.put("one")
    failed(line)
    queue.put("two")
    line.cut = False
    eventually(lambda: line.texts == ["one", "two"])


def test_what_is_stale_is_dropped_and_the_others_get_notice_first(queue: Outgoing, line: Line, later: Callable[[float], None]) -> None:
    line.cut = True
    queue.start()
    for text in ("old", "older"):
        queue.put(text)
    failed(line)
    later(outgoing.STALE_SECONDS + 0.1)
    queue.put("fresh")
    failed(line)
    line.cut = False
    eventually(lambda: line.texts == [NOTICE, "fresh"])


def test_the_notice_goes_out_when_there_is_nothing_else_to_say(queue: Outgoing, line: Line, later: Callable[[float], None]) -> None:
    line.cut = True
    queue.start()
    queue.put("old")
    failed(line)
    later(outgoing.STALE_SECONDS + 0.1)
    failed(line)
    line.cut = False
    eventually(lambda: line.texts == [NOTICE])
    later(60)
    queue.put("new")
    eventually(lambda: line.texts == [NOTICE, "new"])


def test_who_is_merely_slow_drops_nothing(queue: Outgoing, line: Line, later: Callable[[float], None]) -> None:
    queue.put("late")
    later(60)
    queue.start()
    eventually(lambda: line.texts == ["late"])


def test_when_too_many_wait_the_oldest_go(queue: Outgoing, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MAX_WAITING", 10)
    for number in range(25):
        queue.put(f"{number}")
    queue.start()
    eventually(lambda: line.texts == [NOTICE, *(f"{number}" for number in range(15, 25))])


def test_notices_come_no_faster_than_tabs_may_sync(queue: Outgoing, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MAX_WAITING", 1)
    queue.start()
    began = time.monotonic()
    while line.texts.count(NOTICE) < 2:
        queue.put("one too many")
    assert line.texts.count(NOTICE) <= 1 + (time.monotonic() - began) / outgoing.NOTICE_SECONDS


def test_an_outage_is_logged_once_with_what_was_missed(queue: Outgoing, line: Line, later: Callable[[float], None]) -> None:
    with capture_logs() as logged:
        line.cut = True
        queue.start()
        for number in range(50):
            queue.put(f"{number}")
        for _ in range(3):
            failed(line)
        later(outgoing.STALE_SECONDS + 0.1)
        line.cut = False
        eventually(lambda: [one["event"] for one in logged][-1:] == ["relay.tells_again"])
    assert [one["event"] for one in logged] == ["relay.cannot_tell", "relay.missed", "relay.tells_again"]
    assert logged[0]["error"] == "ConnectionError"
    assert logged[1]["count"] == 50


def test_what_waits_at_the_end_is_still_handed_over(queue: Outgoing, line: Line) -> None:
    for text in ("one", "two"):
        queue.put(text)
    queue.start()
    queue.stop(5)
    assert line.texts == ["one", "two"]


def test_the_end_does_not_wait_for_what_cannot_be_handed_over(queue: Outgoing, line: Line) -> None:
    line.cut = True
    queue.put("never")
    queue.start()
    stopping = threading.Thread(target=queue.stop, args=(3600,), daemon=True)
    stopping.start()
    stopping.join(PATIENCE_SECONDS)
    assert not stopping.is_alive()
