"""The embedded MongoDB's folder: one server and one mongod at a time, a socket that only we may open."""

import hashlib
import itertools
import os
import signal
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import structlog

from whatsapp_server.clock import monotonic
from whatsapp_server.embedded_mongo.errors import EmbeddedMongoError, FolderInUse

LONGEST_SOCKET_PATH = 107  # bytes: sun_path holds 108 with its final NUL (unix(7))
PREFIX_SOCKET = "mongodb-27017.sock"  # mongod opens this one beside ours, so it has to fit as well
TERM_SECONDS = 30.0
KILL_SECONDS = 10.0

log = structlog.get_logger(__name__)


def run_folder(folder: Path) -> Path:
    """Where mongod's sockets live: in `folder`, or under the temporary folder when that path is too long.

    Raises EmbeddedMongoError when both are too long.
    """
    name = f"whatsapp-inbox-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    for candidate in (folder / "run", Path(tempfile.gettempdir(), name)):
        # A comma would part mongod's --bind_ip, which is a list, in two.
        if len(os.fsencode(candidate / PREFIX_SOCKET)) <= LONGEST_SOCKET_PATH and "," not in str(candidate):
            return candidate
    raise EmbeddedMongoError(
        f"The paths {folder} and {tempfile.gettempdir()} are too long for a Unix socket: "
        "set DATA_DIR or TMPDIR to a shorter one, or set MONGODB_URI."
    )


def make_private(folder: Path) -> None:
    """Create `folder` with mode 0700, or give an existing one that mode after a look at whose it is.

    Somebody else can create a name in the shared temporary folder before us: that raises EmbeddedMongoError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EmbeddedMongoError(
            f"{folder} is not a folder of this user: remove it, set DATA_DIR or TMPDIR to another one, or set MONGODB_URI."
        )
    folder.chmod(0o700)


def take_server_lock(folder: Path) -> IO[str]:
    """The open file that holds `folder` for this process until it is closed, be it by the process's end.

    Raises FolderInUse when another server has it.
    """
    file = (folder / "server.lock").open("a+")
    if not _try_lock(file):
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise FolderInUse(
            f"Another server (process {owner}) uses {folder}, and the embedded MongoDB serves one process: "
            "stop that one, set DATA_DIR to another folder, or set MONGODB_URI."
        )
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def stop_orphans(dbpath: Path) -> None:
    """End every mongod on `dbpath` and wait until its files are free; the caller holds the server lock.

    Raises EmbeddedMongoError when one survives even SIGKILL, or is out of our sight: in another container
    that has the same volume.
    """
    for how, patience in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        for pid in mongods_on(dbpath):
            log.warning("mongod.orphan_found", pid=pid, signal=how.name)
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                log.info("mongod.orphan_gone", pid=pid)
        # A process leaves /proc a moment before its files are closed, so the lock that mongod holds decides.
        if wait_until(lambda: not mongods_on(dbpath) and _is_unlocked(dbpath / "mongod.lock"), patience):
            return
    raise EmbeddedMongoError(f"A mongod that does not end uses {dbpath}: stop it, set DATA_DIR to another one, or set MONGODB_URI.")


def mongods_on(dbpath: Path) -> list[int]:
    """The process ids of the mongods that were started on `dbpath`; none where there is no /proc (macOS)."""
    found = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes().split(b"\0")
        except OSError:  # it ended while we looked
            continue
        options = dict(itertools.pairwise(words))
        if b"mongod" in os.path.basename(words[0]) and options.get(b"--dbpath") == os.fsencode(dbpath):
            found.append(int(cmdline.parent.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look every 50 ms until `condition` holds, for `seconds` at most; the answer is whether it did."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_unlocked(lock_file: Path) -> bool:
    try:
        with lock_file.open("rb") as file:
            return _try_lock(file)
    except FileNotFoundError:
        return True


def _try_lock(file: IO[str] | IO[bytes]) -> bool:
    import fcntl  # not on Windows, where the server can still be imported, and used with MONGODB_URI

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
