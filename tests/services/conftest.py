"""A server of one's own, whose clock may be moved and whose Twilio may be taken away; and two on one database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import mongoengine
import pytest
from pymongo.database import Database

from migrations_scripts.runner import run_pending
from tests.support.lab import LAB_SPEED, Lab
from tests.support.mongo import SharedMongo
from tests.support.server import ServerProcess
from whatsapp_server.models.base import connect


@pytest.fixture
def lab(mongo: SharedMongo, tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Starts a lab: lab(speed=0.05, TWILIO_TIMEOUT_SECONDS="2")."""
    with ExitStack() as stack:

        def start(*, speed: float = LAB_SPEED, **env: str) -> Lab:
            uri = mongo.uri(mongo.database_name())
            return stack.enter_context(Lab(tmp_path / "server", speed=speed, mongodb_uri=uri, **env))

        yield start


@pytest.fixture(scope="session")
def lasting_lab(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that outlasts its tests."""
    with Lab(tmp_path_factory.mktemp("lab"), mongodb_uri=mongo.uri(mongo.database_name())) as shared:
        yield shared


@pytest.fixture
def shared_lab(lasting_lab: Lab) -> Iterator[Lab]:
    """The same, with the true time, Twilio's usual speed and no faults before and after: for tests that neither stop nor kill it."""
    yield lasting_lab
    lasting_lab.twilio.clear_faults()
    lasting_lab.twilio.change_settings(speed=LAB_SPEED)
    lasting_lab.server.move_clock(0)


@pytest.fixture
def connected(mongo: SharedMongo) -> Iterator[Database[dict[str, Any]]]:
    """A database that this process's own services use: for what happens between two of their steps. No tab hears of it."""
    with mongo.database() as database:
        run_pending(database)
        connect(mongo.uri(database.name), database.name)
        yield database
        mongoengine.disconnect()


@pytest.fixture
def two(own_server: Callable[..., ServerProcess]) -> Callable[..., tuple[ServerProcess, ServerProcess]]:
    """Starts two servers on one database, with nothing else between them: two(NAME="value")."""

    def start(**env: str) -> tuple[ServerProcess, ServerProcess]:
        first = own_server(**env)
        return first, own_server(**env, MONGODB_URI=first.env["MONGODB_URI"])

    return start
