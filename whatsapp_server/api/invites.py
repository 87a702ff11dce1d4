"""Links to join by: admins make them, strangers follow them."""

from typing import Any

from flask import current_app, g, request
from flask.views import MethodView

from whatsapp_server.api import attempts
from whatsapp_server.api.auth import with_tokens
from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.api.guard import admins_only
from whatsapp_server.schemas.invites import (
    InvitationAcceptIn,
    InvitationLookIn,
    InvitationOut,
    InviteCreateIn,
    InvitePageIn,
    InvitePageOut,
    NewInviteOut,
)
from whatsapp_server.schemas.users import AccessOut
from whatsapp_server.services import accounts, invites

blueprint = Blueprint("invites", __name__, url_prefix="/api", description="Joining by a link")


@blueprint.route("/invites")
class Invites(MethodView):
    """Every link."""

    @admins_only
    @blueprint.arguments(InvitePageIn, location="query")
    @blueprint.response(200, InvitePageOut)
    @problems(blueprint, 403, 422)
    def get(self, given: dict[str, Any]) -> Any:
        """The links that were made, the newest first."""
        items, following = invites.list_invites(cursor=given.get("cursor"), limit=given["limit"])
        return {"items": items, "next": following}

    @admins_only
    @blueprint.arguments(InviteCreateIn)
    @blueprint.response(201, NewInviteOut)
    @problems(blueprint, 403, 415, 422)
    def post(self, given: dict[str, Any]) -> Any:
        """Make a link by which one person may join; it is shown this once."""
        invite, token = invites.create(g.user, given["role"], given["name"], given["email"])
        return {**invite, "url": f"{current_app.config['SETTINGS'].public_base_url}/#/join/{token}"}


@blueprint.route("/invites/<invite_id>")
class Invite(MethodView):
    """One of them."""

    @admins_only
    @blueprint.response(204)
    @problems(blueprint, 403, 404)
    def delete(self, invite_id: str) -> Any:
        """Withdraw a link."""
        invites.withdraw(invite_id)


def _count_attempt() -> None:
    """Counted by address: a stranger has no name yet."""
    attempts.count(current_app.config["SETTINGS"].login_attempts_per_minute, "invitations", request.remote_addr or "")


@blueprint.route("/invitations/look")
class LookAtInvitation(MethodView):
    """What a link leads to."""

    @blueprint.doc(security=[])
    @blueprint.arguments(InvitationLookIn)
    @blueprint.response(200, InvitationOut)
    @problems(blueprint, 404, 415, 422, 429)
    def post(self, given: dict[str, str]) -> Any:
        """What the link of this token invites to."""
        _count_attempt()
        return invites.look(given["token"])


@blueprint.route("/invitations/accept")
class AcceptInvitation(MethodView):
    """Joining."""

    @blueprint.doc(security=[])
    @blueprint.arguments(InvitationAcceptIn)
    @blueprint.response(200, AccessOut)
    @problems(blueprint, 404, 409, 415, 422, 429)
    def post(self, given: dict[str, str]) -> Any:
        """Join with one's own password; signed in at once."""
        _count_attempt()
        user = invites.accept(**given)
        session = accounts.begin_session(user, current_app.config["SETTINGS"].session_days)
        return with_tokens(user, session)
