"""A webhook that could not be stored is never acknowledged, so that Twilio posts it again."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.embedded_mongo.folder import mongods_on

TOKEN = "door-token"


@pytest.fixture
def embedded(data_dir: Path) -> Iterator[tuple[ServerProcess, int]]:
    """A server with a MongoDB of its own, and that one's process id."""
    with ServerProcess(data_dir, simulator_url="http://127.0.0.1:9", auth_token=TOKEN) as server:
        (mongod,) = mongods_on(data_dir / "mongo" / "db")
        try:
            yield server, mongod
        finally:
            if mongods_on(data_dir / "mongo" / "db") == [mongod]:
                os.kill(mongod, signal.SIGCONT)


def test_what_could_not_be_stored_gets_503_and_is_taken_at_the_retry(embedded: tuple[ServerProcess, int], customer: str) -> None:
    server, mongod = embedded
    ana, form = server.agent("ana"), message_form(customer)
    assert post_webhook(server, message_form(customer, Body="antes")).status_code == 200
    os.kill(mongod, signal.SIGSTOP)
    begun = time.monotonic()
    assert_problem(post_webhook(server, form), 503, "unavailable")
    assert time.monotonic() - begun < 14  # Twilio waits for 15 s
    os.kill(mongod, signal.SIGCONT)
    eventually(lambda: requests.get(f"{server.url}/readyz", timeout=20).status_code == 200, within=30)
    assert post_webhook(server, form).status_code == 200
    conversation = eventually(lambda: ana.conversation_with(customer), within=30)
    shown = eventually(lambda: found if len(found := ana.messages(conversation["id"])) > 1 else None, within=30)
    assert [(message["seq"], message["body"]) for message in shown] == [(1, "antes"), (2, "Oi")]


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

    eventually(lambda: acknowledged <= shown(), within=60)
