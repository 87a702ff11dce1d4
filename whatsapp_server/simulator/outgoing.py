"""Messages from us to a customer: accepted, carried along their plan, read."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from whatsapp_server.simulator.clock import Clock
from whatsapp_server.simulator.courier import Courier
from whatsapp_server.simulator.errors import error_message
from whatsapp_server.simulator.faults import CALLBACKS, OUTCOME, Faults
from whatsapp_server.simulator.feed import Feed
from whatsapp_server.simulator.plans import plan_for
from whatsapp_server.simulator.records import STATUS_RANK, Customer, Delivery, Message, Step, new_sid
from whatsapp_server.simulator.scheduler import Scheduler
from whatsapp_server.simulator.state import Store

WINDOW_SECONDS = 24 * 60 * 60
API_VERSION = "2010-04-01"


@dataclass(frozen=True)
class Draft:
    """A create request that was found valid."""

    sender: str
    recipient: str
    body: str
    media_urls: list[str]
    messaging_service_sid: str | None
    status_callback: str | None
    params: dict[str, Any]

    @property
    def is_template(self) -> bool:
        """Whether it may go out at any hour."""
        return "ContentSid" in self.params


class Outgoing:
    """Accepts messages and makes their plans come true. `speed` multiplies every gap of a plan."""

    def __init__(
        self, store: Store, clock: Clock, scheduler: Scheduler, courier: Courier, faults: Faults, feed: Feed, account_sid: str
    ) -> None:
        self._store, self._clock, self._scheduler, self._courier = store, clock, scheduler, courier
        self._faults, self._feed = faults, feed
        self._account_sid = account_sid
        self.speed = 1.0

    def accept(self, draft: Draft) -> Message:
        """Store `draft` as a message with its plan; `proceed` sets it going."""
        now = self._clock.now()
        status = "accepted" if draft.messaging_service_sid else "queued"
        message = Message(
            sid=new_sid("MM" if draft.media_urls else "SM"),
            direction="outbound",
            sender=draft.sender,
            recipient=draft.recipient,
            body=draft.body,
            status=status,
            created_at=now,
            updated_at=now,
            media=[{"url": url} for url in draft.media_urls],
            params=draft.params,
            messaging_service_sid=draft.messaging_service_sid,
            status_callback=draft.status_callback,
            status_times={status: now},
            plan=self._plan(draft, now),
        )
        with self._store.transaction():
            self._store.add_message(message)
            if self._store.find_customer(draft.recipient) is None:
                self._store.save_customer(Customer(draft.recipient, ""))
        self._feed.publish("message", message=message.as_json())
        return message

    def window_closes_at(self, number: str, customer: str) -> float | None:
        """When free-form messages to `customer` stop being allowed (epoch seconds); None when they never were."""
        last = self._store.last_inbound_at(number, customer)
        return None if last is None else last + WINDOW_SECONDS

    def proceed(self, sid: str) -> None:
        """Carry out the rest of the plan, step by step; a step waits for the first answer to the callback before it."""
        message = self._store.find_message(sid)
        if message is not None and message.plan:
            self._scheduler.call_later(message.plan[0].after * self.speed, lambda: self._take_step(sid))

    def finish_now(self, sid: str) -> None:
        """Carry out the whole plan at once on this thread, callbacks included."""
        while (taken := self._advance(sid)) is not None:
            if taken.id:
                self._courier.send_now(taken)

    def resume(self) -> None:
        """Take up every plan that a stop interrupted."""
        for message in self._store.messages({"direction =": "outbound", "plan !=": "[]"}):
            self.proceed(message.sid)

    def report(self, message: Message, status: str, error_code: int | None = None) -> "Future[Delivery] | None":
        """Take on `status`, outside any plan, and call back with it; None when there is nobody to call."""
        with self._store.transaction():
            current = self._store.find_message(message.sid) or message
            delivery = self._carry_out(current, Step(0, status, status, error_code))
        self._tell(current)
        return self._courier.send(delivery) if delivery.id else None

    def mark_read(self, customer: str) -> list[str]:
        """The customer opens the chat: everything that reached the phone is read. Returns the SIDs."""
        waiting = self._store.messages({"recipient =": customer, "direction =": "outbound", "status =": "delivered"})
        for message in waiting:
            self.report(message, "read")
        return [message.sid for message in waiting]

    def _plan(self, draft: Draft, now: float) -> list[Step]:
        closes = self.window_closes_at(draft.sender, draft.recipient)
        about = {"sender": draft.sender, "recipient": draft.recipient, "body": draft.body}
        return plan_for(
            window_open=draft.is_template or (closes is not None and now < closes),
            through_service=draft.messaging_service_sid is not None,
            outcome=self._faults.take(OUTCOME, **about),
            callbacks=self._faults.take(CALLBACKS, **about),
        )

    def _take_step(self, sid: str) -> None:
        delivery = self._advance(sid)
        if delivery is None:
            return
        if delivery.id:
            self._courier.send(delivery, after_first=lambda: self.proceed(sid))
        else:
            self.proceed(sid)

    def _advance(self, sid: str) -> Delivery | None:
        """Take the next step off the plan and carry it out; None when there is none. Without an id it is not to be sent."""
        with self._store.transaction():
            message = self._store.find_message(sid)
            if message is None or not message.plan:
                return None
            step = message.plan.pop(0)
            delivery = self._carry_out(message, step)
        self._tell(message)
        return delivery

    def _carry_out(self, message: Message, step: Step) -> Delivery:
        if step.status and STATUS_RANK[step.status] > STATUS_RANK[message.status]:
            message.status, message.error_code = step.status, step.error_code
            message.updated_at = message.status_times[step.status] = self._clock.now()
            if message.sent_at is None and STATUS_RANK[step.status] >= STATUS_RANK["sent"]:
                message.sent_at = message.updated_at
        self._store.save_message(message)
        delivery = self._callback(message, step)
        if step.callback and message.status_callback:
            self._store.add_delivery(delivery)
        return delivery

    def _callback(self, message: Message, step: Step) -> Delivery:
        return Delivery(
            kind="callback",
            message_sid=message.sid,
            event=step.callback or "",
            url=message.status_callback or "",
            params=status_params(message, step.callback or "", step.error_code, self._account_sid),
            created_at=self._clock.now(),
        )

    def _tell(self, message: Message) -> None:
        self._feed.publish("message", message=message.as_json())


def status_params(message: Message, status: str, error_code: int | None, account_sid: str) -> list[tuple[str, str]]:
    """What Twilio posts to the status callback URL when `message` takes on `status`."""
    params = {
        "ApiVersion": API_VERSION,
        "AccountSid": account_sid,
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "From": message.sender,
        "To": message.recipient,
        "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": "XE" + account_sid[2:].lower(),
    }
    if message.messaging_service_sid:
        params["MessagingServiceSid"] = message.messaging_service_sid
    if status == "read":
        params["EventType"] = "READ"
    if error_code is not None:
        params["ErrorCode"] = str(error_code)
        if text := error_message(error_code):
            params["ErrorMessage"] = params["ChannelStatusMessage"] = text
    return list(params.items())
