"""Twilio's door. Nothing is written before the signature holds over the configured public URL and every parameter."""

from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request

from whatsapp_server import errors
from whatsapp_server.gateways.twilio import TwilioGateway
from whatsapp_server.gateways.twilio_inbound import message_sid
from whatsapp_server.services import inbound, ticks

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks/twilio")

SIGNATURE_HEADERS = ("X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings")
MAX_BYTES = 128 * 1024
MAX_PARAMETERS = 500
MAX_SID_CHARACTERS = 64
Form = list[tuple[str, str]]


@blueprint.post("/messages")
def inbound_message() -> Response:
    """A customer wrote. 200 means that it is on disk; the body is what Twilio expects (an empty one is its error 11200)."""
    form, sid = _verified_form()
    params = dict(form)
    if not all(params.get(name, "").strip() for name in ("From", "To")):
        raise errors.BadRequest  # it could be stored but never shown
    inbound.receive(form, sid)
    return Response("<Response/>", 200, content_type="text/xml")


@blueprint.post("/status")
def status_report() -> Response:
    """What became of a reply; `m` and `a` are the message and the attempt that we put into its callback address."""
    form, _ = _verified_form()
    attempt = request.args.get("a", "")
    number = int(attempt) if attempt.isascii() and attempt.isdigit() and len(attempt) < 9 else None
    ticks.receive(form, request.args.get("m") or None, number)
    return Response(status=200)


def _verified_form() -> tuple[Form, str]:
    """The signed parameters in their order, and the SID; raises the 4xx that fits otherwise."""
    form = _form()
    gateway: TwilioGateway = current_app.extensions["twilio_gateway"]
    signature, settings = (request.headers.get(name) for name in SIGNATURE_HEADERS)
    if not gateway.is_signed(_public_url(), form, signature, settings):
        raise errors.BadSignature
    params = dict(form)
    if params.get("AccountSid") != gateway.account_sid:
        raise errors.BadSignature
    try:
        sid = message_sid(params)
    except KeyError as error:
        raise errors.BadRequest from error
    if len(sid) > MAX_SID_CHARACTERS or not sid.isalnum():
        raise errors.BadRequest
    return form, sid


def _form() -> Form:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise errors.UnsupportedType
    if (request.content_length or 0) > MAX_BYTES:
        raise errors.TooLarge
    try:
        # Not request.form: it would replace broken encoding silently, and the signature is over what was really sent.
        return parse_qsl(
            request.get_data(cache=False).decode("ascii"),
            keep_blank_values=True,
            strict_parsing=False,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except (ValueError, TimeoutError) as error:  # not a form, or one that was announced and never came
        raise errors.BadRequest from error


def _public_url() -> str:
    """What Twilio signed: the configured base (a proxy's headers are not to be trusted), the raw path and the raw query."""
    base: str = current_app.config["SETTINGS"].public_base_url
    path = request.environ.get("RAW_PATH_INFO") or request.environ.get("PATH_INFO", "")
    query = request.environ.get("QUERY_STRING", "")
    return f"{base}{path}?{query}" if query else f"{base}{path}"
