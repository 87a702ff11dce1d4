"""One message to 10, 100 and 1,000 tabs: how many arrive in a second, beside a bare emit of the same bytes.

Both servers run, and take turns burst by burst; figures are medians of the rounds. Only the burst that was held up is taken again, not the
other server's too: it is the medians that are compared, not pairs of bursts. Exits with 1 when a target is missed.
"""

import argparse
import gc
import json
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks import servers
from benchmarks.calm import Rounds, Watcher, watching
from benchmarks.load import ECHO_SECONDS, Load, evenly
from benchmarks.meter import Meter, warn_of
from benchmarks.servers import BenchmarkError, Server
from benchmarks.wire import CREATED, Line, Loop, Tab

LEAST_OF_THE_RATE = 0.8
SIZES = (10, 100, 1000)
BURST_SECONDS = 120.0
BUSY_LOAD = 0.9


@dataclass(frozen=True)
class Burst:
    """What became of some messages, published one after the other."""

    rate: float  # deliveries per second, from the request to the last tab's last one
    server_cpu: float  # seconds a delivery
    own_cpu: float  # of the load, as a share of a core
    others: float  # cores that programs outside the benchmark kept busy


class Hall:
    """The tabs of one server, and a line by which it is told to publish. `wrong`: {tabs: what all bursts to them lost or doubled}."""

    def __init__(self, watcher: Watcher, server: Server, tokens: list[str | None], path: str) -> None:
        self.server, self.loop, self.tabs = server, Loop(), list[Tab]()
        self.frame = b""
        self.wrong: Counter[int] = Counter()
        self._watcher = watcher
        self._tokens, self._path = tokens, path
        self._same: dict[bytes, bytes] = {}
        self._status: int | None = None
        self._line = Line(server.port, self._answered)
        self.loop.add(self._line)

    def fill(self, count: int) -> None:
        """Open tabs until there are `count`."""
        while len(self.tabs) < count:
            tab = Tab(self.server.port, self._tokens[len(self.tabs) % len(self._tokens)], self._same)
            self.loop.add(tab)
            self.tabs.append(tab)
            self.loop.turn(0)

    def burst(self, count: int, beside: Server, **given: object) -> tuple[Burst, float]:
        """Have `count` messages published back to back, while the server `beside` has nothing to do. (the burst, longest hold-up in ms)."""
        for tab in self.tabs:
            tab.arrivals.clear()
        self._status = None
        gc.collect()
        gc.disable()
        meter, began = Meter(self._watcher, self.server, beside), time.perf_counter()
        self._line.post("", _request(self.server.port, self._path, {**given, "count": count}))
        self.loop.run_until(lambda: self._status is not None and all(len(tab.arrivals) >= count for tab in self.tabs), BURST_SECONDS)
        usage = meter.read()
        gc.enable()
        self.loop.run_until(lambda: False, ECHO_SECONDS)
        if self._status != 200:
            raise BenchmarkError(f"{self.server.name} answered {self._status}:\n{self.server.log_path.read_text()[-3000:]}")
        if len(self._same) != 1:
            raise BenchmarkError(f"{self.server.name} sent {len(self._same)} kinds of message.")
        (self.frame,) = self._same
        last = max(tab.arrivals[-1][0] for tab in self.tabs if tab.arrivals)
        deliveries = sum(len(tab.arrivals) for tab in self.tabs)
        self.wrong[len(self.tabs)] += sum(abs(len(tab.arrivals) - count) for tab in self.tabs)
        burst = Burst(deliveries / (last - began), usage.server / deliveries, usage.own / usage.seconds, usage.others)
        return burst, usage.held_up

    def _answered(self, _: Line, status: int) -> None:
        self._status = status


def _request(port: int, path: str, given: dict[str, object]) -> bytes:
    body = json.dumps(given).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def measure(options: argparse.Namespace, rounds: Rounds) -> tuple[dict[int, tuple[list[Burst], list[Burst]]], Counter[int]]:
    """({tabs: (bursts of the product, bursts of the bare app)}, {tabs: deliveries that all bursts lost or doubled}), in turn."""
    found: dict[int, tuple[list[Burst], list[Burst]]] = defaultdict(lambda: ([], []))
    program = ["-m", "benchmarks.publishing_product"]
    with (
        watching() as watcher,
        servers.mongod() as (mongo, folder),
        servers.product(mongo, folder, program) as product,
        servers.bare_app(mongo, folder) as bare,
    ):
        _have_one_message(watcher, product)
        ours, theirs = Hall(watcher, product, [*product.tokens()], "/publish"), Hall(watcher, bare, [None], "/emit")
        for tabs in options.tabs:
            ours.fill(tabs)
            theirs.fill(tabs)
            # To warm up: every tab's first frame of a size makes buffers grow.
            few, count = max(1, options.deliveries // tabs // 10), max(1, options.deliveries // tabs)
            ours.burst(few, bare)
            name, payload = json.loads(ours.frame[2:])
            emit = partial(theirs.burst, beside=product, event=name, payload=payload)
            emit(few)
            for number in range(options.rounds):
                named = f"{tabs:>7} tabs, round {number + 1}"
                found[tabs][0].append(rounds.take(f"{named} product", partial(ours.burst, count, bare)))
                found[tabs][1].append(rounds.take(f"{named} bare", partial(emit, count)))
                if theirs.frame != ours.frame:
                    raise BenchmarkError("The bare app sent other bytes than the product.")
        print(f"each delivery is one frame of {len(ours.frame)} bytes")
        ours.loop.close()
        theirs.loop.close()
    return found, ours.wrong + theirs.wrong


def _have_one_message(watcher: Watcher, product: Server) -> None:
    """A customer writes, by webhook: what is published afterwards is that message."""
    load = Load(watcher, product, [product.tokens()[0]], tabs=1, lines=1)
    load.open_loop(load.webhooks(1), evenly(1))
    heard = [frame for tab in load.tabs for _, frame in tab.arrivals]
    load.close()
    if len(heard) != 1 or not heard[0].startswith(CREATED):
        raise BenchmarkError("The customer's message did not reach its tab.")


def report(found: dict[int, tuple[list[Burst], list[Burst]]], wrong: Counter[int]) -> list[str]:
    """Print the table; the sentences of what was missed come back."""
    missed = []
    print(f"{'':<12}{'deliveries per second':>26}{'':>16}{'':<16}{'server, µs each':>18}{'the load':>10}")
    print(f"{'':<12}{'product':>13}{'bare emit':>13}{'ratio':>16}  {'target':<14}{'product':>9}{'bare':>9}{'cores':>10}")
    for tabs, (ours, theirs) in found.items():
        ratio = median(one.rate for one in ours) / median(one.rate for one in theirs)
        print(
            f"{tabs:>7} tabs{median(one.rate for one in ours):>13,.0f}{median(one.rate for one in theirs):>13,.0f}{ratio:>16.2f}  "
            f"{f'at least {LEAST_OF_THE_RATE:g}':<14}{median(one.server_cpu for one in ours) * 1e6:>9.1f}"
            f"{median(one.server_cpu for one in theirs) * 1e6:>9.1f}{max(one.own_cpu for one in ours + theirs):>10.2f}"
        )
        if ratio < LEAST_OF_THE_RATE:
            missed.append(f"to {tabs} tabs the product delivers at {ratio:.2f} of the bare emit's rate")
        if wrong[tabs]:
            missed.append(f"to {tabs} tabs {wrong[tabs]} deliveries were lost or doubled")
    bursts = [one for pair in found.values() for side in pair for one in side]
    warn_of(max(one.others for one in bursts))
    if (own := max(one.own_cpu for one in bursts)) > BUSY_LOAD:
        print(f"THE LOAD WAS BUSY: it used {own:.2f} of a core; what it reads slower than the servers write is no figure of theirs")
    return missed


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fan_out", description=__doc__)
    parser.add_argument("--tabs", type=int, nargs="+", default=SIZES, help="how many, in rising order")
    parser.add_argument("--deliveries", type=int, default=60_000, help="of a burst")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(given)
    print(f"bursts of {options.deliveries:,} deliveries, published back to back; median of {options.rounds} rounds")
    rounds = Rounds()
    missed = report(*measure(options, rounds))
    rounds.report()
    for sentence in missed:
        print(f"MISSED: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
