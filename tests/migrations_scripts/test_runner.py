"""The runner against a real MongoDB: each script once, in order, whoever dies in between."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from migrations_scripts import runner
from migrations_scripts.lock import COLLECTION as LOCKS
from migrations_scripts.lock import MigrationLock
from migrations_scripts.runner import (
    Applied,
    LockLost,
    MigrationError,
    MigrationFailed,
    MigrationsLocked,
    SchemaTooNew,
    Script,
    pending,
    refuse_newer_schema,
    run_pending,
    status,
)
from tests.support.mongo import SharedMongo
from tests.support.waiting import eventually
from whatsapp_server.embedded_mongo.folder import mongods_on

ROOT = Path(__file__).parent.parent.parent
Db = Database[dict[str, Any]]

RUN_UNTIL_KILLED = """
import sys, threading
from pymongo import MongoClient
from migrations_scripts.runner import Script, run_pending
db = MongoClient(sys.argv[1])[sys.argv[2]]

def whole(db, *, dry_run):
    db.things.update_one({"_id": 1}, {"$set": {"whole": True}}, upsert=True)
    return []

def cut_off(db, *, dry_run):
    db.things.update_one({"_id": 2}, {"$set": {"half": True}}, upsert=True)
    threading.Event().wait()

scripts = [Script("0001", "whole", "", whole), Script("0002", "cut_off", "", cut_off)]
run_pending(db, scripts=scripts, lease_seconds=1)
"""


def script(number: str, work: Callable[[Db], None] = lambda _db: None) -> Script:
    """A script that logs each of its runs in `runs` and then does `work`."""

    def up(db: Db, *, dry_run: bool) -> list[str]:
        if not dry_run:
            db.runs.insert_one({"number": number})
            work(db)
        return [f"work of {number}"]

    return Script(number, f"script_{int(number)}", f"Does the work of {number}.", up)


def fail(db: Db) -> None:
    raise RuntimeError("no luck")


def runs(db: Db) -> list[str]:
    return [row["number"] for row in db.runs.find().sort("_id")]


def contents(db: Db) -> dict[str, list[Any]]:
    return {name: list(db[name].find()) for name in db.list_collection_names()}


def command_line(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "MONGODB_URI": "", "DYNO": "", "DEMO": "0", **settings}
    words = [sys.executable, "-m", "migrations_scripts", *arguments]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_runs_in_the_order_of_the_numbers_and_records_each_once(database: Db) -> None:
    scripts = [script("0010"), script("0002"), script("0001")]
    heard: list[Applied] = []
    done = run_pending(database, scripts=scripts, on_applied=heard.append)
    assert runs(database) == ["0001", "0002", "0010"]
    assert [(one.number, one.lines) for one in done] == [(n, (f"work of {n}",)) for n in runs(database)]
    assert heard == done
    records = list(database.migrations.find().sort("_id"))
    assert [(row["_id"], row["name"]) for row in records] == [
        ("0001", "script_1"),
        ("0002", "script_2"),
        ("0010", "script_10"),
    ]
    assert all(isinstance(row["applied_at"], datetime) and row["seconds"] >= 0 for row in records)
    assert run_pending(database, scripts=scripts) == []
    assert len(runs(database)) == 3
    assert database[LOCKS].count_documents({}) == 0


def test_a_script_that_was_merged_late_still_runs(database: Db) -> None:
    run_pending(database, scripts=[script("0001"), script("0003")])
    run_pending(database, scripts=[script("0001"), script("0002"), script("0003")])
    assert runs(database) == ["0001", "0003", "0002"]


def test_a_dry_run_changes_nothing(database: Db) -> None:
    run_pending(database, scripts=[script("0001")])
    before = contents(database)
    scripts = [script("0001"), script("0002")]
    assert [one.lines for one in run_pending(database, scripts=scripts, dry_run=True)] == [("work of 0002",)]
    assert contents(database) == before
    assert [one.number for one in pending(database, scripts)] == ["0002"]


def test_runners_at_once_run_each_script_once(database: Db, mongo: SharedMongo) -> None:
    at_once = 4
    gate = threading.Barrier(at_once)
    scripts = [script(f"000{number}") for number in range(1, 6)]

    def race(_: int) -> list[str]:
        with MongoClient[dict[str, Any]](mongo.uri(database.name)) as client:
            gate.wait(10)
            return [one.number for one in run_pending(client[database.name], scripts=scripts)]

    with ThreadPoolExecutor(at_once) as pool:
        results = list(pool.map(race, range(at_once)))
    assert runs(database) == [one.number for one in scripts]
    assert sorted(results, key=len) == [[], [], [], runs(database)]


def test_a_failed_script_is_not_recorded_and_runs_again(database: Db) -> None:
    broken = [script("0001"), script("0002", fail), script("0003")]
    with pytest.raises(MigrationFailed, match=r"0002 \(script_2\) failed with RuntimeError: no luck") as caught:
        run_pending(database, scripts=broken)
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert [row["_id"] for row in database.migrations.find()] == ["0001"]
    assert database[LOCKS].count_documents({}) == 0
    run_pending(database, scripts=[script("0001"), script("0002"), script("0003")])
    assert runs(database) == ["0001", "0002", "0002", "0003"]


def test_after_a_crash_in_the_middle_the_next_runner_takes_over(database: Db, mongo: SharedMongo) -> None:
    words = [sys.executable, "-c", RUN_UNTIL_KILLED, mongo.uri(database.name), database.name]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: database.things.find_one({"_id": 2}))
    finally:
        process.kill()
        process.wait()
    assert [row["_id"] for row in database.migrations.find()] == ["0001"]
    assert database[LOCKS].count_documents({}) == 1

    def whole(db: Db) -> None:
        db.things.update_one({"_id": 2}, {"$set": {"whole": True}}, upsert=True)

    run_pending(database, scripts=[script("0001"), script("0002", whole)], wait_seconds=20)
    assert runs(database) == ["0002"]
    assert list(database.things.find()) == [
        {"_id": 1, "whole": True},
        {"_id": 2, "half": True, "whole": True},
    ]


def test_who_waits_in_vain_hears_who_holds_the_lock(database: Db) -> None:
    with (
        MigrationLock(database),
        pytest.raises(MigrationsLocked, match=rf"Process {os.getpid()} on .+, since \d{{4}}-.+ UTC"),
    ):
        run_pending(database, scripts=[script("0001")], wait_seconds=0.3)
    assert runs(database) == []
    assert len(run_pending(database, scripts=[script("0001")])) == 1


def test_the_lock_is_renewed_while_a_script_takes_longer_than_the_lease(database: Db) -> None:
    def outlast(db: Db) -> None:
        seen: set[datetime] = set()

        def renewed_six_times() -> bool:
            seen.add(db[LOCKS].find_one({}, {"_id": 0})["expires_at"])  # type: ignore[index]
            return len(seen) > 6

        eventually(renewed_six_times)  # once in a quarter of the lease
        with pytest.raises(MigrationsLocked):
            run_pending(db, scripts=[script("0001")], wait_seconds=0.1)

    run_pending(database, scripts=[script("0001", outlast)], lease_seconds=1)
    assert runs(database) == ["0001"]


def test_nothing_is_recorded_after_the_lock_is_lost(database: Db) -> None:
    lock_thread = "migrations-lock"

    def lose(db: Db) -> None:
        db[LOCKS].update_one({}, {"$set": {"owner": "somebody else"}})
        eventually(lambda: not any(thread.name == lock_thread for thread in threading.enumerate()))

    with pytest.raises(LockLost, match="run the migrations again"):
        run_pending(database, scripts=[script("0001", lose), script("0002")], lease_seconds=1)
    assert runs(database) == ["0001"]
    assert database.migrations.count_documents({}) == 0
    assert (database[LOCKS].find_one() or {})["owner"] == "somebody else"


def test_a_newer_schema_is_refused(database: Db) -> None:
    run_pending(database, scripts=[script("0001"), script("0002"), script("0003")])
    old = [script("0001")]
    with pytest.raises(SchemaTooNew, match=r"migrated to 0003 \(script_3\).*no more than 0001.*update the server"):
        refuse_newer_schema(database, old)
    for dry_run in (True, False):
        with pytest.raises(SchemaTooNew):
            run_pending(database, scripts=old, dry_run=dry_run)
    refuse_newer_schema(database, [script("0003")])
    refuse_newer_schema(database, [script("0004")])


def test_status_tells_applied_pending_and_unknown(database: Db) -> None:
    run_pending(database, scripts=[script("0001"), script("0003")])
    rows = status(database, [script("0001"), script("0002")])
    assert [(row.number, row.name, row.state) for row in rows] == [
        ("0001", "script_1", "applied"),
        ("0002", "script_2", "pending"),
        ("0003", "script_3", "unknown"),
    ]
    assert rows[0].description == "Does the work of 0001."
    assert rows[0].applied_at
    assert rows[1].applied_at is None


def test_the_scripts_of_the_folder_have_numbers_names_and_descriptions() -> None:
    scripts = runner.known_scripts()
    assert [one.number for one in scripts] == [f"{n:04}" for n in range(1, len(scripts) + 1)]
    assert all(one.name and one.description and callable(one.up) for one in scripts)


def test_two_scripts_with_one_number_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "planted_scripts"
    folder.mkdir()
    for name in ("m0001_one.py", "m0001_other.py"):
        (folder / name).write_text('"""Does nothing."""\n\n\ndef up(db, *, dry_run):\n    return []\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(runner, "__file__", str(folder / "runner.py"))
    monkeypatch.setattr(runner, "__package__", folder.name)
    with pytest.raises(MigrationError, match="the number 0001"):
        runner.known_scripts()


def test_the_command_line_migrates_the_database_of_mongodb_uri(database: Db, mongo: SharedMongo) -> None:
    uri = mongo.uri(database.name)
    planned = command_line("run", "--dry-run", MONGODB_URI=uri)
    assert planned.returncode == 0, planned.stderr
    assert re.search(r"(?m)^0001 \w+: would run$", planned.stdout)
    assert database.list_collection_names() == []
    assert re.search(r"(?m)^0001  \w+ +pending ", command_line("status", MONGODB_URI=uri).stdout)
    assert re.search(r"(?m)^0001 \w+: done in ", command_line("run", MONGODB_URI=uri).stdout)
    assert "up to date" in command_line("run", MONGODB_URI=uri).stdout
    assert re.search(r"(?m)^0001  \w+ +applied \d{4}-.+ UTC ", command_line("status", MONGODB_URI=uri).stdout)


def test_the_command_line_runs_the_embedded_database_for_its_time(tmp_path: Path) -> None:
    assert command_line("run", DATA_DIR=str(tmp_path)).returncode == 0
    again = command_line("run", DATA_DIR=str(tmp_path))
    assert "up to date" in again.stdout
    assert (tmp_path / "mongo/db/mongod.lock").read_text() == ""  # what mongod leaves after a clean end


def test_the_command_line_says_that_a_server_holds_the_folder(mongo: SharedMongo) -> None:
    refused = command_line("run", DATA_DIR=str(mongo.data_dir))
    assert refused.returncode == 1
    assert re.search(rf"process {os.getpid()}\b.* itself when it starts", refused.stderr)
    assert "Traceback" not in refused.stderr


def test_the_command_line_refuses_a_newer_schema_in_one_sentence(database: Db, mongo: SharedMongo) -> None:
    database.migrations.insert_one({"_id": "9999", "name": "future"})
    refused = command_line("run", MONGODB_URI=mongo.uri(database.name))
    assert refused.returncode == 1
    assert refused.stderr.startswith("The database ")
    assert refused.stderr.count("\n") == 1


def test_sigterm_stops_the_embedded_mongod(tmp_path: Path) -> None:
    environment = {**os.environ, "MONGODB_URI": "", "DYNO": "", "DEMO": "0", "DATA_DIR": str(tmp_path)}
    words = [sys.executable, "-m", "migrations_scripts", "run"]
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    eventually((tmp_path / "mongo/db/mongod.lock").exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in (0, 128 + signal.SIGTERM)
    assert mongods_on(tmp_path / "mongo/db") == []
