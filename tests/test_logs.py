"""The log says what happened and to which message, and never what people wrote, nor to which number."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.support.server import ROOT, Agent, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.logs import masked

SECRET = "o segredo do cofre"
NAME = "Escolástica Quebradiça"


def work(talk: Talk, server: ServerProcess) -> None:
    """Everything that might be tempted to log something."""
    talk.twilio.inbound(SECRET, from_=talk.customer, profile_name=NAME)
    talk.until(talk.reply(SECRET), "delivered")
    for kind, status in (("refused", "failed"), ("error_before_accepting", "unknown"), ("failed", "failed")):
        talk.fault(kind)
        message_id = talk.reply(SECRET)
        talk.until(message_id, status)
        if status == "unknown":
            assert talk.retry(message_id, accept_duplicate=True).status_code == 200
            talk.until(message_id, "delivered")
    talk.agent.get("/api/conversations", q=talk.customer.removeprefix("whatsapp:"))
    talk.agent.get("/api/conversations", q=NAME)
    assert talk.agent.call("POST", "/api/conversations", json={"number": talk.customer, "name": NAME}).status_code in (200, 201)
    assert talk.agent.reply("nowhere", SECRET).status_code == 404
    form = message_form(talk.customer, Body=SECRET)
    assert post_webhook(server, form, signed="wrong").status_code == 403
    assert post_webhook(server, [*form, ("From", "")]).status_code in (400, 403)
    # Worked through in vain: a location that is none, a name of many bytes, a sender that is not even an address.
    assert post_webhook(server, message_form(talk.customer, Body=SECRET * 50, Latitude="x", Longitude="y")).status_code == 200


def test_no_text_no_name_and_no_number(server: ServerProcess, twilio: SimulatorProcess, ana: Agent, customers: Callable[[], str]) -> None:
    talk = Talk(ana, twilio, customers())
    before = len(server.logs())
    work(talk, server)
    written = server.logs()[before:]
    digits = talk.customer.removeprefix("whatsapp:+")
    for private in (SECRET, "segredo", NAME, "Escol", digits, digits[2:], twilio.auth_token, ana.token, ana.token.rsplit(".", 1)[-1]):
        assert private not in written
    lines = [json.loads(line) for line in written.splitlines()]
    assert {"request", "send.not_accepted"} <= {line["event"] for line in lines}
    requests = [line for line in lines if line["event"] == "request"]
    assert all(line["request_id"] and line["level"] == "info" and line["timestamp"] for line in requests)


LINES = """
import logging, sys
import structlog
from whatsapp_server import logs
logs.configure("info")
log = structlog.get_logger()
log.info("plain", message="6b04", count=5511987654321)
try:
    raise ValueError('dup key: { keys: "whatsapp:+5511987654321" }')
except ValueError:
    log.exception("failed")
logging.getLogger("urllib3").warning("Retrying: /Messages.json?To=whatsapp%3A%2B5511987654321&From=x")
logging.getLogger("urllib3").info("chatter")
log.debug("hidden")
"""


def test_what_a_library_quotes_is_cut() -> None:
    ended = subprocess.run([sys.executable, "-c", LINES], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    plain, failed, warned = (json.loads(line) for line in ended.stderr.splitlines())
    assert (plain["event"], plain["message"]) == ("plain", "6b04")
    assert "ValueError" in failed["exception"]
    for line in (failed["exception"], warned["event"]):
        assert "98765" not in line
        assert "…4321" in line


@pytest.mark.parametrize(("address", "shown"), [("whatsapp:+5511987654321", "…4321"), ("", ""), (None, "")])
def test_masked(address: str | None, shown: str) -> None:
    assert masked(address) == shown
