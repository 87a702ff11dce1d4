"""What the simulator remembers, and how the control API shows it."""

import re
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Direction = Literal["inbound", "outbound"]
DeliveryKind = Literal["webhook", "callback"]
DeliveryState = Literal["pending", "delivered", "given_up"]

# How far a message has come; a later callback never takes the resource back. Failures rank with `sent`:
# they end a message that was not delivered.
STATUS_RANK = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3, "failed": 4, "undelivered": 4, "delivered": 5, "read": 6}
PHONE_NUMBER = re.compile(r"whatsapp:\+\d+")


def new_sid(prefix: str) -> str:
    """A SID as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def iso(moment: float | None) -> str | None:
    """Epoch seconds as ISO 8601 UTC with milliseconds."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Step:
    """One thing that will happen to an outgoing message: `after` seconds, take on a status, call back with one, or both."""

    after: float
    status: str | None = None
    callback: str | None = None
    error_code: int | None = None


@dataclass
class Message:
    """One message, either way. Times are epoch seconds by the simulator's clock; `plan` is what is still to happen."""

    sid: str
    direction: Direction
    sender: str
    recipient: str
    body: str
    status: str
    created_at: float
    updated_at: float
    sent_at: float | None = None
    error_code: int | None = None
    media: list[dict[str, str]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    status_times: dict[str, float] = field(default_factory=dict)
    plan: list[Step] = field(default_factory=list)
    seq: int = 0

    @property
    def customer(self) -> str:
        """The customer's address."""
        return self.sender if self.direction == "inbound" else self.recipient

    @property
    def number(self) -> str:
        """Our number's address."""
        return self.recipient if self.direction == "inbound" else self.sender

    def as_json(self) -> dict[str, Any]:
        """The message as the control API shows it."""
        return {
            "seq": self.seq,
            "sid": self.sid,
            "direction": self.direction,
            "from": self.sender,
            "to": self.recipient,
            "customer": self.customer,
            "number": self.number,
            "body": self.body,
            "status": self.status,
            "error_code": self.error_code,
            "media": self.media,
            "params": self.params,
            "messaging_service_sid": self.messaging_service_sid,
            "status_callback": self.status_callback,
            "status_times": {status: iso(moment) for status, moment in self.status_times.items()},
            "created_at": iso(self.created_at),
            "sent_at": iso(self.sent_at),
            "updated_at": iso(self.updated_at),
        }


@dataclass
class Attempt:
    """One POST to the server: its answer, or why there was none. `error` is ct (no connection), rt (no answer in time) or None."""

    at: float
    duration_ms: int
    status_code: int | None = None
    error: str | None = None
    detail: str = ""


@dataclass
class Delivery:
    """One webhook or status callback, with every attempt to hand it over. `url` keeps the fragment with the retry rules."""

    kind: DeliveryKind
    message_sid: str
    event: str
    url: str
    params: list[tuple[str, str]]
    created_at: float
    state: DeliveryState = "pending"
    attempts: list[Attempt] = field(default_factory=list)
    forged: bool = False
    id: int = 0

    def as_json(self) -> dict[str, Any]:
        """The delivery as the control API shows it; `status_code` is that of the last attempt."""
        last = self.attempts[-1] if self.attempts else None
        return {
            "id": self.id,
            "kind": self.kind,
            "message_sid": self.message_sid,
            "event": self.event,
            "url": self.url,
            "state": self.state,
            "status_code": last.status_code if last else None,
            "error": last.error if last else None,
            "attempts": [{**asdict(attempt), "at": iso(attempt.at)} for attempt in self.attempts],
            "params": _grouped(self.params),
            "created_at": iso(self.created_at),
        }


@dataclass(frozen=True)
class Customer:
    """Somebody with a phone; `address` may be an id without a number (WhatsApp usernames)."""

    address: str
    name: str

    @property
    def has_number(self) -> bool:
        """Whether the address is a phone number, not an opaque id."""
        return PHONE_NUMBER.fullmatch(self.address) is not None


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    grouped: dict[str, str | list[str]] = {}
    for name, value in pairs:
        present = grouped.get(name)
        if present is None:
            grouped[name] = value
        else:
            grouped[name] = [*([present] if isinstance(present, str) else present), value]
    return grouped
