"""Twilio's Messages API as its SDK and its OpenAPI description see it."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.support.receiver import STATUS_PATH, Receiver
from tests.support.simulator import CUSTOMER, NUMBER, PROJECT, SimulatorProcess
from tests.support.twilio_sdk import sdk
from tests.support.waiting import eventually

Send = Callable[..., Any]
OPENAPI = Path(os.environ.get("TWILIO_OPENAPI") or PROJECT.parent / "shared" / "twilio" / "twilio_messages_openapi.json")
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
REPLY_MEMBERS = {
    "account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction", "error_code",
    "error_message", "from", "messaging_service_sid", "num_media", "num_segments", "price", "price_unit", "sid",
    "status", "subresource_uris", "to", "uri",
}  # fmt: skip


def raw(simulator: SimulatorProcess, method: str = "GET", path: str = "/Messages.json", **more: Any) -> requests.Response:
    url = f"{simulator.url}/2010-04-01/Accounts/{simulator.account_sid}{path}"
    auth = more.pop("auth", (simulator.account_sid, simulator.auth_token))
    return requests.request(method, url, auth=auth, timeout=10, **more)


def follow(simulator: SimulatorProcess, uri: str) -> Any:
    auth = (simulator.account_sid, simulator.auth_token)
    return requests.get(simulator.url + uri, auth=auth, timeout=10).json()


def create(simulator: SimulatorProcess, **form: Any) -> requests.Response:
    return raw(simulator, "POST", data={"To": CUSTOMER, "From": NUMBER, "Body": "Olá", **form})


def test_a_message_is_created_fetched_and_listed(simulator: SimulatorProcess, twilio: Client, send: Send) -> None:
    created = send("Bom dia")
    assert (created.status, created.direction) == ("queued", "outbound-api")
    assert (created.num_media, created.num_segments) == ("0", "1")
    assert created.sid.startswith("SM")
    assert len(created.sid) == 34
    fetched = twilio.messages(created.sid).fetch()
    assert (fetched.body, fetched.from_, fetched.to) == ("Bom dia", NUMBER, CUSTOMER)
    assert [message.sid for message in twilio.messages.list(to=CUSTOMER)] == [created.sid]
    inbound = twilio.messages.list(to=NUMBER)
    assert [(message.direction, message.status, message.body) for message in inbound] == [("inbound", "received", "oi")]


def test_the_reply_has_exactly_twilios_members_and_dates(simulator: SimulatorProcess) -> None:
    response = create(simulator)
    reply = response.json()
    assert response.status_code == 201
    assert set(reply) == REPLY_MEMBERS
    assert datetime.strptime(reply["date_created"], "%a, %d %b %Y %H:%M:%S %z").utcoffset() == timedelta(0)
    assert (reply["num_media"], reply["num_segments"], reply["date_sent"], reply["error_code"]) == ("0", "1", None, None)


def test_every_parameter_that_we_use_is_kept(simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    send(media_url=["https://example.com/a.jpg"])
    send(body="aqui", persistent_action=["geo:-23.5,-46.6|Loja"])
    send(body=None, content_sid="HX" + "a" * 32, content_variables='{"1": "Ana"}')
    photo, place, template = simulator.messages(direction="outbound")
    assert photo["sid"].startswith("MM")
    assert photo["media"] == [{"url": "https://example.com/a.jpg"}]
    assert place["params"] == {"PersistentAction": ["geo:-23.5,-46.6|Loja"]}
    assert template["params"] == {"ContentSid": "HX" + "a" * 32, "ContentVariables": '{"1": "Ana"}'}
    assert photo["status_callback"] == receiver.url(STATUS_PATH)


def test_a_messaging_service_chooses_the_number_the_customer_wrote_to(receiver: Receiver) -> None:
    second = "whatsapp:+551130001000"
    with SimulatorProcess(numbers=(NUMBER, second), webhook_url=receiver.url("/in")) as simulator:
        simulator.inbound("oi", to=second)
        service = "MG" + "b" * 32
        created = sdk(simulator).messages.create(
            to=CUSTOMER, messaging_service_sid=service, body="Olá", status_callback=receiver.url(STATUS_PATH)
        )
        assert (created.status, created.from_) == ("accepted", None)
        assert receiver.wait_for_statuses(created.sid, 3) == ["queued", "sent", "delivered"]
        assert receiver.to(STATUS_PATH)[0].form["MessagingServiceSid"] == service
        assert sdk(simulator).messages(created.sid).fetch().from_ == second


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"To": ""}, 400, 21604),
        ({"To": "+5511987654321"}, 400, 21211),
        ({"To": "whatsapp:abc"}, 400, 21211),
        ({"From": ""}, 400, 21603),
        ({"From": "whatsapp:+15550000000"}, 400, 63007),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"StatusCallback": "http://under_score.example/x"}, 400, 21609),
        ({"Body": "", "ContentSid": "HX1"}, 400, 21655),
        ({"Body": "", "ContentSid": "HX" + "a" * 32, "ContentVariables": "not json"}, 400, 21656),
    ],
)
def test_what_is_missing_or_wrong_is_refused_with_twilios_code(
    simulator: SimulatorProcess, form: dict[str, str], status: int, code: int
) -> None:
    response = create(simulator, **form)
    body = response.json()
    assert (response.status_code, body["code"], body["status"]) == (status, code, status)
    assert set(body) == {"code", "message", "more_info", "status"}
    assert simulator.messages() == []


def test_wrong_credentials_get_20003(simulator: SimulatorProcess) -> None:
    with pytest.raises(TwilioRestException) as refused:
        sdk(simulator, auth_token="another").messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert raw(simulator, auth=None).json()["code"] == 20003


def test_an_unknown_sid_gets_20404(simulator: SimulatorProcess, twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_the_sdk_walks_all_pages(simulator: SimulatorProcess, twilio: Client) -> None:
    sids = [item["sid"] for item in simulator.burst(23, 1)]
    pages = twilio.messages.list(to=NUMBER, from_=CUSTOMER, page_size=5)
    assert [message.sid for message in pages] == sids[::-1]


def test_pages_link_to_their_neighbours(simulator: SimulatorProcess) -> None:
    simulator.burst(5, 1)
    first = raw(simulator, params={"PageSize": 2, "To": NUMBER}).json()
    second = follow(simulator, first["next_page_uri"])
    last = follow(simulator, second["next_page_uri"])
    back = follow(simulator, second["previous_page_uri"])
    assert (first["page"], first["start"], first["end"], first["previous_page_uri"]) == (0, 0, 1, None)
    assert (second["page"], second["start"], second["end"]) == (1, 2, 3)
    assert (len(last["messages"]), last["next_page_uri"]) == (1, None)
    assert back["messages"] == first["messages"]


def test_lists_are_filtered_by_the_date_sent(simulator: SimulatorProcess, twilio: Client) -> None:
    simulator.inbound("hoje")
    simulator.move_clock(3 * 86_400)
    simulator.inbound("depois")
    now = datetime.now(UTC)
    assert [one.body for one in twilio.messages.list(date_sent_after=now + timedelta(days=1))] == ["depois"]
    assert [one.body for one in twilio.messages.list(date_sent_before=now + timedelta(days=1))] == ["hoje"]
    day = raw(simulator, params={"DateSent": (now + timedelta(days=3)).date().isoformat()}).json()
    assert [one["body"] for one in day["messages"]] == ["depois"]
    assert raw(simulator, params={"DateSent": "soon"}).json()["code"] == 20001


def _schema(node: Any, document: dict[str, Any]) -> Any:
    """`node` with references resolved and OpenAPI's `nullable` as JSON Schema writes it."""
    if isinstance(node, list):
        return [_schema(one, document) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        return _schema(document["components"]["schemas"][name], document)
    plain = {key: _schema(value, document) for key, value in node.items() if key not in ("nullable", "x-twilio")}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") else plain


@pytest.fixture(scope="module")
def openapi() -> Any:
    if not OPENAPI.exists():
        pytest.skip(f"Twilio's OpenAPI description is not at {OPENAPI}")
    return json.loads(OPENAPI.read_text())


def test_replies_meet_twilios_openapi_description(simulator: SimulatorProcess, twilio: Client, send: Send, openapi: dict[str, Any]) -> None:
    def check(reply: Any, verb: str, status: str, path: str = MESSAGES) -> None:
        content = openapi["paths"][path][verb]["responses"][status]["content"]["application/json"]
        Draft202012Validator(_schema(content["schema"], openapi)).validate(reply)

    check(create(simulator).json(), "post", "201")
    failing = send("fora")
    simulator.push_status(failing.sid, "failed", 63003)
    service = {"From": "", "MessagingServiceSid": "MG" + "b" * 32, "MediaUrl": "https://example.com/a.png"}
    check(create(simulator, **service).json(), "post", "201")
    listing = raw(simulator, params={"PageSize": 2}).json()
    check(listing, "get", "200")
    one = raw(simulator, path=f"/Messages/{failing.sid}.json").json()
    check(one, "get", "200", "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json")


def test_statuses_move_on_in_the_resource(simulator: SimulatorProcess, twilio: Client, send: Send) -> None:
    created = send()
    eventually(lambda: twilio.messages(created.sid).fetch().status == "delivered")
    simulator.read(created.sid)
    fetched = twilio.messages(created.sid).fetch()
    assert fetched.status == "read"
    assert fetched.date_sent is not None
