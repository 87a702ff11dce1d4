"""A real mongod as a child: started, killed and back again, stopped."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.embedded_mongo.support import (
    ROOT,
    Start,
    is_running,
    journaled,
    socket_inodes_of,
    tcp_inodes_listening,
)
from tests.support.waiting import eventually
from whatsapp_server.embedded_mongo import EmbeddedMongo, EmbeddedMongoError, child
from whatsapp_server.embedded_mongo import folder as folders

GREEN_WORK = {"start", "come back", "stop"}
GREEN_SERVER = """
import eventlet
eventlet.monkey_patch()
import json, os, signal, sys, time
from pathlib import Path
from pymongo import MongoClient
from whatsapp_server.embedded_mongo import EmbeddedMongo

beats = 0
def heart():
    global beats
    while True:
        eventlet.sleep(0.01)
        beats += 1

def measured(name, work):
    began, before = time.monotonic(), beats
    work()
    print(json.dumps([name, time.monotonic() - began, beats - before]))

def come_back():
    os.kill(first, signal.SIGKILL)
    while mongo.pid == first:
        eventlet.sleep(0.05)
    MongoClient(mongo.uri("t")).t.things.insert_one({})

eventlet.spawn(heart)
mongo = EmbeddedMongo(Path(sys.argv[1]))
measured("start", mongo.start)
watch = eventlet.spawn(mongo.watch)
first = mongo.pid
measured("come back", come_back)
measured("stop", mongo.stop)
watch.wait()
"""


def test_answers_on_a_unix_socket_and_nowhere_else(start: Start, tmp_path: Path) -> None:
    mongo = start()
    assert mongo.pid
    assert journaled(mongo).insert_one({"_id": 1}).acknowledged
    assert socket_inodes_of(mongo.pid)
    assert not socket_inodes_of(mongo.pid) & tcp_inodes_listening()
    for folder in ("mongo", "mongo/db", "mongo/run"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
    sockets = [path for path in (tmp_path / "mongo/run").iterdir() if path.is_socket()]
    assert sockets
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in sockets)


def test_stop_ends_mongod_and_keeps_the_data(start: Start, tmp_path: Path) -> None:
    mongo = start(watched=True)
    pid = mongo.pid
    assert pid
    journaled(mongo).insert_one({"_id": 1})
    mongo.stop()
    mongo.stop()
    assert mongo.pid is None
    assert not is_running(pid)
    assert journaled(start()).count_documents({}) == 1


def test_watch_ends_with_stop(start: Start) -> None:
    mongo = start()
    watch = threading.Thread(target=mongo.watch)
    watch.start()
    mongo.stop()
    watch.join(5)
    assert not watch.is_alive()


def test_the_same_object_can_start_again(start: Start) -> None:
    mongo = start()
    mongo.stop()
    mongo.start()
    assert journaled(mongo).insert_one({}).acknowledged


def test_a_killed_mongod_is_started_again_with_every_journaled_write(start: Start) -> None:
    mongo = start(watched=True)
    first = mongo.pid
    assert first
    things = journaled(mongo)
    things.insert_many([{"_id": number} for number in range(100)])
    os.kill(first, signal.SIGKILL)
    eventually(lambda: mongo.pid != first)
    assert things.count_documents({}) == 100
    assert len(folders.mongods_on(mongo._dbpath)) == 1


def test_a_mongod_that_cannot_come_back_is_tried_again(start: Start, tmp_path: Path) -> None:
    mongo = start(watched=True)
    first = mongo.pid
    assert first
    hidden = tmp_path / "hidden"
    (tmp_path / "mongo").rename(hidden)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not is_running(first))
    hidden.rename(tmp_path / "mongo")
    eventually(lambda: mongo.pid != first)
    assert journaled(mongo).insert_one({}).acknowledged


def test_ctrl_c_in_the_terminal_does_not_reach_mongod(start: Start) -> None:
    pid = start().pid
    assert pid
    assert os.getsid(pid) == pid != os.getsid(0)


def test_a_start_that_fails_shows_the_end_of_the_log_and_frees_the_folder(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedMongoError, match=r"(?s)did not start.*cacheSizeGB must be greater"):
        EmbeddedMongo(tmp_path, cache_gb=0.01).start()
    folders.take_server_lock(tmp_path / "mongo").close()


def test_a_large_log_is_set_aside(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start().stop()
    monkeypatch.setattr(child, "LOG_ROTATION_BYTES", 10)
    start()
    assert (tmp_path / "mongo/mongod.log.1").stat().st_size > 10


def test_a_slow_query_is_not_quoted_in_the_log(start: Start, tmp_path: Path) -> None:
    things = journaled(start())
    things.insert_one({})
    assert len(list(things.find({"$where": "sleep(300) || this.body != 'a-customers-words'"}))) == 1
    assert "a-customers-words" not in (tmp_path / "mongo/mongod.log").read_text()


def test_works_in_green_threads_without_holding_them_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GREEN_SERVER, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # Between lines of the log.
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    measured = {name: (seconds, beats) for name, seconds, beats in lines}
    assert measured.keys() == GREEN_WORK
    # A heart that beats every 10 ms went on meanwhile, a tenth as often at least as on a machine that has nothing else to do.
    assert not {name: found for name, found in measured.items() if found[1] < found[0] / 0.01 / 10}
    assert folders.mongods_on(tmp_path / "mongo/db") == []
