"""What 1,000 open tabs without traffic cost the server process in memory. Exits with 1 when the target is missed."""

import argparse
import sys
import time

from benchmarks import servers
from benchmarks.load import Load, evenly

MOST_MB = 180.0


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when the target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.idle_tabs", description=__doc__)
    parser.add_argument("--tabs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0, help="to hold them; longer than a ping and its answer take")
    options = parser.parse_args(given)
    with servers.mongod() as (mongo, folder), servers.product(mongo, folder) as server:
        tokens: list[str | None] = [*server.tokens()]
        empty = server.resident_mb()
        began = time.perf_counter()
        load = Load(server, tokens, tabs=options.tabs, lines=1)
        opened_in = time.perf_counter() - began
        load.loop.run_until(lambda: False, options.seconds)
        resident = server.resident_mb()
        # All of them are really there: one customer writes, and each tab hears it once.
        run = load.open_loop(load.webhooks(1), evenly(1))
        load.close()
    print(
        f"{options.tabs} idle tabs (opened in {opened_in:.1f} s, held for {options.seconds:g} s): the server process has "
        f"{resident:.0f} MB resident (limit {MOST_MB:g}), {empty:.0f} MB before them: {(resident - empty) / options.tabs * 1024:.0f} KB "
        f"a tab; one webhook then reached {len(run.latencies)} of them, lost {run.lost}, doubled {run.doubled}"
    )
    missed = resident > MOST_MB or run.lost or run.doubled
    if missed:
        print("MISSED: the memory's limit, or a tab was deaf")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
