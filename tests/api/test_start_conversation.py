"""Starting a conversation with a number, however a person types it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook


def start(agent: Agent, number: str, **more: object) -> Json:
    """Start a conversation that must be startable; its answer with the status as `status`."""
    answer = agent.call("POST", "/api/conversations", json={"number": number, **more})
    assert answer.status_code in (200, 201), answer.text
    return {**answer.json(), "status": answer.status_code}


def test_any_spelling_of_a_number_is_the_same_conversation(ana: Agent, bruno: Agent, customer: str) -> None:
    number = customer.removeprefix("whatsapp:")
    first = start(ana, number, name="Rui")
    assert first["status"] == 201
    assert (first["contact"]["name"], first["contact"]["number"], first["contact"]["address"]) == ("Rui", number, customer)
    assert (first["last_seq"], first["last_message"], first["window_closes_at"], first["unread"]) == (0, None, None, 0)
    spellings = [
        f" {number} ",
        f"whatsapp:{number}",
        f"+55 ({number[3:5]}) {number[5:10]}-{number[10:]}",
        f"+55.{number[3:5]}.{number[5:]}",
        f"+55{number[3:5]}{number[6:]}",  # as before the ninth digit
    ]
    for spelling in spellings:
        again = start(bruno, spelling)
        assert (again["status"], again["id"]) == (200, first["id"]), spelling
    assert ana.get(f"/api/conversations/{first['id']}")["contact"]["name"] == "Rui"


def test_without_a_country_the_number_is_of_the_channel_s(ana: Agent) -> None:
    assert start(ana, "(415) 555-0199")["contact"]["number"] == "+14155550199"


def test_who_is_started_with_and_then_writes_is_one_conversation(twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    started = start(ana, customer.removeprefix("whatsapp:"))
    assert_problem(ana.reply(started["id"], "Olá"), 409, "window_closed")
    twilio.inbound("Oi", from_=customer, profile_name="Rui")
    found = ana.get(f"/api/conversations/{started['id']}")
    assert (found["last_seq"], found["contact"]["name"]) == (1, "Rui")
    assert ana.reply(started["id"], "Olá").status_code == 201


def test_where_new_ones_are_private_whoever_begins_one_holds_it(
    ana: Agent, bruno: Agent, carla: Agent, customer: str, settings: Callable[..., Json]
) -> None:
    settings(new_visibility="private")
    number = customer.removeprefix("whatsapp:")
    started = start(bruno, number)
    assert (started["status"], started["visibility"], started["assignee_id"]) == (201, "private", bruno.user["id"])
    assert bruno.get(f"/api/conversations/{started['id']}")["id"] == started["id"]
    assert_problem(carla.call("POST", "/api/conversations", json={"number": number}), 409, "not_available")
    assert ana.get(f"/api/conversations/{started['id']}")["assignee_id"] == bruno.user["id"]


def test_a_typed_number_does_not_change_where_replies_go(server: ServerProcess, ana: Agent, customer: str) -> None:
    written_from = customer[:14] + customer[15:]  # as before the ninth digit
    assert post_webhook(server, message_form(written_from)).status_code == 200
    found = start(ana, customer.removeprefix("whatsapp:"), name="Rui")
    assert (found["status"], found["contact"]["name"], found["contact"]["address"]) == (200, "Rui", written_from)


def test_twenty_who_start_the_same_one_at_once_get_the_same(ana: Agent, customer: str) -> None:
    number = customer.removeprefix("whatsapp:")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: start(ana, number), range(20)))
    assert len({answer["id"] for answer in answers}) == 1
    assert [answer["status"] for answer in answers].count(201) == 1


def test_a_channel_may_be_chosen(server: ServerProcess, ana: Agent, customer: str) -> None:
    assert post_webhook(server, message_form(customer, To="whatsapp:+15550009999")).status_code == 200
    second = next(one for one in ana.get("/api/channels")["items"] if one["number"] == "+15550009999")
    on_second = start(ana, customer.removeprefix("whatsapp:"), channel_id=second["id"])
    assert (on_second["status"], on_second["channel"]["number"]) == (200, "+15550009999")
    on_default = start(ana, customer.removeprefix("whatsapp:"))
    assert (on_default["status"], on_default["channel"]["number"]) == (201, "+14155238886")
    assert on_default["contact"]["id"] == on_second["contact"]["id"]
    answer = ana.call("POST", "/api/conversations", json={"number": "+5511912345678", "channel_id": "0" * 24})
    assert assert_problem(answer, 422, "invalid")["errors"].keys() == {"channel_id"}


@pytest.mark.parametrize(
    "number",
    [
        "",
        "12",
        "abc",
        "+",
        "+55",
        "+5511",
        "+0000000000",
        "+999999999999999999",
        "maria@x",
        "whatsapp:",
        "+55119876543211234",
        7,
        None,
        "x" * 41,
    ],
)
def test_what_is_no_number_is_422(ana: Agent, number: object) -> None:
    found = assert_problem(ana.call("POST", "/api/conversations", json={"number": number}), 422, "invalid")
    assert found["errors"].keys() == {"number"}


def test_a_started_one_is_in_everybody_s_list(ana: Agent, bruno: Agent, customer: str) -> None:
    started = start(ana, customer.removeprefix("whatsapp:"), name="Rui")
    eventually(lambda: [one["id"] for one in bruno.get("/api/conversations")["items"]].count(started["id"]) == 1)
