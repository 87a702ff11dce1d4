"""The cheapest peers that speak the protocols: a tab that listens and says a word now and then, a kept-alive line for requests.

The load shares the machine with the server, so nothing is parsed while it runs: a tab notes when a frame came and keeps its bytes.
"""

import errno
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
EVERY_EVENT = b'42["'
HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TEXT, CLOSE = 1, 8
CHUNK = 262_144


class Peer(Protocol):
    """What the loop reads from."""

    socket: socket.socket

    def readable(self) -> None:
        """Take what has come."""


class Calling(Peer, Protocol):
    """One that is not connected yet."""

    def called(self) -> None:
        """The call was answered or refused."""


class Loop:
    """Reads from all peers as soon as something comes; in one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, peer: Peer) -> None:
        """Read from `peer` from now on."""
        peer.socket.setblocking(False)
        self._selector.register(peer.socket, selectors.EVENT_READ, peer)

    def call(self, peer: Calling, port: int) -> int:
        """Connect `peer` without waiting for it; it is told by `called`, and read from afterwards. An error's number, if known at once."""
        peer.socket.setblocking(False)
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = peer.socket.connect_ex(("127.0.0.1", port))
        self._selector.register(peer.socket, selectors.EVENT_WRITE, peer)
        return 0 if code == errno.EINPROGRESS else code

    def drop(self, peer: Peer) -> None:
        """Hang up on `peer`."""
        self._selector.unregister(peer.socket)
        peer.socket.close()

    def turn(self, seconds: float) -> None:
        """Wait for something to read, for about `seconds` and never longer (the last millisecond is not slept), and read it."""
        for key, events in self._selector.select(max(0.0, seconds - 0.001)):
            if key.data.socket.fileno() < 0:
                continue  # hung up on a moment ago
            if events & selectors.EVENT_WRITE:
                self._selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                key.data.called()
            else:
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
    """An open tab: a WebSocket with Engine.IO 4 and Socket.IO 5 on it. `arrivals` are (when, frame) of the events that begin with `hears`.

    `same` is shared by the tabs of a run: all of them get equal bytes, which are kept once. `answers` are those to what it said.
    """

    def __init__(self, port: int, token: str | None, same: dict[bytes, bytes], *, hears: bytes = CREATED) -> None:
        """Connect and wait to be let in; raises BenchmarkError when refused."""
        self.arrivals: list[tuple[float, bytes]] = []
        self.answers: list[bytes] = []
        self.connected = False
        self._same, self._hears, self._said = same, hears, 0
        self._auth = introduction(token)
        self.socket = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(HANDSHAKE)
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
        found, self._rest = frames(self._rest + data)
        for opcode, payload in found:
            if payload.startswith(self._hears):
                self.arrivals.append((present, self._same.setdefault(payload, payload)))
            else:
                self._answer(opcode, payload)

    def _answer(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE or payload.startswith((b"41", b"44", b"1")):
            raise BenchmarkError(f"The server ended a tab: {payload[:300]!r}")
        if payload.startswith(b"0"):  # Engine.IO is open: ask Socket.IO to let us in
            self._send(self._auth)
        elif payload.startswith(b"40"):
            self.connected = True
        elif payload.startswith(b"43"):
            self.answers.append(payload)
        elif payload == b"2":
            self._send(b"3")

    def say(self, event: str, given: dict[str, object]) -> None:
        """Emit an event to the server, which answers it."""
        self._said += 1
        self._send(spoken(event, given, self._said))

    def _send(self, text: bytes) -> None:
        self.socket.sendall(masked(text))


def introduction(token: str | None) -> bytes:
    """The packet that asks Socket.IO to let us in."""
    return b"40" + (json.dumps({"token": token}).encode() if token else b"")


def spoken(event: str, given: dict[str, object], number: int) -> bytes:
    """The packet of an event whose answer is to carry `number`."""
    return b"42%d" % number + json.dumps([event, given], separators=(",", ":")).encode()


def masked(text: bytes) -> bytes:
    """A client's WebSocket frame. It must mask; with zeros the text stays as it is (RFC 6455, 5.3)."""
    length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2)
    return bytes([0x80 | TEXT]) + length + bytes(4) + text


def frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
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
    """A kept-alive HTTP connection that carries one request at a time; `answered(line, status)` is called for each answer."""

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
        if end and len(body) >= content_length(head):
            self._data = b""
            self._answered(self, int(head[9:12]))


def content_length(head: bytes) -> int:
    """Of an answer that has one."""
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def new_sid() -> str:
    """A message SID as Twilio makes them."""
    return f"SM{os.urandom(16).hex()}"
