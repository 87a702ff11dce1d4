"""Signing in and out, tokens, and who am I."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Response, current_app, g, jsonify, request
from flask.views import MethodView
from flask_jwt_extended import create_access_token, create_refresh_token, set_refresh_cookies, unset_refresh_cookies
from werkzeug.exceptions import HTTPException

from whatsapp_server import errors
from whatsapp_server.api import attempts
from whatsapp_server.api.documented import Blueprint, json_body, problems
from whatsapp_server.api.guard import authenticate_request
from whatsapp_server.models.base import Doc
from whatsapp_server.schemas.users import AccessOut, LoginIn, MeOut
from whatsapp_server.services import accounts

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
        return with_tokens(user, session["_id"])


@blueprint.route("/refresh")
class Refresh(MethodView):
    """A new access token."""

    @blueprint.doc(security=[])
    @blueprint.response(200, AccessOut)
    @problems(blueprint)
    def post(self) -> Any:
        """A new access token for the session of the refresh cookie."""
        user, session_id = authenticate_request(refresh=True)
        return with_tokens(user, session_id)


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


def with_tokens(user: Doc, session_id: str) -> Response:
    """What somebody hears who has just signed in: an access token, who they are, and the refresh token as a cookie."""
    settings = current_app.config["SETTINGS"]
    claims = {"sid": session_id}
    lifetime = timedelta(minutes=settings.access_token_minutes)
    access = create_access_token(user["_id"], additional_claims=claims, expires_delta=lifetime)
    longest = timedelta(days=settings.session_days)
    refresh = create_refresh_token(user["_id"], additional_claims=claims, expires_delta=longest)
    answer = jsonify(AccessOut().dump({"access_token": access, "expires_in": round(lifetime.total_seconds()), "user": user}))
    set_refresh_cookies(answer, refresh, max_age=round(longest.total_seconds()))
    return answer
