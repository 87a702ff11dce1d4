"""A webhook that could not be stored is never acknowledged, so that Twilio posts it again."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.mongods import frozen
from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.embedded_mongo.folder import mongods_on
from whatsapp_server.models import base
from whatsapp_server.services import journal

TOKEN = "door-token"
# For the answer to a webhook (docs/twilio.md).
TWILIO_WAITS_SECONDS = 15.0


@pytest.fixture
def embedded(data_dir: Path) -> Iterator[tuple[ServerProcess, int]]:
    """A server with a MongoDB of its own, and that one's process id."""
    short = {"DATABASE_TIMEOUT_SECONDS": "1", "SWEEP_SECONDS": "0.3"}
    with ServerProcess(data_dir, simulator_url="http://127.0.0.1:9", auth_token=TOKEN, **short) as server:
        (mongod,) = mongods_on(data_dir / "mongo" / "db")
        yield server, mongod


def test_what_could_not_be_stored_gets_503_and_is_taken_at_the_retry(embedded: tuple[ServerProcess, int], customer: str) -> None:
    server, mongod = embedded
    ana, form = server.agent("ana"), message_form(customer)
    assert post_webhook(server, message_form(customer, Body="antes")).status_code == 200
    with frozen(mongod):
        assert_problem(post_webhook(server, form), 503, "unavailable")
    eventually(lambda: requests.get(f"{server.url}/readyz", timeout=20).status_code == 200)
    assert post_webhook(server, form).status_code == 200
    # What was begun before is nobody's any more.
    server.move_clock(journal.LEASE.total_seconds() + 1)
    conversation = eventually(lambda: ana.conversation_with(customer))
    shown = eventually(lambda: found if len(found := ana.messages(conversation["id"])) > 1 else None)
    assert [(message["seq"], message["body"]) for message in shown] == [(1, "antes"), (2, "Oi")]


def test_twilio_hears_503_before_it_gives_up() -> None:
    """A call that hangs for as long as it may, in the last moment in which it is tried again."""
    assert 2 * base.TIMEOUT_SECONDS + base.RETRY_LONGER_SECONDS < TWILIO_WAITS_SECONDS


def test_a_killed_database_loses_no_acknowledged_message(embedded: tuple[ServerProcess, int], data_dir: Path, customer: str) -> None:
    server, mongod = embedded
    ana, acknowledged = server.agent("ana"), set()
    for number in range(30):
        if number == 10:
            os.kill(mongod, signal.SIGKILL)
        form = message_form(customer)
        if post_webhook(server, form).status_code == 200:
            acknowledged.add(dict(form)["MessageSid"])
    assert len(acknowledged) >= 20

    def shown() -> set[str]:
        conversation = ana.conversation_with(customer)
        return {message["sid"] for message in ana.messages(conversation["id"])} if conversation else set()

    eventually(lambda: acknowledged <= shown())
