"""Teams."""

from typing import Any

from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.api.guard import admins_only
from whatsapp_server.schemas.teams import TeamChangeIn, TeamCreateIn, TeamOut, TeamPageOut
from whatsapp_server.services import teams

blueprint = Blueprint("teams", __name__, url_prefix="/api/teams", description="Teams")


@blueprint.route("")
class Teams(MethodView):
    """Every team."""

    @blueprint.response(200, TeamPageOut)
    @problems(blueprint)
    def get(self) -> Any:
        """Every team, by name."""
        return {"items": teams.list_teams(), "next": None}

    @admins_only
    @blueprint.arguments(TeamCreateIn)
    @blueprint.response(201, TeamOut)
    @problems(blueprint, 403, 415, 422)
    def post(self, given: dict[str, Any]) -> Any:
        """Add a team."""
        return teams.add(given["name"], given["member_ids"])


@blueprint.route("/<team_id>")
class Team(MethodView):
    """One of them."""

    @admins_only
    @blueprint.arguments(TeamChangeIn)
    @blueprint.response(200, TeamOut)
    @problems(blueprint, 403, 404, 415, 422)
    def patch(self, given: dict[str, Any], team_id: str) -> Any:
        """Rename a team or change who is in it."""
        return teams.change(team_id, given)

    @admins_only
    @blueprint.response(200, TeamOut)
    @problems(blueprint, 403, 404)
    def delete(self, team_id: str) -> Any:
        """Remove a team; conversations in its line are in none."""
        return teams.remove(team_id)
