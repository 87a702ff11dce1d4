"""Serves the simulator on threads until it is told to stop."""

import json
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import cast

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from whatsapp_server.simulator.app import create_app
from whatsapp_server.simulator.core import Simulator
from whatsapp_server.simulator.errors import ConnectionFaultError
from whatsapp_server.simulator.options import Options

GRACE_SECONDS = 1.0


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; with Nagle's algorithm the second waits for the client's delayed ACK.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request, and be counted meanwhile."""
        server = cast(_Server, self.server)
        with server.answering():
            super().run_wsgi()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The deliveries and messages that the API shows say more than an access log."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        """Do not wait for a further request on a connection that is gone; reset it when a fault asked for that.

        Without lingering the close is an RST. The descriptor is closed by hand because the handler's files keep the
        socket object alive.
        """
        self.close_connection = True
        if isinstance(error, ConnectionFaultError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())


class _Server(ThreadedWSGIServer):
    request_queue_size = 512

    def __init__(self, options: Options, app: Flask) -> None:
        super().__init__(options.host, options.port, app, handler=_Handler)
        self._idle = threading.Condition()
        self._in_flight = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request as in flight."""
        with self._idle:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._idle:
                self._in_flight -= 1
                self._idle.notify_all()

    def wait_until_answered(self, seconds: float) -> None:
        """Return when no request is in flight, or after `seconds`."""
        with self._idle:
            self._idle.wait_for(lambda: self._in_flight == 0, seconds)


def serve(options: Options, *, die_with_stdin: bool = False) -> None:
    """Listen, say so on stdout as one JSON line, serve until SIGTERM, SIGINT or (when asked) the end of stdin."""
    simulator = Simulator(options)
    server = _Server(options, create_app(simulator))
    simulator.resume()
    _stop_on_signals(server)
    if die_with_stdin:
        threading.Thread(target=_stop_at_end_of_stdin, args=(server,), name="stdin-watch", daemon=True).start()
    sys.stdout.write(json.dumps({"listening": _url(options.host, server.server_port)}) + "\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    simulator.end_waiting()
    server.wait_until_answered(GRACE_SECONDS)
    simulator.stop()
    sys.stdout.flush()
    # The pool's threads may wait for a server that is down; what is owed is stored, so nothing is worth that wait.
    os._exit(0)


def _stop_on_signals(server: _Server) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever(), which this handler interrupts: it must wait on another thread.
        threading.Thread(target=server.shutdown, name="shutdown").start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _stop_at_end_of_stdin(server: _Server) -> None:
    """The parent holds the other end of our stdin: its end is the parent's, even after a kill -9."""
    while os.read(sys.stdin.fileno(), 4096):
        continue
    server.shutdown()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
