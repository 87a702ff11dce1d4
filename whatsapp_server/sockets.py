"""Live connections: let in with an access token, put into their rooms, cut when their session ends; and what tabs say by them."""

import re

import structlog
from flask import Flask, request
from flask_jwt_extended import decode_token
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import join_room, leave_room
from jwt.exceptions import ExpiredSignatureError, PyJWTError
from pymongo.errors import PyMongoError

from whatsapp_server import access, errors, turnstile
from whatsapp_server.api.guard import user_of_claims
from whatsapp_server.events import publisher
from whatsapp_server.events.catalog import SYNC_REQUIRED
from whatsapp_server.extensions import socketio
from whatsapp_server.models.base import Doc
from whatsapp_server.schemas.base import ID_PATTERN
from whatsapp_server.services import accounts, alerts, presence

log = structlog.get_logger()

ID = re.compile(ID_PATTERN)
ALERT = re.compile(r"[\w:]{1,100}", re.ASCII)
# Where the library takes connections, before Flask is asked.
PATH = "/socket.io/"

# Engine.IO connection -> (session, user), of this process.
_connected: dict[str, tuple[str, str]] = {}


def register(app: Flask) -> None:
    """Hang the handlers on the socket server."""
    # Nobody is answered there. But Flask looks for the view of every event's handshake, and finding none costs 16 KB of cyclic garbage.
    app.add_url_rule(PATH, "sockets", lambda: "", websocket=True)
    socketio.on_event("connect", _connect)
    socketio.on_event("disconnect", _disconnect)
    socketio.on_event("conversation.open", _open)
    socketio.on_event("conversation.close", _close)
    socketio.on_event("typing.set", _type)
    socketio.on_event("alert.claim", _claim)


def _connect(auth: object = None) -> None:
    try:
        user, session_id = _authenticated(auth)
    except errors.AppError as error:
        raise Refused(error.code, {"code": error.code, "detail": error.sentence("en")}) from error
    sid: str = request.sid  # type: ignore[attr-defined]
    _connected[sid] = (session_id, user["_id"])
    presence.here.arrived(sid, user["_id"], session_id)
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
        with turnstile.place(newcomer=True):
            return user_of_claims(claims.get("sub"), claims)
    except PyMongoError as error:
        raise errors.Unavailable from error


def _disconnect(reason: object = None) -> None:
    _forget(request.sid)  # type: ignore[attr-defined]


def _forget(sid: str) -> None:
    _connected.pop(sid, None)
    presence.here.left(sid)


def _open(given: object = None) -> Doc:
    """A tab shows a conversation: {viewers, typing}, or {code} when it may not. Answered by an acknowledgement."""
    sid: str = request.sid  # type: ignore[attr-defined]
    turn = presence.here.asks(sid)  # before any wait: questions begin in the order in which they were sent
    conversation_id = given.get("id") if isinstance(given, dict) else None
    if not isinstance(conversation_id, str) or not ID.fullmatch(conversation_id) or sid not in _connected:
        return {"code": errors.Invalid.code}
    session_id, user_id = _connected[sid]
    _leave_place(sid)
    try:
        with turnstile.place():
            opened = presence.open_conversation(sid, turn, accounts.user_of_session(session_id, user_id), conversation_id)
    except errors.AppError as error:
        return {"code": error.code}
    except PyMongoError:
        return {"code": errors.Unavailable.code}
    if opened is None:
        return {"code": errors.Conflict.code}
    place, viewers, typing = opened
    join_room(_room_of(place))
    return {"viewers": viewers, "typing": typing}


def _close(_: object = None) -> Doc:
    """A tab shows no conversation any more."""
    sid: str = request.sid  # type: ignore[attr-defined]
    _leave_place(sid)
    presence.close_conversation(sid)
    return {}


def _type(given: object = None) -> Doc:
    """Somebody writes in the conversation that their tab shows, or has stopped."""
    typing = isinstance(given, dict) and given.get("typing") is True
    presence.here.types(request.sid, typing)  # type: ignore[attr-defined]
    return {}


def _claim(given: object = None) -> Doc:
    """A browser is about to alert its person of something: {granted}, or {code}. Answered by an acknowledgement."""
    sid: str = request.sid  # type: ignore[attr-defined]
    what = given.get("key") if isinstance(given, dict) else None
    if not isinstance(what, str) or not ALERT.fullmatch(what) or sid not in _connected:
        return {"code": errors.Invalid.code}
    _, user_id = _connected[sid]
    try:
        with turnstile.place():
            return {"granted": alerts.claim(user_id, what)}
    except (errors.Unavailable, PyMongoError):
        return {"code": errors.Unavailable.code}


def _leave_place(sid: str) -> None:
    place = presence.here.place_of(sid)
    if place:
        leave_room(_room_of(place))


def _room_of(place: presence.Place) -> str:
    (member,) = access.audience_at(*place)
    return publisher.room(member)


def end_stale() -> None:
    """Cut the connections whose session or person is over, whoever ended it and in whatever process."""
    for sid in list(_connected):
        if not socketio.server.manager.is_connected(sid, "/"):
            _forget(sid)  # it went away while it was being let in, so nobody told us
    pairs = set(_connected.values())
    if pairs:
        # Every process looks for itself.
        publisher.end_sessions_here(accounts.ended_among(pairs), errors.SessionEnded.code)


def require_sync() -> None:
    """Have the tabs of this process sync: what other processes told them may not have reached us."""
    publisher.publish_here(SYNC_REQUIRED, {}, access.STAFF)
