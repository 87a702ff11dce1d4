"""Twilio's door: what is signed for us comes in once, everything else leaves no trace."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.mongo import SharedMongo
from tests.support.problems import assert_problem
from tests.support.server import Agent, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually
from tests.support.webhooks import FORM_TYPE, encoded, message_form, new_sid, post_body, post_webhook, signature

MESSAGES = "/webhooks/twilio/messages"
STATUS = "/webhooks/twilio/status"
TOKEN = "door-token"


@pytest.fixture(scope="module")
def door(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that nobody but these tests writes to, so that "nothing was written" can be counted."""
    uri = mongo.uri(mongo.database_name())
    folder = tmp_path_factory.mktemp("door")
    with ServerProcess(folder, simulator_url="http://127.0.0.1:9", auth_token=TOKEN, mongodb_uri=uri) as server:
        yield server


@pytest.fixture
def written(door: ServerProcess, mongo: SharedMongo) -> Callable[[], dict[str, int]]:
    """How many documents each collection of the door's database has, but the server's own sign of life."""
    database = mongo.client[door.database_name]
    return lambda: {name: database[name].estimated_document_count() for name in set(database.list_collection_names()) - {"presence"}}


@pytest.fixture
def nothing(door: ServerProcess, written: Callable[[], dict[str, int]]) -> Iterator[None]:
    """Asserts, when the test is over, that it wrote nothing at all."""
    before = written()
    assert before["users"] == 3
    yield
    assert written() == before


# Accepted


def test_a_signed_message_is_on_disk_when_twilio_hears_200(door: ServerProcess, mongo: SharedMongo, customer: str) -> None:
    form = message_form(customer, Body="Olá\nção — 日本 👩‍🚀 & +1", ProfileName="Zoë")
    answer = post_webhook(door, form)
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert answer.headers["Content-Type"].startswith("text/xml")
    stored = mongo.client[door.database_name]
    sid = dict(form)["MessageSid"]
    entry = stored["webhook_journal"].find_one({"_id": f"message:{sid}"})
    assert entry is not None
    assert [tuple(pair) for pair in entry["form"]] == form
    message = stored["messages"].find_one({"sid": sid})
    assert message is not None
    assert message["body"] == "Olá\nção — 日本 👩‍🚀 & +1"


def test_unknown_and_blank_parameters_are_fine_and_kept(door: ServerProcess, mongo: SharedMongo, customer: str) -> None:
    strange = {"Forwarded": "", "NewThing": "1", "Ünï": "ç", "a.b": "dot", "$set": "dollar", "": "no name"}
    form = [*message_form(customer), *strange.items(), ("Twice", "b"), ("Twice", "a")]
    assert post_webhook(door, form).status_code == 200
    message = eventually(lambda: mongo.client[door.database_name]["messages"].find_one({"sid": dict(form)["MessageSid"]}))
    payload = message["payload"]
    assert {name: payload[name] for name in ("Forwarded", "NewThing", "Ünï", "ApiVersion")} == {
        "Forwarded": "",
        "NewThing": "1",
        "Ünï": "ç",
        "ApiVersion": "2010-04-01",
    }
    assert {"dot", "dollar", "no name"} <= set(payload.values())


def test_the_query_is_part_of_what_is_signed(door: ServerProcess, customer: str) -> None:
    path = f"{MESSAGES}?t=a%20b%26c&x="
    form = message_form(customer)
    assert post_webhook(door, form, path=path).status_code == 200
    elsewhere = signature(TOKEN, door.url + MESSAGES, form)
    assert_problem(post_webhook(door, form, path=path, signed=elsewhere), 403, "bad_signature")


def test_another_number_of_ours_becomes_a_channel(server: ServerProcess, twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    number = f"+1555{os.getpid():07d}"
    answer = post_webhook(server, message_form(customer, To=f"whatsapp:{number}", MessagingServiceSid="MG" + "0" * 32))
    assert answer.status_code == 200
    assert number in [channel["number"] for channel in ana.get("/api/channels")["items"]]
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert conversation["channel"]["number"] == number


def test_a_repeated_webhook_is_one_message(server: ServerProcess, twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    form = message_form(customer)
    with ana.tab() as tab, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post_webhook(server, form), range(8)))
        assert [answer.status_code for answer in answers] == [200] * 8
        assert post_webhook(server, form).text == "<Response/>"
        conversation = eventually(lambda: ana.conversation_with(customer))
        assert [message["sid"] for message in ana.messages(conversation["id"])] == [dict(form)["MessageSid"]]
        assert (conversation["last_seq"], conversation["unread"]) == (1, 1)
        post_webhook(server, message_form(customer, Body="depois"))
        tab.wait_for("message.created", body="depois", conversation_id=conversation["id"])
        assert len(tab.heard("message.created", sid=dict(form)["MessageSid"])) == 1


def test_the_simulator_s_duplicate_is_one_message(twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    twilio.add_fault("duplicate_webhook", match={"from": customer})
    sid = twilio.inbound("Oi", from_=customer)["sid"]
    twilio.repeat_webhook(sid)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert [message["sid"] for message in ana.messages(conversation["id"])] == [sid]


def test_a_report_on_a_message_of_somebody_else_is_taken_and_shown_to_nobody(door: ServerProcess, mongo: SharedMongo) -> None:
    sid = new_sid()
    form = [("MessageSid", sid), ("MessageStatus", "delivered"), ("AccountSid", door.env["TWILIO_ACCOUNT_SID"])]
    answer = post_webhook(door, form, path=f"{STATUS}?m={'0' * 24}&a=1")
    assert (answer.status_code, answer.content) == (200, b"")
    assert mongo.client[door.database_name]["messages"].find_one({"sid": sid}) is None


# Refused


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("path", [MESSAGES, f"{STATUS}?m={'0' * 24}&a=1"])
@pytest.mark.parametrize(
    "given",
    [None, "", "x", "AAAA", "A" * 27 + "=", "=" * 28, "é".encode(), "0" * 5000, "sha1=abc", signature("another token", "http://x", [])],
)
def test_a_wrong_signature_is_403_and_leaves_no_trace(door: ServerProcess, customer: str, path: str, given: Any) -> None:
    answer = post_webhook(door, [*message_form(customer), ("MessageStatus", "sent")], path=path, signed=given)
    assert_problem(answer, 403, "bad_signature")


@pytest.mark.usefixtures("nothing")
def test_a_signature_of_another_token_url_or_form_is_403(door: ServerProcess, customer: str) -> None:
    form = message_form(customer)
    url = door.url + MESSAGES
    for given in (
        signature(TOKEN + "x", url, form),
        signature(TOKEN, url + "/", form),
        signature(TOKEN, url.replace("http:", "https:"), form),
        signature(TOKEN, door.url + STATUS, form),
        signature(TOKEN, url, form[:-1]),
        signature(TOKEN, url, [*form, ("Extra", "1")]),
        signature(TOKEN, url, [(name, value.lower()) for name, value in form]),
        signature(TOKEN, url, form).lower(),
    ):
        assert_problem(post_webhook(door, form, signed=given), 403, "bad_signature")


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("account", [None, "", "AC" + "0" * 31 + "2", "ac" + "0" * 31 + "1"])
@pytest.mark.parametrize("path", [MESSAGES, STATUS])
def test_another_account_is_403_even_when_signed(door: ServerProcess, customer: str, path: str, account: str | None) -> None:
    answer = post_webhook(door, [*message_form(customer, AccountSid=account), ("MessageStatus", "sent")], path=path)
    assert_problem(answer, 403, "bad_signature")


@pytest.mark.usefixtures("nothing")
def test_a_proxy_s_headers_do_not_move_the_url(door: ServerProcess, customer: str) -> None:
    form = message_form(customer)
    given = signature(TOKEN, f"https://evil.example{MESSAGES}", form)
    answer = post_webhook(door, form, signed=given, Host="evil.example", X_Forwarded_Host="evil.example", X_Forwarded_Proto="https")
    assert_problem(answer, 403, "bad_signature")


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize(
    "changes",
    [
        {"MessageSid": None, "SmsMessageSid": None},
        {"MessageSid": "", "SmsMessageSid": ""},
        {"MessageSid": "SM" + "0" * 63},
        {"MessageSid": "../x"},
        {"From": None},
        {"From": ""},
        {"From": "  "},
        {"To": None},
        {"To": ""},
        {"To": " "},
    ],
)
def test_a_message_without_sid_or_sender_is_400(door: ServerProcess, customer: str, changes: dict[str, str | None]) -> None:
    assert_problem(post_webhook(door, message_form(customer, **changes)), 400, "bad_request")


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("body", [b"Body=%ff", b"Body=%C3", b"Body=\xe9", b"B%E9dy=1", "Body=é".encode(), b"Body=%ED%A0%80"])
def test_broken_encoding_is_400(door: ServerProcess, customer: str, body: bytes) -> None:
    form = message_form(customer, Body=None)
    given = signature(TOKEN, door.url + MESSAGES, [*form, ("Body", "�")])
    assert_problem(post_body(door, encoded(form) + b"&" + body, given), 400, "bad_request")


@pytest.mark.usefixtures("nothing")
def test_an_oversized_body_is_413(door: ServerProcess, customer: str) -> None:
    for size in (150_000, 400_000):
        assert_problem(post_webhook(door, message_form(customer, Body="x" * size)), 413, "too_large")


@pytest.mark.usefixtures("nothing")
def test_thousands_of_parameters_are_400(door: ServerProcess, customer: str) -> None:
    form = [*message_form(customer), *((f"P{number}", "") for number in range(2_000))]
    assert_problem(post_webhook(door, form), 400, "bad_request")


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_another_content_type_is_415(door: ServerProcess, customer: str, kind: str) -> None:
    assert_problem(post_webhook(door, message_form(customer), Content_Type=kind), 415, "unsupported_type")


@pytest.mark.usefixtures("nothing")
def test_an_empty_body_is_refused(door: ServerProcess) -> None:
    assert_problem(post_body(door, b"", signature(TOKEN, door.url + MESSAGES, [])), 403, "bad_signature")


def test_a_charset_in_the_content_type_is_fine(door: ServerProcess, customer: str) -> None:
    assert post_webhook(door, message_form(customer), Content_Type=f"{FORM_TYPE}; charset=utf-8").status_code == 200
