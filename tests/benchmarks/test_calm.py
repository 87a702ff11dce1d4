"""Which rounds of a benchmark count."""

from collections.abc import Callable, Iterator

import pytest

from benchmarks.calm import MOST_AGAIN, MOST_HELD_UP_MS, Rounds

CALM, DISTURBED = MOST_HELD_UP_MS / 2, MOST_HELD_UP_MS * 3


def tries(*hold_ups: float) -> tuple[Callable[[], tuple[int, float]], Iterator[float]]:
    """A measurement whose tries are held up for so many ms; it finds the number of the try, from 1. And what is left of them."""
    left = iter(hold_ups)
    number = 0

    def measure() -> tuple[int, float]:
        nonlocal number
        number += 1
        return number, next(left)

    return measure, left


def test_a_calm_round_counts_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    measure, left = tries(CALM, CALM)
    rounds = Rounds()
    assert rounds.take("round 1", measure) == 1
    assert [*left] == [CALM]
    rounds.report()
    assert capsys.readouterr().out == "set aside: none of 1 tries; what counts was held up for at most 5.0 ms\n"


def test_a_hold_up_of_just_the_limit_is_calm() -> None:
    measure, _ = tries(MOST_HELD_UP_MS, CALM)
    assert Rounds().take("round 1", measure) == 1


def test_a_benchmark_that_holds_up_the_watcher_itself_has_a_limit_of_its_own() -> None:
    measure, _ = tries(DISTURBED, CALM)
    assert Rounds(DISTURBED).take("round 1", measure) == 1


def test_a_round_that_was_held_up_is_set_aside_and_taken_again(capsys: pytest.CaptureFixture[str]) -> None:
    measure, left = tries(DISTURBED, DISTURBED * 2, CALM, CALM)
    assert Rounds().take("round 1", measure) == 3
    assert [*left] == [CALM]
    assert capsys.readouterr().out.splitlines() == [
        f"  round 1 is set aside: held up for 30.0 ms; repetition 1 of at most {MOST_AGAIN}",
        f"  round 1 is set aside: held up for 60.0 ms; repetition 2 of at most {MOST_AGAIN}",
    ]


def test_a_round_that_is_never_calm_ends_and_its_calmest_try_counts(capsys: pytest.CaptureFixture[str]) -> None:
    hold_ups = [DISTURBED * 2] * (1 + MOST_AGAIN)
    hold_ups[2] = DISTURBED
    measure, left = tries(*hold_ups, CALM)
    rounds = Rounds()
    assert rounds.take("round 1", measure) == 3
    assert [*left] == [CALM]
    *set_aside, said = capsys.readouterr().out.splitlines()
    assert len(set_aside) == MOST_AGAIN
    assert said == f"  round 1 was never calm: of its {1 + MOST_AGAIN} tries the calmest counts, held up for 30.0 ms"
    rounds.report()
    assert "NOT A CALM MACHINE: 1 of 1 rounds" in capsys.readouterr().out


def test_tries_that_were_held_up_equally_need_no_order_of_what_they_found() -> None:
    assert isinstance(Rounds().take("round 1", lambda: (object(), DISTURBED)), object)


def test_the_sum_of_what_was_set_aside_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = Rounds()
    for hold_ups in ([CALM], [DISTURBED, CALM / 2], [DISTURBED * 2, CALM]):
        rounds.take("a round", tries(*hold_ups)[0])
    capsys.readouterr()
    rounds.report()
    expected = "set aside: 2 of 5 tries, held up for 30.0 to 60.0 ms; what counts was held up for at most 5.0 ms\n"
    assert capsys.readouterr().out == expected
