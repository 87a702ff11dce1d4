"""Whom a conversation can be passed to, and who may read it."""

from whatsapp_server import access, errors
from whatsapp_server.models import Team, User
from whatsapp_server.models.base import Doc


def colleague_for(user_id: str, field: str) -> Doc:
    """The employee, active or not; raises Invalid about `field` when there is none."""
    found = User.raw().find_one({"_id": user_id}, {"password_hash": 0})
    if not found:
        raise errors.Invalid(errors={field: ["There is no such colleague."]})
    return found


def team_for(team_id: str) -> Doc:
    """The team, if it was not removed; raises Invalid otherwise."""
    found = Team.raw().find_one({"_id": team_id, "active": True})
    if not found:
        raise errors.Invalid(errors={"team_id": ["There is no such team."]})
    return found


def readers(conversation: Doc) -> Doc:
    """{visibility, items: who may read it and why}; of a public one everybody, and nobody is named."""
    if conversation["visibility"] == "public":
        return {"visibility": "public", "items": []}
    ids = [member[1] for member in access.audience_of(conversation)]
    people = User.raw().find({"_id": {"$in": ids}, "active": True}, {"name": 1, "role": 1}).sort([("name", 1), ("_id", 1)])
    return {
        "visibility": conversation["visibility"],
        "items": [{"id": one["_id"], "name": one["name"], "why": access.why(one, conversation)} for one in people],
    }
