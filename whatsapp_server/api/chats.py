"""Colleagues' own chats: starting one, who is in it, its name. What is said there goes the way of all messages."""

from typing import Any

from flask import g
from flask.views import MethodView

from whatsapp_server import errors
from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.models.base import Doc
from whatsapp_server.models.conversation import INTERNAL
from whatsapp_server.schemas.chats import ChatDeliveredIn, ChatMembersIn, ChatRenameIn, ChatStartIn
from whatsapp_server.schemas.conversations import MyConversationOut
from whatsapp_server.services import chats, conversations, reading

blueprint = Blueprint("chats", __name__, url_prefix="/api/chats", description="Colleagues' own chats")


def _found(chat_id: str) -> Doc:
    found = conversations.conversation_for(g.user, chat_id)
    if found["kind"] != INTERNAL:
        raise errors.NotFound
    return found


@blueprint.route("")
class Chats(MethodView):
    """A new one."""

    @blueprint.arguments(ChatStartIn)
    @blueprint.alt_response(200, schema=MyConversationOut, description="The chat of these two was there already")
    @blueprint.response(201, MyConversationOut)
    @problems(blueprint, 409, 415, 422)
    def post(self, given: dict[str, Any]) -> Any:
        """Start a group, or the chat with one colleague, or find that one."""
        if given["title"] is not None:
            chat, new = chats.start_group(g.user, given["member_ids"], given["title"].strip()), True
        elif len(given["member_ids"]) == 1:
            chat, new = chats.start_direct(g.user, given["member_ids"][0])
        else:
            raise errors.Invalid(errors={"title": ["A group needs a name."]})
        return reading.with_mark(g.user, chat), 201 if new else 200


@blueprint.route("/<chat_id>")
class Chat(MethodView):
    """A group."""

    @blueprint.arguments(ChatRenameIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def patch(self, given: dict[str, str], chat_id: str) -> Any:
        """Give it another name."""
        return reading.with_mark(g.user, chats.rename(g.user, _found(chat_id), given["title"].strip()))


@blueprint.route("/<chat_id>/members")
class ChatMembers(MethodView):
    """Who is in it."""

    @blueprint.arguments(ChatMembersIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, list[str]], chat_id: str) -> Any:
        """Let colleagues in; they see what was said before."""
        return reading.with_mark(g.user, chats.add_members(g.user, _found(chat_id), given["add"]))


@blueprint.route("/<chat_id>/members/<user_id>")
class ChatMember(MethodView):
    """Oneself in it."""

    @blueprint.response(204)
    @problems(blueprint, 404, 409)
    def delete(self, chat_id: str, user_id: str) -> None:
        """Leave; nobody can put out another."""
        chat = _found(chat_id)
        if user_id != g.user["_id"]:
            raise errors.NotAllowed
        chats.leave(g.user, chat)


@blueprint.route("/<chat_id>/delivered")
class ChatDelivered(MethodView):
    """Ticks."""

    @blueprint.arguments(ChatDeliveredIn)
    @blueprint.response(204)
    @problems(blueprint, 404, 415, 422)
    def post(self, given: dict[str, int], chat_id: str) -> None:
        """What was said up to here has reached a tab of mine."""
        reading.mark_delivered(g.user, _found(chat_id), given["seq"])
