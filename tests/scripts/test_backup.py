"""A copy that is taken while the server writes is whole, and the server goes on."""

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from scripts import backup
from tests.support.waiting import eventually
from whatsapp_server.embedded_mongo import EmbeddedMongo

ROOT = Path(__file__).parents[2]


@contextmanager
def running(data_dir: Path) -> Iterator[Database[dict[str, Any]]]:
    """The database of a mongod on `data_dir`, which this process holds as a server would."""
    mongo = EmbeddedMongo(data_dir)
    try:
        mongo.start()
        with MongoClient[dict[str, Any]](mongo.uri("inbox")) as client:
            yield client["inbox"]
    finally:
        mongo.stop()


def back_up(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run the script."""
    command = [sys.executable, str(ROOT / "scripts" / "backup.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=90)


def restore(copy: Path, data_dir: Path) -> None:
    """What docs/deploy.md says: unpack it as DATA_DIR/mongo/db."""
    (data_dir / "mongo").mkdir(parents=True)
    subprocess.run(["tar", "xzf", copy, "-C", data_dir / "mongo"], check=True, timeout=60)


def test_a_copy_under_load_is_whole_and_can_be_restored(data_dir: Path, tmp_path: Path) -> None:
    enough, written = threading.Event(), itertools.count()

    with running(data_dir) as db:

        def write() -> None:
            while not enough.is_set():
                number = next(written)
                db.first.insert_one({"_id": number})
                db.second.insert_one({"_id": number})

        writer = threading.Thread(target=write)
        writer.start()
        try:
            eventually(lambda: db.second.estimated_document_count() > 50)
            ran = back_up(data_dir, tmp_path / "copies", "--longest-pause", 60)
            assert ran.returncode == 0, ran.stderr
            behind = db.second.estimated_document_count()
            eventually(lambda: db.second.estimated_document_count() > behind + 50)
        finally:
            enough.set()
            writer.join()
        at_the_end = db.first.count_documents({})

    (copy,) = (tmp_path / "copies").iterdir()
    assert copy.stat().st_mode & 0o077 == 0
    restore(copy, tmp_path / "restored")
    with running(tmp_path / "restored") as db:
        first = [one["_id"] for one in db.first.find().sort("_id")]
        second = [one["_id"] for one in db.second.find().sort("_id")]
    assert 50 < len(first) < at_the_end
    assert first == list(range(len(first)))
    assert second in (first, first[:-1]), "a moment between two writes, the same for both"


def test_writes_wait_while_files_are_copied_and_only_then(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_copy = backup._copy
    held_back = []

    with running(data_dir) as db:
        impatient = MongoClient[dict[str, Any]](EmbeddedMongo(data_dir).uri("inbox"), timeoutMS=500)["inbox"]

        def copy(source: Path, target: Path, *, deadline: float) -> None:
            if source.name == "db":
                with pytest.raises(PyMongoError):
                    impatient.first.insert_one({"_id": "during"})
                held_back.append(source)
            real_copy(source, target, deadline=deadline)

        monkeypatch.setattr(backup, "_copy", copy)
        backup.make_backup(data_dir, tmp_path / "copies", longest_pause=60)
        assert len(held_back) == 1
        impatient.client.close()
        assert db.first.insert_one({"_id": "after"}).acknowledged


def test_a_copy_that_takes_too_long_is_given_up_and_writes_go_on(data_dir: Path, tmp_path: Path) -> None:
    with running(data_dir) as db:
        db.first.insert_one({"_id": 1})
        ran = back_up(data_dir, tmp_path / "copies", "--longest-pause", 0)
        assert ran.returncode == 1
        assert "hold up writes for too long" in ran.stderr
        assert list((tmp_path / "copies").iterdir()) == []
        assert db.client.admin.command("currentOp").get("fsyncLock") is None
        assert db.first.insert_one({"_id": 2}).acknowledged


def test_without_a_server_and_with_as_many_copies_as_wanted(data_dir: Path, tmp_path: Path) -> None:
    with running(data_dir) as db:
        db.first.insert_one({"_id": 1})
    copies = tmp_path / "copies"
    copies.mkdir()
    for old in ("inbox-20200101T000000Z.tar.gz", "inbox-20200102T000000Z.tar.gz", "notes.txt"):
        (copies / old).touch()
    ran = back_up(data_dir, copies, "--keep", 2, "--longest-pause", 60)
    assert ran.returncode == 0, ran.stderr
    kept = sorted(path.name for path in copies.iterdir())
    assert kept[0] == "inbox-20200102T000000Z.tar.gz"
    assert kept[-1] == "notes.txt"
    assert len(kept) == 3


@pytest.mark.parametrize("folder", ["", "mongo"])
def test_nothing_to_copy_is_said(tmp_path: Path, folder: str) -> None:
    (tmp_path / "data" / folder).mkdir(parents=True)
    ran = back_up(tmp_path / "data", tmp_path / "copies")
    assert ran.returncode == 1
    assert ran.stderr == f"No backup was made: {tmp_path / 'data'} holds no embedded MongoDB.\n"
