"""The lists as wholes: what they count, and reading all of one."""

from typing import Any

from flask import g
from flask.views import MethodView

from whatsapp_server import errors
from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.schemas.conversations import VIEWS, CountsOut
from whatsapp_server.services import views

blueprint = Blueprint("views", __name__, url_prefix="/api", description="The lists as wholes")


@blueprint.route("/counts")
class Counts(MethodView):
    """What wants my attention."""

    @blueprint.response(200, CountsOut)
    @problems(blueprint)
    def get(self) -> Any:
        """The numbers at the lists."""
        return views.counts(g.user)


@blueprint.route("/views/<view>/read")
class ViewRead(MethodView):
    """All of it."""

    @blueprint.response(204)
    @problems(blueprint, 404)
    def post(self, view: str) -> None:
        """Everything in a list counts as read."""
        if view not in VIEWS:
            raise errors.NotFound
        views.mark_read(g.user, view)


@blueprint.route("/views/team/seen")
class TeamSeen(MethodView):
    """The dot."""

    @blueprint.response(204)
    @problems(blueprint)
    def post(self) -> None:
        """I have looked at the team's conversations."""
        views.see_team(g.user)
