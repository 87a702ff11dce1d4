"""Processes that share a Redis, as the library sees them: who hears what, and who is told that something may be missing."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import socketio
from redis import Redis
from structlog.testing import capture_logs

from tests.support.redis import RedisProcess
from tests.support.waiting import eventually
from whatsapp_server.events import relay
from whatsapp_server.events.relay import Relay, channel_of

# Whoever waited for Redis would need its time-out for each: of many together the half of that is never reached, however busy the machine.
AT_ONCE = relay.REDIS_TIMEOUT_SECONDS / 2
MANY = 50
CHANNEL = channel_of("the secret of this installation")


class Node:
    """A process with one tab, which is in the room `staff`."""

    def __init__(self, url: str, channel: str = CHANNEL) -> None:
        self.gaps = 0
        self.heard: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.relay = Relay(url, channel, on_gap=self._gap, verbs={"greet": lambda **given: self.asked.append(given)})
        self.server = socketio.Server(client_manager=self.relay, async_mode="threading")
        self.server._send_eio_packet = lambda eio_sid, packet: self.heard.append(packet.data)
        self.relay.enter_room(self.relay.connect("tab", "/"), "/", "staff")

    def _gap(self) -> None:
        self.gaps += 1

    def emit(self, word: str, **more: Any) -> float:
        """Emit to the staff of all processes; how long that took."""
        began = time.monotonic()
        self.server.emit(word, {}, to=["staff"], **more)
        return time.monotonic() - began

    def has_heard(self, word: str) -> int:
        """How often its tab was told."""
        return self.heard.count(f'2["{word}",{{}}]')


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    with RedisProcess(tmp_path / "redis") as process:
        yield process


@pytest.fixture
def node(redis: RedisProcess) -> Iterator[Callable[..., Node]]:
    """Starts one that hears, and of whose start the others have been told."""
    started: list[Node] = []
    with ExitStack() as stack:

        def start(**given: Any) -> Node:
            one = Node(redis.url, **given)
            there = [(other, other.gaps) for other in started if other.relay.channel == one.relay.channel]
            one.relay.start(listens=True)
            stack.callback(one.relay.stop)
            eventually(lambda: one.gaps and all(other.gaps > gaps for other, gaps in there))
            started.append(one)
            return one

        yield start


def test_all_processes_hear_each_once(node: Callable[..., Node]) -> None:
    near, far = node(), node()
    near.emit("hello")
    assert near.has_heard("hello") == 1
    eventually(lambda: far.has_heard("hello"))
    far.emit("last")
    eventually(lambda: near.has_heard("last"))
    assert (near.has_heard("hello"), far.has_heard("hello")) == (1, 1)


def test_what_is_for_here_stays_here(node: Callable[..., Node]) -> None:
    near, far = node(), node()
    near.emit("private", ignore_queue=True)
    near.emit("public")
    eventually(lambda: far.has_heard("public"))
    assert (near.has_heard("private"), far.has_heard("private")) == (1, 0)


def test_another_installation_on_the_same_redis_hears_nothing(node: Callable[..., Node]) -> None:
    near, far, stranger = node(), node(), node(channel=channel_of("another secret"))
    near.emit("hello")
    eventually(lambda: far.has_heard("hello"))
    assert stranger.heard == []


def test_processes_ask_each_other(node: Callable[..., Node]) -> None:
    near, far = node(), node()
    near.relay.tell_others("greet", who="everybody")
    eventually(lambda: far.asked == [{"who": "everybody"}])
    assert near.asked == []


def test_one_that_only_tells_is_heard(redis: RedisProcess, node: Callable[..., Node]) -> None:
    far, teller = node(), Node(redis.url)
    teller.relay.start(listens=False)
    teller.emit("hello")
    teller.relay.stop()
    eventually(lambda: far.has_heard("hello"))
    assert teller.gaps == 0


def test_what_is_not_understood_counts_as_missed_and_ends_nothing(redis: RedisProcess, node: Callable[..., Node]) -> None:
    near, far = node(), node()
    told = (near.gaps, far.gaps)
    with Redis(port=redis.port) as client:
        for rubbish in ("{", "[]", '{"host_id": "x"}', '{"host_id": "x", "method": "unknown", "given": {}}'):
            client.publish(CHANNEL, rubbish)
    eventually(lambda: (near.gaps, far.gaps) == (told[0] + 4, told[1] + 4))
    near.emit("hello")
    eventually(lambda: far.has_heard("hello"))


@pytest.mark.parametrize("trouble", [RedisProcess.killed, RedisProcess.frozen])
def test_nobody_waits_while_redis_is_away_and_all_are_told_once_it_is_back(
    redis: RedisProcess, node: Callable[..., Node], trouble: Callable[[RedisProcess], Any]
) -> None:
    near, far = node(), node()
    with capture_logs() as logged:
        with trouble(redis):
            taken = 0.0
            for number in range(MANY):
                taken += near.emit(f"during {number}")
                assert near.has_heard(f"during {number}") == 1
            assert taken / MANY < AT_ONCE
            # One cannot tell, both cannot hear.
            eventually(lambda: len(logged) == 3)
            told = (near.gaps, far.gaps)
        eventually(lambda: near.gaps > told[0] and far.gaps > told[1])
        eventually(lambda: [one["event"] for one in logged].count("relay.hears_again") == 2)
        near.emit("after")
        far.emit("after")
        eventually(lambda: (near.has_heard("after"), far.has_heard("after")) == (2, 2))
        eventually(lambda: "relay.tells_again" in [one["event"] for one in logged])
    events = [one["event"] for one in logged]
    assert sorted(events[:3]) == ["relay.cannot_hear", "relay.cannot_hear", "relay.cannot_tell"]
    assert {events.count("relay.cannot_hear"), events.count("relay.cannot_tell") + 1} == {2}


def test_what_was_lost_on_the_way_is_told_although_the_others_heard_all_along(
    redis: RedisProcess, node: Callable[..., Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the way from one process to Redis is cut: the others cannot know that they miss something."""
    near, far = node(), node()
    told = (near.gaps, far.gaps)
    send = near.relay._outgoing._send
    cut = [True]

    def through(messages: list[str]) -> None:
        if cut[0]:
            raise ConnectionError
        send(messages)

    monkeypatch.setattr(near.relay._outgoing, "_send", through)
    monkeypatch.setattr("whatsapp_server.events.outgoing.STALE_SECONDS", 0.3)
    near.emit("lost")
    eventually(lambda: near.relay._outgoing._missed == 1)
    cut[0] = False
    eventually(lambda: far.gaps == told[1] + 1)
    near.emit("after")
    eventually(lambda: far.has_heard("after"))
    assert (far.has_heard("lost"), near.gaps) == (0, told[0])


def test_who_stays_deaf_says_so_now_and_then(redis: RedisProcess, node: Callable[..., Node], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whatsapp_server.events.incoming.DEAF_SECONDS", 0.6)
    near = node()
    with redis.killed():
        eventually(lambda: near.gaps >= 3)


def test_whoever_starts_has_the_others_sync(redis: RedisProcess, node: Callable[..., Node]) -> None:
    """What ran before it may have died with something untold."""
    near, teller = node(), Node(redis.url)
    told = near.gaps
    teller.relay.start(listens=False)
    eventually(lambda: near.gaps == told + 1)
    teller.relay.stop()


def test_starting_before_redis_does_is_no_obstacle(redis: RedisProcess) -> None:
    node = Node(redis.url)
    with redis.killed():
        node.relay.start(listens=True)
        assert sum(node.emit("alone") for _ in range(MANY)) / MANY < AT_ONCE
        assert node.has_heard("alone") == MANY
    eventually(lambda: node.gaps)
    node.relay.stop()
