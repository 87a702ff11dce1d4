"""What every test may use: one MongoDB, one simulator and one server a pytest process; customers of its own for each test."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.mongo import SharedMongo, database, mongo
from tests.support.programs import browser, required_browser
from tests.support.server import ACCOUNT_SID, Agent, ServerProcess, free_port
from tests.support.simulator import SimulatorProcess

__all__ = ["database", "mongo"]

_customers = itertools.count(1)
# A developer's .env is for their own server, not for the ones that tests start.
os.environ["ENV_FILE"] = ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long proofs are chosen only when they are asked for: they are another command's, not skipped ones of this."""
    if os.environ.get("SOAK"):
        return
    long_ones = [item for item in items if item.get_closest_marker("soak")]
    items[:] = [item for item in items if item not in long_ones]
    config.hook.pytest_deselected(items=long_ones)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture starts a browser: is there one?"""
    if item.get_closest_marker("browser"):
        required_browser()


@pytest.fixture(scope="session")
def server_and_simulator(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, SimulatorProcess]]:
    """The running pair that most tests share; each test uses customers of its own and leaves no fault behind."""
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/webhooks/twilio/messages#rc=3&rp=ct,rt,5xx"
    with SimulatorProcess(webhook_url=webhook, speed=0.05, account_sid=ACCOUNT_SID) as simulator:
        folder = tmp_path_factory.mktemp("server")
        server = ServerProcess(
            folder,
            simulator_url=simulator.url,
            auth_token=simulator.auth_token,
            mongodb_uri=mongo.uri("shared"),
            PORT=str(port),
            TWILIO_TIMEOUT_SECONDS="2",
            SWEEP_SECONDS="0.5",
        )
        with server:
            yield server, simulator


@pytest.fixture
def server(server_and_simulator: tuple[ServerProcess, SimulatorProcess]) -> ServerProcess:
    """The shared server."""
    return server_and_simulator[0]


@pytest.fixture
def twilio(server_and_simulator: tuple[ServerProcess, SimulatorProcess]) -> Iterator[SimulatorProcess]:
    """The simulator that the shared server talks to, without faults before and after."""
    simulator = server_and_simulator[1]
    simulator.clear_faults()
    yield simulator
    simulator.clear_faults()


@pytest.fixture(scope="session")
def ana(server_and_simulator: tuple[ServerProcess, SimulatorProcess]) -> Agent:
    """An admin."""
    return server_and_simulator[0].agent("ana")


@pytest.fixture(scope="session")
def bruno(server_and_simulator: tuple[ServerProcess, SimulatorProcess]) -> Agent:
    """An agent."""
    return server_and_simulator[0].agent("bruno")


@pytest.fixture(scope="session")
def carla(server_and_simulator: tuple[ServerProcess, SimulatorProcess]) -> Agent:
    """Another agent."""
    return server_and_simulator[0].agent("carla")


@pytest.fixture
def customer(customers: Callable[[], str]) -> str:
    """A customer's address that no other test of this process has."""
    return customers()


@pytest.fixture
def customers() -> Callable[[], str]:
    """Makes more of them."""
    return lambda: f"whatsapp:+551197{next(_customers):07d}"


@pytest.fixture
def stored(server: ServerProcess, mongo: SharedMongo) -> Database[dict[str, Any]]:
    """The shared server's database, to look behind what it answers."""
    return mongo.client["shared_demo"]


@pytest.fixture(scope="session")
def clocked_server(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose clock may be moved; nobody listens where it looks for Twilio."""
    with ExitStack() as stack:
        yield _start(stack, mongo, tmp_path_factory.mktemp("clocked"))


@pytest.fixture
def clocked(clocked_server: ServerProcess) -> Iterator[ServerProcess]:
    """The same with the true time, and with the usual settings, before and after."""
    yield clocked_server
    clocked_server.move_clock(0)
    clocked_server.agent("ana").settings(reopen_to="holder", reopen_hours=24, offer_minutes=30, working_hours=None)


@pytest.fixture
def own_server(mongo: SharedMongo, tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Starts a server of this test alone, on an empty database of the shared mongod: own_server(NAME="value").

    Unless it is given a simulator, nobody listens where it looks for Twilio.
    """
    with ExitStack() as stack:
        yield partial(_start, stack, mongo, tmp_path)


@pytest.fixture(scope="module")
def module_server(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ServerProcess]]:
    """The same for the tests of one module, which share what it starts: module_server(NAME="value")."""
    with ExitStack() as stack:
        yield partial(_start, stack, mongo, tmp_path_factory.mktemp("module"))


def _start(stack: ExitStack, mongo: SharedMongo, folder: Path, *, simulator: SimulatorProcess | None = None, **env: str) -> ServerProcess:
    where = simulator.url if simulator else "http://127.0.0.1:9"
    token = env.pop("TWILIO_AUTH_TOKEN", simulator.auth_token if simulator else "own-token")
    uri = env.pop("MONGODB_URI", mongo.uri(mongo.database_name()))
    server = ServerProcess(folder / f"server{free_port()}", simulator_url=where, auth_token=token, mongodb_uri=uri, **env)
    return stack.enter_context(server)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder of this test alone."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium; as root it runs only without its sandbox."""
    return {"executable_path": browser(), "args": ["--no-sandbox"]}
