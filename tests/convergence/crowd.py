"""People and customers who do at random what people and customers do, at whichever process answers."""

import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import requests

from tests.support.server import Agent, Json, ServerProcess
from tests.support.webhooks import message_form, post_webhook

VIEWS = ("mine", "unassigned", "team", "finished", "internal")
# Twilio comes again for so long when nobody takes a message (docs/twilio.md).
WEBHOOK_SECONDS = 30.0
PAUSE_SECONDS = 0.2


class Crowd:
    """Everybody's doings are counted and the newest kept, to be shown with a failure."""

    def __init__(self, servers: Sequence[ServerProcess], agents: dict[str, Agent], customers: Sequence[str], seed: str) -> None:
        self._servers, self._agents, self._customers, self._seed = servers, agents, customers, seed
        self._actions = itertools.count(1)
        self._stopped = threading.Event()
        self._enough: Callable[[], bool] = lambda: True
        self._counting = threading.Lock()
        self.done = 0
        self.acknowledged = 0
        # What each request took that was answered, in seconds and in their order.
        self.taken: list[float] = []
        self.trace: list[str] = []

    def run(self, actions: int, tab: Callable[[random.Random], None], enough: Callable[[], bool] = lambda: True) -> None:
        """Until there were so many actions and it is `enough`; `tab` is what somebody does in a tab of theirs."""
        self._enough = enough
        with ThreadPoolExecutor(len(self._agents) + 2) as pool:
            workers = [pool.submit(self._customer, actions, number) for number in range(2)]
            workers += [pool.submit(self._person, actions, name, tab) for name in self._agents]
            for worker in workers:
                worker.result()

    def _next(self, actions: int, what: str) -> bool:
        number = next(self._actions)
        if number > actions and self._enough():
            return False
        self.done = number
        self.trace = [*self.trace[-40:], f"{number} {what}"]
        return True

    # Customers

    def _customer(self, actions: int, number: int) -> None:
        chance = random.Random(f"{self._seed}:customer:{number}")
        while self._next(actions, f"customers {number}"):
            form = message_form(chance.choice(self._customers), Body=f"mensagem {self.done}")
            self._until_taken(chance, form)
            self._stopped.wait(chance.random() * 0.05)

    def _until_taken(self, chance: random.Random, form: Any) -> None:
        for _ in range(int(WEBHOOK_SECONDS / PAUSE_SECONDS)):
            # When nobody is there just now, Twilio comes again.
            with suppress(requests.RequestException):
                if self._timed(lambda: post_webhook(chance.choice(self._servers), form)).status_code == 200:
                    with self._counting:
                        self.acknowledged += 1
                    return
            self._stopped.wait(PAUSE_SECONDS)
        raise AssertionError("nobody took a customer's message")

    # People

    def _person(self, actions: int, name: str, tab: Callable[[random.Random], None]) -> None:
        chance = random.Random(f"{self._seed}:{name}")
        agent = self._agents[name]
        while self._next(actions, name):
            if chance.random() < 0.45:
                tab(chance)
            else:
                # When that process is away, the person sees that it did not work.
                with suppress(requests.RequestException):
                    self._act(chance, agent)
            self._stopped.wait(chance.random() * 0.02)

    def _act(self, chance: random.Random, agent: Agent) -> None:
        server = chance.choice(self._servers)
        verb = chance.choice((*VERBS, "chat", "group", "role", "read_all", "settings"))
        self.trace[-1] += f" {verb}"
        if verb in VERBS:
            self._verb(chance, agent, server, verb)
        elif verb in ("chat", "group"):
            self._talk(chance, agent, server, verb)
        elif verb == "role":
            role = {"role": chance.choice(("admin", "agent"))}
            self._call(self._agents["ana"], server, "PATCH", f"/api/users/{self._agents['dora'].user['id']}", role)
        elif verb == "read_all":
            self._call(agent, server, "POST", f"/api/views/{chance.choice(VIEWS)}/read", {})
        else:
            self._call(agent, server, "PATCH", "/api/settings", {"reopen_hours": chance.choice((12, 24))})

    def _verb(self, chance: random.Random, agent: Agent, server: ServerProcess, verb: str) -> None:
        found = self._call(agent, server, "GET", f"/api/conversations?view={chance.choice(('all', *VIEWS[:4]))}&limit=20")
        if not found or not found["items"]:
            return
        one = chance.choice(found["items"])
        path, colleague = f"/api/conversations/{one['id']}", chance.choice(list(self._agents.values())).user["id"]
        offer = {"offer_id": (one["offer"] or {"id": "x"})["id"]}
        given: dict[str, tuple[str, Json]] = {
            "claim": ("claim", {}),
            "take_over": ("take-over", {"from": one["assignee_id"] or "x"}),
            "offer": ("offer", {"to": colleague, "note": "por favor"}),
            "accept": ("offer/accept", offer),
            "decline": ("offer/decline", offer),
            "withdraw": ("offer/withdraw", offer),
            "assign": ("assign", {"to": colleague}),
            "pass": ("pass", {"team_id": None}),
            "finish": ("finish", {"last_seen_seq": one["last_seq"]}),
            "reopen": ("reopen", {}),
            "private": ("visibility", {"visibility": "private"}),
            "public": ("visibility", {"visibility": "public"}),
            "unread": ("unread", {}),
            "reply": ("messages", {**_draft("Olá"), "last_seen_seq": one["last_seq"]}),
            "note": ("messages", {**_draft("veja"), "kind": "note", "mentions": [agent.user["id"]]}),
        }
        name, body = given[verb]
        self._call(agent, server, "POST", f"{path}/{name}", body)

    def _talk(self, chance: random.Random, agent: Agent, server: ServerProcess, verb: str) -> None:
        others = [one.user["id"] for one in self._agents.values() if one is not agent]
        found = self._call(agent, server, "GET", "/api/conversations?view=internal&limit=20")
        chats = found["items"] if found else []
        if not chats or chance.random() < 0.1:
            given: Json = {"member_ids": chance.sample(others, 2), "title": "Plantão"}
            if verb == "chat":
                given = {"member_ids": [chance.choice(others)]}
            self._call(agent, server, "POST", "/api/chats", given)
            return
        one, way = chance.choice(chats), chance.random()
        if one["group"] and way < 0.15:
            self._call(agent, server, "DELETE", f"/api/chats/{one['id']}/members/{agent.user['id']}")
        elif one["group"] and way < 0.3:
            self._call(agent, server, "POST", f"/api/chats/{one['id']}/members", {"add": [chance.choice(others)]})
        else:
            self._call(agent, server, "POST", f"/api/conversations/{one['id']}/messages", _draft("oi"))

    def _call(self, agent: Agent, server: ServerProcess, method: str, path: str, given: Json | None = None) -> Any:
        """What was answered if it went well; None for a refusal, which is as good."""
        headers = {"Authorization": f"Bearer {agent.token}"}
        answer = self._timed(lambda: requests.request(method, f"{server.url}{path}", json=given, headers=headers, timeout=10))
        assert answer.status_code != 500, answer.text
        return answer.json() if answer.ok and answer.content else None

    def _timed(self, ask: Callable[[], requests.Response]) -> requests.Response:
        began = time.monotonic()
        answer = ask()
        self.taken.append(time.monotonic() - began)
        return answer


VERBS = (
    "claim",
    "take_over",
    "offer",
    "accept",
    "decline",
    "withdraw",
    "assign",
    "pass",
    "finish",
    "reopen",
    "private",
    "public",
    "unread",
    "reply",
    "note",
)


def _draft(body: str) -> Json:
    return {"client_id": str(uuid.uuid4()), "body": body}
