"""The loops outlive an outage of the database and of Twilio, and cost next to nothing meanwhile."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.support.lab import Lab
from tests.support.mongods import frozen, mongod_of
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.services import journal

pytestmark = pytest.mark.alone
WATCHED_SECONDS = 3.0
# Of one core; loops that spin take all of it.
CALM = 0.3


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Starts a lab whose server runs a MongoDB of its own."""
    with ExitStack() as stack:
        short = {"DATABASE_TIMEOUT_SECONDS": "1", "SWEEP_SECONDS": "0.5"}
        yield lambda **env: stack.enter_context(Lab(tmp_path / "server", **short, **env))


def cpu_share(own: Lab, seconds: float = WATCHED_SECONDS) -> float:
    """How much of one core the server takes over the next seconds (proc(5): utime and stime, in clock ticks)."""
    assert own.server.process is not None
    stat = Path(f"/proc/{own.server.process.pid}/stat")

    def used() -> float:
        fields = stat.read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    threading.Event().wait(seconds)
    return (used() - before) / seconds


def failed_loops(own: Lab) -> set[str]:
    """The loops of which the log says that they failed."""
    return {line["loop"] for line in map(json.loads, own.server.logs().splitlines()) if line["event"] == "loop.failed"}


def test_the_loops_go_on_after_the_database_was_away(lab: Callable[..., Lab]) -> None:
    own = lab()
    talk = own.talk()
    pid = mongod_of(own)
    talk.fault("rate_limited", count=3)
    waiting = talk.reply("espera")
    eventually(lambda: talk.message(waiting)["attempt"] > 0)
    with talk.agent.tab(), ThreadPoolExecutor(1) as pool, frozen(pid):
        form = message_form(talk.customer, Body="durante")
        refused = pool.submit(post_webhook, own.server, form)
        share = cpu_share(own)
        # Until every loop has met the outage.
        eventually(lambda: failed_loops(own) >= {"sweep outbox", "replay journal", "recheck sessions"})
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
    assert talk.agent.call("POST", "/api/auth/logout").status_code in (204, 401)


def test_nothing_spins_while_the_database_is_gone_for_good(lab: Callable[..., Lab]) -> None:
    own = lab()
    talk = own.talk()
    own.twilio.stop()
    talk.reply("fica")
    database = (own.server.data_dir / "mongo" / "db").resolve()
    pid = mongod_of(own)
    # Without its folder each new start of mongod fails.
    database.rename(database.with_name("away"))
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: "mongod.restart_failed" in own.server.logs())
    assert cpu_share(own) < CALM
    database.with_name("away").rename(database)
    own.twilio.start()
    eventually(lambda: [one["body"] for one in own.twilio.messages(direction="outbound")] == ["fica"])


def test_what_twilio_did_not_take_is_known_though_the_database_was_away(lab: Callable[..., Lab]) -> None:
    """The database dies while a POST is under way that Twilio then refuses to take: it is sent, and nobody has to decide."""
    own = lab(TWILIO_TIMEOUT_SECONDS="20")
    talk = own.talk()
    talk.fault("rate_limited")
    assert own.twilio.process is not None
    own.twilio.process.send_signal(signal.SIGSTOP)
    waiting = talk.reply("fica")
    eventually(lambda: talk.message(waiting)["attempt"] > 0)
    database = (own.server.data_dir / "mongo" / "db").resolve()
    pid = mongod_of(own)
    database.rename(database.with_name("away"))
    os.kill(pid, signal.SIGKILL)
    own.twilio.process.send_signal(signal.SIGCONT)
    eventually(lambda: "delivery.interrupted" in own.server.logs())
    database.with_name("away").rename(database)
    eventually(lambda: requests.get(f"{own.server.url}/readyz", timeout=10).status_code == 200)
    talk.until(waiting, "delivered", "unknown")
    assert talk.message(waiting)["status"] == "delivered"
    assert talk.bodies_at_twilio() == ["fica"]


def test_nothing_spins_while_twilio_is_away(lab: Callable[..., Lab]) -> None:
    own = lab()
    talks = [own.talk() for _ in range(20)]
    own.twilio.stop()
    for talk in talks:
        talk.reply("fica")
    assert cpu_share(own) < CALM
    own.twilio.start()
    for talk in talks:
        eventually(lambda talk=talk: talk.bodies_at_twilio() == ["fica"])  # type: ignore[misc]


def test_an_idle_server_is_idle(lab: Callable[..., Lab]) -> None:
    own = lab()
    own.talk()
    assert cpu_share(own, 3.0) < CALM / 2
