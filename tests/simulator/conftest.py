"""A simulator, something that takes its webhooks, and the real Twilio SDK pointed at it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twilio.rest import Client

from tests.support.receiver import STATUS_PATH, WEBHOOK_PATH, Receiver
from tests.support.simulator import CUSTOMER, NUMBER, SimulatorProcess
from tests.support.twilio_sdk import sdk


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """What our server would be."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[SimulatorProcess]:
    """One process for all tests that need nothing special of its start."""
    with SimulatorProcess(speed=0) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: SimulatorProcess, receiver: Receiver) -> SimulatorProcess:
    """A simulator as after its first start, whose webhooks go to `receiver`."""
    shared_simulator.reset()
    shared_simulator.change_settings(webhook_url=receiver.url(WEBHOOK_PATH), signing_base_url="", speed=0)
    return shared_simulator


@pytest.fixture
def twilio(simulator: SimulatorProcess) -> Client:
    """The real SDK, signed in at the simulator."""
    return sdk(simulator)


@pytest.fixture
def send(simulator: SimulatorProcess, twilio: Client, receiver: Receiver) -> Callable[..., Any]:
    """Sends a text inside the 24 hours and returns the SDK's message."""
    simulator.inbound("oi")

    def send(body: str = "Olá!", **fields: Any) -> Any:
        members = {"to": CUSTOMER, "from_": NUMBER, "status_callback": receiver.url(STATUS_PATH), **fields}
        return twilio.messages.create(body=body, **members)

    return send
