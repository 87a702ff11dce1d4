"""Live connections: let in with an access token, put into their rooms, cut when their session ends."""

import structlog
from flask import request
from flask_jwt_extended import decode_token
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import join_room
from jwt.exceptions import ExpiredSignatureError, PyJWTError
from pymongo.errors import PyMongoError

from whatsapp_server import access, errors
from whatsapp_server.api.guard import user_of_claims
from whatsapp_server.events import publisher
from whatsapp_server.events.catalog import SYNC_REQUIRED
from whatsapp_server.extensions import socketio
from whatsapp_server.models.base import Doc
from whatsapp_server.services import accounts

log = structlog.get_logger()

# Engine.IO connection -> (session, user), of this process.
_connected: dict[str, tuple[str, str]] = {}


def register() -> None:
    """Hang the handlers on the socket server."""
    socketio.on_event("connect", _connect)
    socketio.on_event("disconnect", _disconnect)


def _connect(auth: object = None) -> None:
    try:
        user, session_id = _authenticated(auth)
    except errors.AppError as error:
        raise Refused(error.code, {"code": error.code, "detail": error.sentence("en")}) from error
    sid: str = request.sid  # type: ignore[attr-defined]
    _connected[sid] = (session_id, user["_id"])
    # Last, and without any wait between or after: whoever is refused above has been in no room and has heard nothing.
    for member in [*access.STAFF, *access.audience_of_person(user["_id"]), ("session", session_id)]:
        join_room(publisher.room(member))


def _authenticated(auth: object) -> tuple[Doc, str]:
    token = auth.get("token") if isinstance(auth, dict) else None
    if not isinstance(token, str) or not token:
        raise errors.Unauthorized
    try:
        claims = decode_token(token)
    except ExpiredSignatureError as error:
        raise errors.TokenExpired from error
    except (PyJWTError, ValueError, KeyError) as error:
        raise errors.TokenInvalid from error
    if claims.get("type") != "access":
        raise errors.TokenInvalid
    try:
        return user_of_claims(claims.get("sub"), claims)
    except PyMongoError as error:
        raise errors.Unavailable from error


def _disconnect(reason: object = None) -> None:
    _connected.pop(request.sid, None)  # type: ignore[attr-defined]


def end_stale() -> None:
    """Cut the connections whose session or person is over, whoever ended it and in whatever process."""
    for sid in list(_connected):
        if not socketio.server.manager.is_connected(sid, "/"):
            _connected.pop(sid, None)  # it went away while it was being let in, so nobody told us
    pairs = set(_connected.values())
    if pairs:
        # Every process looks for itself.
        publisher.end_sessions_here(accounts.ended_among(pairs), errors.SessionEnded.code)


def require_sync() -> None:
    """Have the tabs of this process sync: what other processes told them may not have reached us."""
    publisher.publish_here(SYNC_REQUIRED, {}, access.STAFF)
