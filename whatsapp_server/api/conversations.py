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
    ReadersOut,
    ReadIn,
)
from whatsapp_server.services import channels, colleagues, conversations, reading, views

blueprint = Blueprint("conversations", __name__, url_prefix="/api/conversations", description="Conversations")


@blueprint.route("")
class Conversations(MethodView):
    """What I may read."""

    @blueprint.arguments(ConversationPageIn, location="query")
    @blueprint.response(200, ConversationPageOut)
    @problems(blueprint, 422)
    def get(self, given: dict[str, Any]) -> Any:
        """A page of one of the lists; `q` finds by words of the name and by digits of the number."""
        filters = {name: given[name] for name in ("assignee", "team", "channel", "waiting")}
        items, following = views.list_conversations(
            g.user, view=given["view"], q=given["q"], filters=filters, cursor=given.get("cursor"), limit=given["limit"]
        )
        return {"items": items, "next": following}

    @blueprint.arguments(ConversationStartIn)
    @blueprint.alt_response(200, schema=MyConversationOut, description="It was there already")
    @blueprint.response(201, MyConversationOut)
    @problems(blueprint, 409, 415, 422)
    def post(self, given: dict[str, Any]) -> Any:
        """Start a conversation with a number, or find the one that there is."""
        channel = channels.channel_for(given["channel_id"], current_app.config["SETTINGS"].twilio_whatsapp_from[0])
        conversation, new = conversations.start_conversation(g.user, channel, given["number"], given["name"])
        return reading.with_mark(g.user, conversation), 201 if new else 200


@blueprint.route("/<conversation_id>")
class Conversation(MethodView):
    """One conversation."""

    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404)
    def get(self, conversation_id: str) -> Any:
        """A conversation that I may read."""
        return reading.with_mark(g.user, conversations.conversation_for(g.user, conversation_id))


@blueprint.route("/<conversation_id>/read")
class ConversationRead(MethodView):
    """My mark."""

    @blueprint.arguments(ReadIn)
    @blueprint.response(200, ConversationReadOut)
    @problems(blueprint, 404, 415, 422)
    def post(self, given: dict[str, int], conversation_id: str) -> Any:
        """I have read up to this message; the mark never goes back."""
        return reading.mark_read(g.user, conversations.conversation_for(g.user, conversation_id), given["seq"])


@blueprint.route("/<conversation_id>/unread")
class ConversationUnread(MethodView):
    """My mark, back."""

    @blueprint.response(200, ConversationReadOut)
    @problems(blueprint, 404)
    def post(self, conversation_id: str) -> Any:
        """The last news counts as unread again, for me."""
        return reading.mark_unread(g.user, conversations.conversation_for(g.user, conversation_id))


@blueprint.route("/<conversation_id>/readers")
class ConversationReaders(MethodView):
    """Who can see this, and why."""

    @blueprint.response(200, ReadersOut)
    @problems(blueprint, 404)
    def get(self, conversation_id: str) -> Any:
        """Who may read it, and why."""
        return colleagues.readers(conversations.conversation_for(g.user, conversation_id))
