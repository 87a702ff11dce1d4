"""The staff."""

from typing import Any

from flask import g
from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.api.guard import admins_only, require_admin
from whatsapp_server.schemas.users import DeactivateIn, UserChangeIn, UserOut, UserPageOut, WorkOut
from whatsapp_server.services import people

blueprint = Blueprint("users", __name__, url_prefix="/api/users", description="The staff")


@blueprint.route("")
class Users(MethodView):
    """Everybody."""

    @blueprint.response(200, UserPageOut)
    @problems(blueprint)
    def get(self) -> Any:
        """Every employee, by name."""
        return {"items": people.list_users(), "next": None}


@blueprint.route("/<user_id>")
class User(MethodView):
    """One of them."""

    @admins_only
    @blueprint.arguments(UserChangeIn)
    @blueprint.response(200, UserOut)
    @problems(blueprint, 403, 404, 409, 415, 422)
    def patch(self, given: dict[str, str], user_id: str) -> Any:
        """Change somebody's name or role; the last active admin stays one."""
        return people.change(user_id, given)


@blueprint.route("/<user_id>/work")
class UserWork(MethodView):
    """What somebody has in hand."""

    @blueprint.response(200, WorkOut)
    @problems(blueprint, 403, 404)
    def get(self, user_id: str) -> Any:
        """How many conversations are in somebody's hands: for admins, and for that person."""
        if user_id != g.user["_id"]:
            require_admin()
        return people.work_of(user_id)


@blueprint.route("/<user_id>/deactivate")
class UserDeactivate(MethodView):
    """Shutting somebody out."""

    @admins_only
    @blueprint.arguments(DeactivateIn)
    @blueprint.response(200, UserOut)
    @problems(blueprint, 403, 404, 409, 415, 422)
    def post(self, given: dict[str, Any], user_id: str) -> Any:
        """Shut somebody out at once; their conversations go to a colleague or to nobody."""
        return people.deactivate(user_id, by=g.user, hand_to=given["hand_to"])


@blueprint.route("/<user_id>/reactivate")
class UserReactivate(MethodView):
    """Letting somebody in again."""

    @admins_only
    @blueprint.response(200, UserOut)
    @problems(blueprint, 403, 404)
    def post(self, user_id: str) -> Any:
        """Let somebody in again, with the password they had."""
        return people.reactivate(user_id)
