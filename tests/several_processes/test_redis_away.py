"""Redis dies or freezes in the middle of the work: nobody waits for it, each process goes on, and afterwards every tab is told to sync."""

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from statistics import median
from typing import Any

import pytest
import requests

from tests.support.belonging import begun, made_private, write
from tests.support.cluster import TROUBLES, Cluster
from tests.support.server import Agent, ServerProcess, Tab
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.api.attempts import REDIS_TIMEOUT_SECONDS

pytestmark = pytest.mark.alone
# What a single message that crosses may take before the next one is tried.
HEARD_WITHIN = 1.0
# Of each kind, before the outage and during it.
REQUESTS = 8
HICCUP_SECONDS = 0.7
HICCUP_AT_MOST = 1.0
CALM_SECONDS = 2.5
BETWEEN_REQUESTS = 0.03
KINDS = 3
_numbers = itertools.count(1)


class Traffic(AbstractContextManager["Traffic"]):
    """What goes on at one process all the while: webhooks, questions and attempts to sign in, one after another, each of them timed."""

    def __init__(self, server: ServerProcess, reader: Agent, customer: str) -> None:
        self._server, self._customer = server, customer
        self._reader = requests.Session()
        self._reader.headers["Authorization"] = f"Bearer {reader.token}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        # (what, seconds, the answer's status)
        self.taken: list[tuple[str, float, int]] = []

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        asks = (self._webhook, self._question, self._attempt)
        assert len(asks) == KINDS
        for ask in itertools.cycle(asks):
            if self._over.wait(BETWEEN_REQUESTS):
                return
            began = time.monotonic()
            status = ask().status_code
            self.taken.append((ask.__name__, time.monotonic() - began, status))

    def typical(self) -> dict[str, float]:
        """What half of the next requests of each kind take at most, in seconds, once there were REQUESTS of each."""
        first = len(self.taken)
        eventually(lambda: len(self.taken) >= first + KINDS * REQUESTS)
        new = self.taken[first:]
        return {kind: median(seconds for what, seconds, _ in new if what == kind) for kind in {what for what, _, _ in new}}

    def _webhook(self) -> requests.Response:
        return post_webhook(self._server, message_form(self._customer, Body="mais uma"))

    def _question(self) -> requests.Response:
        return self._reader.get(f"{self._server.url}/api/conversations", timeout=20)

    def _attempt(self) -> requests.Response:
        """Without a password: it is counted, and then turned away without the work of comparing one."""
        someone = {"email": f"attempt{next(_numbers)}@example.com"}
        return requests.post(f"{self._server.url}/api/auth/login", json=someone, timeout=20)


def synced(tab: Tab) -> int:
    """How often the tab was told to sync."""
    return len(tab.heard("sync.required"))


def until_it_crosses(server: ServerProcess, tab: Tab, customer: str) -> None:
    """Wait until what happens at `server` is heard at the other process, which an earlier test may have left deaf for a moment."""

    def crossed() -> bool:
        body = f"cruza {next(_numbers)}"
        write(server, customer, body)
        with suppress(AssertionError):
            return bool(tab.wait_for("message.created", body=body, within=HEARD_WITHIN))
        return False

    eventually(crossed)


def is_calm(tab: Tab) -> bool:
    """Nothing of an earlier outage comes any more: for longer than a gap takes to be told, the tab was not told to sync."""
    before = synced(tab)
    threading.Event().wait(CALM_SECONDS)
    return synced(tab) == before


def outage_noticed(cluster: Cluster) -> Any:
    """Whether both processes know by now that they hear nothing of each other."""
    return all(logged(server)[-1:] == ["relay.cannot_hear"] for server in (cluster.first, cluster.second))


def logged(server: ServerProcess) -> list[str]:
    """What `server` said about hearing others, in its order."""
    words = ("relay.cannot_hear", "relay.hears_again")
    return [word for line in server.logs().splitlines() for word in words if f'"{word}"' in line]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_nobody_waits_for_redis_and_every_tab_is_told_once_it_is_back(
    cluster: Cluster, ana: Agent, bruno: Agent, carla: Agent, customers: Callable[[], str], trouble: str
) -> None:
    customer = customers()
    with ExitStack() as stack:
        near, far = stack.enter_context(ana.tab(cluster.first)), stack.enter_context(bruno.tab(cluster.second))
        tabs = [near, far, stack.enter_context(carla.tab())]
        until_it_crosses(cluster.first, far, customer)
        loads = [stack.enter_context(Traffic(server, ana, customers())) for server in (cluster.first, cluster.second)]
        usual = [load.typical() for load in loads]
        with TROUBLES[trouble](cluster.redis):
            for number in range(10):
                write(cluster.first, customer, f"durante {number}")
                near.wait_for("message.created", body=f"durante {number}")
            eventually(lambda: outage_noticed(cluster))
            meanwhile = [load.typical() for load in loads]
            assert far.heard("message.created", body="durante 0") == []
            before = [synced(tab) for tab in tabs]
        for tab, count in zip(tabs, before, strict=True):
            eventually(lambda tab=tab, count=count: synced(tab) > count)  # type: ignore[misc]
        for server, tab in ((cluster.first, far), (cluster.second, near)):
            write(server, customer, f"depois em {server.port}")
            tab.wait_for("message.created", body=f"depois em {server.port}")
    assert {status for load in loads for _, _, status in load.taken} == {200, 422}
    # Whoever waited for Redis would need its time-out on top.
    for at_ease, during_it in zip(usual, meanwhile, strict=True):
        assert not {kind for kind in at_ease if during_it[kind] > at_ease[kind] + REDIS_TIMEOUT_SECONDS / 2}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whoever_loses_it_meanwhile_hears_nothing_more_at_the_other_process(
    cluster: Cluster, ana: Agent, bruno: Agent, carla: Agent, customer: str, trouble: str
) -> None:
    """Her process is told of nothing: what happens there afterwards does not reach her tab all the same, though it never leaves a room."""
    conversation_id = begun(cluster.first, ana, customer)
    with carla.tab(cluster.second) as hers, bruno.tab(cluster.second) as his:
        for tab in (hers, his):
            assert "viewers" in tab.ask("conversation.open", {"id": conversation_id})
        hers.wait_for("viewers.changed", conversation_id=conversation_id, count=1)
        with TROUBLES[trouble](cluster.redis):
            made_private(bruno, conversation_id)  # by the front: at either process
            heard = len(hers.events)
            write(cluster.second, customer, "segredo")
            his.wait_for("message.created", body="segredo")
            eventually(lambda: "viewers" in his.ask("conversation.open", {"id": conversation_id}))
            his.ask("typing.set", {"typing": True})
            his.wait_for("typing.changed", conversation_id=conversation_id)
            assert hers.ask("conversation.open", {"id": conversation_id}) == {"code": "not_found"}
        write(cluster.second, customer, "e ainda")
        his.wait_for("message.created", body="e ainda")
        # Said at her own process, for the other may not have got through to it again.
        said = requests.patch(f"{cluster.second.url}/api/settings", json={"reopen_hours": 24}, headers=ana.http.headers, timeout=10)
        assert said.status_code == 200
        hers.wait_for("settings.updated")
        told = [str(payload) for name, payload in hers.events[heard:] if conversation_id in str(payload)]
        # What was said while it was everybody's may come late; of what came after nothing does.
        assert not [one for one in told if any(word in one for word in ("segredo", "e ainda", "'private'"))]
        answer = carla.call("GET", f"/api/conversations/{conversation_id}")
        assert answer.status_code == 404


def test_a_short_hiccup_loses_nothing(cluster: Cluster, bruno: Agent, customer: str) -> None:
    """Longer than a single try to hand something over, shorter than either side's patience."""
    with bruno.tab(cluster.second) as far:
        until_it_crosses(cluster.first, far, customer)

        def outlived() -> bool:
            """One hiccup, seen to cost nothing; False when this machine made it longer than it was meant to be."""
            eventually(lambda: is_calm(far))
            before, body = synced(far), f"durante {next(_numbers)}"
            began = time.monotonic()
            with cluster.redis.frozen():
                write(cluster.first, customer, body)
                threading.Event().wait(began + HICCUP_SECONDS - time.monotonic())
            lasted = time.monotonic() - began
            far.wait_for("message.created", body=body)
            if lasted > HICCUP_AT_MOST:
                return False
            assert is_calm(far)
            assert synced(far) == before
            return True

        eventually(outlived)
