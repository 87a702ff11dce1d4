"""The staff."""

from typing import Any

from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.schemas.users import UserPageOut
from whatsapp_server.services import accounts

blueprint = Blueprint("users", __name__, url_prefix="/api/users", description="The staff")


@blueprint.route("")
class Users(MethodView):
    """Everybody."""

    @problems(blueprint)
    @blueprint.response(200, UserPageOut)
    def get(self) -> Any:
        """Every employee, by name."""
        return {"items": accounts.list_users(), "next": None}
