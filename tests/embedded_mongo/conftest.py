"""The fixture of these tests."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded_mongo.support import Start
from whatsapp_server.embedded_mongo import EmbeddedMongo


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an EmbeddedMongo on `data_dir` (tmp_path unless told) and stop it with the test."""
    started: list[EmbeddedMongo] = []

    def start_one(data_dir: Path = tmp_path, *, watched: bool = False) -> EmbeddedMongo:
        mongo = EmbeddedMongo(data_dir)
        started.append(mongo)
        mongo.start()
        if watched:
            threading.Thread(target=mongo.watch, daemon=True).start()
        return mongo

    yield start_one
    for mongo in started:
        mongo.stop()
