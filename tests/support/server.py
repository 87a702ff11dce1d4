"""The real server as a process of its own, and an employee who uses it: over HTTP and over a socket."""

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests
import socketio

from tests.support.simulator import NUMBER
from tests.support.waiting import PATIENCE_SECONDS, eventually

ROOT = Path(__file__).parents[2]
ACCOUNT_SID = "AC" + "0" * 31 + "1"
PASSWORD = "inbox-demo-2026"
START_SECONDS = 60.0
STOP_SECONDS = 60.0
# The most that the setting STOP_SECONDS takes: a server that ends sooner waited for nobody.
LONGEST_STOP_SECONDS = 20
Json = dict[str, Any]
PORTS_EACH = 2_500
# From 11,000, for Chromium refuses 10080.
_first_port = 11_000 + PORTS_EACH * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8)
# Beginning anywhere, for another run may be going on beside this one.
_ports = itertools.cycle(random.sample(range(_first_port, _first_port + PORTS_EACH), PORTS_EACH))


def free_port() -> int:
    """A port that nobody uses, and that nobody is given by chance before it is: each pytest process has a range of its own, below
    the one from which the system numbers connections."""
    while True:
        port = next(_ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class ServerProcess:
    """`python wsgi.py` on a port of its own, in the demo's mode (known people) but against the simulator it is given.

    With `mongodb_uri` it uses that MongoDB; without, it runs its own in `data_dir`. `env` adds or overrides settings.
    """

    def __init__(self, data_dir: Path, *, simulator_url: str, auth_token: str, mongodb_uri: str | None = None, **env: str) -> None:
        self.port = int(env.pop("PORT", 0) or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self.log_path = data_dir / "server.log"
        self.env = {
            "DEMO": "1",
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": auth_token,
            "TWILIO_API_BASE_URL": simulator_url,
            "TWILIO_WHATSAPP_FROM": NUMBER,
            "CLOCK_OFFSET_FILE": str(data_dir / "clock-offset"),
            "LOGIN_ATTEMPTS_PER_MINUTE": "10000",
            "QUICK_HASHES": "1",
            # Sessions that many tests share outlast them all.
            "ACCESS_TOKEN_MINUTES": "60",
            **({"MONGODB_URI": mongodb_uri} if mongodb_uri else {}),
            **env,
        }
        self.process: subprocess.Popen[bytes] | None = None
        # Whether customers read the author's name before a reply. Not where tests compare texts; test_messages.py has those of the name.
        self.signs = False
        self._is_set_up = False

    def start(self) -> "ServerProcess":
        """Start it and wait until it is ready; AssertionError with its log when it is not within a minute."""
        self.launch()
        eventually(self._is_ready, within=START_SECONDS, every=0.05)
        if not self.signs and not self._is_set_up:
            self.agent("ana").settings(name_prefix="off")
            self._is_set_up = True
        return self

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it without waiting."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "wsgi.py"], cwd=ROOT, env=self.environment(), stdout=log, stderr=log)
        return self.process

    def environment(self) -> dict[str, str]:
        """All of its environment: what this test's own holds, without its settings, and the ones given."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TWILIO_", "MONGODB_", "REDIS_"))}
        return {**inherited, **self.env}

    @property
    def database_name(self) -> str:
        """The database that it uses in its MongoDB: the demo's."""
        named = self.env.get("MONGODB_URI", "").partition("?")[0].rpartition("/")[2]
        return f"{named or 'whatsapp_inbox'}_demo"

    def __enter__(self) -> "ServerProcess":
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.end()

    def end(self) -> None:
        """End it when nobody needs it any more: at once where it leaves nothing running behind. How it stops has tests of its own."""
        if self.process is None or self.process.poll() is not None:
            return
        if "MONGODB_URI" in self.env:
            self.kill()
        else:
            self.stop()

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.log_path.read_text()[-3000:]}"
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.ConnectionError:
            return False

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL: what a power cut does to the process."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def move_clock(self, seconds: float) -> None:
        """Let this server believe that it is `seconds` later than it is."""
        path = Path(self.env["CLOCK_OFFSET_FILE"])
        fresh = path.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(path)

    def logs(self) -> str:
        """Everything it has logged."""
        return self.log_path.read_text()

    def agent(self, name: str = "ana") -> "Agent":
        """A signed-in employee of the demo: ana (admin), bruno or carla."""
        return Agent(self.url, f"{name}@example.com")


class Agent:
    """One employee's session: REST calls with their token, and tabs."""

    def __init__(self, url: str, email: str, password: str = PASSWORD) -> None:
        self.url = url
        self.http = requests.Session()
        answer = self.http.post(f"{url}/api/auth/login", json={"email": email, "password": password}, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, answer.text
        self.user: Json = answer.json()["user"]
        self.token: str = answer.json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Any request, whatever its answer."""
        return self.http.request(method, f"{self.url}{path}", timeout=20, **more)

    def get(self, path: str, **query: Any) -> Json:
        """A GET that must succeed."""
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def do(self, conversation_id: str, verb: str, **given: Any) -> requests.Response:
        """POST one of the verbs (claim, take-over, offer/accept, ...), whatever its answer."""
        return self.call("POST", f"/api/conversations/{conversation_id}/{verb}", json=given)

    def conversation_with(self, number: str) -> Json | None:
        """The conversation with a customer's number, found as a person would; None when there is none."""
        items = self.get("/api/conversations", q=number.removeprefix("whatsapp:"))["items"]
        return items[0] if items else None

    def sync(self, cursor: str | None = None, *threads: str) -> Json:
        """What changed since `cursor`, with the messages of the conversations `threads`."""
        return self.get("/api/sync", since=cursor or "", conversation=list(threads))

    def settings(self, **news: Any) -> Json:
        """Change the workspace's settings, as an admin may."""
        answer = self.call("PATCH", "/api/settings", json=news)
        assert answer.status_code == 200, answer.text
        changed: Json = answer.json()
        return changed

    def messages(self, conversation_id: str) -> list[Json]:
        """What was said in a conversation, oldest first: without the timeline's entries."""
        return [one for one in self.thread(conversation_id) if one["kind"] != "event"]

    def thread(self, conversation_id: str) -> list[Json]:
        """All messages of a conversation, the timeline's entries too, oldest first, read page by page."""
        path, found, cursor = f"/api/conversations/{conversation_id}/messages", [], None
        while True:
            page = self.get(path, limit=100, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found[::-1]

    def reply(self, conversation_id: str, body: str, client_id: str | None = None, **more: Any) -> requests.Response:
        """POST a reply (or, with kind="note", a note), whatever its answer."""
        given = {"client_id": client_id or str(uuid.uuid4()), "body": body, **more}
        return self.call("POST", f"/api/conversations/{conversation_id}/messages", json=given)

    def tab(self, at: ServerProcess | None = None) -> "Tab":
        """An open tab of this person; `at` names another of several processes to connect to."""
        return Tab(at.url if at else self.url, self.token)


class Tab:
    """A live connection that remembers every event in the order of its arrival; a context manager."""

    def __init__(self, url: str, token: str | None) -> None:
        self.events: list[tuple[str, Json]] = []
        self.refusal: Any = None
        self.ended = threading.Event()
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", lambda name, payload: self.events.append((name, payload)))
        self.client.on("connect_error", self._refused)
        self.client.on("disconnect", lambda *_: self.ended.set())
        self._url, self._auth = url, {"token": token} if token is not None else None

    def _refused(self, data: Any = None) -> None:
        self.refusal = data

    def open(self) -> "Tab":
        """Connect; raises socketio's ConnectionError when refused (then `refusal` holds why)."""
        self.client.connect(self._url, auth=self._auth, transports=["websocket"], wait_timeout=PATIENCE_SECONDS)
        return self

    def close(self) -> None:
        """Disconnect."""
        self.client.disconnect()

    def __enter__(self) -> "Tab":
        return self.open()

    def __exit__(self, *error: object) -> None:
        self.close()

    def ask(self, name: str, payload: Json | None = None) -> Json:
        """Send an event; the server's acknowledgement."""
        found: Json = self.client.call(name, payload or {}, timeout=PATIENCE_SECONDS)
        return found

    def heard(self, name: str, **members: Any) -> list[Json]:
        """The payloads of the events called `name` whose message's (else conversation's, else own) members are just these."""
        payloads = [payload for event, payload in list(self.events) if event == name]
        about = [(one, one.get("message") or one.get("conversation") or one) for one in payloads]
        return [one for one, document in about if all(document.get(key) == value for key, value in members.items())]

    def wait_for(self, name: str, *, count: int = 1, within: float = PATIENCE_SECONDS, **members: Any) -> list[Json]:
        """At least `count` such events, waited for."""
        return eventually(lambda: found if len(found := self.heard(name, **members)) >= count else None, within=within)
