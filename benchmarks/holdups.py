"""A program beside a benchmark that notes for how long the machine held it up: `python -m benchmarks.holdups`, started by calm.py.

On each core a thread sleeps for a moment, again and again, and compares when it woke with when it was due. A line on stdin is answered
with the longest hold-up so far, in milliseconds; after the line "begin" it counts anew. The program ends with its stdin.

It is a process of its own because a thread of the load would wait for the load's interpreter. It keeps the priority and the session that it
was given: one of real-time priority is not held up by the other programs that hold up the benchmark.
"""

import os
import signal
import sys
import threading
import time

# Up to so much of a hold-up is not seen. Every wake costs the programs on the core more than what it uses (docs/benchmarks.md).
TICK_SECONDS = 0.004


class Core:
    """What the thread on one core found; times are of one monotonic clock, in seconds."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._due = time.perf_counter() + TICK_SECONDS
        self._longest = 0.0

    def watch(self) -> None:
        """For ever, in the thread that calls."""
        os.sched_setaffinity(0, {self._number})
        while True:
            time.sleep(TICK_SECONDS)
            woke = time.perf_counter()
            if woke - self._due > self._longest:  # not max(): it might keep what was there before `begin`
                self._longest = woke - self._due
            self._due = woke + TICK_SECONDS

    def longest(self) -> float:
        """The longest hold-up since `begin`; one that still lasts counts."""
        return max(self._longest, time.perf_counter() - self._due)

    def begin(self) -> None:
        """Count anew."""
        self._longest = 0.0


def main() -> None:
    """Watch every core that this process may use, and answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the benchmark, and that ends this
    cores = [Core(number) for number in sorted(os.sched_getaffinity(0))]
    for core in cores:
        threading.Thread(target=core.watch, daemon=True).start()
    for line in sys.stdin:
        longest = max(core.longest() for core in cores)
        if line == "begin\n":
            for core in cores:
                core.begin()
        # Not before it counts anew: whoever has the answer may rely on it.
        print(longest * 1000, flush=True)


if __name__ == "__main__":
    main()
