"""The load: webhooks as Twilio posts them, at given times or as fast as they are answered, and what the tabs heard of them."""

import gc
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from benchmarks.calm import Watcher
from benchmarks.meter import Meter
from benchmarks.servers import ACCOUNT_SID, AUTH_TOKEN, BenchmarkError, Server
from benchmarks.wire import Line, Loop, Tab, new_sid

NUMBER = "whatsapp:+14155238886"
CUSTOMERS = 200
DRAIN_SECONDS = 20.0
ECHO_SECONDS = 0.5  # for what comes twice


@dataclass(frozen=True)
class Webhook:
    """A prepared request: its signature costs the load nothing while it runs."""

    sid: str
    request: bytes


@dataclass
class Run:
    """One load on one server. Times are of one monotonic clock, in seconds."""

    due: dict[str, float] = field(default_factory=dict)  # SID -> when it was to be sent
    sent_late: list[float] = field(default_factory=list)  # how much later it was
    answered: dict[str, float] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)  # status -> answers that were no 200
    latencies: list[float] = field(default_factory=list)  # from due to each tab
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    server_cpu: float = 0.0
    mongod_cpu: float = 0.0
    others: float = 0.0  # cores that programs outside the benchmark kept busy: none, if the figures are to mean much
    held_up: float = 0.0  # the longest hold-up, in milliseconds
    finished: float = 0.0  # when the last tab had the last of them

    def percentile(self, percent: float) -> float:
        """In milliseconds, over all pairs of webhook and tab."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000

    def rate(self) -> float:
        """Webhooks per second, from the first one sent until every tab had the last."""
        return len(self.answered) / (self.finished - min(self.due.values()))


class Load:
    """Tabs and lines to one server."""

    def __init__(self, watcher: Watcher, server: Server, tokens: list[str | None], *, tabs: int, lines: int) -> None:
        self._watcher, self.server = watcher, server
        self.loop = Loop()
        self._same: dict[bytes, bytes] = {}
        self.tabs = [self._add_tab(tokens[index % len(tokens)]) for index in range(tabs)]
        self._free = [Line(server.port, self._answered) for _ in range(lines)]
        for line in self._free:
            self.loop.add(line)
        self._run = Run()
        self._bodies = itertools.count(1)

    def _add_tab(self, token: str | None) -> Tab:
        tab = Tab(self.server.port, token, self._same)
        self.loop.add(tab)
        self.loop.turn(0)  # those that are open already answer the server's pings
        return tab

    def webhooks(self, count: int, *, rng: random.Random | None = None) -> list[Webhook]:
        """Signed ones of CUSTOMERS customers, in turn, or drawn by `rng`."""
        return [self._webhook(rng.randrange(CUSTOMERS) if rng else index % CUSTOMERS) for index in range(count)]

    def _webhook(self, customer: int) -> Webhook:
        sid, number = new_sid(), f"55119{80000000 + customer}"
        form = {
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ProfileName": f"Customer {customer}",
            "MessageType": "text",
            "SmsSid": sid,
            "WaId": number,
            "SmsStatus": "received",
            "Body": f"Message {next(self._bodies)}: when does my order arrive? Obrigado!",
            "To": NUMBER,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": sid,
            "AccountSid": ACCOUNT_SID,
            "From": f"whatsapp:+{number}",
            "ApiVersion": "2010-04-01",
        }
        body = urlencode(form).encode()
        signature = RequestValidator(AUTH_TOKEN).compute_signature(self.server.webhook_url, form)
        head = (
            f"POST /webhooks/twilio/messages HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n"
            f"User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nX-Twilio-Signature: {signature}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return Webhook(sid, head.encode() + body)

    def open_loop(self, webhooks: list[Webhook], gaps: Iterator[float]) -> Run:
        """Send each webhook when it is due, `gaps` seconds apart, whatever has become of those before it."""
        with self._measured() as run:
            due = time.perf_counter() + 0.1
            for webhook, gap in zip(webhooks, gaps, strict=False):
                while (wait := due - time.perf_counter()) > 0 or not self._free:
                    self.loop.turn(max(0.0, wait) if self._free else 0.05)
                run.sent_late.append(-wait)
                self._post(webhook, due)
                due += gap
        return run

    def closed_loop(self, webhooks: list[Webhook], seconds: float, *, senders: int) -> Run:
        """Keep `senders` lines busy for `seconds`: the next webhook leaves when one is answered."""
        waiting = iter(webhooks)
        with self._measured() as run:
            end = time.perf_counter() + seconds
            while (present := time.perf_counter()) < end:
                while len(run.due) - len(run.answered) - sum(run.refused.values()) < senders:
                    webhook = next(waiting, None)
                    if webhook is None:
                        raise BenchmarkError("The server is faster than the prepared load: raise --prepared.")
                    self._post(webhook, present)
                self.loop.turn(0.05)
        return run

    def close(self) -> None:
        """Hang up."""
        self.loop.close()

    def _post(self, webhook: Webhook, due: float) -> None:
        self._run.due[webhook.sid] = due
        # Last in, first out: a slow server is not spared by a queue of fresh connections.
        self._free.pop().post(webhook.sid, webhook.request)

    def _answered(self, line: Line, status: int) -> None:
        self._free.append(line)
        if status == 200:
            self._run.answered[line.sid] = time.perf_counter()
        else:
            self._run.refused[status] += 1

    @contextmanager
    def _measured(self) -> Iterator[Run]:
        """A fresh run; afterwards waits for the last answer and the last event, and counts what the tabs heard."""
        run = self._run = Run()
        for tab in self.tabs:
            tab.arrivals.clear()
        self._same.clear()
        gc.collect()
        gc.disable()
        try:
            meter = Meter(self._watcher, self.server)
            yield run
            self.loop.run_until(self._is_over, DRAIN_SECONDS)
            usage = meter.read()
            run.server_cpu, run.mongod_cpu, run.others, run.held_up = usage.server, usage.mongod, usage.others, usage.held_up
            self.loop.run_until(lambda: False, ECHO_SECONDS)
        finally:
            gc.enable()
        if len(run.answered) + sum(run.refused.values()) < len(run.due):
            raise BenchmarkError(f"{self.server.name} left {len(run.due) - len(run.answered)} webhooks without an answer.")
        self._count(run)

    def _is_over(self) -> bool:
        run = self._run
        heard = min(len(tab.arrivals) for tab in self.tabs)
        return len(run.answered) + sum(run.refused.values()) == len(run.due) and heard >= len(run.answered)

    def _count(self, run: Run) -> None:
        read = {frame: _identity(frame) for frame in self._same}
        for tab in self.tabs:
            heard: Counter[str] = Counter()
            newest: dict[str, int] = {}
            for when, frame in tab.arrivals:
                sid, conversation, seq = read[frame]
                heard[sid] += 1
                run.latencies.append(when - run.due[sid])
                run.finished = max(run.finished, when)
                if heard[sid] == 1 and seq <= newest.get(conversation, 0):
                    run.disordered += 1
                newest[conversation] = max(seq, newest.get(conversation, 0))
            run.lost += sum(1 for sid in run.answered if sid not in heard)
            run.doubled += sum(count - 1 for count in heard.values())


def _identity(frame: bytes) -> tuple[str, str, int]:
    """(SID, conversation, seq) of a message.created frame."""
    message = json.loads(frame[2:])[1]["message"]
    return message["sid"], message["conversation_id"], message["seq"]


def poisson(rate: float, rng: random.Random) -> Iterator[float]:
    """Gaps between arrivals that know nothing of each other, `rate` a second on average."""
    while True:
        yield rng.expovariate(rate)


def evenly(rate: float) -> Iterator[float]:
    """Equal gaps, `rate` a second."""
    return itertools.repeat(1 / rate)
