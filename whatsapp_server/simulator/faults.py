"""Faults on demand: what may go wrong, how often, and for which messages."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from whatsapp_server.simulator.errors import ControlError


@dataclass(frozen=True)
class FaultKind:
    """One thing that can go wrong. `stage` says when it is looked at; a message meets at most one fault of each stage."""

    name: str
    stage: str
    meaning: str
    options: Mapping[str, Any] = field(default_factory=dict)


ADMISSION, EARLY, REPLY, OUTCOME, CALLBACKS, WEBHOOK = "admission", "early", "reply", "outcome", "callbacks", "webhook"

KINDS = {
    kind.name: kind
    for kind in (
        FaultKind("rate_limited", ADMISSION, "429 with code 20429; the message is never processed"),
        FaultKind("refused", ADMISSION, "a 4xx with the given code; no message", {"code": 21211, "status": None}),
        FaultKind("error_before_accepting", ADMISSION, "a 5xx; no message", {"status": 500}),
        FaultKind("reset_before_accepting", ADMISSION, "the connection is reset; no message"),
        FaultKind("callback_before_reply", EARLY, "sent and delivered call back before the create is answered"),
        FaultKind("error_after_accepting", REPLY, "the message goes out, the reply is a 5xx", {"status": 500}),
        FaultKind("hang", REPLY, "the message goes out, the reply is held", {"seconds": 30.0}),
        FaultKind("reset_after_accepting", REPLY, "the message goes out, the connection is reset"),
        FaultKind("rubbish_reply", REPLY, "the message goes out, the reply is not JSON", {"status": 201}),
        FaultKind("outside_window", OUTCOME, "failed with 63016, as outside the 24 hours", {"status": "failed"}),
        FaultKind("failed", OUTCOME, "status failed", {"code": 63003}),
        FaultKind("undelivered", OUTCOME, "sent, then undelivered", {"code": 30003}),
        FaultKind("callbacks_out_of_order", CALLBACKS, "delivered calls back before sent"),
        FaultKind("callbacks_lost", CALLBACKS, "the message goes through without any callback but read"),
        FaultKind("duplicate_callbacks", CALLBACKS, "every callback comes twice"),
        FaultKind("duplicate_webhook", WEBHOOK, "the inbound webhook comes twice", {"concurrent": False}),
        FaultKind("webhook_lost", WEBHOOK, "Twilio has the message, the webhook never comes"),
        FaultKind("bad_signature", WEBHOOK, "the inbound webhook is signed with another token"),
    )
}
MATCHABLE = ("to", "from", "body")


@dataclass
class Fault:
    """A fault that waits for its messages; `remaining` None means until it is removed."""

    id: int
    kind: FaultKind
    options: dict[str, Any]
    match: dict[str, str]
    remaining: int | None
    used: int = 0

    def matches(self, sender: str, recipient: str, body: str) -> bool:
        """Whether a message is meant: addresses must be equal, the body must contain the given text."""
        exact = {"from": sender, "to": recipient}
        return self.match.get("body", "") in body and all(self.match[name] == value for name, value in exact.items() if name in self.match)

    def as_json(self) -> dict[str, Any]:
        """The fault as the control API shows it."""
        return {
            "id": self.id,
            "kind": self.kind.name,
            "options": self.options,
            "match": self.match,
            "remaining": self.remaining,
            "used": self.used,
        }


class Faults:
    """The faults that wait, oldest first. They live in memory: a restart forgets them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._waiting: list[Fault] = []
        self._cleared = threading.Event()

    def add(
        self, kind: str, count: int | None = 1, match: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
    ) -> Fault:
        """Let `kind` happen to the next `count` matching messages; raises ControlError for what is not known."""
        known = KINDS.get(kind)
        if known is None:
            raise ControlError("unknown_fault", f"There is no fault {kind!r}; known are {', '.join(KINDS)}.")
        _require_known("option", options or {}, known.options)
        _require_known("match", match or {}, MATCHABLE)
        if count is not None and count < 1:
            raise ControlError("bad_count", "count must be at least 1, or null for: until removed.")
        chosen = {name: value for name, value in (match or {}).items() if value}
        fault = Fault(next(self._ids), known, {**known.options, **(options or {})}, chosen, count)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def take(self, stage: str, *, sender: str, recipient: str, body: str) -> Fault | None:
        """The oldest waiting fault of `stage` that means this message, counted as used; None when all goes well."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind.stage == stage and fault.matches(sender, recipient, body):
                    self._count_down(fault)
                    return fault
        return None

    def waiting(self) -> list[Fault]:
        """The faults that wait, oldest first."""
        with self._lock:
            return list(self._waiting)

    def remove(self, fault_id: int) -> bool:
        """Forget one fault; False when it is not there."""
        with self._lock:
            before = len(self._waiting)
            self._waiting = [fault for fault in self._waiting if fault.id != fault_id]
            return len(self._waiting) < before

    def hold(self, seconds: float) -> None:
        """Wait for so long, or until all faults are forgotten."""
        self._cleared.wait(seconds)

    def clear(self) -> None:
        """Forget all faults, and let go of what one of them holds."""
        with self._lock:
            self._waiting.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def _count_down(self, fault: Fault) -> None:
        fault.used += 1
        if fault.remaining is not None:
            fault.remaining -= 1
            if fault.remaining == 0:
                self._waiting.remove(fault)


def _require_known(what: str, given: Mapping[str, Any], known: Any) -> None:
    for name in given:
        if name not in known:
            raise ControlError(f"unknown_{what}", f"{name!r} is not one of: {', '.join(known) or 'none'}.")
