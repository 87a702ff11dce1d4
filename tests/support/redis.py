"""A real Redis of one test, on a port of its own: it can be killed, started again, and frozen."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotThere

from tests.support.programs import required
from tests.support.server import free_port
from tests.support.waiting import eventually
from whatsapp_server.redis_options import impatient


class RedisProcess:
    """A context manager; skips the test when there is no redis-server."""

    def __init__(self, folder: Path) -> None:
        self._program = required("redis-server")
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "RedisProcess":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it; returns once it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        with (self._folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        eventually(self._answers, every=0.01)

    def kill(self) -> None:
        """End it at once; harmless when it does not run."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait(10)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """It is gone meanwhile, and back afterwards."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It does nothing meanwhile, and keeps its connections."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        with Redis.from_url(self.url, **impatient(1.0)) as client:
            try:
                return bool(client.ping())
            except NotThere:
                return False
