"""A conversation's messages by pages, and replying exactly once."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook

NOWHERE = "0" * 24


@pytest.fixture
def conversation(twilio: SimulatorProcess, ana: Agent, customer: str) -> Json:
    """A conversation whose customer has just written."""
    twilio.inbound("Oi", from_=customer, profile_name="Maria")
    found = ana.conversation_with(customer)
    assert found is not None
    return found


def test_pages_go_back_to_the_first_message_without_a_gap(server: ServerProcess, ana: Agent, customer: str) -> None:
    for number in range(1, 251):
        assert post_webhook(server, message_form(customer, Body=str(number))).status_code == 200
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    path = f"/api/conversations/{conversation['id']}/messages"
    newest = ana.get(path)
    assert [message["seq"] for message in newest["items"]] == list(range(250, 220, -1))
    # A message that comes in between moves nothing of what is behind.
    assert post_webhook(server, message_form(customer, Body="251")).status_code == 200
    seqs, cursor = [], newest["next"]
    while cursor:
        page = ana.get(path, cursor=cursor, limit=100)
        seqs += [message["seq"] for message in page["items"]]
        cursor = page["next"]
    assert seqs == list(range(220, 0, -1))
    assert [message["body"] for message in ana.messages(conversation["id"])] == [str(number) for number in range(1, 252)]


def test_a_page_that_ends_with_the_first_message_is_the_last(server: ServerProcess, ana: Agent, customer: str) -> None:
    for _ in range(10):
        post_webhook(server, message_form(customer))
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    page = ana.get(f"/api/conversations/{conversation['id']}/messages", limit=5)
    last = ana.get(f"/api/conversations/{conversation['id']}/messages", limit=5, cursor=page["next"])
    assert [message["seq"] for message in last["items"]] == [5, 4, 3, 2, 1]
    assert last["next"] is None


def test_a_conversation_without_messages_is_an_empty_page(ana: Agent, customer: str) -> None:
    started = ana.call("POST", "/api/conversations", json={"number": customer.removeprefix("whatsapp:")}).json()
    assert ana.get(f"/api/conversations/{started['id']}/messages") == {"items": [], "next": None}


def test_a_reply_is_queued_shown_and_told_with_its_author(ana: Agent, bruno: Agent, conversation: Json) -> None:
    with bruno.tab() as his:
        answer = ana.reply(conversation["id"], "Olá!\n👋", client_id="of the tab")  # its author takes the conversation: seq 2
        assert answer.status_code == 201
        message = answer.json()
        assert (message["seq"], message["direction"], message["kind"], message["body"]) == (3, "outbound", "text", "Olá!\n👋")
        assert (message["status"], message["sid"], message["client_id"]) == ("queued", None, "of the tab")
        assert message["author"] == {"id": ana.user["id"], "name": "Ana Souza"}
        heard = his.wait_for("message.created", id=message["id"])
        assert heard[0]["message"] == message
        assert heard[0]["conversation"]["last_message"]["author"]["name"] == "Ana Souza"
    eventually(lambda: ana.messages(conversation["id"])[-1]["sid"])


def test_a_repeated_client_id_is_the_same_message(
    twilio: SimulatorProcess, ana: Agent, bruno: Agent, conversation: Json, customer: str
) -> None:
    client_id = str(uuid.uuid4())
    first = ana.reply(conversation["id"], "uma vez", client_id)
    again = ana.reply(conversation["id"], "uma vez", client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    # Another person's tab may well have made the same one.
    his = bruno.reply(conversation["id"], "do Bruno", client_id, take_over_from=ana.user["id"])
    assert his.status_code == 201
    sent = eventually(lambda: found if len(found := twilio.messages(to=customer, direction="outbound")) > 1 else None)
    assert [message["body"] for message in sent] == ["uma vez", "do Bruno"]
    assert len(ana.messages(conversation["id"])) == 3


def test_twenty_posts_of_one_client_id_at_once_are_one_message(
    twilio: SimulatorProcess, ana: Agent, bruno: Agent, conversation: Json, customer: str
) -> None:
    client_id, together = str(uuid.uuid4()), threading.Barrier(20)

    def post(_: int) -> tuple[int, str]:
        together.wait(10)
        answer = ana.reply(conversation["id"], "uma vez só", client_id)
        return answer.status_code, answer.json()["id"]

    with bruno.tab() as his:
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(post, range(20)))
        assert sorted(status for status, _ in answers) == [200] * 19 + [201]
        (message_id,) = {message_id for _, message_id in answers}
        # Between the customer and the reply: that its author took the conversation.
        assert [message["seq"] for message in ana.thread(conversation["id"])] == [1, 2, 3]
        his.wait_for("message.updated", id=message_id, status="delivered")
        assert len(his.heard("message.created", id=message_id)) == 1
    assert [message["body"] for message in twilio.messages(to=customer, direction="outbound")] == ["uma vez só"]


def test_a_client_id_for_something_else_is_409(twilio: SimulatorProcess, ana: Agent, conversation: Json, customer: str) -> None:
    other = ana.call("POST", "/api/conversations", json={"number": "+5511900000001"}).json()
    client_id = str(uuid.uuid4())
    assert ana.reply(conversation["id"], "um", client_id).status_code == 201
    assert_problem(ana.reply(conversation["id"], "dois", client_id), 409, "client_id_reused")
    assert_problem(ana.reply(other["id"], "um", client_id), 409, "client_id_reused")
    assert [message["body"] for message in ana.messages(conversation["id"])] == ["Oi", "um"]
    assert ana.messages(other["id"]) == []


def test_twenty_replies_at_once_leave_in_the_order_they_are_shown(
    twilio: SimulatorProcess, ana: Agent, conversation: Json, customer: str
) -> None:
    with ThreadPoolExecutor(20) as pool:
        given = list(pool.map(lambda n: ana.reply(conversation["id"], f"resposta {n}").status_code, range(20)))
    assert given == [201] * 20
    shown = ana.messages(conversation["id"])
    assert [message["seq"] for message in ana.thread(conversation["id"])] == list(range(1, 23))
    sent = eventually(lambda: found if len(found := twilio.messages(to=customer, direction="outbound")) == 20 else None)
    assert [message["body"] for message in sent] == [message["body"] for message in shown[1:]]


@pytest.mark.parametrize(
    "body",
    [
        {"client_id": "a", "body": ""},
        {"client_id": "a", "body": " \n\t\u00a0\u2003"},
        {"client_id": "a", "body": "x" * 1601},
        {"client_id": "a", "body": "a\x00b"},
        {"client_id": "a", "body": "\ud800"},
        {"client_id": "a", "body": None},
        {"client_id": "a", "body": ["a"]},
        {"client_id": "a", "body": 5},
        {"client_id": "a"},
        {"client_id": "", "body": "a"},
        {"client_id": "x" * 65, "body": "a"},
        {"client_id": {"$ne": ""}, "body": "a"},
        {"client_id": None, "body": "a"},
        {"body": "a"},
        {"client_id": "a", "body": "a", "author": "b"},
        [],
        "text",
    ],
)
def test_a_reply_of_another_shape_is_422_and_nothing_is_queued(ana: Agent, conversation: Json, body: object) -> None:
    answer = ana.call("POST", f"/api/conversations/{conversation['id']}/messages", json=body)
    assert_problem(answer, 422, "invalid")
    assert len(ana.messages(conversation["id"])) == 1


def test_the_longest_body_is_taken_whole(twilio: SimulatorProcess, ana: Agent, conversation: Json, customer: str) -> None:
    body = "ç" * 1600
    assert ana.reply(conversation["id"], body).status_code == 201
    assert eventually(lambda: twilio.messages(to=customer, direction="outbound"))[0]["body"] == body
    assert ana.get(f"/api/conversations/{conversation['id']}")["last_message"]["body"] == "ç" * 140


def test_a_reply_or_an_order_to_nowhere_is_404(ana: Agent) -> None:
    assert_problem(ana.reply(NOWHERE, "a"), 404, "not_found")
    for verb in ("retry", "discard"):
        assert_problem(ana.call("POST", f"/api/messages/{NOWHERE}/{verb}"), 404, "not_found")


def test_an_inbound_message_can_be_neither_retried_nor_discarded(ana: Agent, conversation: Json) -> None:
    (message,) = ana.messages(conversation["id"])
    assert_problem(ana.call("POST", f"/api/messages/{message['id']}/retry"), 409, "not_retryable")
    assert_problem(ana.call("POST", f"/api/messages/{message['id']}/discard"), 409, "not_discardable")


# The 24 hours


def test_after_24_hours_the_window_is_closed(clocked: ServerProcess, customer: str) -> None:
    ana = clocked.agent("ana")
    assert post_webhook(clocked, message_form(customer)).status_code == 200
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    client_id = str(uuid.uuid4())
    clocked.move_clock(24 * 3600 - 60)
    assert ana.reply(conversation["id"], "a tempo", client_id).status_code == 201
    clocked.move_clock(24 * 3600 + 1)
    found = assert_problem(ana.reply(conversation["id"], "tarde"), 409, "window_closed")
    assert found["window_closes_at"] == conversation["window_closes_at"]
    assert "24 hours" in found["detail"]
    # What was taken in time stays what it is, however often it is posted.
    assert ana.reply(conversation["id"], "a tempo", client_id).status_code == 200
    assert [message["body"] for message in ana.messages(conversation["id"])] == ["Oi", "a tempo"]
    assert post_webhook(clocked, message_form(customer, Body="de novo")).status_code == 200
    assert ana.reply(conversation["id"], "em tempo").status_code == 201


def test_a_late_retry_meets_the_closed_window(clocked: ServerProcess, customer: str) -> None:
    ana = clocked.agent("ana")
    assert post_webhook(clocked, message_form(customer)).status_code == 200
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    queued = ana.reply(conversation["id"], "nunca saiu").json()
    # Not while an attempt is under way; between two of them it is ours again.
    eventually(lambda: ana.call("POST", f"/api/messages/{queued['id']}/discard").status_code == 200)
    assert ana.messages(conversation["id"])[-1]["status"] == "discarded"
    assert_problem(ana.call("POST", f"/api/messages/{queued['id']}/discard"), 409, "not_discardable")
    clocked.move_clock(25 * 3600)
    assert_problem(ana.call("POST", f"/api/messages/{queued['id']}/retry"), 409, "window_closed")
