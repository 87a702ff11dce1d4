"""The workspace's settings."""

from typing import Any

from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.api.guard import admins_only
from whatsapp_server.schemas.settings import SettingsIn, SettingsOut
from whatsapp_server.services import workspace

blueprint = Blueprint("settings", __name__, url_prefix="/api/settings", description="How the inbox works here")


@blueprint.route("")
class Settings(MethodView):
    """All of them."""

    @blueprint.response(200, SettingsOut)
    @problems(blueprint)
    def get(self) -> Any:
        """The workspace's settings."""
        return workspace.stored()

    @admins_only
    @blueprint.arguments(SettingsIn)
    @blueprint.response(200, SettingsOut)
    @problems(blueprint, 403, 415, 422)
    def patch(self, given: dict[str, Any]) -> Any:
        """Change some of them; the rest stays."""
        return workspace.change(given)
