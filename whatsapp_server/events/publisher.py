"""The only file that emits, and the only one that spells the names of rooms.

A live event is a courtesy: the database holds the truth and tabs reload from it, so a failed emit is logged and never fails a request.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from whatsapp_server.events.catalog import SESSION_ENDED, Event
from whatsapp_server.extensions import socketio

log = structlog.get_logger()


def room(member: tuple[str, ...]) -> str:
    """The room's name of one member of an audience: ("user", "5f…") -> "user:5f…"."""
    return ":".join(member)


def publish(event: Event, payload: Mapping[str, Any], audience: Iterable[tuple[str, ...]]) -> None:
    """Emit `payload` (documents, dumped here by the event's schema) to everybody in `audience`; an empty one hears nothing."""
    _emit(event, payload, audience)


def _emit(event: Event, payload: Mapping[str, Any], audience: Iterable[tuple[str, ...]], **options: Any) -> None:
    rooms = [room(member) for member in audience]
    if socketio.server is None:
        return  # a command line: no tab listens to it, they learn of its work by asking
    if not rooms:
        # socketio.emit(to=[]) would reach everybody, even sockets not yet let in.
        return
    try:
        socketio.emit(event.name, event.payload.dump(payload), to=rooms, **options)
    except Exception:
        log.exception("event.lost", event_name=event.name, rooms=len(rooms))


def publish_here(event: Event, payload: Mapping[str, Any], audience: Iterable[tuple[str, ...]]) -> None:
    """`publish` to the tabs of this process alone, for what each process tells its own."""
    _emit(event, payload, audience, ignore_queue=True)


def evict(connection: str, audience: Iterable[tuple[str, ...]]) -> None:
    """Take one connection of this process out of these rooms."""
    for member in audience:
        socketio.server.leave_room(connection, room(member))


def end_sessions(session_ids: Iterable[str], code: str) -> None:
    """Tell the tabs of these sessions why, then cut their connections (those of another process end at its next recheck)."""
    for session_id in session_ids:
        member = ("session", session_id)
        publish(SESSION_ENDED, {"code": code}, [member])
        if socketio.server is None:
            continue
        for sid, _ in list(socketio.server.manager.get_participants("/", room(member))):
            socketio.server.disconnect(sid)
