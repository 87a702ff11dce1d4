"""Serves the app with eventlet's own WSGI server, and stops without losing a request. With wsgi.py the only file that names eventlet."""

import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
import eventlet.wsgi
import structlog
from eventlet import tpool

from whatsapp_server import offload
from whatsapp_server.boot import Running
from whatsapp_server.config import ConfigError
from whatsapp_server.demo import SimulatorChild, wants_simulator, welcome
from whatsapp_server.extensions import socketio

log = structlog.get_logger()

BACKLOG = 2048
# Each open tab holds one; the library's default stops at 1,024 and lets further ones hang.
MAX_CLIENTS = 20_000
STOP_SECONDS = 6.0
POLL_SECONDS = 0.1
KEEP_ALIVE_SECONDS = 75
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
    """Serve until SIGTERM or SIGINT; returns when requests in flight are answered and all parts have stopped, within 10 s."""
    offload.install(tpool.execute)
    stopping = _on_signals()
    settings = running.settings
    listener = listen(settings.host, settings.port)
    door = FrontDoor(running.app.wsgi_app)
    running.app.wsgi_app = door  # type: ignore[method-assign]
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        running.app,
        log=_quiet(),
        log_output=False,
        max_size=MAX_CLIENTS,
        keepalive=KEEP_ALIVE_SECONDS,
        debug=False,
    )
    try:
        _greet(running)
        log.info("server.started", host=settings.host, port=settings.port)
        while not stopping and not server.dead:
            eventlet.sleep(POLL_SECONDS)
    finally:
        _close(running, door, listener, server)
    if not stopping:
        server.wait()  # it ended by itself: raises why


def _greet(running: Running) -> None:
    if wants_simulator(running.settings):
        running.simulator = SimulatorChild.start(running.settings)
        running.simulator.first_messages()
        sys.stdout.write(welcome(running.settings.public_base_url, running.simulator.url))
        sys.stdout.flush()


def _close(running: Running, door: FrontDoor, listener: socket.socket, server: Any) -> None:
    log.info("server.stopping")
    door.closing = True
    running.worker.end()  # sends under way end beside requests under way
    with eventlet.Timeout(STOP_SECONDS, False):
        # At the Engine.IO level: a Socket.IO disconnect would tell the tabs not to come back.
        socketio.server.eio.disconnect()
        # Ends the accept loop, closes idle connections and waits for those with a request in flight.
        server.kill()
        # At once: a tab that comes back is refused and tries again, instead of waiting in a queue that nobody serves.
        listener.close()
        server_done = eventlet.spawn(_wait_for, server)
        server_done.wait()
    running.stop(timeout_seconds=2.0)
    log.info("server.stopped")


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
