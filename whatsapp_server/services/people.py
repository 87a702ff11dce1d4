"""The people of the company: roles, absence, what is in their hands, and who leaves."""

from datetime import UTC, datetime

from whatsapp_server import access, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, User
from whatsapp_server.models.base import UNSEEN, Doc, changed
from whatsapp_server.services import accounts, assignment, powers, teams


def list_users() -> list[Doc]:
    """Everybody, by name; a company's staff is short enough for one page."""
    return list(User.raw().find({}, UNSEEN).sort([("name", 1), ("_id", 1)]))


def person(user_id: str) -> Doc:
    """Somebody of the staff, active or not; raises NotFound."""
    found = User.raw().find_one({"_id": user_id}, UNSEEN)
    if not found:
        raise errors.NotFound
    return found


def change(user_id: str, news: Doc) -> Doc:
    """Set `name` or `role`, as far as `news` holds them; raises NotFound, or LastAdmin when no active admin would be left."""
    if "name" in news:
        news = {**news, "name": news["name"].strip()}
    if "role" in news:
        powers.change(user_id, news)
    else:
        _set(user_id, news)
    return _told(user_id)


def work_of(user_id: str) -> Doc:
    """{held, offered_to, offered_by}: how many of the customers' conversations are in somebody's hands; raises NotFound."""
    person(user_id)
    kinds = {
        "held": {"holder_id": user_id, "state": "open"},
        "offered_to": {"offer.to.id": user_id},
        "offered_by": {"offer.from.id": user_id},
    }
    return {kind: Conversation.raw().count_documents(which) for kind, which in kinds.items()}


def deactivate(user_id: str, *, by: Doc | None, hand_to: str | None) -> Doc:
    """Shut somebody out, at once and in every tab; what they held goes to the person `hand_to`, or to nobody.

    `by` did it, None on the command line. Saying it again finishes what was left half done. Raises NotFound, LastAdmin, or NotAvailable
    when `hand_to` is not another active person.
    """
    heir = _active_other_than(user_id, hand_to) if hand_to is not None else None
    powers.change(user_id, {"active": False})
    accounts.end_sessions({"user_id": user_id})
    teams.leave_all(user_id)
    _hand_over(person(user_id), by, heir)
    return _told(user_id)


def _hand_over(user: Doc, by: Doc | None, heir: Doc | None) -> None:
    """What `user`, who is inactive by now, held goes to `heir`, or to nobody if they leave at the same time.

    Asked before, lest two who inherit from each other hand it to and fro; and after, for theirs may have been handed on already.
    """
    if heir and not person(heir["_id"])["active"]:
        heir = None
    assignment.release_all_of(user, by, heir)
    if heir and not person(heir["_id"])["active"]:
        assignment.release_all_of(heir, by, None)


def _active_other_than(user_id: str, other_id: str) -> Doc:
    found = User.raw().find_one({"_id": other_id, "active": True}, UNSEEN)
    if not found or other_id == user_id:
        raise errors.NotAvailable
    return found


def reactivate(user_id: str) -> Doc:
    """Let somebody in again, with the password and role they had; raises NotFound."""
    powers.change(user_id, {"active": True})
    return _told(user_id)


def set_absence(user: Doc, until: datetime | None, *, release: bool) -> Doc:
    """`user` is away until then, or back (None); with `release` what they hold becomes nobody's."""
    _set(user["_id"], {"absent_until": until and until.astimezone(UTC)})
    if release:
        assignment.release_all_of(user, user, None)
    return _told(user["_id"])


def set_busy(user: Doc, busy: bool) -> Doc:
    """`user` would rather not be disturbed, until they say otherwise."""
    _set(user["_id"], {"busy": busy})
    return _told(user["_id"])


def set_notifications(user: Doc, notifications: Doc) -> Doc:
    """Of what `user` wants to be notified, which is nobody else's affair; {chats} comes back."""
    _set(user["_id"], {"notifications": notifications})
    return notifications


def _set(user_id: str, news: Doc) -> None:
    if news and not User.journaled().update_one({"_id": user_id}, changed(set=news)).matched_count:
        raise errors.NotFound


def _told(user_id: str) -> Doc:
    """The person as they stand now, after everybody has been told."""
    after = person(user_id)
    publisher.publish(catalog.USER_UPDATED, {"user": after}, access.STAFF)
    return after
