"""The program that watches for hold-ups: what it sees, and when it ends."""

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from benchmarks.calm import Watcher, watching
from benchmarks.holdups import TICK_SECONDS
from benchmarks.servers import ROOT, BenchmarkError
from tests.support.waiting import PATIENCE_SECONDS, eventually

BENCHMARK = """
import signal
from benchmarks.calm import watching
with watching() as watcher:
    print(watcher.pid, flush=True)
    signal.pause()
"""


def hold_up(watcher: Watcher, seconds: float) -> None:
    """Stop it for at least so long."""
    tasks = Path(f"/proc/{watcher.pid}/task")
    os.kill(watcher.pid, signal.SIGSTOP)
    try:
        eventually(lambda: all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in tasks.glob("*/stat")))
        threading.Event().wait(seconds)
    finally:
        os.kill(watcher.pid, signal.SIGCONT)


def test_sees_for_how_long_it_was_held_up_and_counts_anew() -> None:
    with watching() as watcher:
        hold_up(watcher, 0.1 + TICK_SECONDS)
        held_up = watcher.longest()
        assert held_up >= 100
        assert watcher.longest() >= held_up

        def anew() -> float:
            watcher.begin()
            return watcher.longest()

        assert eventually(lambda: anew() < held_up)


def test_watches_every_core_that_the_benchmark_may_use() -> None:
    with watching() as watcher:
        threads = [int(task.name) for task in Path(f"/proc/{watcher.pid}/task").iterdir() if int(task.name) != watcher.pid]
        cores = {frozenset({core}) for core in os.sched_getaffinity(0)}
        assert eventually(lambda: {frozenset(os.sched_getaffinity(thread)) for thread in threads} == cores)


def test_ends_with_its_block() -> None:
    with watching() as watcher:
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(watcher.pid, 0)


def test_ends_with_a_benchmark_that_is_killed() -> None:
    benchmark = subprocess.Popen([sys.executable, "-c", BENCHMARK], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert benchmark.stdout
    try:
        process = os.pidfd_open(int(benchmark.stdout.readline()))
    finally:
        benchmark.kill()
        benchmark.communicate()
    ended, _, _ = select.select([process], [], [], PATIENCE_SECONDS)
    os.close(process)
    assert ended


def test_a_benchmark_is_told_when_nobody_watches_any_more() -> None:
    with watching() as watcher:
        os.kill(watcher.pid, signal.SIGKILL)
        # Its pipes may be closed, or not yet.
        with pytest.raises(BenchmarkError, match="watches for hold-ups has ended"):
            watcher.longest()
        os.waitid(os.P_PID, watcher.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(BenchmarkError, match="watches for hold-ups has ended"):
            watcher.begin()
