"""Who a customer is, by any of their names; and that their threads stay whole when names move."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.models.contact import canonical, number_of
from whatsapp_server.services.contacts import keys_of

Stored = Database[dict[str, Any]]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("whatsapp:+551187654321", "whatsapp:+5511987654321"),
        ("whatsapp:+551167654321", "whatsapp:+5511967654321"),
        ("whatsapp:+551177654321", "whatsapp:+5511977654321"),
        ("whatsapp:+559997654321", "whatsapp:+5599997654321"),
        ("whatsapp:+5511987654321", "whatsapp:+5511987654321"),
        # Land lines start with 2 to 5 and never got a ninth digit.
        ("whatsapp:+551132654321", "whatsapp:+551132654321"),
        ("whatsapp:+551152654321", "whatsapp:+551152654321"),
        ("whatsapp:+551112654321", "whatsapp:+551112654321"),
        # No area starts with 0.
        ("whatsapp:+550187654321", "whatsapp:+550187654321"),
        # One digit less or more is another number.
        ("whatsapp:+55118765432", "whatsapp:+55118765432"),
        ("whatsapp:+55118765432100", "whatsapp:+55118765432100"),
        # Other countries, also those whose numbers look alike.
        ("whatsapp:+14155238886", "whatsapp:+14155238886"),
        ("whatsapp:+541187654321", "whatsapp:+541187654321"),
        ("whatsapp:+351912345678", "whatsapp:+351912345678"),
        # What is no number is left as it is.
        ("whatsapp:BR.4481187654321", "whatsapp:BR.4481187654321"),
        ("whatsapp:maria", "whatsapp:maria"),
        ("+551187654321", "+551187654321"),
        ("sms:+551187654321", "sms:+551187654321"),
        ("whatsapp:+55١١87654321", "whatsapp:+55١١87654321"),
        ("whatsapp:+551187654321\n", "whatsapp:+551187654321\n"),
        ("", ""),
    ],
)
def test_the_key_of_an_address(address: str, key: str) -> None:
    assert canonical(address) == key
    assert canonical(key) == key


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("whatsapp:+551187654321", "+5511987654321"),
        ("whatsapp:+5511987654321", "+5511987654321"),
        ("whatsapp:+14155238886", "+14155238886"),
        ("whatsapp:+1234", None),
        ("whatsapp:+1234567890123456", None),
        ("whatsapp:BR.448", None),
        ("whatsapp:CO.4481187654321", None),
        ("+14155238886", None),
        ("", None),
    ],
)
def test_the_number_in_an_address(address: str, number: str | None) -> None:
    assert number_of(address) == number


def test_a_message_gives_its_sender_s_keys_once() -> None:
    assert keys_of("whatsapp:+551187654321", None) == ["whatsapp:+5511987654321"]
    assert keys_of("whatsapp:+551187654321", "whatsapp:BR.1") == ["whatsapp:BR.1", "whatsapp:+5511987654321"]
    assert keys_of("whatsapp:BR.1", "whatsapp:BR.1") == ["whatsapp:BR.1"]


# Through the front door


@pytest.fixture
def user_id(customer: str) -> str:
    """WhatsApp's own id of a customer, of this test alone."""
    return f"whatsapp:BR.448{customer[-7:]}"


@pytest.fixture
def write(server: ServerProcess, stored: Stored) -> Callable[..., Json]:
    """A customer writes; the stored message comes back."""

    def write(sender: str, user_id: str | None = None, **params: str) -> Json:
        form = message_form(sender, ExternalUserId=user_id, **params)
        assert post_webhook(server, form).status_code == 200
        return eventually(lambda: stored["messages"].find_one({"sid": dict(form)["MessageSid"]}))

    return write


def contact_of(stored: Stored, message: Json) -> Json:
    """Whose conversation a message is in."""
    conversation = stored["conversations"].find_one({"_id": message["conversation_id"]})
    assert conversation is not None
    contact = stored["contacts"].find_one({"_id": conversation["contact_id"]})
    assert contact is not None
    copy = {"id": contact["_id"], "keys": contact.get("keys", []), **{name: contact[name] for name in ("name", "number", "address")}}
    assert conversation["contact"] == copy
    return contact


def test_the_ninth_digit_makes_no_second_person(twilio: SimulatorProcess, ana: Agent, stored: Stored, customer: str) -> None:
    old = customer.replace("+55119", "+5511")
    twilio.inbound("um", from_=customer)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert ana.reply(conversation["id"], "para o novo").status_code == 201
    eventually(lambda: twilio.messages(to=customer, direction="outbound"))
    twilio.inbound("dois", from_=old)
    assert [message["seq"] for message in ana.thread(conversation["id"])] == [1, 2, 3, 4]
    (contact,) = stored["contacts"].find({"keys": customer})
    assert (contact["address"], contact["number"]) == (old, customer.removeprefix("whatsapp:"))
    # Replies go to the address last written from.
    assert ana.reply(conversation["id"], "para o antigo").status_code == 201
    sent = eventually(lambda: twilio.messages(to=old, direction="outbound"))
    assert [message["body"] for message in sent] == ["para o antigo"]
    assert [message["body"] for message in twilio.messages(to=customer, direction="outbound")] == ["para o novo"]


def test_a_customer_without_a_number_is_answered_at_their_id(twilio: SimulatorProcess, ana: Agent, user_id: str) -> None:
    with ana.tab() as tab:
        twilio.inbound("Oi", from_=user_id, profile_name="Sem Número")
        conversation = tab.wait_for("message.created", body="Oi")[-1]["conversation"]
    assert conversation["contact"]["number"] is None
    assert (conversation["contact"]["name"], conversation["contact"]["address"]) == ("Sem Número", user_id)
    assert ana.reply(conversation["id"], "Olá").status_code == 201
    assert eventually(lambda: twilio.messages(to=user_id, direction="outbound"))[0]["body"] == "Olá"


def test_a_number_and_an_id_in_one_message_are_one_person(write: Callable[..., Json], stored: Stored, customer: str, user_id: str) -> None:
    first = write(customer)
    both = write(customer, user_id)
    only_id = write(user_id, user_id)
    assert [message["seq"] for message in (first, both, only_id)] == [1, 2, 3]
    contact = contact_of(stored, first)
    assert sorted(contact["keys"]) == sorted([customer, user_id])
    assert (contact["number"], contact["address"]) == (customer.removeprefix("whatsapp:"), user_id)


def test_an_id_that_tells_its_number_later_is_found_by_both(
    write: Callable[..., Json], stored: Stored, customer: str, user_id: str
) -> None:
    first = write(user_id, user_id)
    assert contact_of(stored, first)["number"] is None
    both = write(customer, user_id)
    number = write(customer)
    assert first["conversation_id"] == both["conversation_id"] == number["conversation_id"]
    assert contact_of(stored, first)["number"] == customer.removeprefix("whatsapp:")


def test_a_known_number_with_another_id_is_a_new_person(
    write: Callable[..., Json], ana: Agent, stored: Stored, customer: str, user_id: str
) -> None:
    before = write(customer, user_id, ProfileName="Antiga")
    after = write(customer, f"{user_id}9", ProfileName="Nova")
    assert before["conversation_id"] != after["conversation_id"]
    old, new = contact_of(stored, before), contact_of(stored, after)
    assert (old["keys"], new["keys"]) == ([user_id], [f"{user_id}9", customer])
    assert (old["name"], new["name"]) == ("Antiga", "Nova")
    # The number is the new person's alone, and so is what it writes from now on; the old person still has their id.
    assert write(customer)["conversation_id"] == after["conversation_id"]
    assert write(user_id, user_id)["conversation_id"] == before["conversation_id"]
    assert len(ana.messages(before["conversation_id"])) == 2


def test_two_who_turn_out_to_be_one_keep_both_threads(
    write: Callable[..., Json], ana: Agent, stored: Stored, customer: str, user_id: str
) -> None:
    by_number, by_id = write(customer, Body="pelo número"), write(user_id, user_id, Body="pelo id")
    kept, alias = contact_of(stored, by_number), contact_of(stored, by_id)
    assert kept["_id"] != alias["_id"]
    both = write(customer, user_id, Body="sou eu")
    assert both["conversation_id"] == by_number["conversation_id"]
    assert sorted(contact_of(stored, both)["keys"]) == sorted([customer, user_id])
    after = contact_of(stored, by_id)
    assert (after["alias_of"], after.get("keys")) == (kept["_id"], None)
    assert [message["body"] for message in ana.messages(by_id["conversation_id"])] == ["pelo id"]
    assert write(user_id, user_id)["conversation_id"] == by_number["conversation_id"]


def test_a_new_name_is_shown_and_told(twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    with ana.tab() as tab:
        twilio.inbound("um", from_=customer, profile_name="Maria")
        twilio.inbound("dois", from_=customer, profile_name="Maria Clara")
        heard = tab.wait_for("message.created", body="dois")[-1]["conversation"]
    assert heard["contact"]["name"] == "Maria Clara"
    assert ana.get(f"/api/conversations/{heard['id']}")["contact"]["name"] == "Maria Clara"


def test_twenty_at_once_by_every_name_are_one_person(
    write: Callable[..., Json], ana: Agent, stored: Stored, customer: str, user_id: str
) -> None:
    old = customer.replace("+55119", "+5511")
    ways = [(customer, None), (old, None), (customer, user_id), (old, user_id), (user_id, user_id)] * 4
    with ThreadPoolExecutor(len(ways)) as pool:
        list(pool.map(lambda way: write(*way), ways))
    write(customer, user_id)
    (contact,) = stored["contacts"].find({"keys": {"$in": [customer, user_id]}})
    assert sorted(contact["keys"]) == sorted([customer, user_id])
    owners = [contact["_id"], *(one["_id"] for one in stored["contacts"].find({"alias_of": contact["_id"]}))]
    threads = list(stored["conversations"].find({"contact_id": {"$in": owners}}))
    numbers = {thread["_id"]: [message["seq"] for message in ana.thread(thread["_id"])] for thread in threads}
    assert sum(len(seqs) for seqs in numbers.values()) == 21
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in numbers.values())


@pytest.mark.parametrize("with_id", [False, True])
def test_twenty_at_once_by_number_are_one_thread(
    write: Callable[..., Json], stored: Stored, customer: str, user_id: str, with_id: bool
) -> None:
    old = customer.replace("+55119", "+5511")
    with ThreadPoolExecutor(20) as pool:
        written = list(pool.map(lambda sender: write(sender, user_id if with_id else None), [customer, old] * 10))
    assert sorted(message["seq"] for message in written) == list(range(1, 21))
    assert len({message["conversation_id"] for message in written}) == 1
    assert stored["contacts"].count_documents({"keys": customer}) == 1
