"""Strangers who open much and say little: the server stays up, and its memory stays small."""

import resource
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
import websocket
from websocket import ABNF

from tests.support.server import ServerProcess
from tests.support.waiting import eventually

FEW_FILES = 400
PIECE = "a" * 60_000
# The server takes messages of 64 KB and holds at most twice that while it reads one; the rest is in flight.
PIECES_TAKEN = 3


@pytest.fixture
def few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that this test starts may hold few files, and cannot raise that."""
    limited = tmp_path / "limited-python"
    limited.write_text(f'#!/bin/sh\nulimit -n {FEW_FILES}\nexec "{sys.executable}" "$@"\n')
    limited.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(limited))


@pytest.fixture
def many_files() -> Iterator[None]:
    """This test itself may hold more than its server."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_files", "many_files")
def test_more_connections_than_descriptors_do_not_end_the_server(own_server: Callable[..., ServerProcess]) -> None:
    server = own_server()
    assert server.process is not None
    with ExitStack() as strangers:
        for _ in range(2 * FEW_FILES):
            strangers.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
        with pytest.raises(requests.Timeout):
            requests.get(f"{server.url}/healthz", timeout=1)
        assert server.process.poll() is None
    eventually(lambda: requests.get(f"{server.url}/readyz", timeout=5).status_code == 200)
    assert "Traceback" not in server.logs()


def test_a_socket_message_in_endless_pieces_is_cut_off(server: ServerProcess) -> None:
    stranger = websocket.create_connection(f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket", timeout=10)
    assert stranger.recv()
    with pytest.raises((OSError, websocket.WebSocketException)):
        send_pieces(stranger, 100 * PIECES_TAKEN)
    stranger.shutdown()
    assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200


def send_pieces(stranger: websocket.WebSocket, count: int) -> None:
    """The beginning of a message, and `count` pieces more, none of them the last."""
    stranger.send_frame(ABNF.create_frame(f"4{PIECE}", ABNF.OPCODE_TEXT, 0))
    for _ in range(count):
        stranger.send_frame(ABNF.create_frame(PIECE, ABNF.OPCODE_CONT, 0))
