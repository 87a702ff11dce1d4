"""A server of one's own, whose clock may be moved and whose Twilio may be taken away."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.lab import Lab
from tests.support.mongo import SharedMongo


@pytest.fixture
def lab(mongo: SharedMongo, tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Starts a lab: lab(speed=0.05, TWILIO_TIMEOUT_SECONDS="2")."""
    with ExitStack() as stack:

        def start(*, speed: float = 0.05, **env: str) -> Lab:
            uri = mongo.uri(mongo.database_name())
            return stack.enter_context(Lab(tmp_path / "server", speed=speed, mongodb_uri=uri, **env))

        yield start
