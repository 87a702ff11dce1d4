"""mongod as a child of the server: started, watched, stopped."""

import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import IO
from urllib.parse import quote_plus

import structlog
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from whatsapp_server.clock import monotonic
from whatsapp_server.embedded_mongo import folder as folders
from whatsapp_server.embedded_mongo.errors import EmbeddedMongoError
from whatsapp_server.embedded_mongo.program import child_environment, find_mongod

LOG_ROTATION_BYTES = 50 * 1024 * 1024
START_SECONDS = 120.0  # a large folder is recovered from its journal before mongod answers
STOP_SECONDS = 10.0
POLL_SECONDS = 0.2
FIRST_BACKOFF_SECONDS = 0.25
LONGEST_BACKOFF_SECONDS = 5.0
STABLE_SECONDS = 30.0  # a mongod that lived this long did not die of how it was started
EXIT_MEANINGS = {  # mongod's src/mongo/util/exit_code.h
    62: "the data there was written by another version of MongoDB",
    100: "another mongod uses that folder, or its files cannot be read",
}

log = structlog.get_logger(__name__)


class EmbeddedMongo:
    """The mongod of one data folder. One object serves one server process."""

    def __init__(self, data_dir: Path, *, cache_gb: float = 0.25) -> None:
        """Keep everything under `data_dir`/mongo.

        `cache_gb` is the size of WiredTiger's cache in GB; mongod takes no less than 0.25.

        Raises EmbeddedMongoError when no path is short enough for the socket.
        """
        self._folder = (data_dir / "mongo").resolve()
        self._dbpath = self._folder / "db"
        self._log_file = self._folder / "mongod.log"
        self._run_folder = folders.run_folder(self._folder)
        self._socket = self._run_folder / "mongod.sock"
        self._cache_gb = cache_gb
        self._mongod: Path | None = None
        self._lock_file: IO[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._child_guard = threading.Lock()
        self._stopped = threading.Event()
        self._launched_at = 0.0
        self._log_from = 0

    @property
    def pid(self) -> int | None:
        """The process id of the present mongod; None before start() and after stop()."""
        child = self._child
        return child.pid if child else None

    def uri(self, database: str) -> str:
        """The MongoDB URI of `database`; it stays the same when mongod is started again."""
        return f"mongodb://{quote_plus(str(self._socket))}/{quote_plus(database)}?directConnection=true"

    def start(self) -> None:
        """Take the folder, end a killed server's orphan, start mongod and wait until it answers.

        Raises FolderInUse when another server has the folder, EmbeddedMongoError for any other obstacle.
        """
        self._mongod = find_mongod()
        try:
            self._prepare_folders()
            self._lock_file = folders.take_server_lock(self._folder)
            self._stopped.clear()
            self._rotate_log()
            self._launch()
        except OSError as error:
            self.stop()
            raise EmbeddedMongoError(
                f"The embedded MongoDB cannot use {self._folder} ({error.strerror or error}): give this user "
                "the right to write there, set DATA_DIR to another folder, or set MONGODB_URI."
            ) from error
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Start mongod again whenever it dies; returns after stop(). For a thread of its own, be it green."""
        delay = 0.0
        while not self._stopped.wait(POLL_SECONDS):
            child = self._child
            if child is None or child.poll() is None:
                continue
            log.error("mongod.died", pid=child.pid, exit_code=child.returncode)
            if monotonic() - self._launched_at > STABLE_SECONDS:
                delay = 0.0
            if self._stopped.wait(delay):
                return
            delay = min(max(FIRST_BACKOFF_SECONDS, delay * 2), LONGEST_BACKOFF_SECONDS)
            try:
                self._launch()
            except (EmbeddedMongoError, OSError) as error:
                log.error("mongod.restart_failed", error=str(error), next_try_seconds=delay)

    def stop(self) -> None:
        """End mongod (asked first, killed after 10 s), release the folder, end watch(). Safe twice."""
        self._stopped.set()
        with self._child_guard:
            child, self._child = self._child, None
        if child is not None:
            _end(child)
            log.info("mongod.stopped", pid=child.pid, exit_code=child.returncode)
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def _prepare_folders(self) -> None:
        for folder in (self._folder, self._dbpath):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        folders.make_private(self._run_folder)

    def _rotate_log(self) -> None:
        if self._log_file.exists() and self._log_file.stat().st_size > LOG_ROTATION_BYTES:
            self._log_file.replace(self._log_file.with_suffix(".log.1"))

    def _launch(self) -> None:
        """End what still runs there, spawn mongod, unless stop() came first, and wait for its answer."""
        folders.stop_orphans(self._dbpath)
        with self._child_guard:
            if self._stopped.is_set():
                return
            self._launched_at = monotonic()
            with self._log_file.open("ab") as output:
                self._log_from = output.tell()
                # In its own session: Ctrl-C reaches us alone, while requests in flight still need it.
                self._child = child = subprocess.Popen(
                    self._command(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self._folder,
                    env=child_environment(),
                    start_new_session=True,
                )
        self._await_answer(child)

    def _command(self) -> list[str]:
        return [
            str(self._mongod),
            *("--dbpath", str(self._dbpath)),
            *("--bind_ip", str(self._socket), "--port", "27017", "--unixSocketPrefix", str(self._run_folder)),
            *("--logpath", str(self._log_file), "--logappend", "--quiet"),
            *("--slowOpSampleRate", "0"),  # the log line of a slow query would quote what customers wrote
            *("--wiredTigerCacheSizeGB", str(self._cache_gb)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]

    def _await_answer(self, child: "subprocess.Popen[bytes]") -> None:
        def settled() -> bool:
            return self._stopped.is_set() or child.poll() is not None or self._answers()

        in_time = folders.wait_until(settled, START_SECONDS)
        if self._stopped.is_set():
            return
        if child.returncode is not None:
            raise EmbeddedMongoError(self._start_failure(child.returncode))
        if not in_time:
            raise EmbeddedMongoError(
                f"The embedded MongoDB did not answer within {START_SECONDS:.0f} s: look into {self._log_file}, or set MONGODB_URI."
            )
        log.info("mongod.started", pid=child.pid, seconds=round(monotonic() - self._launched_at, 2))

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:  # cheap; pymongo looks only every half second
            try:
                probe.connect(str(self._socket))
            except OSError:
                return False
        client: MongoClient[dict[str, object]] = MongoClient(self.uri("admin"), serverSelectionTimeoutMS=2000)
        try:
            client.admin.command("ping")
        except PyMongoError:
            return False
        finally:
            client.close()
        return True

    def _start_failure(self, exit_code: int) -> str:
        meaning = EXIT_MEANINGS.get(exit_code, f"exit code {exit_code}")
        with self._log_file.open("rb") as stream:
            stream.seek(self._log_from)
            lines = stream.read().decode(errors="replace").splitlines()
        # Its log is JSON with a severity; what went wrong is fatal ("F"), an error ("E") or no JSON at all.
        grave = [line for line in lines if '"s":"F"' in line or '"s":"E"' in line or not line.startswith("{")]
        tail = "\n".join(line[:500] for line in (grave or lines)[-5:])
        return (
            f"The embedded MongoDB did not start on {self._folder} ({meaning}): mend that, set DATA_DIR to "
            f"another folder, or set MONGODB_URI. The end of {self._log_file}:\n{tail}"
        )


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        log.error("mongod.killed", pid=child.pid, waited_seconds=STOP_SECONDS)
        child.kill()
        child.wait()
