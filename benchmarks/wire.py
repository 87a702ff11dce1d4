"""The cheapest peers that speak the protocols: a tab that only listens, a kept-alive line that posts webhooks.

The load shares the machine with the server, so nothing is parsed while it runs: a tab notes when a frame came and keeps its bytes.
"""

import json
import os
import selectors
import socket
import time
from collections.abc import Callable
from typing import Protocol

from benchmarks.servers import BenchmarkError

CONNECT_SECONDS = 20.0
CREATED = b'42["message.created"'
TEXT, CLOSE = 1, 8
CHUNK = 262_144


class Peer(Protocol):
    """What the loop reads from."""

    socket: socket.socket

    def readable(self) -> None:
        """Take what has come."""


class Loop:
    """Reads from all peers as soon as something comes; in one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, peer: Peer) -> None:
        """Read from `peer` from now on."""
        peer.socket.setblocking(False)
        self._selector.register(peer.socket, selectors.EVENT_READ, peer)

    def turn(self, seconds: float) -> None:
        """Wait for something to read, for about `seconds` and never longer (the last millisecond is not slept), and read it."""
        for key, _ in self._selector.select(max(0.0, seconds - 0.001)):
            key.data.readable()

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Read until `condition` holds, for `seconds` at most; the answer is whether it did."""
        deadline = time.perf_counter() + seconds
        while not condition():
            if time.perf_counter() > deadline:
                return False
            self.turn(0.05)
        return True

    def close(self) -> None:
        """Hang up on everybody."""
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()


class Tab:
    """An open tab: a WebSocket with Engine.IO 4 and Socket.IO 5 on it. `arrivals` are (when, frame) of message.created.

    `same` is shared by the tabs of a run: all of them get equal bytes, which are kept once.
    """

    def __init__(self, port: int, token: str | None, same: dict[bytes, bytes]) -> None:
        """Connect and wait to be let in; raises BenchmarkError when refused."""
        self.arrivals: list[tuple[float, bytes]] = []
        self.connected = False
        self._same = same
        self._auth = json.dumps({"token": token}).encode() if token else b""
        self.socket = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        self._rest = b""
        self._take(self._after_handshake())
        while not self.connected:
            self.readable()

    def _after_handshake(self) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            some = self.socket.recv(CHUNK)
            head += some
            if not some or not head.startswith(b"HTTP/1.1 101"[: len(head)]):
                raise BenchmarkError(f"No WebSocket: {head[:300]!r}")
        return head.partition(b"\r\n\r\n")[2]

    def readable(self) -> None:
        """Note what came, and when."""
        data = self.socket.recv(CHUNK)
        if not data:
            raise BenchmarkError("The server closed a tab's connection.")
        self._take(data)

    def _take(self, data: bytes) -> None:
        present = time.perf_counter()
        frames, self._rest = _frames(self._rest + data)
        for opcode, payload in frames:
            if payload.startswith(CREATED):
                self.arrivals.append((present, self._same.setdefault(payload, payload)))
            else:
                self._answer(opcode, payload)

    def _answer(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE or payload.startswith((b"41", b"44", b"1")):
            raise BenchmarkError(f"The server ended a tab: {payload[:300]!r}")
        if payload.startswith(b"0"):  # Engine.IO is open: ask Socket.IO to let us in
            self._send(b"40" + self._auth)
        elif payload.startswith(b"40"):
            self.connected = True
        elif payload == b"2":
            self._send(b"3")

    def _send(self, text: bytes) -> None:
        # A client must mask; with zeros the text stays as it is (RFC 6455, 5.3).
        length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2)
        self.socket.sendall(bytes([0x80 | TEXT]) + length + bytes(4) + text)


def _frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """(opcode, payload) of every whole WebSocket frame in `data`, and what is left of it."""
    found, at = [], 0
    while len(data) - at >= 2:
        length, start = data[at + 1] & 0x7F, at + 2
        if length > 125:
            wide = 2 if length == 126 else 8
            length, start = int.from_bytes(data[start : start + wide]), start + wide
        if len(data) < start + length:
            break
        found.append((data[at] & 0x0F, data[start : start + length]))
        at = start + length
    return found, data[at:]


class Line:
    """A kept-alive HTTP connection that carries one webhook at a time; `answered(line, status)` is called for each answer."""

    def __init__(self, port: int, answered: Callable[["Line", int], None]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sid = ""
        self._answered = answered
        self._data = b""

    def post(self, sid: str, request: bytes) -> None:
        """Send a whole prepared request, which is far smaller than the socket's buffer."""
        self.sid = sid
        if self.socket.send(request) != len(request):
            raise BenchmarkError("The kernel did not take a webhook whole.")

    def readable(self) -> None:
        """Take the answer, or a part of it."""
        some = self.socket.recv(CHUNK)
        if not some:
            raise BenchmarkError(f"The server hung up on a webhook: {self._data[:300]!r}")
        self._data += some
        head, end, body = self._data.partition(b"\r\n\r\n")
        if end and len(body) >= _content_length(head):
            self._data = b""
            self._answered(self, int(head[9:12]))


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def new_sid() -> str:
    """A message SID as Twilio makes them."""
    return f"SM{os.urandom(16).hex()}"
