"""Serves the app with eventlet's own WSGI server, and stops without losing a request. With wsgi.py the only file that names eventlet."""

import errno
import gc
import json
import logging
import resource
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import eventlet
import eventlet.wsgi
import structlog
from eventlet import tpool
from eventlet.greenio import GreenSocket
from eventlet.greenio.base import socket_accept
from eventlet.hubs import notify_opened
from eventlet.websocket import FailedConnectionError, RFC6455WebSocket

from whatsapp_server import errors, offload
from whatsapp_server.boot import Running
from whatsapp_server.config import ConfigError
from whatsapp_server.demo import SimulatorChild, wants_simulator, welcome
from whatsapp_server.extensions import socketio

log = structlog.get_logger()

BACKLOG = 2048
# Each open tab holds one; the library's default stops at 1,024 and lets further ones hang.
MAX_CLIENTS = 20_000
# What else is open: the database's and Twilio's connections, logs, the listener.
RESERVED_FILES = 256
# Of accept(): no descriptor or memory left, or the caller went away. All pass; the library would end the server.
PASSING_ERRORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED, errno.EPROTO})
ACCEPT_AGAIN_SECONDS = 0.2
LAST_CALL_SECONDS = 0.2
POLL_SECONDS = 0.1
# A tab's socket answers a ping every 15 s (factory.py); who is silent for longer in the middle of a request is gone or means ill.
KEEP_ALIVE_SECONDS = 75
# Counted for each piece of a WebSocket message, so that empty ones do not come for free.
PIECE_BYTES = 64
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class FrontDoor:
    """WSGI in front of the app: no per-message compression, and no new sockets once we are stopping."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app
        self.closing = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # permessage-deflate costs twice the CPU and 90 KB a client, for payloads of a few hundred bytes.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if self.closing and environ.get("PATH_INFO", "").startswith("/socket.io"):
            start_response("503 Service Unavailable", [("Content-Length", "0"), ("Retry-After", "1")])
            return []
        return self._app(environ, start_response)


class Protocol(eventlet.wsgi.HttpProtocol):
    """HTTP as we take it: a body has one plain Content-Length, so that a proxy and we never disagree on where a request ends."""

    # Each open tab keeps both buffers. The library's 16 KB for writing is more than a thousand frames of ours; of what we read, the
    # head of a request is to fit, and a body passes by the buffer.
    wbufsize = 2048
    rbufsize = 2048

    def parse_request(self) -> bool:
        """Read the request's head; False when it was refused and the connection is to be closed."""
        if not super().parse_request():
            return False
        lengths = self.headers.get_all("Content-Length", [])
        if self.headers.get_all("Transfer-Encoding"):
            self.send_error(411)
        elif len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
            self.send_error(400)
        else:
            return True
        return False

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request that does not reach the app, in the one shape of an error, and close the connection."""
        log.info("request.malformed", status=code)
        title, kind = HTTPStatus(code).phrase, errors.BadRequest
        body = {"type": f"urn:problem:{kind.code}", "title": title, "status": code, "detail": kind.en, "code": kind.code}
        answer = json.dumps(body).encode()
        head = f"HTTP/1.1 {code} {title}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(answer)}\r\n"
        self.wfile.write(f"{head}Connection: close\r\n\r\n".encode() + answer)
        self.wfile.flush()
        self.close_connection = 1

    def log_message(self, format: str, *args: Any) -> None:
        """The app logs its requests; the library would write their first line as it came, which may name a customer."""


class BoundedMessage(RFC6455WebSocket.Message):
    """A WebSocket message within the limit that the library keeps for each of its fragments only."""

    _taken = 0

    def push(self, data: bytes, final: bool = False) -> None:
        """Add a piece; raises FailedConnectionError, which closes the connection, when that makes it too long."""
        self._taken += max(len(data), PIECE_BYTES)
        if self._taken > 2 * self.max_frame_length:
            raise FailedConnectionError(1009, "The message is too long.")
        super().push(data, final)


def max_clients() -> int:
    """How many connections we may hold: as many as there are descriptors, which are first raised to what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CLIENTS + RESERVED_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    # Further clients wait in the backlog instead of taking the last descriptor from the database.
    return MAX_CLIENTS if soft == resource.RLIM_INFINITY else min(MAX_CLIENTS, max(soft // 2, soft - RESERVED_FILES))


class Queue:
    """Who stands at the door of a listening socket. They are let in one by one, whatever passing errors there are."""

    def __init__(self, listener: Any) -> None:
        self._listener, self._accept = listener, listener.accept
        self._last: deque[tuple[Any, Any]] = deque()
        self._ended = False
        listener.accept = self.let_in

    def let_in(self) -> tuple[Any, Any]:
        """(socket, address) of the next one; once the queue has ended only of those who stood in it by then."""
        while True:
            if self._last:
                return self._last.popleft()
            if not self._ended:
                try:
                    following: tuple[Any, Any] = self._accept()
                    return following
                except OSError as error:
                    if self._ended:
                        continue  # it woke us
                    self._outlive(error)
            eventlet.sleep(ACCEPT_AGAIN_SECONDS)

    def end(self) -> None:
        """Whoever comes from now on is refused at once."""
        self._ended = True
        try:
            while waiting := socket_accept(self._listener.fd):
                client, address = waiting
                notify_opened(client.fileno())
                self._last.append((GreenSocket(client), address))
        except OSError as error:
            self._outlive(error)
        self._listener.shutdown(socket.SHUT_RDWR)

    def _outlive(self, error: OSError) -> None:
        if error.errno not in PASSING_ERRORS:
            raise error
        log.warning("server.cannot_accept", error=error.strerror)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises ConfigError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener: socket.socket = eventlet.listen((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigError(f"Cannot listen on {host}:{port} ({error.strerror}): set HOST or PORT to something free.") from error
    # Inherited by every connection; without it small frames wait for the peer's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(running: Running) -> None:
    """Serve until SIGTERM or SIGINT; returns when requests in flight are answered and all parts have stopped.

    Requests get `stop_seconds`; what is being sent, the loops and an embedded database take four more at most.
    """
    offload.install(tpool.execute)
    stopping = _on_signals()
    settings = running.settings
    listener = listen(settings.host, settings.port)
    queue = Queue(listener)
    RFC6455WebSocket.Message = BoundedMessage
    door = FrontDoor(running.app.wsgi_app)
    running.app.wsgi_app = door  # type: ignore[method-assign]
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        running.app,
        log=_quiet(),
        log_output=False,
        protocol=Protocol,
        max_size=max_clients(),
        keepalive=KEEP_ALIVE_SECONDS,
        socket_timeout=KEEP_ALIVE_SECONDS,
        debug=False,
    )
    try:
        _greet(running)
        # What was imported stays: a full collection that walks it (70 ms) would hold up every tab.
        gc.collect()
        gc.freeze()
        log.info("server.started", host=settings.host, port=settings.port)
        while not stopping and not server.dead:
            eventlet.sleep(POLL_SECONDS)
    finally:
        _close(running, door, queue, server)
    if not stopping:
        server.wait()  # it ended by itself: raises why


def _greet(running: Running) -> None:
    if wants_simulator(running.settings):
        running.simulator = SimulatorChild.start(running.settings)
        running.simulator.first_messages()
        sys.stdout.write(welcome(running.settings.public_base_url, running.simulator.url))
        sys.stdout.flush()


def _close(running: Running, door: FrontDoor, queue: Queue, server: Any) -> None:
    log.info("server.stopping")
    door.closing = True
    running.worker.end()  # sends under way end beside requests under way
    with eventlet.Timeout(running.settings.stop_seconds, False):
        if not server.dead:
            # At once: a tab that comes back is refused and tries again, or finds the process that takes our place.
            queue.end()
        goodbyes = _send_tabs_away()
        # Who had just come in has asked by then; the library would take them for idle.
        eventlet.sleep(LAST_CALL_SECONDS)
        # Cuts idle connections and the tabs that are still there, and waits for those with a request in flight.
        server.kill()
        _wait_for(server)
        goodbyes.waitall()
    running.stop(timeout_seconds=2.0)
    log.info("server.stopped")


def _send_tabs_away() -> eventlet.GreenPool:
    """Close all tabs' sockets, none after another: one that takes in nothing more would hold up the rest.

    A disconnect of Socket.IO, or a close packet of Engine.IO, would tell clients not to come back.
    """
    goodbyes = eventlet.GreenPool()
    for tab in list(socketio.server.eio.sockets.values()):
        goodbyes.spawn(tab.close, wait=False, abort=True)
    return goodbyes


def _wait_for(server: Any) -> None:
    try:
        server.wait()
    except eventlet.greenlet.GreenletExit:
        return


def _on_signals() -> list[int]:
    """A list that holds the signal once one came: a handler may not switch green threads, so it only leaves a note."""
    came: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: came.append(received))
    return came


def _quiet() -> logging.Logger:
    logger = logging.getLogger("eventlet.wsgi")
    logger.setLevel(logging.ERROR)
    return logger
