"""Every error as application/problem+json (RFC 9457), in the reader's language."""

from typing import Any

import structlog
from flask import Flask, Response, json, request
from limits.errors import StorageError
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from whatsapp_server import errors
from whatsapp_server.api import field_sentences

log = structlog.get_logger()

BY_STATUS: dict[int, type[errors.AppError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    409: errors.Conflict,
    413: errors.TooLarge,
    415: errors.UnsupportedType,
    422: errors.Invalid,
    429: errors.TooManyAttempts,
    503: errors.Unavailable,
}


def problem(error: errors.AppError) -> Response:
    """The answer for `error`."""
    body: dict[str, Any] = {
        "type": f"urn:problem:{error.code}",
        "title": HTTP_STATUS_CODES.get(error.status, "Error"),
        "status": error.status,
        "detail": error.sentence(_language()),
        "code": error.code,
        **error.fields,
    }
    if error.errors:
        body["errors"] = field_sentences.in_language(error.errors, _language())
    return Response(json.dumps(body), error.status, content_type="application/problem+json")


def _language() -> str:
    """The first of ours among the reader's, whatever their region: en-GB before pt is English."""
    wanted = (tag.lower().partition("-")[0] for tag, quality in request.accept_languages if quality > 0)
    return next((language for language in wanted if language in errors.LANGUAGES), errors.DEFAULT_LANGUAGE)


def register(app: Flask) -> None:
    """Turn whatever a view raises into a problem; called after flask-smorest, whose own handlers these replace."""
    app.register_error_handler(errors.AppError, problem)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(PyMongoError, _from_database)
    app.register_error_handler(StorageError, _from_database)
    app.register_error_handler(Exception, _unexpected)


def _from_http(error: HTTPException) -> Any:
    if error.code is not None and 300 <= error.code < 400:
        return error  # a redirect is an answer
    kind = BY_STATUS.get(error.code or 500)
    if kind is None:
        kind = errors.BadRequest if 400 <= (error.code or 500) < 500 else errors.AppError
    answer = problem(kind(errors=_field_errors(error)))
    for name, value in error.get_headers() if error.code == 405 else []:
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _field_errors(error: HTTPException) -> dict[str, Any]:
    """webargs hangs marshmallow's messages on the exception as {location: {field: [sentence]}}."""
    messages = getattr(error, "data", {}).get("messages", {})
    return {field: sentences for fields in messages.values() if isinstance(fields, dict) for field, sentences in fields.items()}


def _from_database(error: Exception) -> Response:
    log.error("database.unavailable", error=f"{type(error).__name__}: {str(error)[:200]}")
    return problem(errors.Unavailable())


def _unexpected(error: Exception) -> Response:
    log.error("request.failed", exc_info=error)
    return problem(errors.AppError())
