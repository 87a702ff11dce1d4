"""A server and a simulator of one test alone."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.support.server import ACCOUNT_SID, Agent, ServerProcess, free_port
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk

FIRST_CUSTOMER = 5511960000000
# Of the simulator's waits, as a share of what Twilio's are.
LAB_SPEED = 0.05


class Lab:
    """Both processes; a context manager. The simulator keeps its state in a file, so that it may be killed and started again.

    Without `mongodb_uri` the server runs its own MongoDB. `env` overrides the server's settings.
    """

    def __init__(self, folder: Path, *, speed: float = LAB_SPEED, mongodb_uri: str | None = None, **env: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.twilio = SimulatorProcess(
            webhook_url=f"http://127.0.0.1:{port}/webhooks/twilio/messages#rc=3&rp=ct,rt,5xx",
            speed=speed,
            account_sid=ACCOUNT_SID,
            state=folder / "simulator.sqlite",
            port=free_port(),
        )
        settings = {"PORT": str(port), "TWILIO_TIMEOUT_SECONDS": "2", "SWEEP_SECONDS": "0.3", **env}
        self.server = ServerProcess(
            folder,
            simulator_url=f"http://127.0.0.1:{self.twilio.port}",
            auth_token=settings.pop("TWILIO_AUTH_TOKEN", self.twilio.auth_token),
            mongodb_uri=mongodb_uri,
            **settings,
        )
        self._customers = 0
        self._agents: dict[str, Agent] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Lab":
        with ExitStack() as stack:
            stack.enter_context(self.twilio)
            stack.callback(self.server.end)
            self.server.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def agent(self, name: str = "ana") -> Agent:
        """A signed-in employee, the same at every call."""
        if name not in self._agents:
            self._agents[name] = self.server.agent(name)
        return self._agents[name]

    def talk(self) -> Talk:
        """A conversation with a new customer."""
        self._customers += 1
        return Talk(self.agent(), self.twilio, f"whatsapp:+{FIRST_CUSTOMER + self._customers}")
