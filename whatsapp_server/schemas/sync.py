"""Catching up: what a tab asks for and what it is told."""

from marshmallow import Schema, fields, validate

from whatsapp_server.schemas.base import ID_PATTERN
from whatsapp_server.schemas.channels import ChannelOut
from whatsapp_server.schemas.conversations import MyConversationOut, ReadOut
from whatsapp_server.schemas.messages import MessageOut
from whatsapp_server.schemas.out import Out
from whatsapp_server.schemas.settings import SettingsOut
from whatsapp_server.schemas.teams import TeamOut
from whatsapp_server.schemas.users import MeOut, UserOut

MAX_THREADS = 20
MAX_SHOWN = 200


def _id() -> fields.String:
    # Just these, so that an address with MAX_THREADS of them stays a short one.
    return fields.String(validate=validate.Regexp(f"^{ID_PATTERN}$", error="This is not an id."))


def _versions(of: str) -> fields.Dict:
    return fields.Dict(
        keys=_id(),
        values=fields.Integer(validate=validate.Range(0, 2**53)),
        load_default=dict,
        validate=validate.Length(max=MAX_SHOWN),
        metadata={"description": f"{{id: version}} of the {of} that the tab shows"},
    )


class SyncIn(Schema):
    """From where, and of which conversations the messages too."""

    since = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "the `cursor` of the answer before; without it: `reset`"},
    )
    conversation = fields.List(
        _id(), load_default=list, validate=validate.Length(max=MAX_THREADS), metadata={"description": "whose messages the tab holds"}
    )


class RemovedOut(Out):
    """A conversation that one may no longer read: what a tab holds of it with a lower version goes."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)


class MarkOut(Out):
    """How far the person who asks has read a conversation."""

    conversation_id = fields.String(required=True)
    read = fields.Nested(ReadOut, required=True)


class SyncOut(Out):
    """What changed since the cursor and may be seen. Answers overlap: of two documents the one with the higher version counts."""

    cursor = fields.String(required=True, metadata={"description": "for the next time"})
    reset = fields.Boolean(required=True, metadata={"description": "load everything anew: the lists are empty"})
    web_version = fields.String(required=True, metadata={"description": "names the client that the server ships"})
    me = fields.Nested(MeOut, required=True)
    present = fields.List(fields.String(), required=True, metadata={"description": "ids of all who are there"})
    conversations = fields.List(fields.Nested(MyConversationOut), required=True)
    messages = fields.List(fields.Nested(MessageOut), required=True)
    reads = fields.List(fields.Nested(MarkOut), required=True)
    removed = fields.List(fields.Nested(RemovedOut), required=True)
    users = fields.List(fields.Nested(UserOut), required=True)
    teams = fields.List(fields.Nested(TeamOut), required=True)
    channels = fields.List(fields.Nested(ChannelOut), required=True)
    settings = fields.Nested(SettingsOut, required=True, allow_none=True)


class ShownIn(Schema):
    """What is on a tab's screen."""

    conversations = _versions("conversations")
    messages = _versions("messages")


class DifferingOut(Out):
    """What of it is another by now."""

    conversations = fields.List(fields.Nested(MyConversationOut), required=True)
    messages = fields.List(fields.Nested(MessageOut), required=True)
    removed = fields.List(fields.Nested(RemovedOut), required=True)
