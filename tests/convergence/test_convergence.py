"""Whatever gets lost, doubled, late or killed on the way: after quiet every tab shows what the server says that its person may see.

CONVERGENCE_SEED repeats the random choices of an earlier run, which prints its seed; threads still meet each other as they like.
"""

import itertools
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.convergence.crowd import VIEWS, Crowd
from tests.convergence.tabs import Tabs
from tests.convergence.trouble import Trouble
from tests.support.mongo import SharedMongo
from tests.support.nginx import NginxProcess
from tests.support.people import JOINED_PASSWORD, joined
from tests.support.redis import RedisProcess
from tests.support.server import ACCOUNT_SID, PASSWORD, Agent, Json, ServerProcess, free_port
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually
from whatsapp_server.events.relay import REDIS_TIMEOUT_SECONDS
from whatsapp_server.services import settling

SEED = os.environ.get("CONVERGENCE_SEED") or str(random.SystemRandom().randrange(2**32))
CUSTOMERS = [f"whatsapp:+551194{number:07d}" for number in range(20)]
pytestmark = pytest.mark.alone
SIZES = [
    pytest.param(2_500, 5.0, marks=pytest.mark.timeout(400)),
    pytest.param(10_000, 60.0, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
]
QUIET_SECONDS = 90.0
LOOKS = 5
SETTLE_SECONDS = 40.0
ACTIONS_AROUND_AN_OUTAGE = 1_500
OUTAGE_SECONDS = 10.0
_numbers = itertools.count(1)


class Company:
    """Two processes on one database with a Redis between them, four people of different rights with two tabs each, and customers.

    `doors` are what people, tabs and customers speak to: the processes themselves, any of them each time, or an nginx before them.
    """

    def __init__(self, folder: Path, mongo: SharedMongo, stack: ExitStack, *, behind_nginx: bool = False) -> None:
        self.redis = stack.enter_context(RedisProcess(folder / "redis"))
        ports = [free_port(), free_port()]
        self.twilio = stack.enter_context(SimulatorProcess(speed=0.05, account_sid=ACCOUNT_SID))
        uri = mongo.uri(mongo.database_name())
        front = free_port()
        public = {"PUBLIC_BASE_URL": f"http://127.0.0.1:{front}"} if behind_nginx else {}

        def server(port: int) -> ServerProcess:
            return ServerProcess(
                folder / f"server{port}",
                simulator_url=self.twilio.url,
                auth_token=self.twilio.auth_token,
                mongodb_uri=uri,
                PORT=str(port),
                REDIS_URL=self.redis.url,
                SECRET_KEY="the-secret-of-several-processes-1",
                JWT_SECRET_KEY="the-secret-of-several-processes-2",
                ACCESS_TOKEN_MINUTES="60",
                TWILIO_TIMEOUT_SECONDS="2",
                # What a killed server had taken is free again the sooner, and looked for.
                DATABASE_TIMEOUT_SECONDS="1",
                SWEEP_SECONDS="0.5",
                **public,
            )

        self.servers = [server(port) for port in ports]
        for each in self.servers:
            stack.enter_context(each)
        self.doors = self.servers
        if behind_nginx:
            stack.enter_context(NginxProcess(folder / "nginx", front, (ports[0], ports[1])))
            self.doors = [server(front)]
        self.database = mongo.client[self.servers[0].database_name]
        self.agents = {name: self.servers[0].agent(name) for name in ("ana", "bruno", "carla")}
        self.agents["dora"] = joined(self.agents["ana"])
        self.tabs = stack.enter_context(Tabs(folder / "tabs.log"))
        self.tabs("ports", ports=[door.port for door in self.doors])
        self.names = {f"{name}-{number}": name for name in self.agents for number in (1, 2)}
        for name, person in self.names.items():
            password = JOINED_PASSWORD if person == "dora" else PASSWORD
            self.tabs("new", tab=name, seed=hash_of(name), email=self.agents[person].user["email"], password=password)

    def in_a_tab(self, chance: random.Random) -> None:
        """Somebody does something in one of the tabs."""
        name, what = chance.choice(list(self.names)), chance.choice(("show", "show", "turnTo", "write", "write", "read", "read"))
        given = {"turnTo": chance.choice(("unassigned", *VIEWS)), "write": f"da aba {next(_numbers)}"}
        self.tabs("act", tab=name, what=what, given=given.get(what))

    def unquiet(self) -> Json:
        """How much is on its way to Twilio, or left to be worked through.

        Not what a killed server may have sent or not: that stays unknown for long, and waits for a person (docs/architecture.md).
        """
        waiting = {
            "webhook_journal": {"state": "pending"},
            "conversations": {"pending_entries.0": {"$exists": True}},
            "messages": {"outbox": True, "status": {"$ne": "unknown"}},
        }
        counted = {name: self.database[name].count_documents(which) for name, which in waiting.items()}
        return {name: count for name, count in counted.items() if count}

    def settle(self) -> None:
        """Every tab is looked at, and finds everything right."""
        since = {name: self.tabs("wake", tab=name) for name in self.names}

        def unsettled() -> dict[str, list[str]]:
            found = {name: self.tabs("unsettled", tab=name, since=moment) for name, moment in since.items()}
            return {name: what for name, what in found.items() if what}

        with suppress(AssertionError):
            eventually(lambda: not unsettled(), within=SETTLE_SECONDS, every=0.2)
        assert unsettled() == {}

    def assert_converged(self, crowd: Crowd) -> None:
        """After quiet every tab shows what the server says, and what was acknowledged is there, without a hole in its numbers."""
        # What a killed server had begun holds up what is behind it for a minute: that minute passes at once.
        for each in self.servers:
            each.move_clock(settling.HOLDS_CONVERSATION.total_seconds() + 1)
        with suppress(AssertionError):
            eventually(lambda: not self.unquiet(), within=QUIET_SECONDS, every=0.5)
        assert self.unquiet() == {}
        self.settle()
        differences = self.differences()
        for _ in range(LOOKS):
            # What was still on its way, a tick of Twilio's say, may have come between a tab's look and ours: then both look once more.
            if not differences:
                break
            self.settle()
            differences = self.differences()
        assert differences == {}, "\n".join(crowd.trace)
        assert self.database["messages"].count_documents({"direction": "inbound"}) == crowd.acknowledged
        for one in self.database["conversations"].find({}, {"last_seq": 1}):
            assert self.database["messages"].count_documents({"conversation_id": one["_id"]}) == one["last_seq"]

    def differences(self) -> dict[str, list[str]]:
        """What of each tab is not as the server says it."""
        truths = {name: Truth(agent) for name, agent in self.agents.items()}
        found = {name: truths[person].differences(self.tabs("state", tab=name)) for name, person in self.names.items()}
        return {name: lines for name, lines in found.items() if lines}


class Truth:
    """What the server says now that somebody may see."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.lists = {view: self._all(f"/api/conversations?view={view}") for view in ("all", *VIEWS)}
        self.readable = {one["id"]: one for view in ("all", "internal") for one in self.lists[view]}
        self.counts = agent.get("/api/counts")
        self.company = {name: versions(self._all(f"/api/{path}?")) for name, path in COMPANY.items()}
        self.settings = agent.get("/api/settings")["version"]

    def _all(self, path: str) -> list[Json]:
        found: list[Json] = []
        cursor = ""
        while True:
            page = self._agent.get(f"{path}&limit=100&cursor={cursor}")
            found += page["items"]
            cursor = page["next"]
            if not cursor:
                return found

    def differences(self, tab: Json) -> list[str]:
        """Lines that say what is missing, extra or stale in a tab."""
        lines = []
        expected = [one["id"] for one in self.lists[tab["view"]]]
        shown = expected if tab["whole"] else expected[: len(tab["list"])]
        if tab["list"] != shown:
            lines.append(f"{tab['view']}: missing {set(shown) - set(tab['list'])}, extra {set(tab['list']) - set(shown)}, or another order")
        for conversation_id, (version, unread) in tab["conversations"].items():
            true = self.readable.get(conversation_id)
            if true is None:
                lines.append(f"{conversation_id} may not be seen")
            elif (true["version"], true["unread"]) != (version, unread):
                lines.append(f"{conversation_id}: version {version}, unread {unread} instead of {true['version']}, {true['unread']}")
        lines += self._thread(tab)
        if tab["counts"] != self.counts:
            lines.append(f"counts {tab['counts']} instead of {self.counts}")
        lines += [f"{name} {tab[name]} instead of {self.company[name]}" for name in COMPANY if tab[name] != self.company[name]]
        if tab["settings"] != self.settings:
            lines.append(f"settings {tab['settings']} instead of {self.settings}")
        return [*lines, *(tab["problems"] if lines else [])]

    def _thread(self, tab: Json) -> list[str]:
        if tab["open"] not in self.readable:
            return [] if tab["open"] is None or tab["problem"] == "not_found" else [f"{tab['open']} is open and may not be seen"]
        true = [[one["id"], one["seq"], one["version"]] for one in self._agent.thread(tab["open"])]
        held = tab["messages"]
        if not held or held != true[-len(held) :]:
            return [f"the thread of {tab['open']}: {difference(held, true)}"]
        return []


COMPANY = {"people": "users", "teams": "teams", "channels": "channels"}


def difference(held: list[Any], true: list[Any]) -> str:
    """The first place where they differ."""
    by_seq = {seq: (version, message_id) for message_id, seq, version in true}
    wrong = [(seq, version, by_seq.get(seq)) for _, seq, version in held if by_seq.get(seq, (None,))[0] != version]
    return f"holds {len(held)} of {len(true)}, up to {held[-1][1] if held else None} of {true[-1][1]}; (seq, version, true) {wrong[:3]}"


def versions(documents: list[Json]) -> Json:
    """{id: version}"""
    return {one["id"]: one["version"] for one in documents}


def hash_of(name: str) -> int:
    """A number for the chance of one tab, the same for the same seed."""
    return random.Random(f"{SEED}:{name}").randrange(2**32)


@pytest.fixture
def company(mongo: SharedMongo, tmp_path: Path) -> Iterator[Company]:
    """All of it, of this test alone."""
    with ExitStack() as stack:
        yield Company(tmp_path, mongo, stack)


@pytest.mark.parametrize(("actions", "longest"), SIZES)
def test_after_quiet_every_tab_is_right(company: Company, actions: int, longest: float) -> None:
    print(f"CONVERGENCE_SEED={SEED}")  # shown with a failure
    crowd = Crowd(company.doors, company.agents, CUSTOMERS, SEED)
    trouble = Trouble(company.tabs, list(company.names), company.servers, company.redis, SEED, longest=longest)
    with trouble:
        # However fast the machine is, it goes on until everything has gone wrong.
        crowd.run(
            actions,
            company.in_a_tab,
            enough=lambda: trouble.failed is not None or (all(trouble.made.values()) and all(company.tabs("counted").values())),
        )
    assert trouble.failed is None, trouble.failed
    company.assert_converged(crowd)
    heard = company.tabs("counted")
    print(f"CONVERGENCE_SEED={SEED}: {crowd.done} actions, {crowd.acknowledged} webhooks; trouble {trouble.made}; events {heard}")
    assert all(trouble.made.values()), trouble.made
    assert all(heard.values()), heard


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("away", [RedisProcess.killed, RedisProcess.frozen], ids=["killed", "frozen"])
def test_behind_nginx_with_redis_away_for_ten_seconds(
    mongo: SharedMongo, tmp_path: Path, away: Callable[[RedisProcess], AbstractContextManager[None]]
) -> None:
    with ExitStack() as stack:
        company = Company(tmp_path, mongo, stack, behind_nginx=True)
        crowd = Crowd(company.doors, company.agents, CUSTOMERS, SEED)
        work = threading.Thread(target=crowd.run, args=(ACTIONS_AROUND_AN_OUTAGE, company.in_a_tab))
        work.start()
        eventually(lambda: crowd.done > ACTIONS_AROUND_AN_OUTAGE / 4)
        before = len(crowd.taken)
        with away(company.redis):
            threading.Event().wait(OUTAGE_SECONDS)
        meanwhile = crowd.taken[before:]
        work.join()
        company.assert_converged(crowd)
        usual, typical = median(crowd.taken[:before]), median(meanwhile)
        print(
            f"CONVERGENCE_SEED={SEED}: {crowd.done} actions, {crowd.acknowledged} webhooks, the slowest request {max(crowd.taken):.2f} s, "
            f"half of them within {usual * 1000:.0f} ms before the outage and {typical * 1000:.0f} ms during it"
        )
        # Whoever waited for Redis would need its time-out on top.
        assert typical < usual + REDIS_TIMEOUT_SECONDS / 2
