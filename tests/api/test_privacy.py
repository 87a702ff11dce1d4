"""Losing sight of a conversation, live: out of every open tab at once, nothing more by the socket, 404 on the next request."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.support.belonging import begun, done, made_private, offered, told, write
from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess, Tab
from tests.support.simulator import SimulatorProcess
from tests.support.talk import Talk
from tests.support.webhooks import message_form, post_webhook

TOGGLES = 12


def about(tab: Tab, conversation_id: str, since: int = 0) -> list[tuple[str, Json]]:
    """What a tab has heard of a conversation, from its event number `since` on."""
    return [(name, payload) for name, payload in list(tab.events)[since:] if conversation_id in str(payload)]


def version_in(payload: Json) -> int:
    """Of the conversation that an event is about."""
    version: int = payload.get("conversation", payload)["version"]
    return version


@pytest.fixture
def all_told(ana: Agent) -> Callable[[Tab], None]:
    """Waits until a tab has heard what was said to everybody just now: had it been told of anything before, it would know."""

    def wait(tab: Tab) -> None:
        version = ana.settings(reopen_hours=24)["version"]
        tab.wait_for("settings.updated")
        while max(one["settings"]["version"] for one in tab.heard("settings.updated")) < version:
            tab.wait_for("settings.updated", count=len(tab.heard("settings.updated")) + 1)

    return wait


def loses(tab: Tab, conversation_id: str) -> int:
    """Waits for `conversation.removed`; the number of events heard with it."""
    tab.wait_for("conversation.removed", id=conversation_id)
    return len(tab.events)


def test_what_becomes_private_leaves_a_colleague_s_open_tab(
    twilio: SimulatorProcess, ana: Agent, bruno: Agent, carla: Agent, talk: Talk, all_told: Callable[[Tab], None]
) -> None:
    path = f"/api/conversations/{talk.id}"
    done(bruno.do(talk.id, "claim"))
    with carla.tab() as hers, bruno.tab() as his, ana.tab() as admins:
        twilio.inbound("às vistas", from_=talk.customer)
        hers.wait_for("message.created", body="às vistas")
        private = done(bruno.do(talk.id, "visibility", visibility="private"))
        heard = loses(hers, talk.id)
        (gone,) = hers.heard("conversation.removed", id=talk.id)
        # Above all that the tab can hold of it, and not above what its readers are told.
        assert max(version_in(payload) for name, payload in about(hers, talk.id) if name != "conversation.removed") < gone["version"]
        assert gone["version"] <= private["version"]
        assert bruno.reply(talk.id, "sigilo").status_code == 201
        twilio.inbound("segredo", from_=talk.customer)
        assert ana.reply(talk.id, "só nós", kind="note").status_code == 201
        assert ana.call("POST", f"{path}/read", json={"seq": 3}).status_code == 200
        offered(bruno, talk.id, ana)
        for tab in (his, admins):
            tab.wait_for("message.created", body="segredo")
            tab.wait_for("message.updated", body="sigilo", status="delivered")
        for tab in (hers, his, admins):
            all_told(tab)
        assert about(hers, talk.id, heard) == []
        assert not hers.ended.is_set()
        assert_problem(carla.call("GET", path), 404, "not_found")
        assert_problem(carla.call("GET", f"{path}/messages"), 404, "not_found")
        assert talk.id not in [one["id"] for one in carla.get("/api/conversations", limit=100)["items"]]
        # And back again.
        public = done(bruno.do(talk.id, "visibility", visibility="public"))
        told(hers, public)
        assert [one["body"] for one in carla.messages(talk.id)] == ["Oi", "às vistas", "sigilo", "segredo", "só nós"]
        twilio.inbound("às claras", from_=talk.customer)
        hers.wait_for("message.created", body="às claras")


@pytest.mark.parametrize("how", ["assigned", "taken over"])
def test_whoever_loses_a_private_one_loses_it_at_once(
    server: ServerProcess, ana: Agent, bruno: Agent, carla: Agent, talk: Talk, how: str, all_told: Callable[[Tab], None]
) -> None:
    made_private(bruno, talk.id)
    with bruno.tab() as his:
        if how == "assigned":
            done(ana.do(talk.id, "assign", to=carla.user["id"]))
        else:
            done(ana.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
        heard = loses(his, talk.id)
        write(server, talk.customer, "segredo")
        all_told(his)
        assert about(his, talk.id, heard) == []
    assert_problem(bruno.reply(talk.id, "Olá"), 404, "not_found")


def test_to_whom_it_was_offered_loses_it_when_the_offer_is_taken_back(
    server: ServerProcess, bruno: Agent, carla: Agent, talk: Talk, all_told: Callable[[Tab], None]
) -> None:
    made_private(bruno, talk.id)
    with carla.tab() as hers:
        offer_id = offered(bruno, talk.id, carla)
        write(server, talk.customer, "para quem decide")
        hers.wait_for("message.created", body="para quem decide")
        done(bruno.do(talk.id, "offer/withdraw", offer_id=offer_id))
        heard = loses(hers, talk.id)
        write(server, talk.customer, "segredo")
        all_told(hers)
        assert about(hers, talk.id, heard) == []


def test_a_former_admin_hears_no_more_and_a_new_one_does(
    server: ServerProcess, ana: Agent, bruno: Agent, talk: Talk, all_told: Callable[[Tab], None]
) -> None:
    eva = joined(ana)
    made_private(bruno, talk.id)

    def become(role: str) -> None:
        assert ana.call("PATCH", f"/api/users/{eva.user['id']}", json={"role": role}).status_code == 200

    with eva.tab() as hers:
        become("admin")
        write(server, talk.customer, "um")
        hers.wait_for("message.created", body="um")
        become("agent")
        heard = len(hers.events)
        write(server, talk.customer, "dois")
        all_told(hers)
        assert about(hers, talk.id, heard) == []
        assert_problem(eva.call("GET", f"/api/conversations/{talk.id}"), 404, "not_found")


def test_whoever_leaves_a_group_hears_no_more_of_it(bruno: Agent, carla: Agent, all_told: Callable[[Tab], None]) -> None:
    answer = bruno.call("POST", "/api/chats", json={"member_ids": [carla.user["id"]], "title": "Plantão"})
    chat_id = answer.json()["id"]
    with carla.tab() as hers:
        assert bruno.reply(chat_id, "um").status_code == 201
        hers.wait_for("message.created", body="um", conversation_id=chat_id)
        assert carla.call("DELETE", f"/api/chats/{chat_id}/members/{carla.user['id']}").status_code == 204
        heard = loses(hers, chat_id)
        assert bruno.reply(chat_id, "dois").status_code == 201
        all_told(hers)
        assert about(hers, chat_id, heard) == []
    assert_problem(carla.call("GET", f"/api/conversations/{chat_id}"), 404, "not_found")


@contextmanager
def writing(server: ServerProcess, customer: str) -> Iterator[None]:
    """A customer who keeps writing meanwhile."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            write(server, customer, "blá")

    writer = threading.Thread(target=run)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_nothing_written_after_it_became_private_slips_out(
    server: ServerProcess, bruno: Agent, carla: Agent, talk: Talk, all_told: Callable[[Tab], None]
) -> None:
    """While the customer writes without a pause, it is made private and public in turn: what is heard was public when it was said."""
    done(bruno.do(talk.id, "claim"))
    with carla.tab() as hers, bruno.tab() as his:
        with writing(server, talk.customer):
            for number in range(TOGGLES):
                his.wait_for("message.created", count=5 * number, body="blá")
                done(bruno.do(talk.id, "visibility", visibility="public" if number % 2 else "private"))
                hers.wait_for("conversation.removed", id=talk.id, count=number // 2 + 1)
        all_told(hers)
        all_told(his)
        heard = [payload for name, payload in about(hers, talk.id) if name != "conversation.removed"]
        (his_own, her_own) = ({one["message"]["seq"] for one in tab.heard("message.created", body="blá")} for tab in (his, hers))
    assert {one["conversation"]["visibility"] for one in heard} == {"public"}
    assert her_own < his_own == {one["seq"] for one in bruno.thread(talk.id) if one["body"] == "blá"}
    assert len(carla.thread(talk.id)) == len(bruno.thread(talk.id))


# By its number


def test_a_number_that_is_held_privately_says_nothing_of_who_and_what(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    made_private(bruno, talk.id)
    number = talk.customer.removeprefix("whatsapp:")
    for spelling in (number, f"+55 ({number[3:5]}) {number[5:10]}-{number[10:]}", f"+55{number[3:5]}{number[6:]}"):
        answer = carla.call("POST", "/api/conversations", json={"number": spelling, "name": "Intruso"})
        problem = assert_problem(answer, 409, "not_available")
        assert not {"by", "at", "id", "visibility"} & problem.keys()
        assert not any(word in answer.text for word in (talk.id, "Maria", "Bruno", bruno.user["id"]))
    assert bruno.get(f"/api/conversations/{talk.id}")["contact"]["name"] == "Maria"
    for reader in (bruno, ana):
        assert done(reader.call("POST", "/api/conversations", json={"number": number}))["id"] == talk.id


def test_nor_does_asking_on_another_number_of_ours(
    server: ServerProcess, ana: Agent, bruno: Agent, carla: Agent, customers: Callable[[], str]
) -> None:
    customer, ours = customers(), "whatsapp:+15550009998"
    number = customer.removeprefix("whatsapp:")
    assert post_webhook(server, message_form(customers(), To=ours)).status_code == 200
    other = next(one["id"] for one in ana.get("/api/channels")["items"] if one["address"] == ours)
    made_private(bruno, begun(server, ana, customer))

    def start(agent: Agent, **given: str) -> requests.Response:
        return agent.call("POST", "/api/conversations", json={"number": number, **given})

    before = bruno.conversation_with(customer)
    assert "Maria" not in start(carla, channel_id=other).text
    assert_problem(start(carla, channel_id=other, name="Intruso"), 409, "not_available")
    assert bruno.conversation_with(customer) == before
    # There the customer writes too, for everybody to see: that one is found, and still nothing of the customer changed.
    assert post_webhook(server, message_form(customer, To=ours)).status_code == 200
    assert done(start(carla, channel_id=other, name="Intruso"))["contact"]["name"] == "Maria"
    assert_problem(start(carla), 409, "not_available")
    assert {one["contact"]["name"] for one in ana.get("/api/conversations", q=number)["items"]} == {"Maria"}
