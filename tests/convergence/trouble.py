"""What goes wrong meanwhile: lines that break and fall silent, events lost, doubled and late, processes and Redis killed and frozen."""

import random
import signal
import threading
from collections.abc import Callable, Sequence

from tests.convergence.tabs import Tabs
from tests.support.redis import RedisProcess
from tests.support.server import ServerProcess

MOST_RATES = {"drop": 0.3, "double": 0.3, "delay": 0.4, "delayMs": 2000}
NONE = dict.fromkeys(MOST_RATES, 0)


class Trouble:
    """A context manager: trouble without a pause inside, all of it mended at the end. `longest`: seconds without a network."""

    def __init__(
        self, tabs: Tabs, names: Sequence[str], servers: Sequence[ServerProcess], redis: RedisProcess, seed: str, *, longest: float
    ) -> None:
        self._tabs, self._names, self._servers, self._redis, self._longest = tabs, names, servers, redis, longest
        self._over = threading.Event()
        self._chances = {kind: random.Random(f"{seed}:{kind}") for kind in ("lines", "processes")}
        kinds = ((self._line, self._line, self._rates), "lines"), ((self._kill_server, self._redis_away), "processes")
        self._threads = [threading.Thread(target=self._run, args=each) for each in kinds]
        # How often there was each, all of it over.
        self.made = {kind.__name__: 0 for those, _ in kinds for kind in those}
        self.failed: BaseException | None = None

    def __enter__(self) -> "Trouble":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        for name in self._names:
            self._tabs("network", tab=name, state="up")
            self._tabs("faults", tab=name, faults=NONE)

    def _run(self, kinds: Sequence[Callable[[random.Random], None]], name: str) -> None:
        chance = self._chances[name]
        round_: list[Callable[[random.Random], None]] = []
        try:
            while not self._over.wait(chance.random()):
                # In rounds, each in another order: no kind stays away by chance.
                round_ = round_ or chance.sample(kinds, len(kinds))
                kind = round_.pop()
                kind(chance)
                self.made[kind.__name__] += 1
        except BaseException as error:
            self.failed = error

    def _line(self, chance: random.Random) -> None:
        """Some tabs have no network for a while; most for a moment, some for long."""
        chosen = chance.sample(self._names, chance.randint(1, 3))
        state = chance.choice(("down", "down", "silent"))
        for name in chosen:
            self._tabs("network", tab=name, state=state)
        self._over.wait(chance.choice((0.1, 0.5, 2.0, 2.0, self._longest)) * chance.random())
        for name in chosen:
            self._tabs("network", tab=name, state="up")

    def _rates(self, chance: random.Random) -> None:
        for name in chance.sample(self._names, 4):
            rates = {kind: most * chance.choice((0, 0.5, 1)) for kind, most in MOST_RATES.items()}
            self._tabs("faults", tab=name, faults=rates)

    def _kill_server(self, chance: random.Random) -> None:
        server = chance.choice(self._servers)
        assert server.process is not None
        if chance.random() < 0.7:
            server.kill()
        else:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(15)
        self._over.wait(chance.random() * 2)
        server.start()

    def _redis_away(self, chance: random.Random) -> None:
        with self._redis.killed() if chance.random() < 0.5 else self._redis.frozen():
            self._over.wait(chance.random() * 4)
