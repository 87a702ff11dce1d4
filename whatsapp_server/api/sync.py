"""Catching up after whatever a tab may have missed."""

from typing import Any

from flask import current_app, g
from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.schemas.sync import DifferingOut, ShownIn, SyncIn, SyncOut
from whatsapp_server.services import presence, sync

blueprint = Blueprint("sync", __name__, url_prefix="/api/sync", description="Catching up")


@blueprint.route("")
class Sync(MethodView):
    """Since the last time."""

    @blueprint.arguments(SyncIn, location="query")
    @blueprint.response(200, SyncOut)
    @problems(blueprint, 422)
    def get(self, given: dict[str, Any]) -> Any:
        """Everything that changed since the cursor and that I may see."""
        changes = sync.since(g.user, given["since"] or None, given["conversation"])
        return {**changes, "me": g.user, "present": presence.here.online(), "web_version": current_app.config["WEB_VERSION"]}


@blueprint.route("/check")
class Check(MethodView):
    """Without clocks."""

    @blueprint.arguments(ShownIn)
    @blueprint.response(200, DifferingOut)
    @problems(blueprint, 415, 422)
    def post(self, given: dict[str, Any]) -> Any:
        """What of that which my tab shows is another by now."""
        return sync.differing(g.user, given["conversations"], given["messages"])
