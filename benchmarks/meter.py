"""What a server, its database and the load use of the machine from one moment to another, what everybody else does, and how calm it was."""

import time
from dataclasses import dataclass

from benchmarks.calm import Watcher
from benchmarks.servers import Server, machine_cpu_seconds

QUIET_CORES = 0.2


@dataclass(frozen=True)
class Usage:
    """CPU seconds within `seconds`; `others` is the share of a core that programs outside the benchmark kept busy.

    `held_up` is the longest hold-up, in milliseconds.
    """

    seconds: float
    server: float
    mongod: float
    own: float
    others: float
    held_up: float

    def shares(self) -> str:
        """In words."""
        return f"server {self.server / self.seconds:.1%} of a core, mongod {self.mongod / self.seconds:.1%}"


class Meter:
    """Begins to count when it is made."""

    def __init__(self, watcher: Watcher, server: Server, *beside: Server) -> None:
        """`beside` are servers of the benchmark that run too; all share one mongod. The watcher counts anew from now on."""
        self._watcher, self._server, self._beside = watcher, server, beside
        watcher.begin()
        self._before = self._clocks()

    def read(self) -> Usage:
        """What was used so far."""
        seconds, machine, server, mongod, own, beside = (now - then for now, then in zip(self._clocks(), self._before, strict=True))
        others = max(0.0, machine - server - mongod - own - beside) / seconds
        return Usage(seconds, server, mongod, own, others, self._watcher.longest())

    def _clocks(self) -> tuple[float, ...]:
        return (
            time.perf_counter(),
            machine_cpu_seconds(),
            self._server.cpu_seconds(),
            self._server.mongod_cpu_seconds(),
            time.process_time(),
            self._watcher.cpu_seconds() + sum(one.cpu_seconds() for one in self._beside),
        )


def warn_of(others: float) -> None:
    """Say so when figures that were taken meanwhile mean little."""
    if others > QUIET_CORES:
        print(f"NOT A QUIET MACHINE: other programs kept up to {others:.2f} cores busy; repeat this on an idle one")
