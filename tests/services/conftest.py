"""A server of one's own, whose clock may be moved and whose Twilio may be taken away; and two on one database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import mongoengine
import pytest
from pymongo.database import Database

from migrations_scripts.runner import run_pending
from tests.support.lab import Lab
from tests.support.mongo import SharedMongo
from tests.support.server import ServerProcess
from whatsapp_server.models.base import connect


@pytest.fixture
def lab(mongo: SharedMongo, tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Starts a lab: lab(speed=0.05, TWILIO_TIMEOUT_SECONDS="2")."""
    with ExitStack() as stack:

        def start(*, speed: float = 0.05, **env: str) -> Lab:
            uri = mongo.uri(mongo.database_name())
            return stack.enter_context(Lab(tmp_path / "server", speed=speed, mongodb_uri=uri, **env))

        yield start


@pytest.fixture
def connected(mongo: SharedMongo) -> Iterator[Database[dict[str, Any]]]:
    """A database that this process's own services use: for what happens between two of their steps. No tab hears of it."""
    with mongo.database() as database:
        run_pending(database)
        connect(mongo.uri(database.name), database.name)
        yield database
        mongoengine.disconnect()


@pytest.fixture
def two(
    mongo: SharedMongo, own_server: Callable[..., ServerProcess], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Two servers on one database, with nothing else between them."""
    first = own_server()
    uri = first.env["MONGODB_URI"]
    folder = tmp_path_factory.mktemp("second")
    with ServerProcess(folder, simulator_url="http://127.0.0.1:9", auth_token="own-token", mongodb_uri=uri) as second:
        yield first, second
