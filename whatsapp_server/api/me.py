"""What everybody sets for themselves."""

from typing import Any

from flask import g
from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.schemas.users import AbsenceIn, BusyIn, Notifications, UserOut
from whatsapp_server.services import people

blueprint = Blueprint("me", __name__, url_prefix="/api/me", description="My own affairs")


@blueprint.route("/absence")
class Absence(MethodView):
    """Being away."""

    @blueprint.arguments(AbsenceIn)
    @blueprint.response(200, UserOut)
    @problems(blueprint, 415, 422)
    def put(self, given: dict[str, Any]) -> Any:
        """I am away until then, or back; I may release what I hold."""
        return people.set_absence(g.user, given["until"], release=given["release"])


@blueprint.route("/busy")
class Busy(MethodView):
    """Being busy."""

    @blueprint.arguments(BusyIn)
    @blueprint.response(200, UserOut)
    @problems(blueprint, 415, 422)
    def put(self, given: dict[str, bool]) -> Any:
        """I am busy, or free again; everybody sees it."""
        return people.set_busy(g.user, given["busy"])


@blueprint.route("/notifications")
class MyNotifications(MethodView):
    """Being told."""

    @blueprint.arguments(Notifications)
    @blueprint.response(200, Notifications)
    @problems(blueprint, 415, 422)
    def put(self, given: dict[str, str]) -> Any:
        """Of what I want to be notified; nobody else sees it."""
        return people.set_notifications(g.user, given)
