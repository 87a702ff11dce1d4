"""The simulator as a process: what it keeps, how it starts and how it ends."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.receiver import STATUS_PATH, Receiver
from tests.support.simulator import CUSTOMER, NUMBER, PROJECT, SimulatorProcess
from tests.support.twilio_sdk import sdk
from tests.support.waiting import eventually

MODULE = [sys.executable, "-m", "whatsapp_server.simulator"]


def test_kill_9_loses_no_accepted_message(tmp_path: Path, receiver: Receiver) -> None:
    simulator = SimulatorProcess(state=tmp_path / "phones.db", webhook_url=receiver.url("/in"), speed=1)
    accepted: list[str] = []

    def send_until_it_dies() -> None:
        client = sdk(simulator)
        while True:
            try:
                message = client.messages.create(to=CUSTOMER, from_=NUMBER, body="x", status_callback=receiver.url(STATUS_PATH + "#rc=5"))
            except requests.RequestException:
                return
            accepted.append(str(message.sid))

    with simulator:
        simulator.inbound("oi")
        simulator.post("/customers", {"address": "+5541999990000", "name": "Rafael"})
        senders = [threading.Thread(target=send_until_it_dies) for _ in range(4)]
        for sender in senders:
            sender.start()
        eventually(lambda: len(accepted) >= 50)
        simulator.kill()
        for sender in senders:
            sender.join()
        simulator.start()
        assert {message["sid"] for message in simulator.messages(direction="outbound")} >= set(accepted)
        assert simulator.customers()[-1]["name"] == "Rafael"
        eventually(lambda: all({"sent", "delivered"} <= set(receiver.statuses(sid)) for sid in accepted))


def test_two_hundred_messages_get_all_their_callbacks(simulator: SimulatorProcess, receiver: Receiver, send: Any) -> None:
    sids = [send(str(n)).sid for n in range(200)]
    eventually(lambda: len(receiver.to(STATUS_PATH)) >= 400)
    eventually(lambda: len(simulator.read_chat()) == 0)
    eventually(lambda: len(receiver.to(STATUS_PATH)) >= 600)
    assert all(receiver.statuses(sid) == ["sent", "delivered", "read"] for sid in sids)
    assert [message["sid"] for message in simulator.messages(direction="outbound")] == sids


def test_on_sigterm_it_ends_and_lets_go_of_the_replies_it_holds(receiver: Receiver) -> None:
    simulator = SimulatorProcess()
    simulator.start()
    simulator.add_fault("hang", seconds=60)
    stream = requests.get(f"{simulator.url}/sim/api/events", stream=True, timeout=10)

    replies: list[Any] = []
    client = sdk(simulator)
    held = threading.Thread(target=lambda: replies.append(client.messages.create(to=CUSTOMER, from_=NUMBER, body="x")))
    held.start()
    eventually(lambda: simulator.messages(direction="outbound"))
    assert held.is_alive()
    assert simulator.stop() == 0
    # Answered, though its minute is not over: the client has less patience than that.
    held.join()
    assert [reply.status for reply in replies] == ["queued"]
    stream.close()


def test_it_dies_with_its_parent() -> None:
    starter = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({[*MODULE, '--port', '0', '--die-with-stdin']!r}, stdin=subprocess.PIPE)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", starter], cwd=PROJECT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    url = json.loads(parent.stdout.readline())["listening"]
    assert requests.get(f"{url}/sim/api/clock", timeout=5).status_code == 200
    parent.kill()
    parent.wait()
    parent.stdout.close()

    def is_gone() -> bool:
        try:
            requests.get(f"{url}/sim/api/clock", timeout=5)
        except requests.ConnectionError:
            return True
        return False

    eventually(is_gone)


@pytest.mark.parametrize(
    "options",
    [["--host", "0.0.0.0"], ["--host", "192.168.1.5"], ["--host", "example.com"], ["--account-sid", "AC1"], ["--speed", "-1"]],
)
def test_what_cannot_work_stops_the_start_with_one_line(options: list[str]) -> None:
    ended = subprocess.run([*MODULE, "--port", "0", *options], cwd=PROJECT, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_state_file_belongs_to_one_simulator(tmp_path: Path) -> None:
    state = tmp_path / "phones.db"
    with SimulatorProcess(state=state):
        second = [*MODULE, "--port", "0", "--state", str(state)]
        ended = subprocess.run(second, cwd=PROJECT, capture_output=True, text=True, timeout=20)
    assert (ended.returncode, ended.stderr) == (2, "simulator: database is locked\n")


def test_it_loads_nothing_of_the_server_and_no_eventlet() -> None:
    look = (
        "import sys, whatsapp_server.simulator.__main__\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('eventlet', 'mongoengine', 'pymongo')"
        " or name.startswith('whatsapp_server.') and not name.startswith('whatsapp_server.simulator')])"
    )
    ended = subprocess.run([sys.executable, "-c", look], cwd=PROJECT, capture_output=True, text=True, timeout=20, check=True)
    assert ended.stdout.strip() == "[]"
