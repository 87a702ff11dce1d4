"""How fast one number sends, by a clock that stands still unless it is moved."""

import itertools
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.support.lab import Lab
from whatsapp_server import clock
from whatsapp_server.services import pace as paces
from whatsapp_server.services.pace import Pace

# The last of them waits longer than a conversation's lease lasts: at four a second, and with the shortest time-outs (delivery.py).
IN_LINE = 24


class HeldClock:
    """Monotonic seconds that pass only when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldClock:
    held = HeldClock()
    monkeypatch.setattr(clock, "monotonic", held)
    return held


def send_for(seconds: float, pace: Pace, held: HeldClock) -> list[float]:
    """When each message leaves, if everybody who finds the line short stands in it, as the courier does."""
    begun, left = held.seconds, []
    while held.seconds < begun + seconds:
        while pace.ready_in() <= 0:
            left.append(held.seconds + pace.take_slot())
        held.seconds += 0.05
    return [moment for moment in left if moment < begun + seconds]


@pytest.mark.parametrize(("max_mps", "expected"), [(80, 1600), (1, 20), (1 / 3, 7), (0.02, 1)])
def test_the_rate_is_kept(held: HeldClock, max_mps: float, expected: int) -> None:
    left = send_for(20, Pace(max_mps), held)
    assert abs(len(left) - expected) <= 1
    gaps = [later - earlier for earlier, later in itertools.pairwise(left)]
    assert all(gap >= 1 / max_mps - 1e-6 for gap in gaps)


def test_a_rate_is_not_saved_up(held: HeldClock) -> None:
    pace = Pace(10)
    held.seconds += 100
    assert [round(pace.take_slot(), 3) for _ in range(3)] == [0.0, 0.1, 0.2]


def test_who_would_wait_long_comes_back_instead(held: HeldClock) -> None:
    pace = Pace(1 / 3)
    assert pace.take_slot() == 0
    assert pace.ready_in() <= 0
    assert pace.take_slot() == pytest.approx(3)
    assert pace.ready_in() == pytest.approx(6 - paces.LONGEST_LINE_SECONDS)


def test_pauses_double_up_to_half_a_minute(held: HeldClock) -> None:
    pace = Pace(80)
    pauses = []
    for _ in range(8):
        pauses.append(pace.back_off(slower=False))
        assert pace.ready_in() == pytest.approx(pauses[-1])
        held.seconds += pauses[-1]
        assert pace.paused_for() <= 0
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_several_that_fail_together_are_one_failure(held: HeldClock) -> None:
    pace = Pace(80)
    assert pace.back_off(slower=True) == 1
    held.seconds += 0.5
    assert pace.back_off(slower=True) == 0.5
    held.seconds += 0.5
    assert pace.back_off(slower=True) == 2


def rate(pace: Pace) -> float:
    """Messages per second just now."""
    pace.take_slot()
    first = pace.take_slot()
    return 1 / (pace.take_slot() - first)


def test_too_fast_means_slower_and_then_slowly_faster_again(held: HeldClock) -> None:
    pace = Pace(80)
    pace.back_off(slower=True)
    assert rate(pace) == pytest.approx(40)
    pace.went_well()
    assert 40 < rate(pace) < 50
    for _ in range(10):
        pace.went_well()
    assert rate(pace) == pytest.approx(80)


def test_never_slower_than_one_in_ten_seconds_unless_set_so(held: HeldClock) -> None:
    quick, slow = Pace(80), Pace(0.05)
    for pace in (quick, slow):
        for _ in range(30):
            held.seconds += pace.back_off(slower=True)
    assert rate(quick) == pytest.approx(0.1)
    assert rate(slow) == pytest.approx(0.05)


def test_a_success_ends_the_pause(held: HeldClock) -> None:
    pace = Pace(80)
    pace.back_off(slower=False)
    pace.went_well()
    assert pace.paused_for() <= 0
    assert pace.back_off(slower=False) == 1


def test_what_staff_was_told_is_taken_back_once(held: HeldClock) -> None:
    pace = Pace(80)
    assert pace.went_well()  # an earlier process may have told them
    assert not pace.went_well()
    pace.back_off(slower=False)
    assert pace.went_well()
    assert not pace.went_well()


def test_strikes_are_counted_in_a_row(held: HeldClock) -> None:
    pace = Pace(80)
    pace.went_well()
    assert [pace.strike(), pace.strike(), pace.strike()] == [1, 2, 3]
    assert pace.went_well()
    assert pace.strike() == 1
    pace.answered()
    assert pace.strike() == 1


def test_a_long_line_is_served_at_the_rate_and_wastes_no_attempt(lab: Callable[..., Lab]) -> None:
    own = lab(TWILIO_MAX_MPS="4", TWILIO_TIMEOUT_SECONDS="0.5", DATABASE_TIMEOUT_SECONDS="0.5")
    talks = [own.talk() for _ in range(IN_LINE)]
    sent = [(talk, talk.reply("na fila")) for talk in talks]
    for talk, message_id in sent:
        assert talk.until(message_id, "delivered")["attempt"] == 1
    times = [datetime.fromisoformat(one["created_at"]) for one in own.twilio.messages(direction="outbound")]
    assert len(times) == IN_LINE
    # No faster than the rate, but for the way of the last and the first to Twilio. That it is no slower the tests above show.
    assert (times[-1] - times[0]).total_seconds() > (IN_LINE - 1) / 4 - 0.5
