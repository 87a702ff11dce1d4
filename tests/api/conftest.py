"""What tests of whose conversation it is share: conversations of a test alone, settings that go back."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.people import joined
from tests.support.server import Agent, Json
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk

CHANGEABLE = ("new_visibility", "assign_without_acceptance", "reopen_to", "reopen_hours", "offer_minutes", "working_hours", "name_prefix")


@pytest.fixture
def talk(ana: Agent, twilio: SimulatorProcess, customer: str) -> Talk:
    """A conversation that a customer has begun; nobody holds it."""
    return Talk(ana, twilio, customer)


@pytest.fixture
def begin(ana: Agent, twilio: SimulatorProcess, customers: Callable[[], str]) -> Callable[[], str]:
    """Begins more of them; the id of each."""
    return lambda: Talk(ana, twilio, customers()).id


@pytest.fixture
def dora(ana: Agent) -> Agent:
    """An agent of this test alone."""
    return joined(ana)


@pytest.fixture
def settings(ana: Agent) -> Iterator[Callable[..., Json]]:
    """Changes the shared server's settings; afterwards they are as before."""
    before = ana.get("/api/settings")
    yield ana.settings
    ana.settings(**{name: before[name] for name in CHANGEABLE})
