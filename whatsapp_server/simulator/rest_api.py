"""Twilio's Messages API, as its SDK calls it: create, list, fetch."""

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from whatsapp_server.simulator.core import Simulator, simulator
from whatsapp_server.simulator.create_request import read_draft
from whatsapp_server.simulator.errors import ConnectionFaultError, TwilioError
from whatsapp_server.simulator.faults import ADMISSION, EARLY, REPLY, Fault
from whatsapp_server.simulator.outgoing import API_VERSION
from whatsapp_server.simulator.paging import list_page
from whatsapp_server.simulator.records import Message

blueprint = Blueprint("rest_api", __name__, url_prefix=f"/{API_VERSION}/Accounts/<account_sid>")


@blueprint.before_request
def check_credentials() -> None:
    """Basic authentication with the account's SID and token, for that account alone; raises TwilioError 20003."""
    options = simulator().options
    given = request.authorization
    name = (given.username if given else None) or ""
    password = (given.password if given else None) or ""
    asked = (request.view_args or {}).get("account_sid")
    right = hmac.compare_digest(password.encode(), options.auth_token.encode()) and name == options.account_sid
    if not right or asked != options.account_sid:
        raise TwilioError(20003)


@blueprint.post("/Messages.json")
def create_message(account_sid: str) -> Response:
    """Accept a message, or do what a waiting fault says."""
    sim = simulator()
    about = {"sender": request.form.get("From", ""), "recipient": request.form.get("To", ""), "body": request.form.get("Body", "")}
    if (refusal := sim.faults.take(ADMISSION, **about)) is not None:
        return _refuse(refusal)
    message = sim.outgoing.accept(read_draft(request.form, sim))
    reply = _created(message, account_sid)
    if sim.faults.take(EARLY, **about) is not None:
        sim.outgoing.finish_now(message.sid)
    fault = sim.faults.take(REPLY, **about)
    if fault is None:
        # Without a fault the first callback leaves after the reply, however fast the clock runs.
        reply.call_on_close(lambda: sim.outgoing.proceed(message.sid))
        return reply
    sim.outgoing.proceed(message.sid)
    return _spoil(reply, fault, sim)


@blueprint.get("/Messages.json")
def list_messages(account_sid: str) -> Response:
    """One page of messages, newest first."""
    page = list_page(simulator().store, request.path, request.args)
    shown = [resource(message, account_sid) for message in page.messages]
    return jsonify({**page.links, "messages": shown})


@blueprint.get("/Messages/<sid>.json")
def fetch_message(account_sid: str, sid: str) -> Response:
    """One message; raises TwilioError 20404."""
    message = simulator().store.find_message(sid)
    if message is None:
        raise TwilioError(20404, f"The requested resource {request.path} was not found")
    return jsonify(resource(message, account_sid))


def resource(message: Message, account_sid: str) -> dict[str, Any]:
    """`message` as Twilio writes it: counts are strings, times RFC 2822, an unrouted message has no sender yet."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    unrouted = message.status == "accepted"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": _rfc2822(message.created_at),
        "date_sent": _rfc2822(message.sent_at),
        "date_updated": _rfc2822(message.updated_at),
        "direction": "inbound" if message.direction == "inbound" else "outbound-api",
        "error_code": message.error_code,
        "error_message": None,
        "from": None if unrouted else message.sender,
        "messaging_service_sid": message.messaging_service_sid,
        "num_media": str(len(message.media)),
        "num_segments": "0" if unrouted else "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def _created(message: Message, account_sid: str) -> Response:
    reply = jsonify(resource(message, account_sid))
    reply.status_code = 201
    return reply


def _refuse(fault: Fault) -> Response:
    match fault.kind.name:
        case "rate_limited":
            raise TwilioError(20429)
        case "refused":
            raise TwilioError(int(fault.options["code"]), status=fault.options["status"])
        case "error_before_accepting":
            raise _server_error(fault)
        case _:
            return Response(_reset())


def _spoil(reply: Response, fault: Fault, sim: Simulator) -> Response:
    match fault.kind.name:
        case "error_after_accepting":
            raise _server_error(fault)
        case "rubbish_reply":
            return Response("<html><body>Bad gateway</body></html>", int(fault.options["status"]), mimetype="text/html")
        case "hang":
            sim.faults.hold(float(fault.options["seconds"]))
            return reply
        case _:
            return Response(_reset())


def _server_error(fault: Fault) -> TwilioError:
    status = int(fault.options["status"])
    return TwilioError(20503 if status == 503 else 20500, status=status)


def _reset() -> Iterator[bytes]:
    """A reply that breaks off before its first byte; raised here, past Flask, for the server to act on."""
    raise ConnectionFaultError
    yield b""


def _rfc2822(moment: float | None) -> str | None:
    return None if moment is None else format_datetime(datetime.fromtimestamp(moment, UTC))
