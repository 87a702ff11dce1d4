"""The only file that imports twilio: verify its webhooks, send through it, ask it what became of a message.

What a send can come to is told by exceptions, because each asks for another next step:
Refused (never retry by itself), TryLater (certainly not sent: wait), NotSent (never reached Twilio: again), OutcomeUnknown (ask first).
"""

import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError
from werkzeug.datastructures import MultiDict

# 20003: our credentials are refused; nothing that we send would be taken, so it waits for an operator instead of failing one by one.
# 20429, 21611, 30001: too fast or a full queue. None of these was processed (Twilio's error dictionary).
LATER_CODES = frozenset({20003, 20429, 21611, 30001})
LOOK_BACK_MESSAGES = 100


class SendError(Exception):
    """A send that did not end in Twilio's acceptance. `code` is Twilio's number as text, else a word of ours."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Refused(SendError):
    """Twilio will not take this message, and would not take it again."""


class TryLater(SendError):
    """Twilio did not process it because of load or of our account's state: nothing was sent."""


class NotSent(SendError):
    """No connection came about: nothing reached Twilio."""


class OutcomeUnknown(SendError):
    """The request left and no believable answer came: it may have been sent, or not."""


@dataclass(frozen=True)
class SentMessage:
    """A message as Twilio knows it."""

    sid: str
    status: str
    body: str
    created_at: datetime | None
    error_code: int | None


class _HttpClient(TwilioHttpClient):
    """The SDK's client with a time-out (its default waits for ever) and, if set, another host (it has no option for one)."""

    def __init__(self, timeout_seconds: float, base_url: str | None) -> None:
        super().__init__(timeout=timeout_seconds)
        self._base = urlsplit(base_url) if base_url else None
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=64, max_retries=0))

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if self._base:
            parts = urlsplit(url)
            url = urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))
        return super().request(method, url, *args, **kwargs)


class TwilioGateway:
    """One account at Twilio; a single shared client serves every green thread."""

    def __init__(self, account_sid: str, auth_token: str, *, timeout_seconds: float, base_url: str | None = None) -> None:
        self.account_sid = account_sid
        self.timeout_seconds = timeout_seconds
        self._validator = RequestValidator(auth_token)
        self._client = Client(account_sid, auth_token, http_client=_HttpClient(timeout_seconds, base_url))

    def is_signed(self, url: str, params: list[tuple[str, str]], signature: str | None, settings: str | None = None) -> bool:
        """Whether `signature` is this account's over the public `url` (with query) and every POST parameter.

        `settings` is the header that names the algorithm when it is not SHA-1; the key is the same for all.
        """
        try:
            return bool(self._validator.validate(url, MultiDict(params), signature, get_signature_algorithm(settings)))
        except Exception:
            # The validator raises TypeError, ValueError or IndexError on malformed input, each of which is simply not a signature.
            return False

    def send(self, *, to: str, from_: str, body: str, status_callback: str) -> SentMessage:
        """POST one text message; raises one of SendError's four kinds when Twilio did not accept it."""
        try:
            created = self._client.messages.create(to=to, from_=from_, body=body, status_callback=status_callback)
            return _sent(created)
        except Exception as error:
            raise _classified(error) from error

    def recent(self, *, to: str, from_: str) -> list[SentMessage]:
        """The newest messages from `from_` to `to`; raises SendError when Twilio cannot say.

        Not narrowed by DateSent: a message that Twilio still holds has none and would be left out.
        """
        try:
            return [_sent(one) for one in self._client.messages.list(to=to, from_=from_, limit=LOOK_BACK_MESSAGES)]
        except Exception as error:
            raise _classified(error) from error

    def look_up(self, sid: str) -> SentMessage:
        """What Twilio knows of one message; raises SendError when it cannot say."""
        try:
            return _sent(self._client.messages(sid).fetch())
        except Exception as error:
            raise _classified(error) from error

    def answers(self) -> bool:
        """Whether Twilio answers a harmless question with our credentials just now."""
        try:
            self._client.messages.list(limit=1)
        except Exception as error:
            _classified(error)  # raises what is not Twilio's doing
            return False
        return True


def _sent(message: Any) -> SentMessage:
    if not message.sid:
        raise OutcomeUnknown("rubbish", "Twilio's answer names no message.")
    return SentMessage(
        sid=message.sid,
        status=str(message.status),
        body=message.body or "",
        created_at=message.date_created,
        error_code=message.error_code,
    )


def _classified(error: Exception) -> SendError:
    if isinstance(error, SendError):
        return error
    if isinstance(error, TwilioRestException):
        return _classified_answer(error)
    if isinstance(error, requests.exceptions.RequestException):
        return _classified_connection(error)
    if isinstance(error, TwilioException | ValueError | KeyError | TypeError | AttributeError):
        return OutcomeUnknown("rubbish", f"Twilio's answer could not be read ({type(error).__name__}).")
    raise error


def _classified_answer(error: TwilioRestException) -> SendError:
    code = int(error.code or 0)
    detail = str(error.msg or "")
    if error.status == 429 or code in LATER_CODES or error.status == 401:
        return TryLater(str(code or error.status), detail)
    if 400 <= error.status < 500:
        return Refused(str(code or error.status), detail)
    return OutcomeUnknown(str(code or error.status), detail)


def _classified_connection(error: requests.exceptions.RequestException) -> SendError:
    name = type(error).__name__
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    # Only what certainly happened before the first byte of the request. TLS can break at any time; a wrong certificate comes first.
    wrong_certificate = reason is not None and isinstance(reason.args[0] if reason.args else None, ssl.SSLCertVerificationError)
    if wrong_certificate or isinstance(reason, NewConnectionError | ConnectTimeoutError | ProxyError):
        return NotSent("no_connection", type(reason).__name__)
    if isinstance(error, requests.exceptions.ReadTimeout):
        return OutcomeUnknown("timeout", "Twilio did not answer in time.")
    return OutcomeUnknown("connection_lost", name)
