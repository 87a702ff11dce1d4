"""What 1,000 open tabs of 200 people cost without traffic: the server process's memory, and CPU of it and of mongod.

First they are only connected, then each shows a conversation, so that the server knows who looks at what. Hold-ups are only shown: memory
does not depend on them. Exits with 1 when a target is missed.
"""

import argparse
import sys
import time

from benchmarks import inboxes, servers
from benchmarks.calm import Watcher, watching
from benchmarks.load import Load, evenly
from benchmarks.meter import Meter, Usage, warn_of
from benchmarks.people import hire
from benchmarks.servers import BenchmarkError

MOST_MB = 180.0
CONVERSATIONS = 50
# Without tabs, to compare.
EMPTY_SECONDS = 5.0
OPEN_SECONDS = 60.0


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when the target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle_tabs", description=__doc__)
    parser.add_argument("--tabs", type=int, default=1000)
    parser.add_argument("--people", type=int, default=200, help="whose tabs they are")
    parser.add_argument("--seconds", type=float, default=30.0, help="to hold them, twice; longer than a ping and its answer take")
    options = parser.parse_args(given)
    with watching() as watcher, servers.mongod() as (mongo, folder), servers.product(mongo, folder) as server:
        with inboxes.connected(mongo) as database:
            inboxes.fill(database, CONVERSATIONS)
        tokens: list[str | None] = [one.token for one in hire(mongo, options.people)]
        server.tokens()  # somebody has signed in: what that needs is in memory for good
        empty, meter = server.resident_mb(), Meter(watcher, server)
        time.sleep(min(EMPTY_SECONDS, options.seconds))
        usages = {"without tabs": meter.read()}
        began = time.perf_counter()
        load = Load(watcher, server, tokens, tabs=options.tabs, lines=1)
        opened_in = time.perf_counter() - began
        usages["connected"] = _hold(watcher, load, options.seconds)
        resident = server.resident_mb()
        _look(load)
        usages["each at a conversation"] = _hold(watcher, load, options.seconds)
        looking = server.resident_mb()
        # All of them are really there: one customer writes, and each tab hears it once.
        run = load.open_loop(load.webhooks(1), evenly(1))
        load.close()
    print(
        f"{options.tabs} idle tabs of {options.people} people (opened in {opened_in:.1f} s, held for {options.seconds:g} s): the server "
        f"process has {resident:.0f} MB resident, {looking:.0f} when each shows a conversation (limit {MOST_MB:g}), {empty:.0f} MB before "
        f"them: {(resident - empty) / options.tabs * 1024:.0f} KB a tab; one webhook then reached {len(run.latencies)} of them, "
        f"lost {run.lost}, doubled {run.doubled}"
    )
    for name, usage in usages.items():
        print(f"  CPU {name + ':':<24}{usage.shares()}; held up for at most {usage.held_up:.1f} ms")
    warn_of(max(one.others for one in usages.values()))
    missed = max(resident, looking) > MOST_MB or run.lost or run.doubled
    if missed:
        print("MISSED: the memory's limit, or a tab was deaf")
    return 1 if missed else 0


def _hold(watcher: Watcher, load: Load, seconds: float) -> Usage:
    meter = Meter(watcher, load.server)
    load.loop.run_until(lambda: False, seconds)
    return meter.read()


def _look(load: Load) -> None:
    """Every tab opens a conversation, and has its answer."""
    for number, tab in enumerate(load.tabs):
        tab.say("conversation.open", {"id": f"{number % CONVERSATIONS:024x}"})
        load.loop.turn(0)
    if not load.loop.run_until(lambda: all(tab.answers for tab in load.tabs), OPEN_SECONDS):
        raise BenchmarkError("A tab has no answer about the conversation that it shows.")
    if refused := [tab.answers for tab in load.tabs if b'"viewers"' not in tab.answers[0]]:
        raise BenchmarkError(f"{len(refused)} tabs may not show their conversation: {refused[0]!r}")


if __name__ == "__main__":
    sys.exit(main())
