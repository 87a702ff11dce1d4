"""What Twilio does to our door, spelt out: a form, and a signature over the public URL and every parameter."""

import base64
import hashlib
import hmac
import itertools
import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote_plus

import requests

from tests.support.server import ACCOUNT_SID, ServerProcess

NUMBER = "whatsapp:+14155238886"
FORM_TYPE = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]

_sids = itertools.count(1)


def new_sid() -> str:
    """A message SID that no other test has: SM and 32 hex digits."""
    return f"SM{os.getpid():016x}{next(_sids):016x}"


def message_form(sender: str, **params: str | None) -> Pairs:
    """The parameters of a customer's message; `params` replace or add some, None leaves one out."""
    sid = new_sid()
    usual = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Maria",
        "MessageType": "text",
        "Body": "Oi",
        "To": NUMBER,
        "MessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }
    return [(name, value) for name, value in {**usual, **params}.items() if value is not None]


def signature(auth_token: str, url: str, pairs: Iterable[tuple[str, str]], algorithm: str = "sha1") -> str:
    """Base64 HMAC over `url` and each name and value in order of name, a repeated pair once (twilio.com/docs/usage/security)."""
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), getattr(hashlib, algorithm)).digest()).decode()


def encoded(pairs: Iterable[tuple[str, str]]) -> bytes:
    """`pairs` as the body of a form."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def post_webhook(
    server: ServerProcess, pairs: Pairs, *, path: str = "/webhooks/twilio/messages", signed: Any = True, **headers: str
) -> requests.Response:
    """POST `pairs` as Twilio would; `signed` is True for the right signature, None for none, or the header's text."""
    url = f"{server.env.get('PUBLIC_BASE_URL', server.url)}{path}"
    given = signature(server.env["TWILIO_AUTH_TOKEN"], url, pairs) if signed is True else signed
    return post_body(server, encoded(pairs), given, path=path, **headers)


def post_body(
    server: ServerProcess, body: bytes, given: str | None, *, path: str = "/webhooks/twilio/messages", **headers: str
) -> requests.Response:
    """POST any bytes with any signature (None: no header at all)."""
    sent = {"Content-Type": FORM_TYPE, **({} if given is None else {"X-Twilio-Signature": given})}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(f"{server.url}{path}", data=body, headers=sent, timeout=30)
