"""One process takes the place of another on the same port: tabs come back by themselves, and whoever was being answered is answered."""

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
import websocket

from tests.support.server import LONGEST_STOP_SECONDS, PASSWORD, STOP_SECONDS, Agent, ServerProcess
from tests.support.waiting import eventually

IDLE_TABS = 200
# Each is an event of some 19 KB.
LONG_NOTES = 150
LONGEST_NOTE = 1600


@pytest.fixture
def server(own_server: Callable[..., ServerProcess]) -> ServerProcess:
    """A server of this test alone."""
    return own_server(STOP_SECONDS=str(LONGEST_STOP_SECONDS))


def stop_later(server: ServerProcess) -> float:
    """SIGTERM; the time when it was asked."""
    assert server.process is not None
    asked = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    eventually(lambda: '"server.stopping"' in server.logs())
    return asked


def seconds_to_end(server: ServerProcess, asked: float) -> float:
    """Waits for its end, which must be a good one; how long it took since it was asked."""
    assert server.process is not None
    assert server.process.wait(STOP_SECONDS) == 0
    assert "Traceback" not in server.logs()
    return time.monotonic() - asked


class LastingTab:
    """A tab as a browser has it: whenever its connection breaks, it comes back by itself."""

    def __init__(self, agent: Agent) -> None:
        self.connections = self.goodbyes = 0
        self.heard: list[str] = []
        self.client = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=0.5)
        self.client.on("connect", self._count)
        self.client.on("disconnect", self._count_goodbye)
        self.client.on("user.updated", lambda payload: self.heard.append(payload["user"]["name"]))
        self.client.connect(agent.url, auth={"token": agent.token}, transports=["websocket"], wait_timeout=10)

    def _count(self) -> None:
        self.connections += 1

    def _count_goodbye(self, *_: object) -> None:
        self.goodbyes += 1


@contextmanager
def lasting_tabs(agent: Agent, count: int) -> Iterator[list[LastingTab]]:
    """That many of them."""
    with ExitStack() as stack:
        tabs = []
        for _ in range(count):
            tabs.append(LastingTab(agent))
            stack.callback(tabs[-1].client.shutdown)
        yield tabs


def test_tabs_come_back_by_themselves_to_the_next_process(server: ServerProcess) -> None:
    ana = server.agent("ana")
    with lasting_tabs(ana, 12) as tabs:
        eventually(lambda: all(tab.connections == 1 for tab in tabs))
        seconds_to_end(server, stop_later(server))
        server.start()
        eventually(lambda: all(tab.connections == 2 for tab in tabs))
        server.agent("bruno").call("PUT", "/api/me/busy", json={"busy": True})
        eventually(lambda: all(tab.heard == ["Bruno Lima"] for tab in tabs))


@pytest.fixture
def successor(server: ServerProcess, tmp_path: Path) -> Iterator[ServerProcess]:
    """What a deploy starts in the place of `server`: the same port, database and secrets."""
    env = {name: value for name, value in server.env.items() if name not in ("DATA_DIR", "CLOCK_OFFSET_FILE")}
    kept = tmp_path / "successor" / "demo-secrets.json"
    kept.parent.mkdir()
    kept.write_text((server.data_dir / kept.name).read_text())
    following = ServerProcess(kept.parent, simulator_url=env["TWILIO_API_BASE_URL"], auth_token=env["TWILIO_AUTH_TOKEN"], **env)
    yield following
    if following.process is not None:
        following.stop()


@contextmanager
def half_a_login(server: ServerProcess) -> Iterator[Callable[[], bytes]]:
    """A request that the server is reading; called, it sends the rest and says how it was answered."""
    body = json.dumps({"email": "bruno@example.com", "password": PASSWORD}).encode()
    head = f"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as line:
        line.sendall(head.encode() + body[:10])

        def finish() -> bytes:
            line.sendall(body[10:])
            return line.recv(65536)

        yield finish


def test_a_process_takes_over_while_the_old_one_still_answers(server: ServerProcess, successor: ServerProcess) -> None:
    ana = server.agent("ana")
    with lasting_tabs(ana, 5) as tabs, half_a_login(server) as finish:
        asked = stop_later(server)
        successor.start()
        assert server.process is not None
        assert server.process.poll() is None, "it did not wait for the request"
        eventually(lambda: all(tab.connections == 2 for tab in tabs))
        assert finish().startswith(b"HTTP/1.1 200 ")
        assert seconds_to_end(server, asked) < LONGEST_STOP_SECONDS
    assert ana.get("/api/auth/me") == ana.user


def test_who_never_finishes_their_request_holds_up_the_stop_as_long_as_is_set(own_server: Callable[..., ServerProcess]) -> None:
    server = own_server(STOP_SECONDS="1")
    with half_a_login(server):
        seconds_to_end(server, stop_later(server))


def test_every_request_is_answered_or_was_never_taken(server: ServerProcess) -> None:
    """Whoever is turned away at the door may come again without a second thought; whoever was let in hears the answer."""
    ana = server.agent("ana")

    def ask() -> list[str]:
        found = []
        while not found or found[-1] == "answered":
            found.append(outcome(ana))
        return found

    def outcome(agent: Agent) -> str:
        try:
            header = {"Authorization": f"Bearer {agent.token}"}
            answer = requests.put(f"{agent.url}/api/me/notifications", json={"chats": "all"}, headers=header, timeout=10)
        except requests.ConnectionError as error:
            return "refused" if "refused" in str(error) else str(error)
        assert answer.status_code == 200
        return "answered"

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask) for _ in range(8)]
        eventually(lambda: server.logs().count("/api/me/notifications") > 100)
        seconds_to_end(server, stop_later(server))
        assert [one.result()[-1] for one in asking] == ["refused"] * 8


def raw_tab(agent: Agent, **options: Any) -> websocket.WebSocket:
    """The socket of a tab that does nothing by itself: it answers no ping and no goodbye, and reads only what is asked for."""
    address = f"ws://127.0.0.1:{agent.url.rpartition(':')[2]}/socket.io/?EIO=4&transport=websocket"
    tab = websocket.create_connection(address, timeout=10, **options)
    tab.recv()
    tab.send(f"40{json.dumps({'token': agent.token})}")
    assert str(tab.recv()).startswith("40")
    return tab


def test_hundreds_of_idle_tabs_do_not_hold_up_the_stop(server: ServerProcess) -> None:
    ana = server.agent("ana")
    with ExitStack() as stack:
        for _ in range(IDLE_TABS):
            stack.enter_context(closing(raw_tab(ana)))
        assert seconds_to_end(server, stop_later(server)) < LONGEST_STOP_SECONDS


def test_a_tab_that_takes_in_nothing_more_holds_up_neither_the_others_nor_the_stop(server: ServerProcess) -> None:
    ana = server.agent("ana")
    with closing(raw_tab(ana, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))), lasting_tabs(ana, 4) as others:
        fill(ana)
        asked = stop_later(server)
        eventually(lambda: all(tab.goodbyes for tab in others))
        assert seconds_to_end(server, asked) < LONGEST_STOP_SECONDS


def fill(agent: Agent) -> None:
    """More events than fit into any buffer."""
    conversation = agent.call("POST", "/api/conversations", json={"number": "+5511970000001"}).json()
    for _ in range(LONG_NOTES):
        assert agent.reply(conversation["id"], "\U0001f600" * LONGEST_NOTE, kind="note").status_code == 201
