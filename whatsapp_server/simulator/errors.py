"""The two error shapes: Twilio's own for its REST API, a plain one for the control API."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

TWILIO_PREFIX = "/2010-04-01/"
NOT_FOUND = 20404

OUTSIDE_WINDOW_MESSAGE = (
    "Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, please use a Message Template."
)

# What Twilio says for each code the simulator uses, and with which HTTP status: twilio.com/docs/api/errors.
TWILIO_ERRORS: Mapping[int, tuple[int, str]] = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service is unavailable. Please try again"),
    21211: (400, "Invalid 'To' Phone Number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21609: (400, "Invalid 'StatusCallback' URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    30003: (400, "Unreachable destination handset"),
    30008: (400, "Unknown error"),
    63003: (400, "Channel could not find To address"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63016: (400, OUTSIDE_WINDOW_MESSAGE),
    63018: (429, "Rate limit exceeded for Channel"),
    63024: (400, "Invalid message recipient"),
}


class TwilioError(Exception):
    """A refusal in Twilio's shape; `status` overrides the HTTP status that belongs to the code."""

    def __init__(self, code: int, message: str | None = None, status: int | None = None) -> None:
        known_status, known_message = TWILIO_ERRORS.get(code, (400, "The request was refused"))
        self.code = code
        self.message = message or known_message
        self.status = status or known_status
        super().__init__(f"{self.code}: {self.message}")

    def body(self) -> dict[str, Any]:
        """The reply as Twilio writes it."""
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more_info, "status": self.status}


class ConnectionFaultError(ConnectionError):
    """A fault asked that the client's connection be reset instead of answered."""


class ControlError(Exception):
    """A request to the control API that cannot be done: `code` for programs, `detail` for people."""

    def __init__(self, code: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status


def error_message(code: int | None) -> str | None:
    """Twilio's sentence for `code`; None when there is no code or no known sentence."""
    return TWILIO_ERRORS[code][1] if code is not None and code in TWILIO_ERRORS else None


def register_errors(app: Flask) -> None:
    """Answer every error of `app` in the shape of the API that was asked."""
    app.register_error_handler(TwilioError, _twilio_reply)
    app.register_error_handler(ControlError, _control_reply)
    app.register_error_handler(HTTPException, _http_reply)


def _twilio_reply(error: TwilioError) -> Response:
    reply = jsonify(error.body())
    reply.status_code = error.status
    if error.status == 401:
        reply.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return reply


def _control_reply(error: ControlError) -> Response:
    reply = jsonify({"code": error.code, "detail": error.detail})
    reply.status_code = error.status
    return reply


def _http_reply(error: HTTPException) -> Response:
    status = error.code or 500
    if not request.path.startswith(TWILIO_PREFIX):
        return _control_reply(ControlError(error.name.lower().replace(" ", "_"), error.description or "", status))
    if status == 404:
        return _twilio_reply(TwilioError(NOT_FOUND, f"The requested resource {request.path} was not found"))
    codes = {405: 20004, 429: 20429, 503: 20503}
    return _twilio_reply(TwilioError(codes.get(status, 20500 if status >= 500 else 20001), status=status))
