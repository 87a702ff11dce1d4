"""From Twilio's webhook to every open tab: how long it takes and how many fit into a second, beside the bare app.

Both are measured in turn on the same mongod, each time in a fresh process with a fresh database; figures are medians of the rounds.
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

    timed: list[Run] = field(default_factory=list)
    saturated: list[Run] = field(default_factory=list)

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
        """(lost, doubled, out of order, refused) over all rounds."""
        runs = self.timed + self.saturated
        return (
            sum(run.lost for run in runs),
            sum(run.doubled for run in runs),
            sum(run.disordered for run in runs),
            sum(sum(run.refused.values()) for run in runs),
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


def measure(given: argparse.Namespace) -> tuple[Figures, Figures]:
    """(product, bare app), measured in turn."""
    product, bare = Figures(), Figures()
    with servers.mongod() as (mongo, folder):
        for number in range(given.rounds):
            for start, figures in ((servers.product, product), (servers.bare_app, bare)):
                _round(given, start, figures, mongo, folder, number)
    return product, bare


def _round(given: argparse.Namespace, start: Starter, figures: Figures, mongo: EmbeddedMongo, folder: Path, number: int) -> None:
    rng = random.Random(SEED + number)  # the same arrivals for both
    with start(mongo, folder) as server:
        tokens: list[str | None] = [*server.tokens()] if start is servers.product else [None]
        load = Load(server, tokens, tabs=given.tabs, lines=max(LINES, given.senders))
        try:
            # Every customer has written before: what is measured is the inbox's everyday, not its first minute.
            load.open_loop(load.webhooks(CUSTOMERS * WARM_UP_ROUNDS), evenly(given.rate))
            gaps = poisson(given.rate, rng) if given.arrivals == "poisson" else evenly(given.rate)
            figures.timed.append(load.open_loop(load.webhooks(round(given.rate * given.seconds), rng=rng), gaps))
            prepared = load.webhooks(round(given.prepared * given.seconds), rng=rng)
            figures.saturated.append(load.closed_loop(prepared, given.seconds, senders=given.senders))
        finally:
            load.close()
    _show_round(server.name, number, figures.timed[-1], figures.saturated[-1], given.rate)


def _show_round(name: str, number: int, timed: Run, saturated: Run, rate: float) -> None:
    late = sorted(timed.sent_late)[int(len(timed.sent_late) * 0.99)] * 1000
    print(
        f"  round {number + 1} {name:<8} p50 {timed.percentile(50):6.1f} ms  p99 {timed.percentile(99):6.1f} ms  "
        f"{saturated.rate():5.0f}/s   (at {rate:.0f}/s 99% were sent within {late:.1f} ms of their time; other programs kept "
        f"{timed.others:.2f}, then {saturated.others:.2f} cores busy)",
        flush=True,
    )


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
    missed = report(*measure(options))
    for sentence in missed:
        print(f"MISSED: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
