"""Teams: named lines of people. They filter and notify; they hide nothing."""

from pymongo.errors import DuplicateKeyError

from whatsapp_server import access, clock, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation, Team, User
from whatsapp_server.models.base import Doc, changed, insert_synced


def list_teams() -> list[Doc]:
    """Every team that there is, by name; they are few enough for one page."""
    return list(Team.raw().find({"active": True}).sort([("name", 1), ("_id", 1)]))


def add(name: str, member_ids: list[str]) -> Doc:
    """A new team; raises Invalid when its name is taken or not all of these are active people."""
    fields = {
        "_id": clock.new_id(),
        "name": name.strip(),
        "member_ids": _active(member_ids),
        "active": True,
        "created_at": clock.now(),
    }
    try:
        return _settled(insert_synced(Team.journaled(), fields))
    except DuplicateKeyError as error:
        raise _name_taken() from error


def change(team_id: str, news: Doc) -> Doc:
    """Set `name` or `member_ids`, as far as `news` holds them; raises NotFound, or Invalid as `add` does."""
    if "name" in news:
        news = {**news, "name": news["name"].strip()}
    if "member_ids" in news:
        news = {**news, "member_ids": _active(news["member_ids"])}
    try:
        after = Team.journaled().find_one_and_update({"_id": team_id, "active": True}, changed(set=news), return_document=True)
    except DuplicateKeyError as error:
        raise _name_taken() from error
    if not after:
        raise errors.NotFound
    return _settled(after)


def remove(team_id: str) -> Doc:
    """End a team; conversations in its line are in none. Saying it twice does no harm; raises NotFound when there never was one."""
    after = Team.journaled().find_one_and_update({"_id": team_id, "active": True}, changed(set={"active": False}), return_document=True)
    found = after or Team.raw().find_one({"_id": team_id})
    if not found:
        raise errors.NotFound
    Conversation.raw().update_many({"team_id": team_id}, changed(set={"team_id": None}))
    _publish(found)
    return found


def leave_all(user_id: str) -> None:
    """Take somebody who is no longer active out of every team."""
    for team in Team.raw().find({"member_ids": user_id, "active": True}, {"_id": 1}):
        after = Team.journaled().find_one_and_update(
            {"_id": team["_id"], "member_ids": user_id}, changed(pull={"member_ids": user_id}), return_document=True
        )
        if after:
            _publish(after)


def _active(member_ids: list[str]) -> list[str]:
    """`member_ids` without repetitions; raises Invalid when one is not an active person's."""
    wanted = list(dict.fromkeys(member_ids))
    if len(wanted) != User.raw().count_documents({"_id": {"$in": wanted}, "active": True}):
        raise errors.Invalid(errors={"member_ids": ["These are not all active people."]})
    return wanted


def _settled(team: Doc) -> Doc:
    """`team` as it stands and is told to everybody: without those who were deactivated while they were being added.

    Whoever is deactivated is first inactive and then taken out of teams; they are found either there or here.
    """
    for gone in User.raw().find({"_id": {"$in": team["member_ids"]}, "active": False}, {"_id": 1}):
        team = (
            Team.journaled().find_one_and_update({"_id": team["_id"]}, changed(pull={"member_ids": gone["_id"]}), return_document=True)
            or team
        )
    _publish(team)
    return team


def _publish(team: Doc) -> None:
    publisher.publish(catalog.TEAM_UPDATED, {"team": team}, access.STAFF)


def _name_taken() -> errors.Invalid:
    return errors.Invalid(errors={"name": ["There is already a team of this name."]})
