"""One server and one mongod on a folder, whoever was killed before, and a socket for us alone."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.embedded_mongo.support import (
    Start,
    is_running,
    journaled,
    server_process,
)
from whatsapp_server.embedded_mongo import EmbeddedMongo, EmbeddedMongoError, FolderInUse
from whatsapp_server.embedded_mongo import folder as folders


def test_the_orphan_of_a_killed_server_is_ended_before_the_next_one(start: Start, tmp_path: Path) -> None:
    server, orphan = server_process(tmp_path)
    server.kill()
    server.communicate()
    assert is_running(orphan)
    mongo = start()
    assert not is_running(orphan)
    assert folders.mongods_on(tmp_path / "mongo/db") == [mongo.pid]
    assert journaled(mongo).insert_one({}).acknowledged


def test_an_orphan_that_ignores_sigterm_is_killed(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, orphan = server_process(tmp_path)
    server.kill()
    server.communicate()
    os.kill(orphan, signal.SIGSTOP)
    monkeypatch.setattr(folders, "TERM_SECONDS", 0.5)
    mongo = start()
    assert not is_running(orphan)
    assert journaled(mongo).insert_one({}).acknowledged


def test_a_process_that_only_looks_like_our_mongod_is_left_alone(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "input()", "mongod", "--dbpath", str(tmp_path)]
    other = subprocess.Popen(words, stdin=subprocess.PIPE)
    try:
        folders.stop_orphans(tmp_path)
        assert other.poll() is None
    finally:
        other.communicate(b"\n")


def test_a_second_server_on_the_folder_is_told_who_has_it(start: Start, tmp_path: Path) -> None:
    server, mongod = server_process(tmp_path)
    try:
        with pytest.raises(FolderInUse, match=rf"process {server.pid}\b.*DATA_DIR.*MONGODB_URI"):
            start()
        assert is_running(mongod)
    finally:
        server.kill()
        server.communicate()
        folders.stop_orphans(tmp_path / "mongo/db")


@pytest.mark.parametrize("name", ["a" * 120, "with space, comma & ünïcode"])
def test_any_data_folder_will_do(start: Start, tmp_path: Path, name: str) -> None:
    mongo = start(tmp_path / name)
    assert journaled(mongo).insert_one({}).acknowledged
    run_folder = mongo._run_folder
    assert not run_folder.is_relative_to(tmp_path)
    assert stat.S_IMODE(run_folder.stat().st_mode) == 0o700
    mongo.stop()
    run_folder.rmdir()


def test_a_space_in_the_path_of_the_socket(start: Start, tmp_path: Path) -> None:
    mongo = start(tmp_path / "a +b")
    assert mongo._run_folder.is_relative_to(tmp_path)
    assert journaled(mongo).insert_one({}).acknowledged


def test_a_planted_socket_folder_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "run").symlink_to(elsewhere)
    with pytest.raises(EmbeddedMongoError, match="not a folder of this user"):
        folders.make_private(tmp_path / "run")


def test_a_loose_folder_of_ours_is_tightened(tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    loose.chmod(0o777)
    folders.make_private(loose)
    assert stat.S_IMODE(loose.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_used_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedMongoError, match=r"cannot use .*DATA_DIR.*MONGODB_URI") as caught:
        EmbeddedMongo(tmp_path / "file").start()
    assert "\n" not in str(caught.value)
