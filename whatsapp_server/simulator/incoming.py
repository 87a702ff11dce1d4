"""Messages from a customer to us: stored, then announced to the server by webhook."""

import json
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from whatsapp_server.simulator.clock import Clock
from whatsapp_server.simulator.courier import Courier
from whatsapp_server.simulator.errors import ControlError
from whatsapp_server.simulator.faults import WEBHOOK, Fault, Faults
from whatsapp_server.simulator.feed import Feed
from whatsapp_server.simulator.outgoing import API_VERSION
from whatsapp_server.simulator.records import Customer, Delivery, Message, new_sid
from whatsapp_server.simulator.state import Store

MAX_MEDIA = 10


@dataclass(frozen=True)
class Letter:
    """What a customer sends: `params` are added to the webhook's (a list repeats the name, null leaves the name out)."""

    customer: Customer
    number: str
    body: str
    params: dict[str, Any] = field(default_factory=dict)


class Incoming:
    """Takes customers' messages and posts their webhooks to `webhook_url`."""

    def __init__(self, store: Store, clock: Clock, courier: Courier, faults: Faults, feed: Feed, account_sid: str) -> None:
        self._store, self._clock, self._courier = store, clock, courier
        self._faults, self._feed = faults, feed
        self._account_sid = account_sid
        self.webhook_url: str | None = None

    def receive(self, letter: Letter) -> tuple[Message, "list[Future[Delivery]]"]:
        """Store the message, start its webhooks (none without a webhook URL) and return both."""
        fault = self._faults.take(WEBHOOK, sender=letter.customer.address, recipient=letter.number, body=letter.body)
        message = self._message(letter)
        if self._store.find_message(message.sid) is not None:
            raise ControlError("sid_taken", f"There is a message {message.sid} already; its webhook can be posted again.", 409)
        with self._store.transaction():
            self._store.add_message(message)
            self._store.save_customer(letter.customer)
            deliveries = self._deliveries(message, fault)
        self._feed.publish("message", message=message.as_json())
        return message, self._dispatch(deliveries, fault)

    def announce(self, message: Message) -> "list[Future[Delivery]]":
        """Post the webhook of an earlier message once more, as Twilio does when it lost the first answer."""
        return self._dispatch(self._deliveries(message, None), None)

    def _message(self, letter: Letter) -> Message:
        now = self._clock.now()
        params = inbound_params(letter, self._account_sid)
        sid = str(params["MessageSid"])
        media = [
            {"url": str(params[f"MediaUrl{n}"]), "content_type": str(params.get(f"MediaContentType{n}", ""))}
            for n in range(MAX_MEDIA)
            if f"MediaUrl{n}" in params
        ]
        return Message(
            sid=sid,
            direction="inbound",
            sender=str(params.get("From", letter.customer.address)),
            recipient=str(params.get("To", letter.number)),
            body=str(params.get("Body", "")),
            status="received",
            created_at=now,
            updated_at=now,
            sent_at=now,
            media=media,
            params=params,
            messaging_service_sid=params.get("MessagingServiceSid"),
            status_times={"received": now},
        )

    def _deliveries(self, message: Message, fault: Fault | None) -> list[Delivery]:
        if self.webhook_url is None or (fault and fault.kind.name == "webhook_lost"):
            return []
        copies = 2 if fault and fault.kind.name == "duplicate_webhook" else 1
        deliveries = [
            Delivery(
                kind="webhook",
                message_sid=message.sid,
                event="received",
                url=self.webhook_url,
                params=form_pairs(message.params),
                created_at=self._clock.now(),
                forged=fault is not None and fault.kind.name == "bad_signature",
            )
            for _ in range(copies)
        ]
        for delivery in deliveries:
            self._store.add_delivery(delivery)
        return deliveries

    def _dispatch(self, deliveries: list[Delivery], fault: Fault | None) -> "list[Future[Delivery]]":
        if len(deliveries) == 2 and fault is not None and not fault.options["concurrent"]:
            return self._one_after_another(deliveries)
        return [self._courier.send(delivery) for delivery in deliveries]

    def _one_after_another(self, deliveries: list[Delivery]) -> "list[Future[Delivery]]":
        second: Future[Delivery] = Future()

        def send_second() -> None:
            self._courier.send(deliveries[1]).add_done_callback(lambda done: second.set_result(done.result()))

        return [self._courier.send(deliveries[0], after_first=send_second), second]


def inbound_params(letter: Letter, account_sid: str) -> dict[str, Any]:
    """The parameters of the webhook, as Twilio sends them for WhatsApp, with the letter's own added."""
    customer, extra = letter.customer, letter.params
    media_count = sum(1 for name in extra if name.startswith("MediaUrl") and extra[name] is not None)
    sid = str(extra.get("MessageSid") or new_sid("MM" if media_count else "SM"))
    params: dict[str, Any] = {
        "SmsMessageSid": sid,
        "NumMedia": str(media_count),
        "ProfileName": customer.name or customer.address.removeprefix("whatsapp:"),
        "MessageType": _message_type(extra),
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": letter.body,
        "To": letter.number,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": account_sid,
        "From": customer.address,
        "ApiVersion": API_VERSION,
    }
    identity = {"WaId": customer.address.removeprefix("whatsapp:+")} if customer.has_number else {"ExternalUserId": customer.address}
    params |= identity | {"ChannelMetadata": _metadata(params["ProfileName"], identity)} | extra
    return {name: value for name, value in params.items() if value is not None}


def form_pairs(params: dict[str, Any]) -> list[tuple[str, str]]:
    """`params` as the pairs of a form; a list repeats its name."""
    return [(name, str(one)) for name, value in params.items() for one in (value if isinstance(value, list) else [value])]


def _message_type(params: dict[str, Any]) -> str:
    if "Latitude" in params:
        return "location"
    if "ButtonText" in params or "ButtonPayload" in params:
        return "button"
    kind = str(params.get("MediaContentType0", "")).partition("/")[0]
    if kind in ("image", "video", "audio"):
        return kind
    if "MediaUrl0" not in params:
        return "text"
    return "contacts" if params.get("MediaContentType0") == "text/vcard" else "document"


def _metadata(profile_name: str, identity: dict[str, str]) -> str:
    context = {"ProfileName": profile_name, **identity}
    return json.dumps({"type": "whatsapp", "data": {"context": context}})
