"""The mongod that a server runs for itself, to be frozen or killed under its hands."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.lab import Lab
from whatsapp_server.embedded_mongo.folder import mongods_on


def mongods_of(own: Lab) -> list[int]:
    """The process ids of the mongods that run on the server's folder: one, unless it has died or is about to be replaced."""
    return mongods_on((own.server.data_dir / "mongo" / "db").resolve())


def mongod_of(own: Lab) -> int:
    """The process id of the server's mongod."""
    (pid,) = mongods_of(own)
    return pid


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process does nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
