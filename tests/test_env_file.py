"""Where settings come from: the environment first, then `.env` in the working directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from whatsapp_server.config import ConfigError, load_env_file

ROOT = Path(__file__).parents[1]
PROGRAMS = (
    [str(ROOT / "wsgi.py")],
    ["-m", "whatsapp_server", "deactivate", "nobody@example.com"],
    ["-m", "migrations_scripts", "status"],
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of this test alone, and an environment that is put back after it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if name != "ENV_FILE"})
    return tmp_path


def test_the_file_adds_what_the_environment_does_not_say(folder: Path) -> None:
    (folder / ".env").write_text("LOG_LEVEL=debug\nPORT=6000\n")
    os.environ["PORT"] = "7000"
    load_env_file()
    assert (os.environ["LOG_LEVEL"], os.environ["PORT"]) == ("debug", "7000")


def test_values_are_taken_as_they_stand(folder: Path) -> None:
    (folder / ".env").write_text('# a remark\nexport TWILIO_AUTH_TOKEN="two words"\nMONGODB_URI=mongodb://u:a${HOME}b@host/x\n')
    load_env_file()
    assert os.environ["TWILIO_AUTH_TOKEN"] == "two words"
    assert os.environ["MONGODB_URI"] == "mongodb://u:a${HOME}b@host/x"


def test_a_blank_value_is_not_set(folder: Path) -> None:
    (folder / ".env").write_text("REDIS_URL=\nSECRET_KEY\n")
    os.environ.pop("REDIS_URL", None)
    os.environ.pop("SECRET_KEY", None)
    load_env_file()
    assert not {"REDIS_URL", "SECRET_KEY"} & os.environ.keys()


def test_no_file_is_fine_and_none_above_is_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("LOG_LEVEL=error\n")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    before = dict(os.environ)
    load_env_file()
    assert os.environ == before


def test_env_file_names_another_one_or_none(folder: Path) -> None:
    (folder / ".env").write_text("LOG_LEVEL=error\n")
    (folder / "other").write_text("LOG_LEVEL=warning\n")
    os.environ["ENV_FILE"] = ""
    load_env_file()
    assert "LOG_LEVEL" not in os.environ
    os.environ["ENV_FILE"] = str(folder / "other")
    load_env_file()
    assert os.environ["LOG_LEVEL"] == "warning"


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    os.environ["ENV_FILE"] = "missing.env"
    with pytest.raises(ConfigError, match=r"missing\.env cannot be read \(No such file or directory\).*ENV_FILE"):
        load_env_file()
    (folder / "latin").write_bytes(b"NAME=\xe9\n")
    os.environ["ENV_FILE"] = "latin"
    with pytest.raises(ConfigError, match=r"latin cannot be read \(it is not UTF-8 text\)"):
        load_env_file()


@pytest.mark.parametrize("program", PROGRAMS, ids=["wsgi", "cli", "migrations"])
def test_every_program_reads_it(folder: Path, program: list[str]) -> None:
    (folder / ".env").write_text("MONGODB_URI=not-an-address\n")
    keep = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, *program], cwd=folder, env=keep, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert "MONGODB_URI is not a MongoDB address" in ran.stderr
    assert "Traceback" not in ran.stderr

    ran = subprocess.run(
        [sys.executable, *program], cwd=folder, env={**keep, "ENV_FILE": "gone"}, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 1
    assert "gone cannot be read" in ran.stderr
    assert "Traceback" not in ran.stderr
