"""create_app(): the simulator as a Flask application."""

from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.wrappers import Response

from whatsapp_server.simulator import control_api, phone_page, rest_api
from whatsapp_server.simulator.core import EXTENSION, Simulator
from whatsapp_server.simulator.errors import ControlError, register_errors
from whatsapp_server.simulator.options import is_loopback

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_app(simulator: Simulator) -> Flask:
    """An application that serves `simulator`: Twilio's API, the control API and the phone."""
    app = Flask(__name__, static_folder=None)
    app.extensions[EXTENSION] = simulator
    app.register_blueprint(rest_api.blueprint)
    app.register_blueprint(control_api.blueprint)
    app.register_blueprint(phone_page.blueprint)
    register_errors(app)
    app.before_request(_refuse_strangers)
    app.after_request(_add_headers)
    return app


def _refuse_strangers() -> None:
    """Nothing here has a password, so a web page from elsewhere must not reach it through somebody's browser.

    The Host check stops names that were rebound to 127.0.0.1, the Origin check stops cross-site posts.
    """
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    if not is_loopback(host) or (origin is not None and origin != request.host_url.rstrip("/")):
        raise ControlError("stranger", "The simulator answers pages of its own address only.", 403)


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
