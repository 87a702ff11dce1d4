"""Accounts and their sessions: adding one, passwords, signing in and out."""

import functools
from collections.abc import Iterable, Sequence
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from mongoengine.errors import ValidationError
from pymongo.errors import DuplicateKeyError

from whatsapp_server import access, clock, errors, offload
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Session, User
from whatsapp_server.models.base import UNSEEN, Doc, changed, insert_synced
from whatsapp_server.models.session import FIRST_GENERATION
from whatsapp_server.schemas.users import MIN_PASSWORD_CHARACTERS
from whatsapp_server.services.grouped import Grouped

_hasher = PasswordHasher()


class AccountError(Exception):
    """One sentence on what is wrong with an account that somebody wants added or changed."""


class EmailInUse(AccountError):
    """Another account has this e-mail."""


class AlreadyMade(AccountError):
    """There is an account with this id: another call was faster, or an earlier one did more than it could say."""


def hash_quickly() -> None:
    """Hash new passwords with next to no work from now on: for the demo alone, whose passwords are public."""
    global _hasher
    _hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    _nobodys_hash.cache_clear()


def normal_email(email: str) -> str:
    """`email` as accounts are kept by it."""
    return email.strip().lower()


def create_user(email: str, name: str, password: str, role: str, *, user_id: str | None = None) -> Doc:
    """Add an employee, with this id if one is given; raises EmailInUse, AlreadyMade (the id), or AccountError for a malformed one."""
    _refuse_weak(password)
    user = User(id=user_id or clock.new_id(), email=normal_email(email), name=name.strip(), role=role, created_at=clock.now())
    try:
        user.validate()
    except ValidationError as error:
        raise AccountError(f"Not a usable account: {error}") from error
    fields = {**user.to_mongo().to_dict(), "password_hash": offload.run(_hasher.hash, password)}
    fields.pop("version")
    try:
        added = insert_synced(User.journaled(), fields)
    except DuplicateKeyError as error:
        raise EmailInUse(f"There is already an account for {user.email}.") from error
    if added["password_hash"] != fields["password_hash"]:
        raise AlreadyMade(f"There is already an account {added['_id']}.")
    publisher.publish(catalog.USER_UPDATED, {"user": added}, access.STAFF)
    return added


def _refuse_weak(password: str) -> None:
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise AccountError(f"The password needs at least {MIN_PASSWORD_CHARACTERS} characters.")


def set_password(email: str, password: str) -> Doc:
    """Give a person a new password and end all their sessions; raises AccountError when there is no such person."""
    _refuse_weak(password)
    user = by_email(email)
    news = {"password_hash": offload.run(_hasher.hash, password)}
    after = User.journaled().find_one_and_update({"_id": user["_id"]}, changed(set=news), return_document=True)
    end_sessions({"user_id": user["_id"]})
    publisher.publish(catalog.USER_UPDATED, {"user": after}, access.STAFF)
    return after or user


def by_email(email: str) -> Doc:
    """The person who signs in with this e-mail; raises AccountError when there is none."""
    user = User.raw().find_one({"email": normal_email(email)})
    if not user:
        raise AccountError(f"There is no account for {normal_email(email)}.")
    return user


@functools.cache
def _nobodys_hash() -> str:
    """Verified when the e-mail is unknown, so that the answer takes as long as for a wrong password."""
    return _hasher.hash(clock.new_id())


def sign_in(email: str, password: str, days: int) -> tuple[Doc, Doc]:
    """(user, new session of `days`); raises BadCredentials without saying which of the two was wrong."""
    user = User.raw().find_one({"email": normal_email(email)})
    fits = offload.run(_fits, (user or {}).get("password_hash"), password)
    if not user or not fits or not user["active"]:
        raise errors.BadCredentials
    session = begin_session(user, days)
    # Verifying takes its time. Whoever changes a password or shuts somebody out ends their sessions after that: this one there or here.
    if not User.raw().find_one({"_id": user["_id"], "active": True, "password_hash": user["password_hash"]}, {"_id": 1}):
        end_sessions({"_id": session["_id"]})
        raise errors.BadCredentials
    return user, session


def begin_session(user: Doc, days: int) -> Doc:
    """A new session of `days`, of somebody who has shown who they are."""
    present = clock.now()
    session = {
        "_id": clock.new_id(),
        "user_id": user["_id"],
        "created_at": present,
        "expires_at": present + timedelta(days=days),
        "ended_at": None,
        "generation": FIRST_GENERATION,
        "issued": [present],
    }
    Session.journaled().insert_one(session)
    return session


def _fits(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False


def user_of_session(session_id: str, user_id: str) -> Doc:
    """The active person of a live session; raises SessionEnded when either is over."""
    session, user = _session_and_user((session_id, user_id))
    _require_live(session, user_id)
    if not user or not user["active"]:
        raise errors.SessionEnded
    return dict(user)


def _sessions_and_users(pairs: Sequence[tuple[str, str]]) -> list[tuple[Doc | None, Doc | None]]:
    """Both by their ids, for every request: by one question, which costs two thirds of two."""
    sessions, users = (list(set(ids)) for ids in zip(*pairs, strict=True))
    people: list[Doc] = [{"$match": {"_id": {"$in": users}}}, {"$project": UNSEEN}, {"$set": {"of": "users"}}]
    both: list[Doc] = [{"$match": {"_id": {"$in": sessions}}}, {"$unionWith": {"coll": User.raw().name, "pipeline": people}}]
    found = {(one.pop("of", "sessions"), one["_id"]): one for one in Session.raw().aggregate(both)}
    return [(found.get(("sessions", session)), found.get(("users", user))) for session, user in pairs]


# Those who ask while a question is under way share the next one.
_session_and_user = Grouped(_sessions_and_users)


def live_session(session_id: str, user_id: str) -> Doc:
    """The person's session; raises SessionEnded when it is over or not theirs."""
    return _require_live(Session.raw().find_one({"_id": session_id}), user_id)


def _require_live(session: Doc | None, user_id: str) -> Doc:
    if not session or session.get("user_id") != user_id or session["ended_at"] or session["expires_at"] <= clock.now():
        raise errors.SessionEnded
    return session


def end_session(session_id: str) -> None:
    """Sign out: the session's tokens stop working and its tabs are disconnected."""
    end_sessions({"_id": session_id})


def end_sessions(which: Doc) -> None:
    """End the live sessions that match `which`, with their sockets."""
    ids = [one["_id"] for one in Session.raw().find({**which, "ended_at": None}, {"_id": 1})]
    Session.journaled().update_many({"_id": {"$in": ids}}, {"$set": {"ended_at": clock.now()}})
    publisher.end_sessions(ids, errors.SessionEnded.code)


def ended_among(sessions: Iterable[tuple[str, str]]) -> set[str]:
    """Of (session, user) pairs, the sessions that are over or whose person is no longer active."""
    pairs = list(sessions)
    live = Session.raw().find({"_id": {"$in": [one for one, _ in pairs]}, "ended_at": None, "expires_at": {"$gt": clock.now()}}, {"_id": 1})
    active = User.raw().find({"_id": {"$in": list({user for _, user in pairs})}, "active": True}, {"_id": 1})
    live_ids, active_ids = {one["_id"] for one in live}, {one["_id"] for one in active}
    return {session for session, user in pairs if session not in live_ids or user not in active_ids}
