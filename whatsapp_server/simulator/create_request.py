"""Reads a create request as Twilio does: what is missing or wrong is refused with Twilio's code."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from whatsapp_server.simulator.core import Simulator
from whatsapp_server.simulator.errors import TwilioError
from whatsapp_server.simulator.outgoing import Draft

MAX_BODY_CHARACTERS = 1600
# A number, or the opaque id of somebody who hides theirs, such as whatsapp:CO.448...
RECIPIENT = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.[\w.-]+)")
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
KEPT_PARAMS = ("ContentSid", "ContentVariables")

Form = MultiDict[str, str]


def read_draft(form: Form, simulator: Simulator) -> Draft:
    """The message that `form` asks for; raises TwilioError."""
    recipient = _recipient(form)
    service = form.get("MessagingServiceSid") or None
    sender = _sender(form, service, recipient, simulator)
    params = _content(form)
    return Draft(
        sender=sender,
        recipient=recipient,
        body=_body(form, params),
        media_urls=form.getlist("MediaUrl"),
        messaging_service_sid=service,
        status_callback=_status_callback(form),
        params=params,
    )


def _recipient(form: Form) -> str:
    recipient = form.get("To", "")
    if not recipient:
        raise TwilioError(21604)
    if not RECIPIENT.fullmatch(recipient):
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {recipient}")
    return recipient


def _sender(form: Form, service: str | None, recipient: str, simulator: Simulator) -> str:
    sender = form.get("From", "")
    if sender:
        if sender not in simulator.numbers():
            raise TwilioError(63007)
        return sender
    if service is None:
        raise TwilioError(21603)
    if not SERVICE_SID.fullmatch(service):
        raise TwilioError(21603, "The Messaging Service SID is invalid")
    return _sticky_sender(recipient, simulator)


def _sticky_sender(recipient: str, simulator: Simulator) -> str:
    """A Messaging Service keeps to the number that the customer knows; else it takes the first of its pool."""
    latest = simulator.store.messages({"sender =": recipient, "direction =": "inbound"}, newest_first=True, limit=1)
    return latest[0].recipient if latest else simulator.options.numbers[0]


def _content(form: Form) -> dict[str, Any]:
    content_sid, variables = form.get("ContentSid"), form.get("ContentVariables")
    if content_sid and not CONTENT_SID.fullmatch(content_sid):
        raise TwilioError(21655)
    if variables and not _is_json_object(variables):
        raise TwilioError(21656)
    params: dict[str, Any] = {name: form[name] for name in KEPT_PARAMS if form.get(name)}
    if actions := form.getlist("PersistentAction"):
        params["PersistentAction"] = actions
    return params


def _body(form: Form, params: dict[str, Any]) -> str:
    body = form.get("Body", "")
    if not body and not form.getlist("MediaUrl") and "ContentSid" not in params:
        raise TwilioError(21602)
    if len(body) > MAX_BODY_CHARACTERS:
        raise TwilioError(21617)
    return body


def _status_callback(form: Form) -> str | None:
    url = form.get("StatusCallback") or None
    if url is None:
        return None
    parts = urlsplit(url)
    # Twilio refuses a host with an underscore, which is no valid name.
    if parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname:
        raise TwilioError(21609, f"The StatusCallback URL {url} is not a valid URL")
    return url


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
