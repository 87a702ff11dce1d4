"""Refresh tokens that rotate without a race: whoever asks with the same token gets the same successor.

The newest token issues its successor. The one before stays good until the successor is used, and GRACE longer: an answer that got lost,
two tabs or two processes at once sign nobody out. Whatever is older can only be a copy that somebody stole: it ends the session.
"""

import structlog

from whatsapp_server import clock, errors
from whatsapp_server.models import Session
from whatsapp_server.models.base import Doc
from whatsapp_server.services import accounts

log = structlog.get_logger()


def rotate(session_id: str, user_id: str, generation: int) -> tuple[Doc, int]:
    """(session, the generation that follows `generation`); raises SessionEnded when it is over, or ends here."""
    while True:
        session = accounts.live_session(session_id, user_id)
        newest = Session.newest_generation(session)
        if generation < newest:
            _refuse_spent(session, generation)
            return session, generation + 1
        # Newer than the newest: the database lost it, by a crash or by going back to a backup. We signed it, so it holds.
        if _issue_successor(session, generation):
            return session, generation + 1


def _refuse_spent(session: Doc, generation: int) -> None:
    if Session.is_spent(session, generation, clock.now()):
        log.warning("session.stolen", session=session["_id"], user=session["user_id"], generation=generation)
        accounts.end_session(session["_id"])
        raise errors.SessionEnded


def _issue_successor(session: Doc, generation: int) -> bool:
    """Whether this call did, and no other one or the session's end came first."""
    as_it_was = {"_id": session["_id"], "ended_at": None, "generation": session.get("generation")}
    news = Session.with_successor(session, generation, clock.now())
    return Session.journaled().update_one(as_it_was, {"$set": news}).matched_count == 1
