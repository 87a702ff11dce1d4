"""Who is let in to listen, what they hear, and that whoever is refused has heard nothing."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import engineio
import pytest
import websocket
from socketio.exceptions import ConnectionError as Refused

from tests.support.server import Agent, ServerProcess, Tab
from tests.support.simulator import SimulatorProcess
from tests.support.tokens import changed_token, expired
from tests.support.waiting import eventually

CODES = {
    "missing": "token_missing",
    "empty": "token_missing",
    "not_text": "token_missing",
    "invalid": "token_invalid",
    "refresh": "token_invalid",
    "no_session": "token_invalid",
    "expired": "token_expired",
    "ended": "session_ended",
    "unknown": "session_ended",
}


@pytest.fixture
def tokens(server: ServerProcess) -> dict[str, object]:
    """Every kind of token that opens nothing."""
    carla, gone = server.agent("carla"), server.agent("carla")
    refresh = next(str(cookie.value) for cookie in carla.http.cookies if "refresh" in cookie.name)
    gone.call("POST", "/api/auth/logout")
    return {
        "missing": None,
        "empty": "",
        "not_text": {"$ne": ""},
        "invalid": "not.a.token",
        "refresh": refresh,
        "no_session": changed_token(server, carla.token, sid=None),
        "expired": expired(server, carla.token),
        "ended": gone.token,
        "unknown": changed_token(server, carla.token, sid="f" * 24),
    }


@pytest.fixture
def talk(twilio: SimulatorProcess, customer: str) -> Iterator[Callable[[], int]]:
    """A customer who keeps writing as long as the test runs; called, it says how many messages have come so far."""
    stop, written = threading.Event(), []

    def run() -> None:
        while not stop.wait(0.01):
            written.append(twilio.inbound("blá", from_=customer)["sid"])

    writer = threading.Thread(target=run)
    writer.start()
    yield lambda: len(written)
    stop.set()
    writer.join()


@pytest.mark.parametrize("kind", CODES)
def test_a_refused_connection_hears_its_code_and_nothing_else(
    server: ServerProcess, ana: Agent, tokens: dict[str, object], talk: Callable[[], int], kind: str
) -> None:
    with ana.tab() as hers:
        hers.wait_for("message.created", count=3)
        refused = Tab(server.url, tokens[kind])  # type: ignore[arg-type]  # that it is not text is one of the cases
        for _ in range(3):
            with pytest.raises(Refused):
                refused.open()
        assert refused.refusal["message"] == CODES[kind]
        assert refused.refusal["data"]["code"] == CODES[kind]
        heard_meanwhile = len(hers.heard("message.created"))
        hers.wait_for("message.created", count=heard_meanwhile + 3)
        assert refused.events == []
        assert talk() > 0


def frames_of(server: ServerProcess, token: object) -> list[str]:
    """Everything that the server sends to a connection that says hello with `token`, up to its answer to that."""
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    with closing(websocket.create_connection(url, timeout=10)) as line:
        frames = [str(line.recv())]
        line.send(f"40{json.dumps({'token': token})}")
        while not frames[-1].startswith(("40", "44")):
            frames.append(str(line.recv()))
        return frames


@pytest.mark.parametrize("kind", ["ended", "unknown"])
def test_not_even_while_the_database_is_asked_is_anything_sent(
    server: ServerProcess, twilio: SimulatorProcess, ana: Agent, tokens: dict[str, object], customer: str, kind: str
) -> None:
    """These two are found out by a query, and dozens of events are published meanwhile."""
    with ThreadPoolExecutor(1) as pool, ana.tab() as hers:
        burst = pool.submit(twilio.burst, 400, 20, from_=customer)
        attempts = 0
        while not burst.done():
            greeting, *rest = frames_of(server, tokens[kind])
            assert greeting.startswith("0{")
            assert [frame[:2] for frame in rest] == ["44"], rest
            attempts += 1
        assert attempts > 20
        hers.wait_for("message.created", count=400)


def test_auth_of_another_shape_is_refused(server: ServerProcess) -> None:
    tab = Tab(server.url, None)
    with pytest.raises(Refused):
        tab.client.connect(server.url, auth=["token"], transports=["websocket"], wait_timeout=10)
    assert tab.refusal["data"]["code"] == "token_missing"


def test_one_who_never_says_hello_hears_nothing(server: ServerProcess, ana: Agent, talk: Callable[[], int]) -> None:
    """An Engine.IO connection that never asks for the namespace is in no room."""
    got: list[object] = []
    silent = engineio.Client()
    silent.on("message", got.append)
    silent.connect(server.url, transports=["websocket"], engineio_path="socket.io")
    try:
        with ana.tab() as hers:
            hers.wait_for("message.created", count=5)
    finally:
        silent.disconnect()
    assert got == []


def test_reading_is_told_to_ones_own_tabs_alone(
    server: ServerProcess, twilio: SimulatorProcess, ana: Agent, bruno: Agent, customer: str
) -> None:
    with ana.tab() as hers, server.agent("ana").tab() as her_other, bruno.tab() as his:
        twilio.inbound("Oi", from_=customer)
        conversation = his.wait_for("message.created", body="Oi")[-1]["conversation"]
        ana.call("POST", f"/api/conversations/{conversation['id']}/read", json={"seq": 1})
        for tab in (hers, her_other):
            heard = tab.wait_for("conversation.read", conversation_id=conversation["id"])
            assert heard == [{"conversation_id": conversation["id"], "read": {"seq": 1, "inbound_count": 1, "version": 1}}]
        # What everybody hears comes after it: had his tab been told of her reading, it would know by now.
        twilio.inbound("Alô", from_=customer)
        his.wait_for("message.created", body="Alô")
        assert his.heard("conversation.read") == []


def test_an_event_holds_the_documents_that_rest_answers(twilio: SimulatorProcess, ana: Agent, bruno: Agent, customer: str) -> None:
    with bruno.tab() as his:
        twilio.inbound("Oi", from_=customer, profile_name="Zoé")
        heard = his.wait_for("message.created", body="Oi")[-1]
        conversation = ana.get(f"/api/conversations/{heard['conversation']['id']}")
        assert ana.messages(conversation["id"]) == [heard["message"]]
        assert {name: conversation[name] for name in heard["conversation"]} == heard["conversation"]
        assert conversation.keys() - heard["conversation"].keys() == {"read", "unread"}


def test_starting_a_conversation_is_told_to_everybody(ana: Agent, bruno: Agent, customer: str) -> None:
    with ana.tab() as hers, bruno.tab() as his:
        started = ana.call("POST", "/api/conversations", json={"number": customer.removeprefix("whatsapp:"), "name": "Rui"}).json()
        for tab in (hers, his):
            eventually(lambda tab=tab: [one for one in tab.heard("conversation.updated") if one["conversation"]["id"] == started["id"]])


def test_a_tab_that_comes_back_hears_again(twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    with ana.tab():
        pass
    with ana.tab() as again:
        twilio.inbound("De novo", from_=customer)
        assert len(again.wait_for("message.created", body="De novo")) == 1
