"""The whole way once: in, out, ticks."""

from tests.support.server import Agent, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually


def test_a_customer_writes_and_is_answered(
    server: ServerProcess, twilio: SimulatorProcess, ana: Agent, bruno: Agent, customer: str
) -> None:
    with ana.tab() as hers, bruno.tab() as his:
        twilio.inbound("Oi", from_=customer, profile_name="Maria")
        for tab in (hers, his):
            heard = tab.wait_for("message.created", body="Oi")
            assert heard[0]["conversation"]["contact"]["name"] == "Maria"
        conversation = ana.conversation_with(customer)
        assert conversation is not None
        reply = ana.reply(conversation["id"], "Olá, Maria")
        assert reply.status_code == 201
        his.wait_for("message.updated", id=reply.json()["id"], status="delivered")
        sid = ana.messages(conversation["id"])[-1]["sid"]
        twilio.read(sid)
        his.wait_for("message.updated", id=reply.json()["id"], status="read")
        eventually(lambda: ana.messages(conversation["id"])[-1]["status"] == "read")
