"""The customer's phone: its static files, and the stream that keeps it live."""

import json
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint, send_from_directory
from werkzeug.wrappers import Response

from whatsapp_server.simulator.core import Simulator, simulator

FILES = Path(__file__).parent / "phone"
HEARTBEAT_SECONDS = 10.0

blueprint = Blueprint("phone_page", __name__)


@blueprint.get("/")
def show_phone() -> Response:
    """The page."""
    return send_from_directory(FILES, "index.html")


@blueprint.get("/phone/<path:name>")
def show_file(name: str) -> Response:
    """A script, a style or a picture of the page."""
    return send_from_directory(FILES, name)


@blueprint.get("/sim/api/events")
def stream_changes() -> Response:
    """Server-sent events: what changed, as it changes. Nothing is replayed; a page reloads its state on every (re)connect."""
    return Response(_stream(simulator()), mimetype="text/event-stream", headers={"Cache-Control": "no-store"})


def _stream(sim: Simulator) -> Iterator[bytes]:
    listener = sim.feed.listen()
    try:
        yield b"retry: 500\n\n"
        while True:
            change = _next_change(listener)
            if change is None:
                return
            yield f"data: {json.dumps(change)}\n\n".encode() if change else b": still here\n\n"
    finally:
        sim.feed.leave(listener)


def _next_change(listener: "queue.Queue[dict[str, Any] | None]") -> dict[str, Any] | None:
    """The next change, {} when it is time for a sign of life, None when the stream is over."""
    try:
        return listener.get(timeout=HEARTBEAT_SECONDS)
    except queue.Empty:
        return {}
