"""Starts the simulator as a process of its own and talks to its control API."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

PROJECT = Path(__file__).resolve().parents[2]
NUMBER = "whatsapp:+14155238886"
CUSTOMER = "whatsapp:+5511987654321"
START_SECONDS = 20.0

Json = dict[str, Any]


class SimulatorProcess:
    """A running simulator. Use as a context manager, or call start() and stop().

    `url` is its address, also for TWILIO_API_BASE_URL. Arguments are those of `python -m whatsapp_server.simulator`;
    `port` 0 takes a free one at the first start and keeps it for later ones. It ends with the process that started it.
    """

    def __init__(
        self,
        *,
        state: Path | str = ":memory:",
        webhook_url: str | None = None,
        signing_base_url: str | None = None,
        account_sid: str = "AC" + "5" * 32,
        auth_token: str = "the-auth-token-of-tests",
        numbers: tuple[str, ...] = (NUMBER,),
        speed: float = 0.0,
        retry_delay: float = 0.1,
        port: int = 0,
    ) -> None:
        self.account_sid, self.auth_token, self.numbers = account_sid, auth_token, numbers
        self.state, self.webhook_url, self.signing_base_url = str(state), webhook_url, signing_base_url
        self.speed, self.retry_delay, self.port = speed, retry_delay, port
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> "SimulatorProcess":
        """Start it."""
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End it; how it stops has tests of its own."""
        self.kill()

    def start(self) -> None:
        """Start it and wait until it listens; raises RuntimeError when it does not."""
        self.process = subprocess.Popen(self._command(), cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ))
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator did not start; it ended with {self.process.wait(START_SECONDS)}")
        self.url = json.loads(line)["listening"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> int:
        """Ask it to end (SIGTERM) and return its exit code; harmless when it does not run."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it as kill -9 does; start() takes the same port and state again."""
        return self._end(signal.SIGKILL)

    # The customer's side

    def inbound(self, body: str = "", *, from_: str = CUSTOMER, **fields: Any) -> Json:
        """A customer writes: {sid, deliveries}. Fields: to, profile_name, params, wait."""
        return self.post("/inbound", {"from": from_, "body": body, **fields})

    def burst(self, count: int, concurrency: int, *, from_: str = CUSTOMER, body: str = "{n}", **fields: Any) -> list[Json]:
        """`count` messages, `concurrency` at once; {n} in the body is 1, 2, ..."""
        members = {"from": from_, "body": body, "count": count, "concurrency": concurrency, **fields}
        items: list[Json] = self.post("/inbound/burst", members)["items"]
        return items

    def repeat_webhook(self, sid: str, **fields: Any) -> Json:
        """Post an inbound message's webhook once more."""
        return self.post(f"/messages/{sid}/webhook", fields)

    def read(self, sid: str, **fields: Any) -> Json:
        """The customer reads one of our messages."""
        return self.post(f"/messages/{sid}/read", fields)

    def read_chat(self, customer: str = CUSTOMER) -> list[str]:
        """The customer opens the chat; the SIDs that are read by that."""
        sids: list[str] = self.post(f"/customers/{quote(customer, safe='')}/read", {})["read"]
        return sids

    # What happened

    def messages(self, **filters: Any) -> list[Json]:
        """Messages in the order they were accepted. Filters: to, from_, direction, status, customer, number, limit."""
        return self._items("/messages", filters)

    def message(self, sid: str) -> Json | None:
        """The message with `sid`, or None."""
        return next((message for message in self.messages() if message["sid"] == sid), None)

    def webhooks(self, **filters: Any) -> list[Json]:
        """What was posted to the server, oldest first. Filters: kind (webhook, callback), message_sid, state, limit."""
        return self._items("/webhooks", filters)

    def customers(self) -> list[Json]:
        """Everybody with a phone."""
        return self._items("/customers", {})

    # What goes wrong

    def add_fault(self, kind: str, *, count: int | None = 1, match: Json | None = None, **options: Any) -> Json:
        """Let `kind` happen to the next `count` messages (None: until removed) that meet `match` {to, from, body}."""
        return self.post("/faults", {"kind": kind, "count": count, "match": match or {}, "options": options})

    def faults(self) -> list[Json]:
        """The faults that still wait."""
        return self._items("/faults", {})

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self._call("DELETE", "/faults")

    def push_status(self, sid: str, status: str, error_code: int | None = None, **fields: Any) -> Json:
        """Call back with any status, in any order."""
        return self.post(f"/messages/{sid}/status", {"status": status, "error_code": error_code, **fields})

    def move_clock(self, offset_seconds: float) -> Json:
        """Set how far the simulator's clock is ahead."""
        return self.post("/clock", {"offset_seconds": offset_seconds})

    def change_settings(self, **settings: Any) -> Json:
        """Change webhook_url, signing_base_url or speed."""
        return self.post("/settings", settings)

    def reset(self) -> None:
        """Forget everything."""
        self._call("POST", "/reset")

    def post(self, path: str, members: Json) -> Json:
        """POST to the control API; raises requests.HTTPError on a refusal."""
        answer: Json = self._call("POST", path, json=members).json()
        return answer

    def get(self, path: str, **query: Any) -> Json:
        """GET from the control API; raises requests.HTTPError on a refusal."""
        answer: Json = self._call("GET", path, params=query).json()
        return answer

    def _items(self, path: str, filters: Json) -> list[Json]:
        query = {name.rstrip("_"): value for name, value in filters.items() if value is not None}
        items: list[Json] = self.get(path, **query)["items"]
        return items

    def _call(self, method: str, path: str, **more: Any) -> requests.Response:
        # A fresh connection each: the session is shared by a test's threads, and the process may have been restarted.
        response = self._http.request(method, f"{self.url}/sim/api{path}", timeout=120, headers={"Connection": "close"}, **more)
        response.raise_for_status()
        return response

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", "whatsapp_server.simulator", "--die-with-stdin", "--port", str(self.port)]
        command += ["--state", self.state, "--account-sid", self.account_sid, "--auth-token", self.auth_token]
        command += ["--speed", str(self.speed), "--retry-delay", str(self.retry_delay)]
        for number in self.numbers:
            command += ["--number", number]
        for option, value in (("--webhook-url", self.webhook_url), ("--signing-base-url", self.signing_base_url)):
            if value:
                command += [option, value]
        return command
