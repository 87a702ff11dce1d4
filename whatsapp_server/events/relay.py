"""Carries events between processes through Redis, without ever holding up a request or leaving a tab behind.

The library's own manager publishes inside the request (with a frozen Redis that takes seconds), stays deaf for up to a minute after an
outage, and says nothing of what was lost meanwhile. Here the tabs of this process hear at once, whatever Redis does; the rest is handed
over by a thread (outgoing.py); and whoever may have missed something is told to sync (`on_gap`).
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from redis import Redis
from socketio.pubsub_manager import PubSubManager

from whatsapp_server import redis_options
from whatsapp_server.events.incoming import Incoming
from whatsapp_server.events.outgoing import Outgoing

log = structlog.get_logger()

REDIS_TIMEOUT_SECONDS = 0.4
STOP_SECONDS = 0.5
GAP = "gap"


def channel_of(secret: str) -> str:
    """The channel of the installation that has this secret. Redis's channels know no databases: two of them may share one Redis."""
    return f"whatsapp-inbox:{hashlib.sha256(f'relay:{secret}'.encode()).hexdigest()[:32]}"


class Relay(PubSubManager):
    """The client manager of a process that has others beside it.

    `on_gap` is called when tabs of this process may have missed something; `verbs` are what processes may ask of each other besides (see
    tell_others).
    """

    name = "relay"

    def __init__(
        self, redis_url: str, channel: str, *, on_gap: Callable[[], None], verbs: Mapping[str, Callable[..., None]] | None = None
    ) -> None:
        super().__init__(channel=channel)
        self._redis = Redis.from_url(redis_url, **redis_options.impatient(REDIS_TIMEOUT_SECONDS))
        self._on_gap = on_gap
        self._verbs = dict(verbs or {})
        self._notice = self._encoded({"method": GAP})
        self._outgoing = Outgoing(self._send, notice=self._notice)
        self._incoming = Incoming(self._redis, channel, heard=self._hear, missed=on_gap)

    def initialize(self) -> None:
        """Nothing: the library calls this at the first connection, and whoever connects is to find a process that hears already."""

    def start(self, *, listens: bool) -> None:
        """Begin to tell the other processes, and with `listens` to hear them: one that serves no tabs has nobody to tell."""
        # Whoever ran before us may have died with something untold.
        self._outgoing.put(self._notice)
        self._outgoing.start()
        if listens:
            self._incoming.start()

    def stop(self) -> None:
        """Hand over what waits, and end."""
        self._incoming.stop()
        self._outgoing.stop(STOP_SECONDS)

    def tell_others(self, verb: str, **given: Any) -> None:
        """Have every other process call its `verbs[verb](**given)`; lost when Redis is away."""
        self._publish({"method": verb, "given": given})

    def _publish(self, data: dict[str, Any]) -> None:
        """What the library calls with everything that other processes are to do."""
        self._outgoing.put(self._encoded(data))

    def _encoded(self, data: dict[str, Any]) -> str:
        text: str = self.json.dumps({**data, "host_id": self.host_id})
        return text

    def _send(self, messages: list[str]) -> None:
        with self._redis.pipeline(transaction=False) as pipeline:
            for message in messages:
                pipeline.publish(self.channel, message)
            pipeline.execute()

    def _hear(self, data: bytes) -> None:
        try:
            message = self.json.loads(data)
            if message["host_id"] != self.host_id:
                self._do(message)
        except Exception:
            log.exception("relay.not_understood")
            self._on_gap()

    def _do(self, message: dict[str, Any]) -> None:
        match message["method"]:
            case "emit":
                self._handle_emit(message)
            case "disconnect":
                self._handle_disconnect(message)
            case "enter_room":
                self._handle_enter_room(message)
            case "leave_room":
                self._handle_leave_room(message)
            case "close_room":
                self._handle_close_room(message)
            case method if method == GAP:
                self._on_gap()
            case verb:
                self._verbs[verb](**message["given"])
