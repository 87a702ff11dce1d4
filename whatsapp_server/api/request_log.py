"""Every request has an id, in its answer and in every log line made on its behalf; and every answer has the security headers."""

import re

import structlog
from flask import Flask, Response, g, request

from whatsapp_server import clock

log = structlog.get_logger()

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Our own WebSocket is 'self' too: in Chrome since 71, in Safari since 16. Naming schemes would let a page speak with any host.
CSP = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def register(app: Flask) -> None:
    """Wrap every request; called first, so that its clock starts before anybody else's work."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _ID.fullmatch(given) else clock.new_id()
    g.begun = clock.monotonic()
    # One green thread serves all requests of a kept-alive connection: nothing of the last one may stay.
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/") or response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")
    # The rule, not the path with its query: what was searched for is nobody's business here.
    rule = request.url_rule.rule if request.url_rule else None
    elapsed = round((clock.monotonic() - g.begun) * 1000, 1)
    log.info("request", method=request.method, rule=rule, status=response.status_code, ms=elapsed)
    return response
