"""Work that goes on while something is killed: customers who write, employees who reply; and what must hold afterwards."""

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from tests.support.lab import Lab
from tests.support.server import Json
from tests.support.talk import Talk
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook

AT_ONCE = 20
CUSTOMERS = 10
GIVE_UP_SECONDS = 90.0
SETTLE_SECONDS = 120.0
TERMINAL = ("sent", "delivered", "read")


@dataclass
class Figures:
    """What one round came to."""

    what: str
    acknowledged: int = 0
    webhook_posts: int = 0
    replies: int = 0
    reply_posts: int = 0
    unknown: set[str] = field(default_factory=set)
    settled: int = 0
    decided_by_a_person: int = 0
    ticks_missing: int = 0

    def __str__(self) -> str:
        return (
            f"{self.what}: {self.acknowledged} webhooks acknowledged in {self.webhook_posts} posts, "
            f"{self.replies} replies acknowledged in {self.reply_posts} posts, {len(self.unknown)} shown unknown, "
            f"{self.settled} of them settled by asking or a callback, {self.decided_by_a_person} by a person, "
            f"{self.ticks_missing} accepted without any later tick"
        )


class Progress:
    """Counts what was done, so that somebody can strike at a chosen moment."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def add(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._count >= count, GIVE_UP_SECONDS), f"only {self._count} of {count}"


def until_acknowledged(post: Callable[[], requests.Response], good: tuple[int, ...]) -> int:
    """POST until it is acknowledged, as Twilio and a tab's outbox do; how often that took."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    pause = threading.Event()
    posts = 0
    while True:
        posts += 1
        try:
            answer = post()
        except requests.RequestException:
            answer = None
        if answer is not None and answer.status_code in good:
            return posts
        # Nothing but "not now" may come of a kill.
        assert answer is None or answer.status_code == 503, answer.text
        assert time.monotonic() < deadline
        pause.wait(0.1)


def customers_write(own: Lab, talks: list[Talk], count: int, strike: Callable[[], None], at: int, figures: Figures) -> dict[str, list[str]]:
    """`count` webhooks, AT_ONCE at once, with `strike` after the one numbered `at`; {customer: SIDs}, all of them acknowledged."""
    progress, sids = Progress(), defaultdict(list)
    forms = [message_form(talks[number % len(talks)].customer, Body=f"mensagem {number}") for number in range(count)]

    def write(form: list[tuple[str, str]]) -> int:
        posts = until_acknowledged(lambda: post_webhook(own.server, form), (200,))
        progress.add()
        return posts

    with ThreadPoolExecutor(AT_ONCE) as pool:
        posts = [pool.submit(write, form) for form in forms]
        progress.wait_for(at)
        strike()
        figures.webhook_posts += sum(one.result() for one in posts)
    for form in forms:
        sids[dict(form)["From"]].append(dict(form)["MessageSid"])
    figures.acknowledged += count
    return sids


def employees_reply(own: Lab, talks: list[Talk], count: int, strike: Callable[[], None], at: int, label: str, figures: Figures) -> None:
    """`count` replies over all talks, each conversation's one after another; `strike` when Twilio has `at` of them."""
    before = len(own.twilio.messages(direction="outbound"))
    share = count // len(talks)

    def reply(talk: Talk) -> int:
        posts = 0
        for number in range(share):
            key = f"{label}-{talk.id}-{number}"
            posts += until_acknowledged(lambda key=key: talk.agent.reply(talk.id, key, key), (200, 201))  # type: ignore[misc]
        return posts

    with ThreadPoolExecutor(len(talks)) as pool:
        posts = [pool.submit(reply, talk) for talk in talks]
        eventually(lambda: len(own.twilio.messages(direction="outbound")) - before >= at, within=GIVE_UP_SECONDS, every=0.01)
        strike()
        figures.reply_posts += sum(one.result() for one in posts)
    figures.replies += share * len(talks)


def settle(talks: list[Talk], figures: Figures) -> dict[str, list[Json]]:
    """Wait until Twilio's part is known of every reply; {conversation: its replies}.

    One that Twilio never had stays unknown, for absence proves nothing: a person has it sent again.
    """
    decided: set[str] = set()

    def all_known() -> bool:
        open_ones = 0
        for talk in talks:
            taken = {one["body"] for one in talk.at_twilio()}
            for one in _replies(talk):
                if one["status"] == "unknown":
                    figures.unknown.add(one["id"])
                    if one["body"] not in taken and one["id"] not in decided and not one["sid"]:
                        assert talk.retry(one["id"], accept_duplicate=True).status_code == 200
                        decided.add(one["id"])
                known = one["status"] in TERMINAL or (one["status"] == "queued" and one["sid"])
                open_ones += not known
        return open_ones == 0

    eventually(all_known, within=SETTLE_SECONDS, every=0.3)
    figures.decided_by_a_person += len(decided)
    figures.settled += len(figures.unknown) - len(decided)
    found = {talk.id: _replies(talk) for talk in talks}
    figures.ticks_missing += sum(one["status"] == "queued" for replies in found.values() for one in replies)
    return found


def _replies(talk: Talk) -> list[Json]:
    return [one for one in talk.agent.messages(talk.id) if one["direction"] == "outbound"]


def assert_inbox_is_whole(talks: list[Talk], sids: dict[str, list[str]]) -> None:
    """Every acknowledged message is there exactly once, and the numbers have no holes."""

    def arrived() -> bool:  # what was journaled just before the kill is worked through after it
        return all(set(sids[talk.customer]) <= {one["sid"] for one in talk.agent.messages(talk.id)} for talk in talks)

    eventually(arrived, every=0.2)
    for talk in talks:
        messages = talk.agent.thread(talk.id)
        assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
        counts = Counter(one["sid"] for one in messages if one["direction"] == "inbound")
        assert all(counts[sid] == 1 for sid in sids[talk.customer])
        assert max(counts.values()) == 1
        running = 0
        for one in messages:
            running += one["direction"] == "inbound"
            assert one["inbound_count"] == running
        conversation = talk.agent.get(f"/api/conversations/{talk.id}")
        assert (conversation["last_seq"], conversation["inbound_count"]) == (len(messages), running)


def assert_sent_once_and_in_order(talks: list[Talk], replies: dict[str, list[Json]]) -> None:
    """At Twilio every reply is there exactly once, under the SID that we show, in the order of the conversation."""
    for talk in talks:
        taken, ours = talk.at_twilio(), replies[talk.id]
        assert [(one["sid"], one["body"]) for one in taken] == [(one["sid"], one["body"]) for one in ours]


def moment(randomly: random.Random, count: int) -> int:
    """Somewhere in the middle of `count`."""
    return randomly.randint(count // 10, count * 8 // 10)
