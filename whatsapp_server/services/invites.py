"""Joining by a link: an admin makes it, one person uses it, once."""

import secrets
from datetime import timedelta

from whatsapp_server import clock, errors
from whatsapp_server.models import Invite, User
from whatsapp_server.models.base import Doc, milliseconds
from whatsapp_server.models.invite import VALID_DAYS
from whatsapp_server.services import accounts, paging
from whatsapp_server.services.powers import ADMINS

TOKEN_BYTES = 32


def create(author: Doc, role: str, name: str | None, email: str | None) -> tuple[Doc, str]:
    """(invite, the token of its link, which is not kept). `name` and `email` are suggestions."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    present = clock.now()
    invite = {
        "_id": Invite.key(token),
        "role": role,
        "name": name and name.strip(),
        "email": email and accounts.normal_email(email),
        "created_by": author["_id"],
        "user_id": clock.new_id(),
        "created_at": present,
        "expires_at": present + timedelta(days=VALID_DAYS),
        "used_at": None,
    }
    Invite.journaled().insert_one(invite)
    return invite, token


def list_invites(*, cursor: str | None, limit: int) -> tuple[list[Doc], str | None]:
    """The newest first, also those used or expired of late, but none that is dead with its author's powers; (items, next)."""
    authors = [admin["_id"] for admin in User.raw().find(ADMINS, {"_id": 1})]
    conditions: list[Doc] = [{"$or": [{"created_by": {"$in": authors}}, {"used_at": {"$ne": None}}]}]
    if cursor:
        at, last_id = paging.decode(cursor, int, str)
        moment = clock.from_milliseconds(at)
        conditions.append({"$or": [{"created_at": {"$lt": moment}}, {"created_at": moment, "_id": {"$lt": last_id}}]})
    found = list(Invite.raw().find({"$and": conditions}).sort([("created_at", -1), ("_id", -1)]).limit(limit + 1))
    page = found[:limit]
    following = paging.encode(milliseconds(page[-1]["created_at"]), page[-1]["_id"]) if len(found) > limit else None
    return page, following


def withdraw(invite_id: str) -> None:
    """From now on nobody can join by it; raises NotFound."""
    if not Invite.journaled().delete_one({"_id": invite_id}).deleted_count:
        raise errors.NotFound


def look(token: str) -> Doc:
    """The invite of a link that somebody may still join by; raises NotFound, without saying why not.

    A link dies with its author's powers: nobody keeps a way in by inviting themselves before they are shut out.
    """
    invite = Invite.raw().find_one({"_id": Invite.key(token), "used_at": None, "expires_at": {"$gt": clock.now()}})
    if not invite or not User.raw().find_one({**ADMINS, "_id": invite["created_by"]}, {"_id": 1}):
        raise errors.NotFound
    if User.raw().find_one({"_id": invite["user_id"]}, {"_id": 1}):
        _mark_used(invite)  # whoever made the account died before
        raise errors.NotFound
    return invite


def accept(token: str, name: str, email: str, password: str) -> Doc:
    """The new employee; raises NotFound like `look`, EmailTaken, or Invalid. The link is used up by the account, not before."""
    invite = look(token)
    try:
        user = accounts.create_user(email, name, password, invite["role"], user_id=invite["user_id"])
    except accounts.EmailInUse as error:
        raise errors.EmailTaken from error
    except accounts.AlreadyMade as error:
        raise errors.NotFound from error
    except accounts.AccountError as error:
        raise errors.Invalid(errors={"email": ["Not a valid email address."]}) from error
    _mark_used(invite)
    return user


def _mark_used(invite: Doc) -> None:
    Invite.journaled().update_one({"_id": invite["_id"], "used_at": None}, {"$set": {"used_at": clock.now()}})
