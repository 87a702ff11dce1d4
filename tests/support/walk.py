"""People at work at random: each action is done to the server and to a small model, and both must say the same."""

import random
from collections import deque
from collections.abc import Callable
from typing import Any

import requests

from tests.support.inbox_model import VIEWS, Inbox, Person, Thread
from tests.support.lab import Lab
from tests.support.people import joined
from tests.support.server import Agent, Json
from tests.support.waiting import eventually

PEOPLE, ADMINS, CONVERSATIONS = 10, 3, 24
CONFIRMED = (200, 201, 204)
# How often each is done, of all actions.
ACTIONS = {
    "customer": 18,
    "new_customer": 4,
    "reply": 14,
    "failing_reply": 3,
    "second_try": 2,
    "note": 6,
    "claim": 6,
    "take_over": 6,
    "offer": 8,
    "answer_offer": 8,
    "pass_on": 5,
    "assign": 3,
    "finish": 8,
    "reopen": 2,
    "set_visibility": 5,
    "read": 12,
    "mark_unread": 3,
    "read_view": 2,
    "see_team": 3,
    "say": 4,
    "staff": 1,
}


class Walk:
    """Does the same to the server and to the model, and compares."""

    def __init__(self, own: Lab, randomly: random.Random) -> None:
        self.own, self.random, self.inbox = own, randomly, Inbox()
        self.ana = own.agent("ana")
        self.agents: dict[Person, Agent] = {}
        self.ids: dict[Thread, str] = {}
        self.customers: dict[Thread, str] = {}
        self.failed: dict[tuple[Thread, int], tuple[str, Person]] = {}
        self.trace: deque[str] = deque(maxlen=25)
        self.lines = [None, *(self._team() for _ in range(2))]
        for number in range(PEOPLE):
            self.join(admin=number < ADMINS)
        self.root = self.inbox.people[0]  # who stays, and stays an admin
        self.chat()

    def _team(self) -> str:
        given = {"name": f"Line {self.random.random()}", "member_ids": []}
        team_id: str = self.ana.call("POST", "/api/teams", json=given).json()["id"]
        return team_id

    def join(self, *, admin: bool = False) -> None:
        """Somebody new."""
        name = f"p{len(self.inbox.people)}"
        if admin and not self.agents:
            agent = self.ana
        else:
            agent = joined(self.ana, "admin" if admin else "agent", email=f"{name}@walk.example.com", name=name)
        # Somebody may be idle for so long that the server hangs up, just when they act again.
        agent.http.headers["Connection"] = "close"
        self.agents[self.inbox.join(name, admin=admin)] = agent

    def chat(self) -> None:
        """A group of half of them."""
        members = self.inbox.people[1 : PEOPLE // 2]
        given = {"member_ids": [self.agents[one].user["id"] for one in members[1:]], "title": "Plantão"}
        answer = self.agents[members[0]].call("POST", "/api/chats", json=given)
        thread = Thread(members=list(members))
        self.inbox.threads.append(thread)
        self.ids[thread] = answer.json()["id"]
        self.inbox.add(thread, "event")

    # Choosing

    def someone(self) -> Person:
        """Somebody who works here."""
        return self.random.choice([one for one in self.inbox.people if one.active])

    def somewhere(self) -> Thread | None:
        """A customer's conversation."""
        threads = [one for one in self.inbox.threads if one.members is None]
        return self.random.choice(threads) if threads else None

    def id_of(self, person: Person | None) -> str | None:
        """Their id."""
        return self.agents[person].user["id"] if person else None

    # Comparing

    def agree(self, who: Person, thread: Thread, refused: str | None, answer: requests.Response) -> None:
        """The server said the same as the model, and the conversation is the same afterwards."""
        if refused:
            assert answer.json().get("code") == refused, answer.text
        else:
            assert answer.status_code in CONFIRMED, answer.text
        self.compare(thread, self.ana.get(f"/api/conversations/{self.ids[thread]}"))

    def compare(self, thread: Thread, found: Json) -> None:
        """Everything that is the same for all who may read it."""
        offer = found["offer"] and (found["offer"]["from"]["id"], found["offer"]["to"]["id"])
        assert found["assignee_id"] == self.id_of(thread.holder)
        assert offer == (thread.offer and tuple(self.id_of(one) for one in thread.offer))
        state, visibility = "open" if thread.is_open else "finished", "private" if thread.private else "public"
        assert (found["state"], found["visibility"]) == (state, visibility)
        assert (found["team_id"], found["last_seq"]) == (thread.team, len(thread.said))
        assert (found["inbound_count"], found["last_inbound_seq"]) == (thread.news(), thread.last("in"))
        named = {(each["user_id"], each["seq"]) for each in found["mentioned"]}
        assert named == {(self.id_of(each), seq) for each, seq in thread.named}

    def compare_all(self) -> None:
        """Every thread, and every view, number and mark of everybody."""
        for thread in self.inbox.threads:
            if thread.members is None:
                self.compare_thread(thread)
        by_id = {conversation_id: thread for thread, conversation_id in self.ids.items()}
        for who, agent in self.agents.items():
            if not who.active:
                continue
            assert agent.get("/api/counts") == self.inbox.counts(who), who.name
            for view in VIEWS:
                items = agent.get("/api/conversations", view=view, limit=100)["items"]
                assert {by_id[one["id"]] for one in items} == self.inbox.view(who, view), (who.name, view)
                assert len(items) == len({one["id"] for one in items})
                for one in items:
                    assert one["unread"] == self.inbox.unread(who, by_id[one["id"]]), (who.name, one["id"])

    def compare_thread(self, thread: Thread) -> None:
        """What was said and done, in this order; and since when the customer waits."""
        path = f"/api/conversations/{self.ids[thread]}"
        messages, found = self.ana.thread(self.ids[thread]), self.ana.get(path)
        kinds = {"inbound": "in", "outbound": "out"}
        assert [kinds.get(one["direction"], one["kind"]) for one in messages] == [one.kind for one in thread.said]
        assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
        waiting = thread.waiting()
        assert found["waiting_since"] == (messages[waiting - 1]["created_at"] if waiting else None)
        self.compare(thread, found)

    # Acting

    def act(self) -> None:
        """One action, chosen by chance."""
        name = self.random.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        who, thread = self.someone(), self.somewhere()
        if thread is None:
            name = "new_customer"
        self.trace.append(f"{who.name} {name} {self.inbox.threads.index(thread) if thread else ''}")
        alone: dict[str, Callable[[], None]] = {
            "new_customer": self.new_customer,
            "read_view": lambda: self.read_view(who),
            "see_team": lambda: self.see_team(who),
            "say": self.say,
            "staff": self.staff,
        }
        if name in alone:
            alone[name]()
            return
        assert thread is not None
        if name == "customer":
            self.customer(thread)
        elif not self.inbox.may_read(who, thread):
            assert self.agents[who].do(self.ids[thread], "claim").status_code == 404
        else:
            getattr(self, name)(who, thread)

    def verb(self, who: Person, thread: Thread, verb: str, refused: str | None, **given: Any) -> None:
        """The verb on the server, which the model has done already."""
        self.agree(who, thread, refused, self.agents[who].do(self.ids[thread], verb, **given))

    def new_customer(self) -> None:
        if len(self.customers) >= CONVERSATIONS:
            return
        talk, thread = self.own.talk(), Thread()
        self.inbox.threads.append(thread)
        self.ids[thread], self.customers[thread] = talk.id, talk.customer
        self.inbox.customer_writes(thread)

    def customer(self, thread: Thread) -> None:
        self.own.twilio.inbound("Oi", from_=self.customers[thread])
        self.inbox.customer_writes(thread)
        self.compare(thread, self.ana.get(f"/api/conversations/{self.ids[thread]}"))

    def reply(self, who: Person, thread: Thread, body: str = "Olá") -> bool:
        believed = self.random.choice([thread.holder, thread.holder, self.someone(), None])
        refused = self.inbox.reply(who, thread, believed)
        self.agree(who, thread, refused, self.agents[who].reply(self.ids[thread], body, take_over_from=self.id_of(believed)))
        return refused is None

    def failing_reply(self, who: Person, thread: Thread) -> None:
        body = f"falha {len(self.failed)} {self.random.random()}"
        fault = self.random.choice(["refused", "failed", "undelivered"])
        self.own.twilio.add_fault(fault, match={"to": self.customers[thread], "body": body})
        if self.reply(who, thread, body):
            message = self.newest(thread, body, "failed", "undelivered")
            thread.said[-1].counts = False
            self.failed[thread, len(thread.said)] = message["id"], who

    def newest(self, thread: Thread, body: str, *statuses: str) -> Json:
        """The message of that text, once it is in one of these states."""

        def look() -> Json | None:
            # On all pages: one that failed long ago may be tried again.
            found = [one for one in self.ana.thread(self.ids[thread]) if one["body"] == body]
            return found[-1] if found and found[-1]["status"] in statuses else None

        found: Json = eventually(look)  # type: ignore[assignment]
        return found

    def second_try(self, who: Person, thread: Thread) -> None:
        """A reply that failed is sent again, or put away, or whoever wanted to may not."""
        failed = [key for key in self.failed if key[0] is thread]
        if not failed:
            return
        key = self.random.choice(failed)
        message_id, author = self.failed[key]
        again = self.random.random() < 0.6
        refused = self.inbox.hold(who, thread, None) if again else self.inbox.discard(who, thread, author)
        answer = self.agents[who].call("POST", f"/api/messages/{message_id}/{'retry' if again else 'discard'}")
        self.agree(who, thread, refused, answer)
        if refused:
            return
        del self.failed[key]
        thread.said[key[1] - 1].counts = again
        if again:
            self.newest(thread, answer.json()["body"], "sent", "delivered")

    def note(self, who: Person, thread: Thread) -> None:
        named = self.random.sample([one for one in self.inbox.people if one.active], self.random.randint(0, 2))
        refused = self.inbox.note(who, thread, named)
        given = {"kind": "note", "mentions": [self.id_of(one) for one in named]}
        self.agree(who, thread, refused, self.agents[who].reply(self.ids[thread], "Vejam", **given))

    def claim(self, who: Person, thread: Thread) -> None:
        self.verb(who, thread, "claim", self.inbox.claim(who, thread))

    def take_over(self, who: Person, thread: Thread) -> None:
        believed = thread.holder if thread.holder and self.random.random() < 0.8 else self.someone()
        refused = self.inbox.take_over(who, thread, believed)
        self.verb(who, thread, "take-over", refused, **{"from": self.id_of(believed)})

    def offer(self, who: Person, thread: Thread) -> None:
        to = self.random.choice(self.inbox.people)
        self.verb(who, thread, "offer", self.inbox.offer(who, thread, to), to=self.id_of(to))

    def answer_offer(self, who: Person, thread: Thread) -> None:
        if thread.offer and self.random.random() < 0.8:
            who = self.random.choice([*thread.offer, thread.offer[1]])
        if not self.inbox.may_read(who, thread):
            return
        verb = self.random.choice(["accept", "decline", "withdraw"])
        offer = self.ana.get(f"/api/conversations/{self.ids[thread]}")["offer"] or {"id": "0" * 24}
        self.verb(who, thread, f"offer/{verb}", getattr(self.inbox, verb)(who, thread), offer_id=offer["id"])

    def pass_on(self, who: Person, thread: Thread) -> None:
        line = self.random.choice(self.lines)
        self.verb(who, thread, "pass", self.inbox.pass_on(who, thread, line), team_id=line)

    def assign(self, who: Person, thread: Thread) -> None:
        to = self.random.choice(self.inbox.people)
        self.verb(who, thread, "assign", self.inbox.assign(who, thread, to), to=self.id_of(to))

    def finish(self, who: Person, thread: Thread) -> None:
        seen = len(thread.said) if self.random.random() < 0.8 else thread.last("in") - 1
        self.verb(who, thread, "finish", self.inbox.finish(who, thread, seen), last_seen_seq=seen)

    def reopen(self, who: Person, thread: Thread) -> None:
        self.verb(who, thread, "reopen", self.inbox.reopen(who, thread))

    def set_visibility(self, who: Person, thread: Thread) -> None:
        private = self.random.random() < 0.6
        refused = self.inbox.set_visibility(who, thread, private)
        self.verb(who, thread, "visibility", refused, visibility="private" if private else "public")

    def read(self, who: Person, thread: Thread) -> None:
        seq = self.random.choice([len(thread.said), len(thread.said), self.random.randint(0, len(thread.said))])
        self.inbox.read(who, thread, seq)
        answer = self.agents[who].call("POST", f"/api/conversations/{self.ids[thread]}/read", json={"seq": seq})
        assert answer.json()["unread"] == self.inbox.unread(who, thread), answer.text

    def mark_unread(self, who: Person, thread: Thread) -> None:
        self.inbox.mark_unread(who, thread)
        answer = self.agents[who].call("POST", f"/api/conversations/{self.ids[thread]}/unread")
        assert answer.json()["unread"] == self.inbox.unread(who, thread), answer.text

    def read_view(self, who: Person) -> None:
        view = self.random.choice(VIEWS)
        assert self.agents[who].call("POST", f"/api/views/{view}/read").status_code == 204
        self.inbox.read_view(who, view)

    def see_team(self, who: Person) -> None:
        assert self.agents[who].call("POST", "/api/views/team/seen").status_code == 204
        who.seen_team = self.inbox.moment

    def say(self) -> None:
        (chat,) = (one for one in self.inbox.threads if one.members is not None)
        members = [one for one in chat.members or [] if one.active]
        if not members:
            return  # all of them have left the company by now
        who = self.random.choice(members)
        if self.random.random() < 0.5:
            self.inbox.say(who, chat)
            assert self.agents[who].reply(self.ids[chat], "Oi").status_code == 201
        else:
            self.inbox.read(who, chat, len(chat.said))
            path = f"/api/conversations/{self.ids[chat]}/read"
            assert self.agents[who].call("POST", path, json={"seq": len(chat.said)}).status_code == 200

    def staff(self) -> None:
        """Somebody leaves and another joins, or somebody's role changes."""
        others = [one for one in self.inbox.people if one.active and one is not self.root]
        who = self.random.choice(others)
        if self.random.random() < 0.5:
            who.admin = not who.admin
            role = "admin" if who.admin else "agent"
            assert self.ana.call("PATCH", f"/api/users/{self.id_of(who)}", json={"role": role}).status_code == 200
            return
        heir = self.random.choice([None, *(one for one in others if one is not who)])
        answer = self.ana.call("POST", f"/api/users/{self.id_of(who)}/deactivate", json={"hand_to": self.id_of(heir)})
        assert answer.status_code == 200, answer.text
        self.inbox.deactivate(who, heir)
        for thread in self.customers:
            self.compare(thread, self.ana.get(f"/api/conversations/{self.ids[thread]}"))
        self.join(admin=self.random.random() < 0.3)
