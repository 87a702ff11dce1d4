"""The loops outlive an outage of the database and of Twilio, and cost next to nothing meanwhile."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.lab import Lab
from tests.support.mongods import frozen, mongod_of
from tests.support.waiting import PATIENCE_SECONDS, eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.services import journal

pytestmark = pytest.mark.alone
WATCHED_SECONDS = 3.0
# Of one core; loops that spin take all of it.
CALM = 0.3


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with a MongoDB of its own, which these tests share: each leaves it as it was."""
    folder = tmp_path_factory.mktemp("worker") / "server"
    short = {"DATABASE_TIMEOUT_SECONDS": "1", "SWEEP_SECONDS": "0.5"}
    with Lab(folder, TWILIO_TIMEOUT_SECONDS="20", **short) as lab:
        yield lab


@pytest.fixture
def logged(own: Lab) -> Callable[[], list[str]]:
    """The lines that the server has logged since the test began."""
    before = len(own.server.logs())
    return lambda: own.server.logs()[before:].splitlines()


def cpu_share(own: Lab) -> float:
    """How much of one core the server takes over the next seconds (proc(5): utime and stime, in clock ticks)."""
    assert own.server.process is not None
    stat = Path(f"/proc/{own.server.process.pid}/stat")

    def used() -> float:
        fields = stat.read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    threading.Event().wait(WATCHED_SECONDS)
    return (used() - before) / WATCHED_SECONDS


@contextmanager
def gone(own: Lab) -> Iterator[None]:
    """The database dies, and meanwhile each new start of it fails, for its folder is away."""
    folder = (own.server.data_dir / "mongo" / "db").resolve()
    pid = mongod_of(own)
    folder.rename(folder.with_name("away"))
    os.kill(pid, signal.SIGKILL)
    try:
        yield
    finally:
        folder.with_name("away").rename(folder)
    eventually(lambda: requests.get(f"{own.server.url}/readyz", timeout=PATIENCE_SECONDS).status_code == 200)


def test_the_loops_go_on_after_the_database_was_away(own: Lab, logged: Callable[[], list[str]]) -> None:
    talk = own.talk()
    talk.fault("rate_limited", count=2)
    waiting = talk.reply("espera")
    eventually(lambda: talk.message(waiting)["attempt"] > 0)

    def failed_loops() -> set[str]:
        return {line["loop"] for line in map(json.loads, logged()) if line["event"] == "loop.failed"}

    with talk.agent.tab(), ThreadPoolExecutor(1) as pool, frozen(mongod_of(own)):
        form = message_form(talk.customer, Body="durante")
        refused = pool.submit(post_webhook, own.server, form)
        share = cpu_share(own)
        # Until every loop has met the outage.
        eventually(lambda: failed_loops() >= {"sweep outbox", "replay journal", "recheck sessions"})
        assert refused.result().status_code == 503
    assert share < CALM
    eventually(lambda: post_webhook(own.server, form).status_code == 200)
    # What was begun during the outage is nobody's any more.
    own.server.move_clock(journal.LEASE.total_seconds() + 1)
    talk.until(waiting, "delivered")
    talk.until(talk.reply("depois"), "delivered")
    assert talk.bodies_at_twilio() == ["espera", "depois"]
    # It waited behind what of it was stored during the outage, if anything was.
    eventually(lambda: [one["body"] for one in talk.agent.messages(talk.id) if one["direction"] == "inbound"] == ["Oi", "durante"])
    assert own.server.agent("bruno").call("POST", "/api/auth/logout").status_code == 204


def test_nothing_spins_while_the_database_is_gone_for_good(own: Lab, logged: Callable[[], list[str]]) -> None:
    talk = own.talk()
    own.twilio.stop()
    talk.reply("fica")
    with gone(own):
        eventually(lambda: any("mongod.restart_failed" in line for line in logged()))
        assert cpu_share(own) < CALM
    own.twilio.start()
    eventually(lambda: talk.bodies_at_twilio() == ["fica"])


def test_what_twilio_did_not_take_is_known_though_the_database_was_away(own: Lab, logged: Callable[[], list[str]]) -> None:
    """The database dies while a POST is under way that Twilio then refuses to take: it is sent, and nobody has to decide."""
    talk = own.talk()
    talk.fault("rate_limited")
    assert own.twilio.process is not None
    with frozen(own.twilio.process.pid):
        waiting = talk.reply("fica")
        eventually(lambda: talk.message(waiting)["attempt"] > 0)
        with gone(own):
            os.kill(own.twilio.process.pid, signal.SIGCONT)
            eventually(lambda: any("delivery.interrupted" in line for line in logged()))
    talk.until(waiting, "delivered", "unknown")
    assert talk.message(waiting)["status"] == "delivered"
    assert talk.bodies_at_twilio() == ["fica"]


def test_nothing_spins_while_twilio_is_away(own: Lab) -> None:
    talks = [own.talk() for _ in range(20)]
    own.twilio.stop()
    for talk in talks:
        talk.reply("fica")
    assert cpu_share(own) < CALM
    own.twilio.start()
    for talk in talks:
        eventually(lambda talk=talk: talk.bodies_at_twilio() == ["fica"])  # type: ignore[misc]


def test_an_idle_server_is_idle(own: Lab) -> None:
    own.talk()
    assert cpu_share(own) < CALM / 2
