"""What every test may use: one MongoDB, one simulator and one server a pytest process; customers of its own for each test."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mongo import SharedMongo, database, mongo
from tests.support.server import ACCOUNT_SID, Agent, ServerProcess, free_port
from tests.support.simulator import SimulatorProcess

__all__ = ["database", "mongo"]

_customers = itertools.count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long proofs run only when they are asked for."""
    if os.environ.get("SOAK"):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="a long proof: make soak"))


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
        )
        try:
            yield server.start(), simulator
        finally:
            server.stop()


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


@pytest.fixture
def customer() -> str:
    """A customer's address that no other test of this process has."""
    return f"whatsapp:+551197{next(_customers):07d}"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder of this test alone."""
    return tmp_path / "data"
