"""Starts what is measured, each as a process of its own: mongod, the product, the bare app."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pymongo import MongoClient

from whatsapp_server import logs
from whatsapp_server.config import DEFAULT_DATABASE, DEMO_SUFFIX
from whatsapp_server.demo import ACCOUNT_SID, PASSWORD, PEOPLE
from whatsapp_server.embedded_mongo import EmbeddedMongo

ROOT = Path(__file__).parents[1]
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
JWT_SECRET_KEY = "a secret of the benchmarks, with which people.py signs in many people at once"
BARE_DATABASE = "bare_app"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
OURS = ("TWILIO_", "MONGODB_", "REDIS_", "LOG_LEVEL", "PUBLIC_BASE_URL", "CLOCK_OFFSET_FILE", "HOST", "PORT", "DEMO")


class BenchmarkError(Exception):
    """Why a measurement could not be taken."""


@dataclass
class Server:
    """A server that takes webhooks and holds tabs; it can be stopped and started again on the same port."""

    name: str
    command: list[str]
    env: dict[str, str]
    log_path: Path
    mongod_pid: int
    process: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        """Run it; it is not ready yet."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env={**inherited, **self.env}, stdout=log, stderr=log)

    def await_ready(self) -> None:
        """Wait until it answers; raises BenchmarkError when it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not _is_ready(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError(f"{self.name} did not start:\n{self.log_path.read_text()[-3000:]}")
            time.sleep(0.05)

    def ask_to_stop(self) -> None:
        """As a deployment does; it ends by itself."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to, and see to it."""
        self.ask_to_stop()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.env["PORT"])

    @property
    def webhook_url(self) -> str:
        """What Twilio signs."""
        return f"http://127.0.0.1:{self.port}/webhooks/twilio/messages"

    def resident_mb(self) -> float:
        """The process's resident memory in MB (2**20 bytes), as the kernel counts it."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
        return int(kilobytes) / 1024

    def cpu_seconds(self) -> float:
        """What the process has used so far, in user and in system mode."""
        return cpu_seconds_of(self.process.pid)

    def mongod_cpu_seconds(self) -> float:
        """The same of its mongod."""
        return cpu_seconds_of(self.mongod_pid)

    def tokens(self) -> list[str]:
        """An access token of each employee of the demo, signed in just now."""
        return [self._token(email) for _, email, _ in PEOPLE]

    def _token(self, email: str) -> str:
        body = json.dumps({"email": email, "password": PASSWORD})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        if answer.status != 200:
            raise BenchmarkError(f"{email} could not sign in: {answer.status} {said[:200]!r}")
        return str(json.loads(said)["access_token"])


def cpu_seconds_of(pid: int) -> float:
    """What a process has used so far, in user and in system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def machine_cpu_seconds() -> float:
    """What all processes together have used so far, and what a hypervisor took away."""
    user, nice, system, _, _, irq, softirq, steal = (int(ticks) for ticks in Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / CLOCK_TICKS


@contextmanager
def mongod() -> Iterator[tuple[EmbeddedMongo, Path]]:
    """A mongod in a folder that goes with it; (mongod, the folder). All servers of a run share it."""
    logs.configure("warning")
    folder = Path(tempfile.mkdtemp(prefix="whatsapp-bench-"))
    mongo = EmbeddedMongo(folder)
    try:
        mongo.start()
        yield mongo, folder
    finally:
        mongo.stop()
        shutil.rmtree(folder)


@contextmanager
def product(mongo: EmbeddedMongo, folder: Path, program: Sequence[str] = ("wsgi.py",)) -> Iterator[Server]:
    """`python wsgi.py` with the demo's people, production's packages and log level; Twilio is an address where nobody listens."""
    _drop(mongo, DEFAULT_DATABASE + DEMO_SUFFIX)
    port = _free_port()
    env = {
        "DEMO": "1",
        "PORT": str(port),
        "PYTHONPATH": str(_hidden(folder, "rich")),
        "DATA_DIR": str(folder / "data"),
        "MONGODB_URI": mongo.uri(""),  # the database has its default name
        "LOG_LEVEL": "info",
        "JWT_SECRET_KEY": JWT_SECRET_KEY,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_API_BASE_URL": "http://127.0.0.1:9",
    }
    with _running("product", program, env, folder, mongo) as server:
        yield server


def _hidden(folder: Path, package: str) -> Path:
    """Where to look for modules first, so that `package` is not found: the tests' tools bring it, and structlog then loads it (3 MB)."""
    absent = folder / "absent"
    absent.mkdir(exist_ok=True)
    (absent / f"{package}.py").write_text(f"raise ImportError({package!r}, 'production has none')\n")
    return absent


@contextmanager
def bare_app(mongo: EmbeddedMongo, folder: Path) -> Iterator[Server]:
    """The bare app on a database of its own in the same mongod."""
    _drop(mongo, BARE_DATABASE)
    port = _free_port()
    env = {"PORT": str(port), "MONGODB_URI": mongo.uri(BARE_DATABASE), "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
    with _running("bare", ["-m", "benchmarks.bare_app"], env, folder, mongo) as server:
        yield server


def _drop(mongo: EmbeddedMongo, database: str) -> None:
    with MongoClient[dict[str, object]](mongo.uri("admin")) as client:
        client.drop_database(database)


@contextmanager
def _running(name: str, program: Sequence[str], env: dict[str, str], folder: Path, mongo: EmbeddedMongo) -> Iterator[Server]:
    assert mongo.pid is not None
    server = Server(name, [sys.executable, *program], env, folder / f"{name}.log", mongo.pid)
    server.log_path.unlink(missing_ok=True)
    server.start()
    try:
        server.await_ready()
        yield server
    finally:
        server.stop()


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
