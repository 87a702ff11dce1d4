"""The MongoDB of a test run: one private mongod for each pytest process, a fresh database for each test."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from whatsapp_server.embedded_mongo import EmbeddedMongo, FolderInUse
from whatsapp_server.embedded_mongo.folder import stop_orphans, take_server_lock

PREFIX = "whatsapp-tests-"


@dataclass(frozen=True)
class SharedMongo:
    """A running mongod and a supply of unused database names."""

    mongo: EmbeddedMongo
    client: MongoClient[dict[str, Any]]
    data_dir: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def database_name(self) -> str:
        """A name no other test of this process has been given."""
        return f"test_{next(self._numbers)}"

    def uri(self, database: str) -> str:
        """The URI of `database`, for a server or a MongoEngine connection."""
        return self.mongo.uri(database)

    @contextmanager
    def database(self) -> Iterator[Database[dict[str, Any]]]:
        """An empty database that is dropped at the end."""
        name = self.database_name()
        try:
            yield self.client[name]
        finally:
            self.client.drop_database(name)


@contextmanager
def shared_mongo() -> Iterator[SharedMongo]:
    """A mongod for this pytest process (with xdist: for this worker), in a folder that goes with it."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    mongo = EmbeddedMongo(folder)
    try:
        mongo.start()
        with MongoClient[dict[str, Any]](mongo.uri("admin"), tz_aware=True) as client:
            yield SharedMongo(mongo, client, folder)
    finally:
        mongo.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def mongo() -> Iterator[SharedMongo]:
    """The mongod of this pytest process."""
    with shared_mongo() as shared:
        yield shared


@pytest.fixture
def database(mongo: SharedMongo) -> Iterator[Database[dict[str, Any]]]:
    """An empty database of this test alone."""
    with mongo.database() as empty:
        yield empty


def _sweep() -> None:
    """End the mongods that killed test runs left behind, and remove their folders."""
    for lock_file in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/mongo/server.lock"):
        folder = lock_file.parent
        # A run that goes on holds its lock; one that ends right now removes the folder under our hands.
        with suppress(FolderInUse, FileNotFoundError):
            if not lock_file.read_text():  # a run that is about to lock it
                continue
            with take_server_lock(folder):
                stop_orphans(folder / "db")
                shutil.rmtree(folder.parent)
