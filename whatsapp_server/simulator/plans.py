"""What will happen to an outgoing message after it was accepted: its statuses and callbacks, with realistic gaps."""

from dataclasses import replace

from whatsapp_server.simulator.faults import Fault
from whatsapp_server.simulator.records import Step

SENT = Step(0.4, "sent", "sent")
DELIVERED = Step(0.8, "delivered", "delivered")
ROUTED = Step(0.1, "queued", "queued")
OUTSIDE_WINDOW = 63016


def plan_for(*, window_open: bool, through_service: bool, outcome: Fault | None, callbacks: Fault | None) -> list[Step]:
    """The steps of a message, with the faults that it met.

    `through_service` is for a Messaging Service, which accepts a message before it finds the sender and so calls back
    `queued` too; the first status of all never calls back, it stands in the reply to the create.
    """
    steps = _outcome_steps(window_open, outcome)
    if through_service:
        steps.insert(0, ROUTED)
    return _with_callback_fault(steps, callbacks)


def _outcome_steps(window_open: bool, fault: Fault | None) -> list[Step]:
    if fault is None:
        return [SENT, DELIVERED] if window_open else [_failure("failed", OUTSIDE_WINDOW)]
    if fault.kind.name == "outside_window":
        return [_failure(str(fault.options["status"]), OUTSIDE_WINDOW)]
    code = int(fault.options["code"])
    return [_failure("failed", code)] if fault.kind.name == "failed" else [SENT, _failure("undelivered", code)]


def _failure(status: str, code: int) -> Step:
    return Step(0.6, status, status, code)


def _with_callback_fault(steps: list[Step], fault: Fault | None) -> list[Step]:
    if fault is None:
        return steps
    silent = [replace(step, callback=None) for step in steps]
    if fault.kind.name == "callbacks_lost":
        return silent
    late = [replace(step, after=0.2, status=None) for step in steps]
    if fault.kind.name == "callbacks_out_of_order":
        return [*silent, *reversed(late)]
    return [step for pair in zip(steps, late, strict=True) for step in pair]
