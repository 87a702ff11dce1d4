"""The only file that emits, and the only one that spells the names of rooms.

A live event is a courtesy: the database holds the truth and tabs reload from it, so a failed emit is logged and never fails a request.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from whatsapp_server.events.catalog import SESSION_ENDED, Event
from whatsapp_server.events.relay import Relay
from whatsapp_server.extensions import socketio

log = structlog.get_logger()

END_SESSIONS = "end_sessions"


def room(member: tuple[str, ...]) -> str:
    """The room's name of one member of an audience: ("user", "5f…") -> "user:5f…"."""
    return ":".join(member)


def publish(event: Event, payload: Mapping[str, Any], audience: Iterable[tuple[str, ...]]) -> None:
    """Emit `payload` (documents, dumped here by the event's schema) to everybody in `audience`; an empty one hears nothing."""
    _emit(event, payload, audience)


def publish_here(event: Event, payload: Mapping[str, Any], audience: Iterable[tuple[str, ...]]) -> None:
    """`publish` to the tabs of this process alone, for what every process finds out by itself."""
    _emit(event, payload, audience, ignore_queue=True)


def _emit(event: Event, payload: Mapping[str, Any], audience: Iterable[tuple[str, ...]], **how: bool) -> None:
    rooms = [room(member) for member in audience]
    if socketio.server is None:
        return  # a command line: no tab listens to it, they learn of its work by asking
    if not rooms:
        # socketio.emit(to=[]) would reach everybody, even sockets not yet let in.
        return
    try:
        socketio.emit(event.name, event.payload.dump(payload), to=rooms, **how)
    except Exception:
        log.exception("event.lost", event_name=event.name, rooms=len(rooms))


def evict(connection: str, audience: Iterable[tuple[str, ...]]) -> None:
    """Take one connection of this process out of these rooms."""
    for member in audience:
        socketio.server.leave_room(connection, room(member))


def end_sessions(session_ids: Iterable[str], code: str) -> None:
    """Tell the tabs of these sessions why, then cut their connections, here and elsewhere.

    A process that does not hear of it ends them at its next recheck.
    """
    ids = list(session_ids)
    end_sessions_here(ids, code)
    if ids and socketio.server is not None and isinstance(socketio.server.manager, Relay):
        socketio.server.manager.tell_others(END_SESSIONS, session_ids=ids, code=code)


def end_sessions_here(session_ids: Iterable[str], code: str) -> None:
    """The same in this process alone."""
    for session_id in session_ids:
        member = ("session", session_id)
        publish_here(SESSION_ENDED, {"code": code}, [member])
        if socketio.server is None:
            continue
        for sid, _ in list(socketio.server.manager.get_participants("/", room(member))):
            socketio.server.disconnect(sid)


# What processes ask of each other, besides emitting.
VERBS = {END_SESSIONS: end_sessions_here}
