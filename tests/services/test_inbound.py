"""A customer's message on its way in: once, in order, with everything it holds, whatever fails in between."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from tests.support.mongo import SharedMongo
from tests.support.mongods import frozen
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually
from tests.support.webhooks import Pairs, message_form, post_webhook

Stored = Database[dict[str, Any]]


def test_a_burst_of_a_new_customer_is_one_conversation_without_holes(
    twilio: SimulatorProcess, ana: Agent, bruno: Agent, stored: Stored, customer: str
) -> None:
    with ana.tab() as one, ana.tab() as two, bruno.tab() as his:
        items = twilio.burst(50, 20, from_=customer, profile_name="Maria")
        assert [delivery["state"] for item in items for delivery in item["deliveries"]] == ["delivered"] * 50
        (contact,) = stored["contacts"].find({"keys": customer})
        (conversation,) = stored["conversations"].find({"contact_id": contact["_id"]})
        shown = ana.messages(conversation["_id"])
        assert [message["seq"] for message in shown] == list(range(1, 51))
        assert [message["inbound_count"] for message in shown] == list(range(1, 51))
        assert sorted(message["body"] for message in shown) == sorted(str(number) for number in range(1, 51))
        assert {message["sid"] for message in shown} == {item["sid"] for item in items}
        answer = bruno.get(f"/api/conversations/{conversation['_id']}")
        assert (answer["last_seq"], answer["unread"], answer["last_message"]["seq"]) == (50, 50, 50)
        twilio.inbound("fim", from_=customer)
        for tab in (one, two, his):
            tab.wait_for("message.created", body="fim", conversation_id=conversation["_id"])
            heard = [payload["message"]["sid"] for payload in tab.heard("message.created", conversation_id=conversation["_id"])]
            assert Counter(heard) == Counter(message["sid"] for message in ana.messages(conversation["_id"]))


KINDS: dict[str, tuple[Json, str, Json]] = {
    "image with a caption": (
        {"MediaUrl0": "https://api.twilio.com/m/ME1", "MediaContentType0": "image/jpeg"},
        "image",
        {"media": [{"content_type": "image/jpeg"}]},
    ),
    "voice": (
        {"MediaUrl0": "https://api.twilio.com/m/ME1", "MediaContentType0": "audio/ogg; codecs=opus", "Body": ""},
        "audio",
        {"media": [{"content_type": "audio/ogg"}]},
    ),
    "video": ({"MediaUrl0": "https://api.twilio.com/m/ME1", "MediaContentType0": "video/mp4", "Body": ""}, "video", {}),
    "pdf": ({"MediaUrl0": "https://api.twilio.com/m/ME1", "MediaContentType0": "application/pdf"}, "document", {}),
    "sticker": (
        {"MediaUrl0": "https://api.twilio.com/m/ME1", "MediaContentType0": "image/webp", "MessageType": "sticker", "Body": ""},
        "sticker",
        {},
    ),
    "vcard": ({"MediaUrl0": "https://api.twilio.com/m/ME1", "MediaContentType0": "text/vcard", "Body": ""}, "contact", {}),
    "location without a name": (
        {"Latitude": "-23.55", "Longitude": "-46.63", "Body": ""},
        "location",
        {"details": {"latitude": "-23.55", "longitude": "-46.63"}},
    ),
    "place": (
        {"Latitude": "-23.55", "Longitude": "-46.63", "Label": "Loja", "Address": "Rua A, 1", "Body": ""},
        "location",
        {"details": {"latitude": "-23.55", "longitude": "-46.63", "label": "Loja", "address": "Rua A, 1"}},
    ),
    "button": (
        {"ButtonText": "Sim", "ButtonPayload": "yes", "ButtonType": "REPLY"},
        "interactive",
        {"details": {"button_text": "Sim", "button_payload": "yes"}},
    ),
    "something new": ({"MessageType": "hologram", "HologramUrl": "https://x.example/1", "Body": ""}, "unsupported", {}),
    "something new with text": ({"MessageType": "hologram"}, "text", {}),
    "media that is not named": ({"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/m/ME1", "Body": ""}, "document", {}),
    "a count that is none": ({"NumMedia": "many"}, "text", {}),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_shows_what_it_is_and_keeps_every_field(
    twilio: SimulatorProcess, ana: Agent, stored: Stored, customer: str, name: str
) -> None:
    params, kind, shown = KINDS[name]
    with ana.tab() as tab:
        sid = twilio.inbound("texto", from_=customer, params={**params, "NewThing": "1"})["sid"]
        heard = tab.wait_for("message.created", sid=sid)[0]["message"]
    assert heard["kind"] == kind
    assert {member: heard[member] for member in shown} == shown
    assert heard["body"] == params.get("Body", "texto")
    assert "payload" not in heard  # addresses of media are for the server alone
    assert not any("url" in one for one in heard["media"])
    message = stored["messages"].find_one({"sid": sid})
    assert message is not None
    assert message["payload"].items() >= {**params, "NewThing": "1"}.items()
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert (conversation["last_message"]["kind"], conversation["unread"]) == (kind, 1)


def test_a_parameter_s_strange_name_holds_nothing_up(server: ServerProcess, ana: Agent, customer: str) -> None:
    form = [*message_form(customer), ("a\x00b", "1"), ("\x00", "2"), ("Body2", "\x00")]
    assert post_webhook(server, form).status_code == 200
    assert eventually(lambda: ana.conversation_with(customer))["last_seq"] == 1


def test_the_reply_window_is_24_hours_from_the_customer_s_last_message(twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    twilio.inbound("Oi", from_=customer)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    (message,) = ana.messages(conversation["id"])
    closes, came = (datetime.fromisoformat(moment) for moment in (conversation["window_closes_at"], message["created_at"]))
    assert closes - came == timedelta(hours=24)
    assert ana.reply(conversation["id"], "Olá").status_code == 201
    assert ana.get(f"/api/conversations/{conversation['id']}")["window_closes_at"] == conversation["window_closes_at"]


# What fails is tried again, in order, and given up in the end


@pytest.fixture(scope="module")
def often(module_server: Callable[..., ServerProcess]) -> ServerProcess:
    """A server that looks often for what is to be replayed."""
    return module_server(SWEEP_SECONDS="0.2")


@pytest.fixture
def own(often: ServerProcess) -> Iterator[ServerProcess]:
    """The same, whose clock may be moved; it has the true time before and after."""
    yield often
    often.move_clock(0)


@pytest.fixture
def own_stored(own: ServerProcess, mongo: SharedMongo) -> Stored:
    """Its database."""
    return mongo.client[own.database_name]


def pending(form: Pairs, sender: str, *, tries: int = 1, age: float = 0.0) -> Json:
    """A journal entry that a server left behind when it died, `age` seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    sid = dict(form)["MessageSid"]
    entry: Json = {"_id": f"message:{sid}", "kind": "message", "form": [list(pair) for pair in form], "sender": sender}
    return {**entry, "received_at": at, "state": "pending", "lease_until": at, "tries": tries}


def bodies(ana: Agent, customer: str) -> list[str]:
    """What is shown of a customer, in order."""
    conversation = ana.conversation_with(customer)
    return [message["body"] for message in ana.messages(conversation["id"])] if conversation else []


def test_what_a_dead_server_left_is_replayed_in_order(own: ServerProcess, own_stored: Stored, customer: str) -> None:
    ana = own.agent("ana")
    left = [pending(message_form(customer, Body=str(number)), customer, age=60 - number) for number in range(20)]
    assert own.process is not None
    with frozen(own.process.pid):  # a part of them is no state that anybody left
        own_stored["webhook_journal"].insert_many(left[::-1])
    shown = eventually(lambda: found if len(found := bodies(ana, customer)) == 20 else None)
    assert shown == [str(number) for number in range(20)]
    eventually(lambda: own_stored["webhook_journal"].count_documents({"sender": customer, "state": "done"}) == 20)


def test_replaying_what_was_done_already_adds_nothing(own: ServerProcess, own_stored: Stored, customer: str) -> None:
    ana, form = own.agent("ana"), message_form(customer)
    journal, hers = own_stored["webhook_journal"], {"sender": customer}
    assert post_webhook(own, form).status_code == 200
    eventually(lambda: journal.count_documents({**hers, "state": "done"}) == 1)
    before = list(own_stored["messages"].find())
    journal.update_one(hers, {"$set": {"state": "pending", "lease_until": datetime.now(UTC)}, "$unset": {"done_at": ""}})
    eventually(lambda: journal.count_documents({**hers, "state": "done"}) == 1)
    assert list(own_stored["messages"].find()) == before
    assert bodies(ana, customer) == ["Oi"]


def test_one_that_keeps_failing_is_quarantined_and_holds_only_its_own_sender_back(
    own: ServerProcess, own_stored: Stored, customer: str
) -> None:
    ana, other = own.agent("ana"), f"{customer[:-3]}999"
    journal = own_stored["webhook_journal"]
    broken = pending(message_form(customer, From=None), customer, tries=6, age=30)
    behind = pending(message_form(customer, Body="depois"), customer, age=20)
    beside = pending(message_form(other, Body="ao lado"), other, age=10)
    journal.insert_many([broken, behind, beside])
    eventually(lambda: bodies(ana, other) == ["ao lado"])
    failed = eventually(lambda: journal.find_one({"_id": broken["_id"], "tries": 7}))
    assert (failed["state"], failed["error"]) == ("pending", "KeyError: 'From'")
    # One that comes by the door meanwhile is stored, and waits behind the two.
    assert post_webhook(own, message_form(customer, Body="por último")).status_code == 200
    assert bodies(ana, customer) == []
    own.move_clock(120)
    eventually(lambda: bodies(ana, customer) == ["depois", "por último"])
    given_up = journal.find_one({"_id": broken["_id"]})
    assert given_up is not None
    assert (given_up["state"], given_up["error"], given_up["tries"]) == ("quarantined", "KeyError: 'From'", 8)
    assert given_up["form"] == broken["form"]
    # And from then on its sender's messages come in at once.
    assert post_webhook(own, message_form(customer, Body="agora")).status_code == 200
    eventually(lambda: bodies(ana, customer)[-1] == "agora")


def test_no_other_server_s_entry_is_taken_before_its_time(own: ServerProcess, own_stored: Stored, customer: str) -> None:
    ana, journal = own.agent("ana"), own_stored["webhook_journal"]
    held = {**pending(message_form(customer), customer), "lease_until": datetime.now(UTC) + timedelta(seconds=600)}
    free = pending(message_form(f"{customer[:-3]}998"), f"{customer[:-3]}998")
    journal.insert_many([held, free])
    eventually(lambda: bodies(ana, free["sender"]))
    assert journal.find_one({"_id": held["_id"]}) == {
        **held,
        "received_at": _stored(held["received_at"]),
        "lease_until": _stored(held["lease_until"]),
    }
    own.move_clock(601)
    eventually(lambda: bodies(ana, customer) == ["Oi"])


def _stored(moment: datetime) -> datetime:
    """As MongoDB keeps it: to the millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
