"""The simulator's own API under /sim/api: what a customer does, what goes wrong, what was posted. Documented in docs/simulator.md."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from flask import Blueprint, request

from whatsapp_server.simulator.control_fields import Fields
from whatsapp_server.simulator.core import Simulator, simulator
from whatsapp_server.simulator.errors import ControlError
from whatsapp_server.simulator.faults import KINDS
from whatsapp_server.simulator.incoming import Letter
from whatsapp_server.simulator.options import whatsapp_address
from whatsapp_server.simulator.records import STATUS_RANK, Customer, Delivery, Message, iso

blueprint = Blueprint("control_api", __name__, url_prefix="/sim/api")

Json = dict[str, Any]
WAIT_SECONDS = 90.0
MAX_BURST = 5000
MAX_CONCURRENCY = 50
MESSAGE_FILTERS = {
    "to": "recipient =",
    "from": "sender =",
    "direction": "direction =",
    "status": "status =",
    "customer": "(CASE direction WHEN 'inbound' THEN sender ELSE recipient END) =",
    "number": "(CASE direction WHEN 'inbound' THEN recipient ELSE sender END) =",
}


@blueprint.post("/inbound")
def receive_inbound() -> tuple[Json, int]:
    """A customer writes; answers when the webhook was taken or given up, or at once with wait=false."""
    sim, fields = simulator(), Fields.of_request()
    message, pending = sim.incoming.receive(_letter(sim, fields, fields.text("body", "")))
    return _received(message, pending, fields.flag("wait", True)), 201


@blueprint.post("/inbound/burst")
def receive_burst() -> tuple[Json, int]:
    """`count` messages, `concurrency` at once; {n} in the body becomes 1, 2, ..."""
    sim, fields = simulator(), Fields.of_request()
    count = fields.whole("count", 1, low=1, high=MAX_BURST)
    concurrency = fields.whole("concurrency", 1, low=1, high=MAX_CONCURRENCY)
    body = fields.text("body", "{n}")
    letters = [_letter(sim, fields, body.replace("{n}", str(n))) for n in range(1, count + 1)]

    def receive(letter: Letter) -> Json:
        return _received(*sim.incoming.receive(letter), wait_for_it=True)

    with ThreadPoolExecutor(concurrency) as pool:
        return {"items": list(pool.map(receive, letters))}, 201


@blueprint.get("/messages")
def list_messages() -> Json:
    """Messages in the order they were accepted; `limit` keeps the newest."""
    sim, args = simulator(), request.args
    where = {column: args[name] for name, column in MESSAGE_FILTERS.items() if args.get(name)}
    limit = args.get("limit", type=int)
    found = sim.store.messages(where, newest_first=limit is not None, limit=limit)
    return {"items": [message.as_json() for message in (found[::-1] if limit is not None else found)]}


@blueprint.post("/messages/<sid>/status")
def push_status(sid: str) -> Json:
    """Call back with any status, in any order, whatever the message's own is."""
    sim, fields = simulator(), Fields.of_request()
    status = fields.text("status")
    if status not in STATUS_RANK:
        raise ControlError("bad_status", f"status must be one of: {', '.join(STATUS_RANK)}.")
    message = _message_for(sim, sid, "outbound")
    pending = sim.outgoing.report(message, status, fields.whole_or_none("error_code"))
    return _received(message, [pending] if pending else [], fields.flag("wait", True))


@blueprint.post("/messages/<sid>/read")
def read_message(sid: str) -> Json:
    """The customer reads one message, with receipts on."""
    sim, fields = simulator(), Fields.of_request()
    message = _message_for(sim, sid, "outbound")
    pending = sim.outgoing.report(message, "read")
    return _received(message, [pending] if pending else [], fields.flag("wait", True))


@blueprint.post("/messages/<sid>/webhook")
def repeat_webhook(sid: str) -> Json:
    """Post an earlier inbound message's webhook once more."""
    sim, fields = simulator(), Fields.of_request()
    message = _message_for(sim, sid, "inbound")
    return _received(message, sim.incoming.announce(message), fields.flag("wait", True))


@blueprint.get("/customers")
def list_customers() -> Json:
    """Everybody with a phone."""
    return {"items": [_customer_json(customer) for customer in simulator().store.customers()]}


@blueprint.post("/customers")
def add_customer() -> tuple[Json, int]:
    """Add a customer, or rename one."""
    sim, fields = simulator(), Fields.of_request()
    customer = Customer(_address(fields.text("address")), fields.text("name", "").strip())
    sim.store.save_customer(customer)
    sim.feed.publish("customer", customer=_customer_json(customer))
    return _customer_json(customer), 201


@blueprint.post("/customers/<address>/read")
def open_chat(address: str) -> Json:
    """The customer opens the chat with receipts on: what reached the phone is read."""
    return {"read": simulator().outgoing.mark_read(address)}


@blueprint.get("/faults")
def list_faults() -> Json:
    """The faults that wait, and the kinds there are."""
    kinds = [{"kind": kind.name, "stage": kind.stage, "meaning": kind.meaning, "options": dict(kind.options)} for kind in KINDS.values()]
    return {"items": [fault.as_json() for fault in simulator().faults.waiting()], "kinds": kinds}


@blueprint.post("/faults")
def add_fault() -> tuple[Json, int]:
    """Let something go wrong for the next matching messages."""
    sim, fields = simulator(), Fields.of_request()
    count = None if fields.is_null("count") else fields.whole("count", 1)
    fault = sim.faults.add(fields.text("kind"), count, fields.group("match"), fields.group("options"))
    sim.feed.publish("faults")
    return fault.as_json(), 201


@blueprint.delete("/faults")
def clear_faults() -> tuple[str, int]:
    """Let everything go well again."""
    simulator().faults.clear()
    simulator().feed.publish("faults")
    return "", 204


@blueprint.delete("/faults/<int:fault_id>")
def remove_fault(fault_id: int) -> tuple[str, int]:
    """Forget one fault."""
    if not simulator().faults.remove(fault_id):
        raise ControlError("no_such_fault", f"No fault {fault_id} waits.", 404)
    simulator().feed.publish("faults")
    return "", 204


@blueprint.get("/clock")
def show_clock() -> Json:
    """The simulator's time."""
    clock = simulator().clock
    return {"offset_seconds": clock.offset_seconds, "now": iso(clock.now())}


@blueprint.post("/clock")
def move_clock() -> Json:
    """Set how far the simulator's clock is ahead of the true time."""
    simulator().clock.move(Fields.of_request().number("offset_seconds"))
    simulator().feed.publish("clock", **show_clock())
    return show_clock()


@blueprint.get("/window")
def show_window() -> Json:
    """When free-form messages to a customer stop being allowed."""
    sim = simulator()
    number = request.args.get("number") or sim.options.numbers[0]
    return {"closes_at": iso(sim.outgoing.window_closes_at(number, request.args.get("customer", "")))}


@blueprint.get("/settings")
def show_settings() -> Json:
    """What can be changed while the simulator runs, and the account it plays (without the token)."""
    sim = simulator()
    return {
        "account_sid": sim.options.account_sid,
        "numbers": list(sim.options.numbers),
        "webhook_url": sim.incoming.webhook_url,
        "signing_base_url": sim.signing_base_url,
        "speed": sim.outgoing.speed,
    }


@blueprint.post("/settings")
def change_settings() -> Json:
    """Point webhooks elsewhere, or change the speed; lasts until the simulator stops."""
    sim, fields = simulator(), Fields.of_request()
    webhook_url = fields.text("webhook_url", sim.incoming.webhook_url or "") or None
    signing_base_url = fields.text("signing_base_url", sim.signing_base_url or "") or None
    sim.point_webhooks(webhook_url, signing_base_url)
    sim.outgoing.speed = max(0.0, fields.number("speed", sim.outgoing.speed))
    sim.feed.publish("settings", settings=show_settings())
    return show_settings()


@blueprint.get("/webhooks")
def list_webhooks() -> Json:
    """What was posted to the server, oldest first, with every attempt; `limit` keeps the newest."""
    args = request.args
    where = {f"{name} =": args[name] for name in ("kind", "message_sid", "state") if args.get(name)}
    found = simulator().store.deliveries(where, args.get("limit", type=int))
    return {"items": [delivery.as_json() for delivery in found]}


@blueprint.post("/reset")
def reset() -> tuple[str, int]:
    """Forget everything."""
    simulator().reset()
    return "", 204


def _letter(sim: Simulator, fields: Fields, body: str) -> Letter:
    address = _address(fields.text("from"))
    known = sim.store.find_customer(address)
    name = fields.text("profile_name", known.name if known else "")
    number = whatsapp_address(fields.text("to", sim.options.numbers[0]))
    return Letter(Customer(address, name), number, body, fields.group("params"))


def _address(text: str) -> str:
    address = whatsapp_address(text)
    if address in ("whatsapp:", "whatsapp:+"):
        raise ControlError("bad_address", "A number such as +5511987654321, or an id such as CO.4481, is needed.")
    return address


def _message_for(sim: Simulator, sid: str, direction: str) -> Message:
    message = sim.store.find_message(sid)
    if message is None or message.direction != direction:
        raise ControlError("no_such_message", f"There is no {direction} message {sid}.", 404)
    return message


def _received(message: Message, pending: "list[Future[Delivery]]", wait_for_it: bool) -> Json:
    if wait_for_it:
        wait(pending, WAIT_SECONDS)
    return {"sid": message.sid, "deliveries": [delivery.result().as_json() for delivery in pending if delivery.done()]}


def _customer_json(customer: Customer) -> Json:
    return {"address": customer.address, "name": customer.name, "has_number": customer.has_number}
