"""create_app(settings): the only file that knows all parts."""

import logging
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix

from whatsapp_server import __version__, sockets
from whatsapp_server.api import (
    attempts,
    auth,
    channels,
    chats,
    conversations,
    documented,
    guard,
    health,
    invites,
    me,
    messages,
    problems,
    request_log,
    sync,
    teams,
    users,
    verbs,
    views,
    web,
    webhooks,
)
from whatsapp_server.api import settings as workspace_settings
from whatsapp_server.config import Settings
from whatsapp_server.events import publisher
from whatsapp_server.events.relay import Relay, channel_of
from whatsapp_server.extensions import api, jwt, socketio
from whatsapp_server.gateways.twilio import TwilioGateway

MAX_REQUEST_BYTES = 256 * 1024
PING_SECONDS = 15
PING_ANSWER_SECONDS = 10
DOCUMENTED = (auth, users, me, teams, workspace_settings, invites, channels, conversations, verbs, views, messages, chats, sync)


def create_app(settings: Settings, gateway: TwilioGateway, *, async_mode: str = "eventlet") -> Flask:
    """The application, with its sockets served in `async_mode`; the database must be connected (models.base.connect)."""
    app = Flask("whatsapp_server", static_folder=None)
    app.session_interface = _NoSession()
    app.config.update(_config(settings))
    app.extensions["twilio_gateway"] = gateway
    app.extensions["pending_migrations"] = list
    request_log.register(app)
    jwt.init_app(app)
    api.init_app(app)
    documented.register(api)
    guard.register(app)
    attempts.register(app, settings.redis_url)
    for room in DOCUMENTED:
        api.register_blueprint(room.blueprint)
    for blueprint in (webhooks.blueprint, health.blueprint):
        app.register_blueprint(blueprint)
    web.register(app)
    if settings.trusted_proxies:
        # Of what proxies say only who asks: under which address we are reached is PUBLIC_BASE_URL's to say.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    problems.register(app)
    sockets.register(app)
    app.extensions["relay"] = relay = _relay(settings)
    socketio.init_app(
        app,
        async_mode=async_mode,
        client_manager=relay,
        http_compression=False,
        manage_session=False,
        max_http_buffer_size=64 * 1024,
        # Who vanished without a word is gone for all within both together, and knows it themselves by then.
        ping_interval=PING_SECONDS,
        ping_timeout=PING_ANSWER_SECONDS,
        # Without loggers of their own they write past our JSON, what a stranger sent included.
        logger=logging.getLogger("socketio.server"),
        engineio_logger=logging.getLogger("engineio.server"),
    )
    return app


def _relay(settings: Settings) -> Relay | None:
    """What connects this process with others, not yet started; None for a process that is alone."""
    if settings.redis_url is None:
        return None
    channel = channel_of(settings.jwt_secret_key)
    return Relay(settings.redis_url, channel, on_gap=sockets.require_sync, verbs=publisher.VERBS)


class _NoSession(SessionInterface):
    """Nothing is kept in a cookie of Flask's; looking for one would cost every request and every webhook."""

    def open_session(self, app: Flask, request: Request) -> None:
        """None: Flask then has an empty one that refuses to be written to."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """There is nothing to save."""


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "WEB_VERSION": "",
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        "JWT_SECRET_KEY": settings.jwt_secret_key,
        "JWT_TOKEN_LOCATION": ["headers", "cookies"],
        "JWT_REFRESH_COOKIE_PATH": "/api/auth",
        "JWT_COOKIE_SECURE": settings.https,
        # Strict: no other site can make a browser send it, so that it needs no CSRF token beside it.
        "JWT_COOKIE_SAMESITE": "Strict",
        "JWT_COOKIE_CSRF_PROTECT": False,
        "JWT_SESSION_COOKIE": False,
        "API_TITLE": "WhatsApp inbox",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/api",
        "OPENAPI_JSON_PATH": "openapi.json",
        "API_SPEC_OPTIONS": {
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
            "security": [{"bearer": []}],
        },
    }
