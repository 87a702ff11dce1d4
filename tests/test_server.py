"""Stopping: what is under way is finished, nobody new is let in, and what is at Twilio's door is not sent twice."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
import websocket
from socketio.exceptions import ConnectionError as Refused

from tests.support.lab import Lab
from tests.support.mongods import frozen, mongod_of, mongods_of
from tests.support.server import LONGEST_STOP_SECONDS, PASSWORD, STOP_SECONDS, Tab
from tests.support.waiting import PATIENCE_SECONDS, eventually

# How packets begin: Engine.IO's open, and Socket.IO's connect and disconnect in an Engine.IO message.
ENGINE_OPEN, SOCKET_CONNECT, SOCKET_DISCONNECT = "0", "40", "41"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Starts a lab whose server runs a MongoDB of its own."""
    with ExitStack() as stack:
        yield lambda **env: stack.enter_context(Lab(tmp_path / "server", **{"STOP_SECONDS": "2", **env}))


def stop_later(own: Lab) -> None:
    """SIGTERM; returns once the server says that it stops."""
    assert own.server.process is not None
    own.server.process.send_signal(signal.SIGTERM)
    eventually(lambda: '"server.stopping"' in own.server.logs())


def assert_ended(own: Lab) -> None:
    """It ends with 0, its mongod too, and says nothing bad."""
    assert own.server.process is not None
    assert own.server.process.wait(STOP_SECONDS) == 0
    assert mongods_of(own) == []
    assert "Traceback" not in own.server.logs()


def test_requests_under_way_are_answered_and_nobody_new_is_let_in(lab: Callable[..., Lab]) -> None:
    own = lab(STOP_SECONDS=str(LONGEST_STOP_SECONDS))
    talk = own.talk()
    with ThreadPoolExecutor(4) as pool:
        with frozen(mongod_of(own)):
            replies = [pool.submit(talk.agent.reply, talk.id, f"a caminho {number}", f"under-way-{number}") for number in range(4)]
            # They hang on the database now; once one is on its way, so are the bytes of all.
            eventually(lambda: not any(reply.done() for reply in replies) and established(own.server.port) >= 4)
            stop_later(own)
            eventually(lambda: is_refused(own))
            with pytest.raises(Refused):
                Tab(own.server.url, talk.agent.token).open()
        assert [reply.result().status_code for reply in replies] == [201] * 4
    assert_ended(own)
    own.server.start()
    assert sorted(one["body"] for one in talk.agent.messages(talk.id)[1:]) == [f"a caminho {number}" for number in range(4)]
    eventually(lambda: len(talk.at_twilio()) == 4)


def established(port: int) -> int:
    """How many connections to `port` of this machine are open."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01")


def is_refused(own: Lab) -> bool:
    """Whether a new connection is turned away at once."""
    try:
        requests.get(f"{own.server.url}/healthz", timeout=2)
    except requests.ConnectionError:
        return True
    return False


def test_a_login_under_way_is_answered(lab: Callable[..., Lab]) -> None:
    own = lab(QUICK_HASHES="0", STOP_SECONDS=str(LONGEST_STOP_SECONDS))
    given = {"email": "bruno@example.com", "password": PASSWORD}
    with ThreadPoolExecutor(6) as pool:
        # Two are hashed at a time, so that six take several times as long as the server needs to see the signal.
        logins = [pool.submit(requests.post, f"{own.server.url}/api/auth/login", json=given, timeout=PATIENCE_SECONDS) for _ in range(6)]
        eventually(lambda: any(login.done() for login in logins))
        stop_later(own)
        assert [login.result().status_code for login in logins] == [200] * 6
    assert_ended(own)


def test_tabs_are_cut_off_in_a_way_that_brings_them_back(lab: Callable[..., Lab]) -> None:
    own = lab()
    token = own.agent().token
    tab = websocket.create_connection(f"ws://127.0.0.1:{own.server.port}/socket.io/?EIO=4&transport=websocket", timeout=10)
    assert str(tab.recv()).startswith(ENGINE_OPEN)
    tab.send(SOCKET_CONNECT + json.dumps({"token": token}))
    assert str(tab.recv()).startswith(SOCKET_CONNECT)
    stop_later(own)
    packets = packets_until_closed(tab)
    assert_ended(own)
    # A Socket.IO disconnect would tell the browser's client to stay away.
    assert not [packet for packet in packets if packet.startswith(SOCKET_DISCONNECT)]


def packets_until_closed(tab: websocket.WebSocket) -> list[str]:
    """What still comes; WebSocketTimeoutException when the connection stays open."""
    packets = []
    try:
        while packet := tab.recv():
            packets.append(str(packet))
    except (websocket.WebSocketConnectionClosedException, ConnectionResetError):
        return packets
    finally:
        tab.close()
    return packets


def test_idle_connections_do_not_hold_up_the_stop(lab: Callable[..., Lab]) -> None:
    own = lab(STOP_SECONDS=str(LONGEST_STOP_SECONDS))
    with ExitStack() as stack:
        for _ in range(20):
            session = stack.enter_context(requests.Session())
            assert session.get(f"{own.server.url}/healthz", timeout=PATIENCE_SECONDS).status_code == 200
        asked = time.monotonic()
        stop_later(own)
        assert_ended(own)
        # Its patience was not used up.
        assert time.monotonic() - asked < LONGEST_STOP_SECONDS


def test_a_send_under_way_is_not_sent_twice(lab: Callable[..., Lab]) -> None:
    own = lab(TWILIO_TIMEOUT_SECONDS="30")
    talk = own.talk()
    talk.fault("hang", seconds=60)
    talk.fault("callbacks_lost")
    message_id, following = talk.reply("no meio do caminho"), talk.reply("a seguinte")
    eventually(talk.at_twilio)
    stop_later(own)
    assert_ended(own)
    own.server.start()
    talk.until(message_id, "sent", "delivered")
    talk.until(following, "delivered")
    assert talk.bodies_at_twilio() == ["no meio do caminho", "a seguinte"]


def test_a_send_that_can_end_in_time_ends_well(lab: Callable[..., Lab]) -> None:
    own = lab()
    talk = own.talk()
    talk.fault("hang", seconds=1.0)
    talk.fault("callbacks_lost")
    message_id = talk.reply("quase lá")
    eventually(talk.at_twilio)
    stop_later(own)
    assert_ended(own)
    own.server.start()
    message = talk.message(message_id)
    assert (message["status"], message["sid"]) == ("queued", talk.at_twilio()[0]["sid"])
    assert set(message["status_times"]) == {"queued"}


def test_a_stop_while_the_database_is_away(lab: Callable[..., Lab]) -> None:
    own = lab(DATABASE_TIMEOUT_SECONDS="0.5", STOP_SECONDS="1")
    pid = mongod_of(own)
    with frozen(pid):
        stop_later(own)
        # All that the stop wanted of the database has been given up by then.
        eventually(lambda: is_asked_to_end(pid))
    assert_ended(own)


def is_asked_to_end(pid: int) -> bool:
    """Whether a SIGTERM waits for a frozen process (proc(5): ShdPnd, a mask)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = int(next(line.split()[1] for line in lines if line.startswith("ShdPnd:")), 16)
    return bool(mask >> (signal.SIGTERM - 1) & 1)
