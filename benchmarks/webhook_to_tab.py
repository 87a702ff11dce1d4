"""From Twilio's webhook to every open tab: how long it takes and how many fit into a second, beside the bare app.

Both are measured in turn on the same mongod, each load in a fresh process with a fresh database; figures are medians of the rounds.
Only the load that was held up is taken again, not that of the other app too: it is the medians that are compared, not pairs of rounds.
Exits with 1 when a target is missed.
"""

import argparse
import random
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import servers
from benchmarks.calm import Rounds, Watcher, watching
from benchmarks.load import CUSTOMERS, Load, Run, evenly, poisson
from benchmarks.meter import warn_of
from benchmarks.servers import Server
from whatsapp_server.embedded_mongo import EmbeddedMongo

MOST_TIMES_SLOWER = 2.0
LEAST_OF_THE_RATE = 0.5
SEED = 20_260_131
WARM_UP_ROUNDS = 2
LINES = 128  # so that a slow moment of the server does not hold back what is due
Starter = Callable[[EmbeddedMongo, Path], AbstractContextManager[Server]]


@dataclass
class Figures:
    """What the rounds of one server came to."""

    name: str
    start: Starter
    timed: list[Run] = field(default_factory=list)
    saturated: list[Run] = field(default_factory=list)
    every: list[Run] = field(default_factory=list)  # also of the rounds that were set aside

    def p50(self) -> float:
        """Milliseconds, the median round."""
        return median(run.percentile(50) for run in self.timed)

    def p99(self) -> float:
        """Milliseconds, the median round."""
        return median(run.percentile(99) for run in self.timed)

    def saturation(self) -> float:
        """Webhooks per second, the median round."""
        return median(run.rate() for run in self.saturated)

    def cpu(self, runs: list[Run]) -> float:
        """Milliseconds of the server's CPU a webhook, the median round."""
        return median(run.server_cpu / len(run.answered) * 1000 for run in runs)

    def mongod_cpu(self) -> float:
        """Milliseconds of mongod's CPU a webhook at saturation, the median round."""
        return median(run.mongod_cpu / len(run.answered) * 1000 for run in self.saturated)

    def wrong(self) -> tuple[int, int, int, int]:
        """(lost, doubled, out of order, refused) over all rounds, those that were set aside too: a hold-up is no excuse."""
        return (
            sum(run.lost for run in self.every),
            sum(run.doubled for run in self.every),
            sum(run.disordered for run in self.every),
            sum(sum(run.refused.values()) for run in self.every),
        )


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.webhook_to_tab", description=__doc__)
    parser.add_argument("--tabs", type=int, default=20)
    parser.add_argument("--rate", type=float, default=100.0, help="webhooks per second")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each of the two loads of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--senders", type=int, default=32, help="webhooks at once at saturation")
    parser.add_argument("--arrivals", choices=("poisson", "even"), default="poisson")
    parser.add_argument("--prepared", type=int, default=1500, help="webhooks to prepare for each second at saturation")
    return parser.parse_args(given)


class Turns:
    """Puts one load after the other on servers, each on a fresh one."""

    def __init__(self, given: argparse.Namespace, rounds: Rounds, watcher: Watcher, mongo: EmbeddedMongo, folder: Path) -> None:
        self._given, self._rounds, self._watcher, self._mongo, self._folder = given, rounds, watcher, mongo, folder

    def take(self, figures: Figures, number: int, send: Callable[[Load, random.Random], Run], shown: Callable[[Run], str]) -> Run:
        """What `send` came to in a calm try, and `shown` says of each."""
        name = f"round {number + 1} {figures.name}"

        def once() -> tuple[Run, float]:
            run = self._once(figures.start, send, random.Random(SEED + number))  # the same arrivals for both, and in each try
            figures.every.append(run)
            meanwhile = f"other programs kept {run.others:.2f} cores busy; held up for {run.held_up:.1f} ms"
            print(f"  {name:<16} {shown(run)}   ({meanwhile})", flush=True)
            return run, run.held_up

        return self._rounds.take(name, once)

    def timed(self, load: Load, rng: random.Random) -> Run:
        """Webhooks as they come by themselves."""
        given = self._given
        gaps = poisson(given.rate, rng) if given.arrivals == "poisson" else evenly(given.rate)
        return load.open_loop(load.webhooks(round(given.rate * given.seconds), rng=rng), gaps)

    def saturated(self, load: Load, rng: random.Random) -> Run:
        """As many webhooks as are answered."""
        given = self._given
        return load.closed_loop(load.webhooks(round(given.prepared * given.seconds), rng=rng), given.seconds, senders=given.senders)

    def _once(self, start: Starter, send: Callable[[Load, random.Random], Run], rng: random.Random) -> Run:
        given = self._given
        with start(self._mongo, self._folder) as server:
            tokens: list[str | None] = [*server.tokens()] if start is servers.product else [None]
            load = Load(self._watcher, server, tokens, tabs=given.tabs, lines=max(LINES, given.senders))
            try:
                # Every customer has written before: what is measured is the inbox's everyday, not its first minute.
                load.open_loop(load.webhooks(CUSTOMERS * WARM_UP_ROUNDS), evenly(given.rate))
                return send(load, rng)
            finally:
                load.close()


def measure(given: argparse.Namespace, rounds: Rounds) -> tuple[Figures, Figures]:
    """(product, bare app), measured in turn."""
    product, bare = Figures("product", servers.product), Figures("bare", servers.bare_app)
    with watching() as watcher, servers.mongod() as (mongo, folder):
        turns = Turns(given, rounds, watcher, mongo, folder)
        for number in range(given.rounds):
            for figures in (product, bare):
                figures.timed.append(turns.take(figures, number, turns.timed, _latency))
            for figures in (product, bare):
                figures.saturated.append(turns.take(figures, number, turns.saturated, _rate))
    return product, bare


def _latency(run: Run) -> str:
    late = sorted(run.sent_late)[int(len(run.sent_late) * 0.99)] * 1000
    return f"p50 {run.percentile(50):6.1f} ms  p99 {run.percentile(99):6.1f} ms; 99% were sent within {late:.1f} ms of their time"


def _rate(run: Run) -> str:
    return f"{run.rate():6.0f}/s at saturation"


def report(product: Figures, bare: Figures) -> list[str]:
    """Print the table; the sentences of what was missed come back."""
    rows: list[tuple[str, float, float, str]] = [
        ("p50, ms", product.p50(), bare.p50(), f"at most {MOST_TIMES_SLOWER:g}"),
        ("p99, ms", product.p99(), bare.p99(), f"at most {MOST_TIMES_SLOWER:g}"),
        ("saturation, webhooks/s", product.saturation(), bare.saturation(), f"at least {LEAST_OF_THE_RATE:g}"),
        ("CPU of the server, ms a webhook", product.cpu(product.timed), bare.cpu(bare.timed), ""),
        ("the same at saturation", product.cpu(product.saturated), bare.cpu(bare.saturated), ""),
        ("mongod's CPU at saturation, ms", product.mongod_cpu(), bare.mongod_cpu(), ""),
    ]
    print(f"\n{'':<34}{'product':>9}{'bare app':>10}{'ratio':>8}  target")
    for name, ours, theirs, target in rows:
        print(f"{name:<34}{ours:>9.2f}{theirs:>10.2f}{ours / theirs:>8.2f}  {target}")
    for name, figures in (("product", product), ("bare app", bare)):
        print("{}: lost {}, doubled {}, out of order {}, refused {}".format(name, *figures.wrong()))
    warn_of(max(run.others for figures in (product, bare) for run in figures.timed + figures.saturated))
    missed = [f"{name} is {ours / theirs:.2f} of the bare app's" for name, ours, theirs, _ in rows[:2] if ours > theirs * MOST_TIMES_SLOWER]
    if product.saturation() < bare.saturation() * LEAST_OF_THE_RATE:
        missed.append(f"saturation is {product.saturation() / bare.saturation():.2f} of the bare app's")
    if any(product.wrong()):
        missed.append("events were lost, doubled or out of order, or webhooks refused")
    return missed


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0 when every target is met."""
    options = arguments(given)
    print(
        f"{options.tabs} tabs, {options.rate:g} webhooks/s ({options.arrivals} arrivals) for {options.seconds:g} s, then "
        f"{options.senders} senders at once for {options.seconds:g} s; {CUSTOMERS} customers; median of {options.rounds} rounds",
        flush=True,
    )
    rounds = Rounds()
    missed = report(*measure(options, rounds))
    rounds.report()
    for sentence in missed:
        print(f"MISSED: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
