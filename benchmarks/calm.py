"""Calm on a shared machine: a round during which the machine held up everybody does not count, and is taken again.

The rule is here, for all benchmarks: change it here.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from benchmarks.servers import ROOT, BenchmarkError, cpu_seconds_of

# A round with a longer hold-up is set aside. What the benchmark itself starts holds the watcher up too (docs/benchmarks.md): servers and
# load for up to 8 ms, a browser for longer.
MOST_HELD_UP_MS = 10.0
MOST_BESIDE_A_BROWSER_MS = 50.0
# So often is a round taken again. If none of its tries was calm, the calmest counts.
MOST_AGAIN = 5
Result = TypeVar("Result")


class Watcher:
    """The program holdups.py, which is held up whenever the machine holds up the benchmark. Hold-ups are in milliseconds."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Counts from now on."""
        self._process = process
        self.begin()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def begin(self) -> None:
        """Count anew."""
        self._ask(b"begin\n")

    def longest(self) -> float:
        """The longest hold-up since `begin`; raises BenchmarkError when the watcher has ended."""
        return self._ask(b"longest\n")

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        return cpu_seconds_of(self._process.pid)

    def _ask(self, what: bytes) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(what)
            return float(self._process.stdout.readline())
        except (BrokenPipeError, ValueError):
            raise BenchmarkError("The program that watches for hold-ups has ended.") from None


@contextmanager
def watching() -> Iterator[Watcher]:
    """A watcher that ends with the block, or with this process however that ends."""
    command = [sys.executable, "-m", "benchmarks.holdups"]
    # Without buffers: what a watcher that has ended did not take would be written again at the end of the block, and fail again.
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        try:
            yield Watcher(process)
        finally:
            process.kill()


class Rounds:
    """Takes the rounds of one benchmark, and knows which of them do not count: those with a hold-up above `limit`, in milliseconds."""

    def __init__(self, limit: float = MOST_HELD_UP_MS) -> None:
        self._limit = limit
        self._set_aside: list[float] = []
        self._counted: list[float] = []

    def take(self, name: str, measure: Callable[[], tuple[Result, float]]) -> Result:
        """What `measure` found in its first calm try, or in the calmest of 1 + MOST_AGAIN; it answers (result, longest hold-up in ms).

        Tries that do not count are printed under `name`.
        """
        tries: list[tuple[Result, float]] = []
        while True:
            tries.append(measure())
            held_up = tries[-1][1]
            if held_up <= self._limit or len(tries) > MOST_AGAIN:
                break
            print(f"  {name} is set aside: held up for {held_up:.1f} ms; repetition {len(tries)} of at most {MOST_AGAIN}", flush=True)
        tries.sort(key=lambda one: one[1])
        (result, held_up), *others = tries
        self._counted.append(held_up)
        self._set_aside += [one[1] for one in others]
        if held_up > self._limit:
            print(f"  {name} was never calm: of its {len(tries)} tries the calmest counts, held up for {held_up:.1f} ms", flush=True)
        return result

    def report(self) -> None:
        """Print how calm those were that count, and the sum of what was set aside."""
        tries, longest = len(self._counted) + len(self._set_aside), max(self._counted)
        if self._set_aside:
            least, most = min(self._set_aside), max(self._set_aside)
            print(f"set aside: {len(self._set_aside)} of {tries} tries, held up for {least:.1f} to {most:.1f} ms", end="; ")
        else:
            print(f"set aside: none of {tries} tries", end="; ")
        print(f"what counts was held up for at most {longest:.1f} ms")
        if never_calm := sum(held_up > self._limit for held_up in self._counted):
            print(f"NOT A CALM MACHINE: {never_calm} of {len(self._counted)} rounds had no calm try; repeat this when others do less")
