"""What a workspace may have done by itself, each off unless a setting says when: finish what is long answered, release what waits."""

from dataclasses import replace
from datetime import timedelta

from whatsapp_server import clock
from whatsapp_server.models import Conversation, User
from whatsapp_server.models.base import Doc
from whatsapp_server.services import assignment, timeline, verbs, workspace
from whatsapp_server.services.verbs import Change, held_by

BATCH = 200
LEAVING = timedelta(minutes=1)


def tidy() -> int:
    """Finish and release what is due; how many conversations changed."""
    return _finish_idle() + _release_unanswered()


def release_of_the_departed() -> int:
    """What came into the hands of somebody at the very moment when they were shut out is nobody's; how many conversations.

    Not of whoever is only just leaving: what they hold may be on its way to somebody.
    """
    gone = {"active": False, "changed_at": {"$lte": clock.now() - LEAVING}}
    departed = [one["_id"] for one in User.raw().find(gone, {"_id": 1})]
    stranded = _open({"holder_id": {"$in": departed}}) if departed else []
    return sum(_changed(one, Change(timeline.entry(None, "released"), set=held_by(None))) for one in stranded)


def _finish_idle() -> int:
    """Where nobody waits and nothing was written for `auto_finish_days`."""
    days = workspace.current()["auto_finish_days"]
    if not days:
        return 0
    idle = {"last_message_at": {"$lte": clock.now() - timedelta(days=days)}, "waiting_since": None}
    return sum(_changed(one, _unless_written_in(one, assignment.finished(None, one))) for one in _open(idle))


def _release_unanswered() -> int:
    """Where a customer has waited for their holder for `auto_release_hours`. A private one stays: nobody else could answer it."""
    hours = workspace.current()["auto_release_hours"]
    if not hours:
        return 0
    late = {"waiting_since": {"$lte": clock.now() - timedelta(hours=hours)}, "holder_id": {"$gt": ""}, "visibility": "public"}
    released = ((one, Change(timeline.entry(None, "released"), set=held_by(None))) for one in _open(late))
    return sum(_changed(one, _unless_written_in(one, change)) for one, change in released)


def _unless_written_in(conversation: Doc, change: Change) -> Change:
    """`change`, if nobody has written there since it was found: many are gone through, one after the other."""
    return replace(change, provided={**change.provided, "last_message_at": conversation["last_message_at"]})


def _open(which: Doc) -> list[Doc]:
    return list(Conversation.raw().find({"state": "open", **which}).limit(BATCH))


def _changed(conversation: Doc, change: Change) -> bool:
    after = verbs.write(conversation, change)
    if after is not None:
        verbs.announce(conversation, after)
    return after is not None
