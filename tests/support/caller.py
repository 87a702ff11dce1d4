"""A customer without a page of their own."""

from dataclasses import dataclass
from typing import Any

from tests.support.simulator import SimulatorProcess


@dataclass(frozen=True)
class Caller:
    """Writes and reads through the simulator's control API."""

    twilio: SimulatorProcess
    address: str
    name: str

    def writes(self, body: str = "", **fields: Any) -> None:
        """Their message, taken by the server when this returns."""
        self.twilio.inbound(body, from_=self.address, profile_name=self.name, **fields)

    def reads(self) -> None:
        """Opens the chat on their phone."""
        self.twilio.read_chat(self.address)

    def received(self) -> list[str]:
        """The texts that reached them, in order."""
        return [one["body"] for one in self.twilio.messages(to=self.address, direction="outbound")]
