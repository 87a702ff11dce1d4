"""Signing in and out, tokens, and who am I."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import jwt
from flask import Response, current_app, g, jsonify, request
from flask.views import MethodView
from flask_jwt_extended import create_access_token, get_jwt, set_refresh_cookies, unset_refresh_cookies
from werkzeug.exceptions import HTTPException

from whatsapp_server import errors
from whatsapp_server.api import attempts
from whatsapp_server.api.documented import Blueprint, json_body, problems
from whatsapp_server.api.guard import authenticate_request
from whatsapp_server.models.base import Doc
from whatsapp_server.models.session import FIRST_GENERATION, NO_GENERATION
from whatsapp_server.schemas.users import AccessOut, LoginIn, MeOut
from whatsapp_server.services import accounts, rotation

blueprint = Blueprint("auth", __name__, url_prefix="/api/auth", description="Signing in and out")


def _count_attempt(view: Callable[..., Any]) -> Callable[..., Any]:
    """Attempts count per person and address, so that one office behind one address is not locked out by one person."""

    @wraps(view)
    def counting(*args: Any, **kwargs: Any) -> Any:
        try:
            body = json_body(request)
        except (errors.AppError, HTTPException):
            body = None  # what is read next says what is wrong with it
        email = body.get("email") if isinstance(body, dict) else None
        attempts.count(
            current_app.config["SETTINGS"].login_attempts_per_minute, request.remote_addr or "", str(email)[:254].strip().lower()
        )
        return view(*args, **kwargs)

    return counting


@blueprint.route("/login")
class Login(MethodView):
    """Sign in."""

    decorators = [_count_attempt]  # noqa: RUF012 (Flask's own protocol)

    @blueprint.doc(security=[])
    @blueprint.arguments(LoginIn)
    @blueprint.response(200, AccessOut)
    @problems(blueprint, 415, 422, 429)
    def post(self, given: dict[str, str]) -> Any:
        """Sign in with e-mail and password; the refresh token comes as a cookie."""
        settings = current_app.config["SETTINGS"]
        user, session = accounts.sign_in(given["email"], given["password"], settings.session_days)
        return with_tokens(user, session)


@blueprint.route("/refresh")
class Refresh(MethodView):
    """A new access token."""

    @blueprint.doc(security=[])
    @blueprint.response(200, AccessOut)
    @problems(blueprint)
    def post(self) -> Any:
        """A new access token for the session of the refresh cookie, and the cookie's successor, the same however often one asks."""
        user, session_id = authenticate_request(refresh=True)
        session, generation = rotation.rotate(session_id, user["_id"], _generation_of(get_jwt()))
        return with_tokens(user, session, generation)


def _generation_of(claims: Doc) -> int:
    generation = claims.get("gen", NO_GENERATION)
    if type(generation) is not int:
        raise errors.TokenInvalid
    return generation


@blueprint.route("/logout")
class Logout(MethodView):
    """Sign out."""

    @blueprint.doc(security=[])
    @blueprint.response(204)
    @problems(blueprint)
    def post(self) -> Any:
        """End the session of the refresh cookie or of the access token, with its sockets. Saying it twice does no harm."""
        for refresh in (True, False):
            try:
                _, session_id = authenticate_request(refresh=refresh)
            except errors.Unauthorized:
                continue
            accounts.end_session(session_id)
        answer = Response(status=204)
        unset_refresh_cookies(answer)
        return answer


@blueprint.route("/me")
class Me(MethodView):
    """Who am I."""

    @blueprint.response(200, MeOut)
    @problems(blueprint)
    def get(self) -> Any:
        """The person whose token this is."""
        return g.user


def with_tokens(user: Doc, session: Doc, generation: int = FIRST_GENERATION) -> Response:
    """What somebody hears who has just signed in: an access token, who they are, and as a cookie the refresh token of this generation."""
    settings = current_app.config["SETTINGS"]
    lifetime = timedelta(minutes=settings.access_token_minutes)
    access = create_access_token(user["_id"], additional_claims={"sid": session["_id"]}, expires_delta=lifetime)
    answer = jsonify(AccessOut().dump({"access_token": access, "expires_in": round(lifetime.total_seconds()), "user": user}))
    longest = timedelta(days=settings.session_days)
    set_refresh_cookies(answer, _refresh_token(session, generation), max_age=round(longest.total_seconds()))
    return answer


def _refresh_token(session: Doc, generation: int) -> str:
    """The same string whoever makes it, and whenever: all it says follows from the session and the generation.

    So it does not say when it was made, which the library's own ones do.
    """
    claims = {
        "type": "refresh",
        "sub": session["user_id"],
        "sid": session["_id"],
        "gen": generation,
        "jti": f"{session['_id']}.{generation}",
        "exp": session["expires_at"],
    }
    return jwt.encode(claims, current_app.config["JWT_SECRET_KEY"])
