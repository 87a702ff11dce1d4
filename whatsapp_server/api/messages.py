"""A conversation's messages, replying, and what to do with a reply that did not arrive."""

from collections.abc import Callable
from typing import Any

from flask import g
from flask.views import MethodView

from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.models.base import Doc
from whatsapp_server.models.conversation import INTERNAL
from whatsapp_server.schemas.messages import MessageCreateIn, MessageOut, MessagePageIn, MessagePageOut, MessageRetryIn
from whatsapp_server.services import conversations, messages, notes

blueprint = Blueprint("messages", __name__, url_prefix="/api", description="Messages")


def _writer(conversation: Doc, given: dict[str, Any]) -> Callable[[Doc, Doc, Doc], tuple[Doc, bool]]:
    """Who takes these words: what is for colleagues alone never comes near the door to the customer."""
    if conversation["kind"] == INTERNAL:
        return notes.say
    return notes.add_note if given["kind"] == "note" else messages.send_message


@blueprint.route("/conversations/<conversation_id>/messages")
class ConversationMessages(MethodView):
    """One conversation's messages."""

    @blueprint.arguments(MessagePageIn, location="query")
    @blueprint.response(200, MessagePageOut)
    @problems(blueprint, 404, 422)
    def get(self, given: dict[str, Any], conversation_id: str) -> Any:
        """A page, newest first."""
        conversation = conversations.conversation_for(g.user, conversation_id)
        items, following = messages.list_messages(conversation, cursor=given.get("cursor"), limit=given["limit"])
        return {"items": items, "next": following}

    @blueprint.arguments(MessageCreateIn)
    @blueprint.alt_response(200, schema=MessageOut, description="This client_id was sent before: that message")
    @blueprint.response(201, MessageOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, Any], conversation_id: str) -> Any:
        """Reply to the customer, or leave a note for colleagues. On disk, and a reply queued, when this answers."""
        conversation = conversations.conversation_for(g.user, conversation_id)
        message, new = _writer(conversation, given)(g.user, conversation, given)
        return message, 201 if new else 200


@blueprint.route("/messages/<message_id>/retry")
class MessageRetry(MethodView):
    """Once more."""

    @blueprint.arguments(MessageRetryIn, required=False)
    @blueprint.response(200, MessageOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, bool], message_id: str) -> Any:
        """Send a failed message again; an unknown one only with accept_duplicate, for it may arrive twice."""
        return messages.retry_message(g.user, message_id, accept_duplicate=given["accept_duplicate"])


@blueprint.route("/messages/<message_id>/discard")
class MessageDiscard(MethodView):
    """Not at all."""

    @blueprint.response(200, MessageOut)
    @problems(blueprint, 404, 409)
    def post(self, message_id: str) -> Any:
        """Take back a reply that has not left, or put away one that failed."""
        return messages.discard_message(g.user, message_id)
