"""kill -9 of the server and of its mongod, in the middle of the work: nothing acknowledged is lost, nothing is sent twice.

KILL_SEED repeats the random moments of an earlier run, which prints its seed.
"""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.durability import rounds
from tests.durability.rounds import Figures
from tests.support.lab import Lab
from tests.support.mongods import mongod_of, mongods_of
from tests.support.talk import Talk
from tests.support.waiting import eventually

pytestmark = pytest.mark.alone
SMALL, FULL = (120, 60), (500, 200)
ROUNDS = 5
SEED = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(2**32))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Lab]:
    """A server with a MongoDB of its own, and ten customers who have written."""
    print(f"KILL_SEED={SEED}")  # shown with a failure
    with Lab(tmp_path / "server", TWILIO_TIMEOUT_SECONDS="5", ACCESS_TOKEN_MINUTES="60") as own:
        # Long enough that a strike meets several requests on their way.
        own.twilio.add_fault("hang", count=None, seconds=0.05)
        yield own


def kill_server(own: Lab) -> None:
    """The process dies at once; its mongod is an orphan; another server starts on the same folder and port."""
    own.server.kill()
    own.server.start()


def kill_mongod(own: Lab) -> None:
    """The database dies at once; the server starts it again by itself."""
    pid = mongod_of(own)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: (now := mongods_of(own)) and now != [pid])


def one_round(
    own: Lab, talks: list[Talk], strike: Callable[[Lab], None], size: tuple[int, int], randomly: random.Random, label: str
) -> Figures:
    figures = Figures(label)
    pause = threading.Event()

    def at_random() -> None:
        pause.wait(randomly.random() * 0.1)
        strike(own)

    webhooks, replies = size
    sids = rounds.customers_write(own, talks, webhooks, at_random, rounds.moment(randomly, webhooks), figures)
    rounds.employees_reply(own, talks, replies, at_random, rounds.moment(randomly, replies), label, figures)
    answered = rounds.settle(talks, figures)
    rounds.assert_inbox_is_whole(talks, sids)
    rounds.assert_sent_once_and_in_order(talks, answered)
    return figures


def talks_of(own: Lab) -> list[Talk]:
    return [own.talk() for _ in range(rounds.CUSTOMERS)]


STRIKES = pytest.mark.parametrize("strike", [kill_server, kill_mongod])


@STRIKES
def test_a_kill_loses_and_doubles_nothing(own: Lab, strike: Callable[[Lab], None], capsys: pytest.CaptureFixture[str]) -> None:
    randomly = random.Random(SEED)
    figures = one_round(own, talks_of(own), strike, SMALL, randomly, strike.__name__)
    with capsys.disabled():
        print(f"\nKILL_SEED={SEED} {figures}")


@pytest.mark.soak
@pytest.mark.timeout(1800)
@STRIKES
def test_many_kills_lose_and_double_nothing(own: Lab, strike: Callable[[Lab], None], capsys: pytest.CaptureFixture[str]) -> None:
    randomly, talks = random.Random(SEED), talks_of(own)
    for number in range(1, ROUNDS + 1):
        figures = one_round(own, talks, strike, FULL, randomly, f"{strike.__name__}, round {number}")
        with capsys.disabled():
            print(f"\nKILL_SEED={SEED} {figures}")
