"""What tests of whose conversation it is share: conversations of a test alone, settings that go back, a server whose clock moves."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.mongo import SharedMongo
from tests.support.people import joined
from tests.support.server import Agent, Json, ServerProcess
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


@pytest.fixture(scope="session")
def clocked_server(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose clock may be moved; nobody listens where it looks for Twilio."""
    folder = tmp_path_factory.mktemp("clocked")
    uri = mongo.uri(mongo.database_name())
    with ServerProcess(folder, simulator_url="http://127.0.0.1:9", auth_token="own-token", mongodb_uri=uri) as server:
        yield server


@pytest.fixture
def clocked(clocked_server: ServerProcess) -> Iterator[ServerProcess]:
    """The same with the true time, and with the usual settings, before and after."""
    yield clocked_server
    clocked_server.move_clock(0)
    clocked_server.agent("ana").settings(reopen_to="holder", reopen_hours=24, offer_minutes=30, working_hours=None)
