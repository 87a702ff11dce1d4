"""Taking, passing, finishing: what can be done with a conversation. Each answers it as it is afterwards."""

from typing import Any

from flask import Response, g
from flask.views import MethodView

from whatsapp_server import access
from whatsapp_server.api.documented import Blueprint, problems
from whatsapp_server.models.base import Doc
from whatsapp_server.schemas.conversations import (
    AssignIn,
    FinishIn,
    MyConversationOut,
    OfferAnswerIn,
    OfferIn,
    PassIn,
    TakeOverIn,
    VisibilityIn,
)
from whatsapp_server.services import assignment, colleagues, conversations, offers, reading

blueprint = Blueprint("verbs", __name__, url_prefix="/api/conversations/<conversation_id>", description="Whose conversation it is")


def _answer(conversation: Doc) -> Any:
    """The conversation, or nothing when its reader just gave away the right to read it."""
    return reading.with_mark(g.user, conversation) if access.may_read(g.user, conversation) else Response(status=204)


def _found(conversation_id: str) -> Doc:
    return conversations.conversation_for(g.user, conversation_id)


@blueprint.route("/claim")
class Claim(MethodView):
    """Take."""

    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409)
    def post(self, conversation_id: str) -> Any:
        """Take one that nobody holds."""
        return _answer(assignment.claim(g.user, _found(conversation_id)))


@blueprint.route("/take-over")
class TakeOver(MethodView):
    """Take a colleague's."""

    @blueprint.arguments(TakeOverIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, str], conversation_id: str) -> Any:
        """Take a colleague's, who is told; 409 when it is by now somebody else's than `from`."""
        return _answer(assignment.take_over(g.user, _found(conversation_id), given["from_"]))


@blueprint.route("/offer")
class Offer(MethodView):
    """Pass to a person."""

    @blueprint.arguments(OfferIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, str], conversation_id: str) -> Any:
        """Offer it to a colleague; it stays where it is until they accept."""
        return _answer(offers.offer(g.user, _found(conversation_id), colleagues.colleague_for(given["to"], "to"), given["note"].strip()))


@blueprint.route("/offer/accept")
class OfferAccept(MethodView):
    """Yes."""

    @blueprint.arguments(OfferAnswerIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, str], conversation_id: str) -> Any:
        """Take what was offered to me."""
        return _answer(offers.accept(g.user, _found(conversation_id), given["offer_id"]))


@blueprint.route("/offer/decline")
class OfferDecline(MethodView):
    """No."""

    @blueprint.arguments(OfferAnswerIn)
    @blueprint.alt_response(204, description="It is private, and now no longer mine to read")
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, str], conversation_id: str) -> Any:
        """Leave it with whoever has it."""
        return _answer(offers.decline(g.user, _found(conversation_id), given["offer_id"], given["note"].strip()))


@blueprint.route("/offer/withdraw")
class OfferWithdraw(MethodView):
    """Never mind."""

    @blueprint.arguments(OfferAnswerIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, str], conversation_id: str) -> Any:
        """Take an offer back."""
        return _answer(offers.withdraw(g.user, _found(conversation_id), given["offer_id"]))


@blueprint.route("/assign")
class Assign(MethodView):
    """Give."""

    @blueprint.arguments(AssignIn)
    @blueprint.alt_response(204, description="It is private, and now no longer mine to read")
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, str], conversation_id: str) -> Any:
        """Give it to a colleague without asking them: admins, unless a setting lets everybody."""
        return _answer(assignment.assign(g.user, _found(conversation_id), colleagues.colleague_for(given["to"], "to")))


@blueprint.route("/pass")
class Pass(MethodView):
    """Pass to a line."""

    @blueprint.arguments(PassIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, Any], conversation_id: str) -> Any:
        """Put it into a team's line, or into nobody's, at once."""
        team = colleagues.team_for(given["team_id"]) if given["team_id"] else None
        return _answer(assignment.pass_on(g.user, _found(conversation_id), team, given["note"].strip()))


@blueprint.route("/finish")
class Finish(MethodView):
    """Done."""

    @blueprint.arguments(FinishIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, int], conversation_id: str) -> Any:
        """Finish it; 409 `new_message` when the customer wrote after `last_seen_seq`."""
        return _answer(assignment.finish(g.user, _found(conversation_id), given["last_seen_seq"]))


@blueprint.route("/reopen")
class Reopen(MethodView):
    """Not done."""

    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409)
    def post(self, conversation_id: str) -> Any:
        """Open a finished one again; it is mine then."""
        return _answer(assignment.reopen(g.user, _found(conversation_id)))


@blueprint.route("/visibility")
class Visibility(MethodView):
    """For whose eyes."""

    @blueprint.arguments(VisibilityIn)
    @blueprint.response(200, MyConversationOut)
    @problems(blueprint, 404, 409, 415, 422)
    def post(self, given: dict[str, str], conversation_id: str) -> Any:
        """Make it private (its holder and the admins) or public."""
        return _answer(assignment.set_visibility(g.user, _found(conversation_id), given["visibility"]))
