"""The list of conversations, one of them, starting one, reading one."""

from typing import Any

from flask import current_app, g
from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.schemas.conversations import (
    ConversationPageIn,
    ConversationPageOut,
    ConversationReadOut,
    ConversationStartIn,
    MyConversationOut,
    ReadIn,
)
from whatsapp_server.services import channels, conversations

blueprint = Blueprint("conversations", __name__, url_prefix="/api/conversations", description="Conversations")


@blueprint.route("")
class Conversations(MethodView):
    """What I may read."""

    @problems(blueprint, 422)
    @blueprint.arguments(ConversationPageIn, location="query")
    @blueprint.response(200, ConversationPageOut)
    def get(self, given: dict[str, Any]) -> Any:
        """The latest first; `q` finds by words of the name and by digits of the number."""
        items, following = conversations.list_conversations(g.user, q=given["q"], cursor=given.get("cursor"), limit=given["limit"])
        return {"items": items, "next": following}

    @problems(blueprint, 415, 422)
    @blueprint.arguments(ConversationStartIn)
    @blueprint.alt_response(200, schema=MyConversationOut, description="It was there already")
    @blueprint.response(201, MyConversationOut)
    def post(self, given: dict[str, Any]) -> Any:
        """Start a conversation with a number, or find the one that there is."""
        channel = channels.channel_for(given["channel_id"], current_app.config["SETTINGS"].twilio_whatsapp_from[0])
        conversation, new = conversations.start_conversation(channel, given["number"], given["name"])
        return conversations.with_mark(g.user, conversation), 201 if new else 200


@blueprint.route("/<conversation_id>")
class Conversation(MethodView):
    """One conversation."""

    @problems(blueprint, 404)
    @blueprint.response(200, MyConversationOut)
    def get(self, conversation_id: str) -> Any:
        """A conversation that I may read."""
        return conversations.with_mark(g.user, conversations.conversation_for(g.user, conversation_id))


@blueprint.route("/<conversation_id>/read")
class ConversationRead(MethodView):
    """My mark."""

    @problems(blueprint, 404, 415, 422)
    @blueprint.arguments(ReadIn)
    @blueprint.response(200, ConversationReadOut)
    def post(self, given: dict[str, int], conversation_id: str) -> Any:
        """I have read up to this message; the mark never goes back."""
        return conversations.mark_read(g.user, conversations.conversation_for(g.user, conversation_id), given["seq"])
