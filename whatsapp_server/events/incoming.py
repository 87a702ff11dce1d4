"""What other processes tell this one: a subscription that notices when Redis is away or frozen, and says when it is back."""

import threading
from collections.abc import Callable
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from whatsapp_server import clock

log = structlog.get_logger()

# Whoever is silent for ASKED_AFTER such times is asked, and given up after GIVEN_UP_AFTER: hiccups are outlived, for as long as the one who
# tells waits too (see outgoing.STALE_SECONDS). Several short times rather than one long: each looks first at what has come, so that a busy
# process does not take its own slowness for silence.
LISTEN_SECONDS = 0.5
ASKED_AFTER = 2
GIVEN_UP_AFTER = 5
RETRY_SECONDS = 0.5
# How often it is said, while we hear nothing, that something may have been missed.
DEAF_SECONDS = 10.0


class Incoming:
    """The subscription to `channel` and its thread.

    `heard` gets each message. `missed` is called whenever something may have been said that we did not hear: each time the subscription
    has come to be, and every now and then while there is none.
    """

    def __init__(self, redis: Redis, channel: str, *, heard: Callable[[bytes], None], missed: Callable[[], None]) -> None:
        self._redis, self._channel = redis, channel
        self._heard, self._missed = heard, missed
        self._deaf_since: float | None = None
        self._say_missed_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hear other processes", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; returns at once."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:  # whatever it is, without this thread the process would stay deaf
                if not self._stopping.is_set():
                    self._lost(error)
                    self._stopping.wait(RETRY_SECONDS)

    def _listen(self) -> None:
        """Until it is lost; raises why."""
        with self._redis.pubsub() as subscription:
            subscription.subscribe(self._channel)
            silent = 0
            while not self._stopping.is_set():
                message = subscription.get_message(timeout=LISTEN_SECONDS)
                if message is not None:
                    silent = 0
                    self._take(message)
                    continue
                silent += 1
                if silent == ASKED_AFTER:
                    # A frozen Redis, or one behind a cut line, keeps its connections open.
                    subscription.ping()
                elif silent == GIVEN_UP_AFTER:
                    raise RedisTimeoutError("it does not answer")

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            self._heard(message["data"])
        elif message["type"] == "subscribe":
            # By Redis's own word, not ours: what is published from now on reaches us. Also when the library came back by itself.
            if self._deaf_since is not None:
                log.info("relay.hears_again", seconds=round(clock.monotonic() - self._deaf_since, 1))
                self._deaf_since = None
            self._missed()

    def _lost(self, error: Exception) -> None:
        present = clock.monotonic()
        if self._deaf_since is None:
            self._deaf_since, self._say_missed_at = present, present + DEAF_SECONDS
            log.warning("relay.cannot_hear", error=type(error).__name__)
        elif present >= self._say_missed_at:
            self._say_missed_at = present + DEAF_SECONDS
            self._missed()
