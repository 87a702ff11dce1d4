"""Several processes that are one inbox, and what befalls the Redis between them."""

import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.support.redis import RedisProcess
from tests.support.server import ServerProcess
from tests.support.simulator import SimulatorProcess

# Small enough to be reached by a test, more than the people of a test need to sign in.
LOGIN_ATTEMPTS = 12
TROUBLES: dict[str, Callable[[RedisProcess], AbstractContextManager[None]]] = {"killed": RedisProcess.killed, "frozen": RedisProcess.frozen}


@dataclass(frozen=True)
class Cluster:
    """The processes. `front` is what the outside sees: nginx, under the address that all of them believe to be theirs."""

    first: ServerProcess
    second: ServerProcess
    front: ServerProcess
    worker: subprocess.Popen[bytes]
    redis: RedisProcess
    twilio: SimulatorProcess
