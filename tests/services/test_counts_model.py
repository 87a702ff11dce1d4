"""Ten people at work for a long time, against a small model: where every conversation stands for everybody, what is counted, who waits.

WALK_SEED repeats the random actions of an earlier run, which prints its seed; the last actions are shown with a failure.
"""

import os
import random
from collections.abc import Callable

import pytest

from tests.support.lab import Lab
from tests.support.walk import Walk

SEED = int(os.environ.get("WALK_SEED") or random.SystemRandom().randrange(2**32))
SIZES = [pytest.param(300, 60), pytest.param(5000, 125, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])]


@pytest.mark.parametrize(("actions", "every"), SIZES)
def test_every_view_and_number_is_exact(lab: Callable[..., Lab], actions: int, every: int) -> None:
    print(f"WALK_SEED={SEED}")  # shown with a failure
    walk = Walk(lab(ACCESS_TOKEN_MINUTES="60"), random.Random(SEED))
    try:
        for number in range(1, actions + 1):
            walk.act()
            if number % every == 0:
                walk.compare_all()
    except Exception:
        print(f"Action {number}, the last ones:\n" + "\n".join(walk.trace))
        raise
