"""A consistent copy of the embedded MongoDB while the server runs.

    .venv/bin/python scripts/backup.py DATA_DIR BACKUP_DIR [--keep 14]

Writes BACKUP_DIR/inbox-YYYYmmddTHHMMSSZ.tar.gz. Files are copied under MongoDB's own lock (fsync with lock), so writes wait for as long
as the plain copy takes and reads go on; packing comes after that. docs/deploy.md says how to restore.
"""

import argparse
import os
import shutil
import signal
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from whatsapp_server.embedded_mongo import EmbeddedMongo, EmbeddedMongoError, FolderInUse

PREFIX = "inbox-"
# Whatever waits longer for its write is answered 503, and Twilio's retries end soon after that.
LONGEST_PAUSE_SECONDS = 5.0
COPY_BYTES = 1024 * 1024
# The lock of the running process, and journal files that are made ahead and still hold nothing: both come back by themselves.
LEFT_OUT = ("mongod.lock", "WiredTigerPreplog.*")


class BackupError(Exception):
    """One sentence on why there is no copy."""


def main(arguments: list[str] | None = None) -> int:
    """Make one copy, remove the oldest ones; the exit code is 0 when there is a new copy."""
    parser = argparse.ArgumentParser(description="Copy the embedded MongoDB while the server runs.")
    parser.add_argument("data_dir", type=Path, help="the server's DATA_DIR")
    parser.add_argument("backup_dir", type=Path, help="where copies are kept; best on another disk")
    parser.add_argument("--keep", type=int, default=14, metavar="N", help="how many copies stay (default %(default)s)")
    parser.add_argument("--longest-pause", type=float, default=LONGEST_PAUSE_SECONDS, metavar="SECONDS", help="give up after (%(default)s)")
    given = parser.parse_args(arguments)
    try:
        made, pause = make_backup(given.data_dir, given.backup_dir, given.longest_pause)
    except (BackupError, EmbeddedMongoError, PyMongoError, OSError) as error:
        sys.stderr.write(f"No backup was made: {error}\n")
        return 1
    remove_oldest(given.backup_dir, given.keep)
    sys.stdout.write(f"{made} ({made.stat().st_size / 1e6:.1f} MB); writes waited {pause:.1f} s.\n")
    return 0


def make_backup(data_dir: Path, backup_dir: Path, longest_pause: float) -> tuple[Path, float]:
    """Copy, then pack; (the new archive, for how many seconds writes waited).

    Raises BackupError when there is nothing to copy or the copy takes too long, EmbeddedMongoError when mongod cannot be had.
    """
    files = data_dir / "mongo" / "db"
    if not files.is_dir():
        raise BackupError(f"{data_dir} holds no embedded MongoDB.")
    if files.stat().st_uid != os.geteuid():
        raise BackupError(f"run this as the server's user: sudo -u {files.owner()} ...")
    backup_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    with tempfile.TemporaryDirectory(prefix=".copying-", dir=backup_dir) as folder:
        copy = Path(folder, "db")
        with _mongod(data_dir) as client:
            began = time.monotonic()
            with _writes_waiting(client):
                _copy(files, copy, deadline=began + longest_pause)
            pause = time.monotonic() - began
        return _pack(copy, Path(folder, "packed"), backup_dir / f"{name}.tar.gz"), pause


@contextmanager
def _mongod(data_dir: Path) -> Iterator[MongoClient[dict[str, Any]]]:
    """A client of the running server's mongod; of one that runs for the while when no server does."""
    own = EmbeddedMongo(data_dir)
    try:
        own.start()
    except FolderInUse:
        sys.stdout.write("The server is running; its writes will wait for a moment.\n")
    try:
        with MongoClient[dict[str, Any]](own.uri("admin"), serverSelectionTimeoutMS=10_000) as client:
            yield client
    finally:
        own.stop()


@contextmanager
def _writes_waiting(client: MongoClient[dict[str, Any]]) -> Iterator[None]:
    """Everything written is in the files and nothing more is written, for the time of the block."""
    client.admin.command("fsync", lock=True)
    try:
        yield
    finally:
        client.admin.command("fsyncUnlock")


def _copy(source: Path, target: Path, *, deadline: float) -> None:
    target.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.is_dir():
            _copy(path, target / path.name, deadline=deadline)
        elif not any(path.match(pattern) for pattern in LEFT_OUT):
            _copy_file(path, target / path.name, deadline)


def _copy_file(source: Path, target: Path, deadline: float) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        while part := reading.read(COPY_BYTES):
            if time.monotonic() > deadline:
                raise BackupError(
                    "copying would hold up writes for too long. Allow more with --longest-pause at a quiet hour, "
                    "copy to a faster disk, or move to a MongoDB with backups of its own (docs/deploy.md)."
                )
            if part.count(0) == len(part):  # the journal's unused end, 100 MB of zeros, becomes a hole
                writing.seek(len(part), os.SEEK_CUR)
            else:
                writing.write(part)
        writing.truncate()


def _pack(folder: Path, unfinished: Path, archive: Path) -> Path:
    """Pack `folder` as db/; the archive gets its name only when it is complete."""
    with tarfile.open(unfinished, "w:gz", compresslevel=1) as packed:
        packed.add(folder, arcname="db")
    shutil.rmtree(folder)
    unfinished.chmod(0o600)
    return unfinished.rename(archive)


def remove_oldest(backup_dir: Path, keep: int) -> None:
    """Remove all but the newest `keep` copies; at least one stays."""
    copies = sorted(backup_dir.glob(f"{PREFIX}*.tar.gz"))
    for old in copies[: -max(keep, 1)]:
        old.unlink()


if __name__ == "__main__":
    # As SystemExit, so that the lock is given back.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.exit(main())
