"""One customer's conversation seen from both ends: what an employee has, and what the simulator took."""

import uuid
from typing import Any

import requests

from tests.support.server import Agent, Json
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually


class Talk:
    """A conversation that `customer` has begun, so that its 24-hour window is open; `agent` answers in it."""

    def __init__(self, agent: Agent, twilio: SimulatorProcess, customer: str) -> None:
        self.agent, self.twilio, self.customer = agent, twilio, customer
        twilio.inbound("Oi", from_=customer, profile_name="Maria")
        conversation = agent.conversation_with(customer)
        assert conversation is not None
        self.id: str = conversation["id"]

    def reply(self, body: str, client_id: str | None = None) -> str:
        """Reply; the message's id."""
        answer = self.agent.reply(self.id, body, client_id or str(uuid.uuid4()))
        assert answer.status_code == 201, answer.text
        message_id: str = answer.json()["id"]
        return message_id

    def message(self, message_id: str) -> Json:
        """The message as the API shows it."""
        return next(one for one in self.agent.messages(self.id) if one["id"] == message_id)

    def until(self, message_id: str, *statuses: str) -> Json:
        """The message once its status is one of these."""
        found: Json = eventually(lambda: one if (one := self.message(message_id))["status"] in statuses else {})
        return found

    def retry(self, message_id: str, **given: Any) -> requests.Response:
        """POST a retry, whatever its answer."""
        return self.agent.call("POST", f"/api/messages/{message_id}/retry", json=given)

    def discard(self, message_id: str) -> requests.Response:
        """POST a discard, whatever its answer."""
        return self.agent.call("POST", f"/api/messages/{message_id}/discard")

    def at_twilio(self, body: str | None = None) -> list[Json]:
        """What Twilio took for this customer, in its order; of one text if `body` is given."""
        taken = self.twilio.messages(to=self.customer, direction="outbound")
        return [one for one in taken if body is None or one["body"] == body]

    def bodies_at_twilio(self) -> list[str]:
        """The texts that Twilio took for this customer, in its order."""
        return [one["body"] for one in self.at_twilio()]

    def fault(self, kind: str, *, count: int | None = 1, body: str = "", **options: Any) -> Json:
        """Let `kind` happen to this customer's messages alone (those whose text holds `body`)."""
        return self.twilio.add_fault(kind, count=count, match={"to": self.customer, "body": body}, **options)


def delivery_states(agent: Agent) -> set[str]:
    """What the banner says of our numbers: ok, delayed."""
    return {channel["delivery"]["state"] for channel in agent.get("/api/channels")["items"]}
