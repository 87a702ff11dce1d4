"""The company's numbers."""

from typing import Any

from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.schemas.channels import ChannelPageOut
from whatsapp_server.services import channels

blueprint = Blueprint("channels", __name__, url_prefix="/api/channels", description="The company's numbers")


@blueprint.route("")
class Channels(MethodView):
    """Every number."""

    @blueprint.response(200, ChannelPageOut)
    @problems(blueprint)
    def get(self) -> Any:
        """Every number, and whether Twilio takes messages on it."""
        return {"items": channels.list_channels(), "next": None}
