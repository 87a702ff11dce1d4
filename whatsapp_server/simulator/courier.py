"""Hands webhooks and status callbacks to the server: signed, logged, tried again as their URL asks."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

import requests

from whatsapp_server.simulator.clock import Clock
from whatsapp_server.simulator.feed import Feed
from whatsapp_server.simulator.records import Attempt, Delivery
from whatsapp_server.simulator.retries import RetryPolicy, succeeded
from whatsapp_server.simulator.scheduler import Scheduler
from whatsapp_server.simulator.signing import Addresses, signature
from whatsapp_server.simulator.state import Store

logger = logging.getLogger(__name__)

KEPT_CHARACTERS = 300


class Courier:
    """Posts deliveries. A delivery is stored before its first attempt, so that a restart takes up what is owed."""

    def __init__(self, store: Store, clock: Clock, scheduler: Scheduler, feed: Feed, auth_token: str, retry_delay: float) -> None:
        self._store, self._clock, self._scheduler, self._feed = store, clock, scheduler, feed
        self._auth_token = auth_token
        self._retry_delay = retry_delay
        self._connections = threading.local()
        self._lock = threading.Lock()
        self._lines: dict[str, deque[Callable[[], None]]] = {}
        self.addresses = Addresses(None, None)

    def send(self, delivery: Delivery, after_first: Callable[[], None] | None = None) -> "Future[Delivery]":
        """Deliver on the pool; the result comes when it was taken or given up. `after_first` is called after one attempt.

        The callbacks of one message are first attempted one after another, whoever asked for them.
        """
        settled: Future[Delivery] = Future()

        def deliver() -> None:
            self._try(delivery, settled)
            if after_first is not None:
                after_first()

        if delivery.kind == "callback":
            self._line_up(delivery.message_sid, deliver)
        else:
            self._scheduler.call_later(0, deliver)
        return settled

    def send_now(self, delivery: Delivery) -> None:
        """Make the first attempt on this thread; further ones follow on the pool."""
        self._try(delivery, Future())

    def _line_up(self, sid: str, deliver: Callable[[], None]) -> None:
        with self._lock:
            if sid in self._lines:
                self._lines[sid].append(deliver)
                return
            self._lines[sid] = deque()
        self._scheduler.call_later(0, lambda: self._serve_line(sid, deliver))

    def _serve_line(self, sid: str, deliver: Callable[[], None]) -> None:
        try:
            deliver()
        finally:
            with self._lock:
                following = self._lines[sid].popleft() if self._lines[sid] else None
                if following is None:
                    del self._lines[sid]
            if following is not None:
                self._scheduler.call_later(0, lambda: self._serve_line(sid, following))

    def _try(self, delivery: Delivery, settled: "Future[Delivery]") -> None:
        policy = RetryPolicy.of(delivery.url)
        delivery.attempts.append(self._post(delivery, policy))
        again = False
        if succeeded(delivery.attempts[-1]):
            delivery.state = "delivered"
        elif policy.wants_retry(delivery.attempts):
            again = True
        else:
            delivery.state = "given_up"
        self._store.save_attempts(delivery)
        self._feed.publish("delivery", delivery=delivery.as_json())
        if again:
            delay = policy.delay(len(delivery.attempts), self._retry_delay)
            self._scheduler.call_later(delay, lambda: self._try(delivery, settled))
        else:
            settled.set_result(delivery)

    def _post(self, delivery: Delivery, policy: RetryPolicy) -> Attempt:
        started = time.monotonic()
        attempt = Attempt(at=self._clock.now(), duration_ms=0)
        try:
            answer = self._session().post(
                self.addresses.reachable(delivery.url),
                data=delivery.params,
                headers=self._headers(delivery),
                timeout=(policy.connect_seconds, policy.read_seconds),
                allow_redirects=False,
            )
            attempt.status_code, attempt.detail = answer.status_code, answer.text[:KEPT_CHARACTERS]
        except requests.ReadTimeout as error:
            attempt.error, attempt.detail = "rt", str(error)[:KEPT_CHARACTERS]
        except requests.RequestException as error:
            # A refused, reset or dropped connection: Twilio counts all of these as "could not connect".
            attempt.error, attempt.detail = "ct", str(error)[:KEPT_CHARACTERS]
        attempt.duration_ms = round((time.monotonic() - started) * 1000)
        return attempt

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        token = self._auth_token[::-1] + "!" if delivery.forged else self._auth_token
        return {
            "X-Twilio-Signature": signature(token, self.addresses.signed(delivery.url), delivery.params),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": f"{delivery.message_sid}-{delivery.id}",
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._connections, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            self._connections.session = session
        return session
