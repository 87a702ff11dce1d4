"""A tab that comes back as web/js does it: by itself, after a while of chance; then it says what it shows and catches up."""

import heapq
import itertools
import json
import os
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.people import Person
from benchmarks.wire import CHUNK, CLOSE, HANDSHAKE, Loop, content_length, frames, introduction, masked, spoken

# js/socket.js RECONNECTING, with socket.io-client's factor of two; how long it waits for Engine.IO's first packet (not for being let in),
# and js/api.js for an answer.
DELAY, DELAY_MOST, JITTER = 1.3, 2.5, 0.9
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 20.0
# js/rhythm.js, after a question failed.
ASK_AGAIN_SECONDS = 2.0
TURN_SECONDS = 0.05


class Schedule:
    """What is to happen when, beside what comes from the loop."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it then."""
        heapq.heappush(self._due, (time.perf_counter() + seconds, next(self._numbers), call))

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Until `condition` holds, for `seconds` at most; the answer is whether it did."""
        deadline = time.perf_counter() + seconds
        while not condition():
            present = time.perf_counter()
            if present > deadline:
                return False
            while self._due and self._due[0][0] <= present:
                heapq.heappop(self._due)[2]()
            self.loop.turn(min(TURN_SECONDS, max(0.001, self._due[0][0] - present)) if self._due else TURN_SECONDS)
        return True


class Connection:
    """One that is made without waiting for it and begins with `first`; `take` gets what comes, `ended` hears the reason of its end."""

    def __init__(self, loop: Loop, port: int, first: bytes, take: Callable[[bytes], None], ended: Callable[[str], None]) -> None:
        self._loop, self._first, self._take, self._ended = loop, first, take, ended
        self.is_open = True
        self.socket = socket.socket()
        self._code = loop.call(self, port)

    def called(self) -> None:
        """It was taken or refused."""
        if code := self._code or self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._end(os.strerror(code))
        else:
            self.send(self._first)

    def readable(self) -> None:
        """Hand on what came."""
        try:
            data = self.socket.recv(CHUNK)
        except ConnectionError as error:
            self._end(str(error))
            return
        if data:
            self._take(data)
        else:
            self._end("closed")

    def send(self, data: bytes) -> None:
        """Less than the kernel's buffer holds."""
        try:
            self.socket.sendall(data)
        except ConnectionError as error:
            self._end(str(error))

    def close(self) -> None:
        """Hang up; nobody is told."""
        if self.is_open:
            self.is_open = False
            self._loop.drop(self)

    def _end(self, reason: str) -> None:
        self.close()
        self._ended(reason)


@dataclass
class Return:
    """One return of one tab, all times of the monotonic clock."""

    tries: int = 0
    begun: float = 0.0  # the try that succeeded
    connected: float = 0.0
    opened: float = 0.0
    synced: float = 0.0
    done: float = 0.0  # compared too
    failures: list[str] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether the tab is where it was before."""
        return bool(self.opened and self.done)

    @property
    def finished(self) -> float:
        """When that was."""
        return max(self.opened, self.done)


class Returning:
    """A tab of `person` that shows the conversation `place`, and of it and the list what stands in `shown` (the body of a comparison)."""

    def __init__(self, schedule: Schedule, port: int, person: Person, place: str, shown: bytes, rng: random.Random) -> None:
        self._schedule, self._port, self._person, self._place, self._shown, self._rng = schedule, port, person, place, shown, rng
        self.cursor = ""
        self.answer = b""
        self.now = Return()
        # Whether it comes back by itself when its line breaks; whether there is a server to come back to, so that a try may count as
        # failed; and who is told that it was taken.
        self.returns = True
        self.is_back: Callable[[], bool] = lambda: True
        self.taken: Callable[[], None] = lambda: None
        self._socket: Connection | None = None
        self._http: Connection | None = None
        self._rest = self._answered = b""
        self._try = self._question = 0
        self._is_answered = False

    def come(self) -> None:
        """Try to connect, now."""
        self.now.tries += 1
        self.now.begun = time.perf_counter()
        self._try += 1
        number, self._rest, self._is_answered = self._try, b"", False
        self._socket = Connection(self._schedule.loop, self._port, HANDSHAKE, self._hear, self._lost)
        self._schedule.after(CONNECT_SECONDS, lambda: self._give_up(number))

    def leave(self) -> None:
        """Hang up."""
        for one in (self._socket, self._http):
            if one:
                one.close()

    def kept_cursor(self) -> None:
        """Keep the cursor of the last answer; raises KeyError for one that is none."""
        self.cursor = json.loads(self.answer)["cursor"]

    def _give_up(self, number: int) -> None:
        if number == self._try and not self._is_answered and self._socket and self._socket.is_open:
            self._socket.close()
            self._failed(f"no answer within {CONNECT_SECONDS:g} s")
            self._come_later()

    def _lost(self, reason: str) -> None:
        if self._http:
            self._http.close()
        self._question += 1
        failures = [] if self.now.is_over else self.now.failures
        self.now = Return(tries=0 if self.now.is_over else self.now.tries, failures=failures)
        self._failed(reason)
        if self.returns:
            self._come_later()

    def _failed(self, reason: str) -> None:
        if self.is_back():
            self.now.failures.append(reason)

    def _come_later(self) -> None:
        delay = DELAY * 2 ** min(self.now.tries, 10)
        moved = delay * (1 + self._rng.choice((-1, 1)) * self._rng.random() * JITTER)
        self._schedule.after(min(moved, DELAY_MOST), self.come)

    def _hear(self, data: bytes) -> None:
        assert self._socket is not None
        self._rest += data
        if self._rest.startswith(b"HTTP"):
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._socket.close()
                self._lost(head[:30].decode())
                return
            self._rest = rest
            self.taken()
        found, self._rest = frames(self._rest)
        for opcode, payload in found:
            if not self._socket.is_open:
                return
            if opcode == CLOSE or payload.startswith((b"41", b"44", b"1")):
                self._socket.close()
                self._lost(payload[:100].decode(errors="replace"))
            elif payload.startswith(b"0"):
                self._is_answered = True
                self._socket.send(masked(introduction(self._person.token)))
            elif payload.startswith(b"40"):
                self._connected()
            elif payload.startswith(b"43"):
                self._opened(payload)
            elif payload == b"2":
                self._socket.send(masked(b"3"))

    def _connected(self) -> None:
        assert self._socket is not None
        self.now.connected = time.perf_counter()
        self._open()
        self._sync()

    def _open(self) -> None:
        if self._socket and self._socket.is_open:
            self._socket.send(masked(spoken("conversation.open", {"id": self._place}, 1)))

    def _opened(self, payload: bytes) -> None:
        if b'"viewers"' in payload:
            self.now.opened = time.perf_counter()
        else:
            self._failed(payload[:100].decode())
            self._schedule.after(ASK_AGAIN_SECONDS, self._open)

    def _sync(self) -> None:
        since = f"since={self.cursor}&" if self.cursor else ""
        self._ask(f"GET /api/sync?{since}conversation={self._place}", b"")

    def _ask(self, what: str, body: bytes) -> None:
        """One question at a time, over a connection of its own, which is kept as a browser keeps it."""
        self._question += 1
        number, self._answered = self._question, b""
        content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        head = f"{what} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAuthorization: Bearer {self._person.token}\r\n{content}\r\n"
        request = head.encode() + body
        if self._http and self._http.is_open:
            self._http.send(request)
        else:
            self._http = Connection(self._schedule.loop, self._port, request, self._take, self._unanswered)
        self._schedule.after(ANSWER_SECONDS, lambda: self._unanswered("no answer in time") if number == self._question else None)

    def _take(self, data: bytes) -> None:
        self._answered += data
        head, end, body = self._answered.partition(b"\r\n\r\n")
        if not end or len(body) < content_length(head):
            return
        self._question += 1  # its time does not count any more
        if not head.startswith(b"HTTP/1.1 200"):
            self._failed(head[:30].decode())
            self._schedule.after(ASK_AGAIN_SECONDS, self._sync)
        elif b'"cursor":' in body:
            self.answer, self.now.synced = body, time.perf_counter()
            self._ask("POST /api/sync/check", self._shown)
        else:
            self.now.done = time.perf_counter()

    def _unanswered(self, reason: str) -> None:
        """A question failed, or a connection ended that nothing was asked over."""
        if self._http:
            self._http.close()
        if self.now.connected and not self.now.done:
            self._question += 1
            self._failed(reason)
            self._schedule.after(ASK_AGAIN_SECONDS, self._sync)
