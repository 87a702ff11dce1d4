"""Deny by default: every URL needs a live session unless it is named in PUBLIC, and that is asked before anything else.

So a request without a token hears 401 whatever its body, and a new route cannot be forgotten.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, g, request
from flask_jwt_extended import get_jwt, get_jwt_identity, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException, NoAuthorizationError
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from whatsapp_server import errors, turnstile
from whatsapp_server.models.base import Doc
from whatsapp_server.services import accounts

# Endpoints that anyone may call; the webhooks check Twilio's signature themselves, refresh and logout their cookie,
# the invitations their link's token.
PUBLIC = (
    "auth.Login",
    "auth.Refresh",
    "auth.Logout",
    "invites.LookAtInvitation",
    "invites.AcceptInvitation",
    "webhooks.inbound_message",
    "webhooks.status_report",
    "health.alive",
    "health.ready",
    "web.index",
    "docs.page",
    "api-docs.openapi_json",
)


def register(app: Flask) -> None:
    """Check every request before its view. Who is let in has a place among those who ask the database, until they are answered."""
    app.before_request(_require_session)
    app.teardown_request(_leave)


def _require_session() -> None:
    if request.endpoint is None or request.endpoint in PUBLIC or request.routing_exception:
        return  # nothing found there: 404 or 405 tells nothing that the public documentation does not
    if request.method == "OPTIONS" and getattr(request.url_rule, "provide_automatic_options", False):
        return  # Flask names the methods by itself and runs no view
    turnstile.enter()
    g.has_place = True
    g.user, g.session_id = authenticate_request(refresh=False)


def _leave(_: BaseException | None) -> None:
    if g.pop("has_place", False):
        turnstile.leave()


def require_admin() -> None:
    """Raises Forbidden when the person who asks is not an admin."""
    if g.user["role"] != "admin":
        raise errors.Forbidden


def admins_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only admins in. The outermost decorator of a view, so that others hear 403 whatever their body."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        require_admin()
        return view(*args, **kwargs)

    return guarded


def authenticate_request(*, refresh: bool) -> tuple[Doc, str]:
    """(user, session id) of the request's access token, or of its refresh cookie; raises one of the 401 errors."""
    try:
        verify_jwt_in_request(refresh=refresh, locations=["cookies"] if refresh else ["headers"])
    except ExpiredSignatureError as error:
        # A refresh token lasts as long as its session.
        raise (errors.SessionEnded if refresh else errors.TokenExpired) from error
    except NoAuthorizationError as error:
        raise errors.Unauthorized from error
    except (JWTExtendedException, PyJWTError, ValueError) as error:
        raise errors.TokenInvalid from error
    return user_of_claims(get_jwt_identity(), get_jwt())


def user_of_claims(user_id: object, claims: Doc) -> tuple[Doc, str]:
    """(user, session id) named by a verified token; raises TokenInvalid or SessionEnded."""
    session_id = claims.get("sid")
    if not isinstance(user_id, str) or not isinstance(session_id, str):
        raise errors.TokenInvalid
    return accounts.user_of_session(session_id, user_id), session_id
