"""Inbound webhooks: what a customer's message looks like to our server."""

from typing import Any

import pytest
import requests

from tests.support.receiver import WEBHOOK_PATH, Receiver, is_signed
from tests.support.simulator import CUSTOMER, NUMBER, SimulatorProcess

CORE = {
    "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "From", "To", "Body", "NumMedia", "NumSegments", "SmsStatus",
    "ApiVersion", "MessageType", "ProfileName", "WaId", "ReferralNumMedia",
}  # fmt: skip


def form_of(simulator: SimulatorProcess, receiver: Receiver, **fields: Any) -> Any:
    answer = simulator.inbound(**{"body": "oi", **fields})
    assert [delivery["status_code"] for delivery in answer["deliveries"]] == [200]
    post = receiver.to(WEBHOOK_PATH)[-1]
    assert is_signed(post, simulator.auth_token)
    assert post.form["MessageSid"] == answer["sid"]
    return post.form


def test_a_text_has_twilios_parameters(simulator: SimulatorProcess, receiver: Receiver) -> None:
    form = form_of(simulator, receiver, body="Olá, ção 😊\n&=+ %", profile_name="Mariana")
    assert set(form) >= CORE
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"]
    assert (form["From"], form["To"], form["WaId"]) == (CUSTOMER, NUMBER, "5511987654321")
    assert (form["Body"], form["ProfileName"]) == ("Olá, ção 😊\n&=+ %", "Mariana")
    assert (form["SmsStatus"], form["NumMedia"], form["NumSegments"], form["MessageType"]) == ("received", "0", "1", "text")


@pytest.mark.parametrize(
    ("params", "kind", "media"),
    [
        ({"Latitude": "-23.5", "Longitude": "-46.6"}, "location", "0"),
        ({"MediaUrl0": "https://x.example/1", "MediaContentType0": "image/jpeg"}, "image", "1"),
        ({"MediaUrl0": "https://x.example/1", "MediaContentType0": "application/pdf"}, "document", "1"),
        ({"MediaUrl0": "https://x.example/1", "MediaContentType0": "text/vcard"}, "contacts", "1"),
        ({"ButtonText": "Sim", "ButtonPayload": "yes"}, "button", "0"),
    ],
)
def test_extras_go_along(simulator: SimulatorProcess, receiver: Receiver, params: dict[str, str], kind: str, media: str) -> None:
    form = form_of(simulator, receiver, body="", params=params)
    assert (form["MessageType"], form["NumMedia"]) == (kind, media)
    assert {name: form[name] for name in params} == params


def test_parameters_can_be_overruled_left_out_and_repeated(simulator: SimulatorProcess, receiver: Receiver) -> None:
    form = form_of(simulator, receiver, params={"WaId": None, "NewOne": "", "Twice": ["b", "a"], "NumSegments": "2"})
    assert "WaId" not in form
    assert (form["NewOne"], form.getlist("Twice"), form["NumSegments"]) == ("", ["b", "a"], "2")


def test_an_address_may_hold_no_number(simulator: SimulatorProcess, receiver: Receiver) -> None:
    form = form_of(simulator, receiver, from_="whatsapp:CO.4481", profile_name="Sem número")
    assert (form["From"], form["ExternalUserId"]) == ("whatsapp:CO.4481", "whatsapp:CO.4481")
    assert "WaId" not in form


def test_the_signature_may_be_over_another_address(simulator: SimulatorProcess, receiver: Receiver) -> None:
    simulator.change_settings(signing_base_url="https://inbox.example.com")
    simulator.inbound("oi")
    post = receiver.to(WEBHOOK_PATH)[-1]
    assert is_signed(post, simulator.auth_token, "https://inbox.example.com" + WEBHOOK_PATH)
    assert not is_signed(post, simulator.auth_token)


def test_callbacks_to_the_public_address_reach_the_local_one(simulator: SimulatorProcess, receiver: Receiver, send: Any) -> None:
    simulator.change_settings(signing_base_url="https://inbox.example.com")
    message = send(status_callback="https://inbox.example.com/status?m=1")
    receiver.wait_for_statuses(message.sid, 2)
    assert is_signed(receiver.to("/status")[0], simulator.auth_token, "https://inbox.example.com/status?m=1")


def test_a_burst_posts_every_message_once(simulator: SimulatorProcess, receiver: Receiver) -> None:
    items = simulator.burst(60, 20, from_="whatsapp:+5541999990000")
    sids = [item["sid"] for item in items]
    assert len(set(sids)) == 60
    assert sorted(post.form["MessageSid"] for post in receiver.to(WEBHOOK_PATH)) == sorted(sids)
    assert {post.form["Body"] for post in receiver.to(WEBHOOK_PATH)} == {str(n) for n in range(1, 61)}


def test_a_webhook_can_be_posted_again(simulator: SimulatorProcess, receiver: Receiver) -> None:
    sid = simulator.inbound("oi")["sid"]
    simulator.repeat_webhook(sid)
    first, second = receiver.to(WEBHOOK_PATH)
    assert first.form == second.form


def test_a_sid_is_taken_once(simulator: SimulatorProcess, receiver: Receiver) -> None:
    sid = simulator.inbound("oi", params={"MessageSid": "SM" + "7" * 32})["sid"]
    assert sid == "SM" + "7" * 32
    with pytest.raises(requests.HTTPError, match="409"):
        simulator.inbound("de novo", params={"MessageSid": sid})
    assert len(receiver.to(WEBHOOK_PATH)) == len(simulator.messages()) == 1


def test_an_unknown_writer_becomes_a_customer(simulator: SimulatorProcess) -> None:
    simulator.inbound("oi", from_="+55 (41) 99999-0000", profile_name="Rafael")
    assert simulator.customers()[-1] == {"address": "whatsapp:+5541999990000", "name": "Rafael", "has_number": True}


@pytest.mark.parametrize(
    ("path", "members", "code"),
    [
        ("/inbound", {"body": "oi"}, "bad_field"),
        ("/inbound", {"from": "", "body": "oi"}, "bad_address"),
        ("/inbound", {"from": CUSTOMER, "body": 3}, "bad_field"),
        ("/faults", {"kind": "flood"}, "unknown_fault"),
        ("/faults", {"kind": "hang", "options": {"colour": 1}}, "unknown_option"),
        ("/faults", {"kind": "hang", "match": {"phase": "moon"}}, "unknown_match"),
        ("/faults", {"kind": "hang", "count": 0}, "bad_count"),
        ("/clock", {}, "bad_field"),
        ("/messages/SM0/read", {}, "no_such_message"),
        ("/nothing", {}, "not_found"),
    ],
)
def test_the_control_api_says_what_is_wrong(simulator: SimulatorProcess, path: str, members: dict[str, Any], code: str) -> None:
    with pytest.raises(requests.HTTPError) as refused:
        simulator.post(path, members)
    assert refused.value.response is not None
    assert refused.value.response.json()["code"] == code


def test_pages_from_elsewhere_are_refused(simulator: SimulatorProcess) -> None:
    url = f"{simulator.url}/sim/api/reset"
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert requests.post(url, headers=headers, timeout=10).status_code == 403
