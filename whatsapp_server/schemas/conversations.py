"""Conversations, coming out and going in."""

from marshmallow import Schema, fields, validate

from whatsapp_server.schemas.base import MAX_ID_CHARACTERS, AuthorOut, PageIn, Time, identifier, page_of
from whatsapp_server.schemas.messages import storable

VIEWS = ("all",)


class ContactOut(Schema):
    """The customer."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True, allow_none=True, metadata={"description": "E.164, null when WhatsApp gave none"})
    address = fields.String(required=True)


class ConversationChannelOut(Schema):
    """Which of our numbers it is on."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)


class LastMessageOut(Schema):
    """What a list shows of the newest message."""

    id = fields.String(required=True)
    seq = fields.Integer(required=True)
    direction = fields.String(required=True)
    kind = fields.String(required=True)
    body = fields.String(required=True)
    author = fields.Nested(AuthorOut, required=True, allow_none=True)
    status = fields.String(required=True)
    created_at = Time(required=True)


class ConversationOut(Schema):
    """One conversation, the same for everybody who may read it."""

    id = identifier()
    contact = fields.Nested(ContactOut, required=True)
    channel = fields.Nested(ConversationChannelOut, required=True)
    last_seq = fields.Integer(required=True, metadata={"description": "of the newest message"})
    inbound_count = fields.Integer(required=True, metadata={"description": "how many messages the customer has written"})
    last_message = fields.Nested(LastMessageOut, required=True, allow_none=True)
    last_message_at = Time(required=True)
    window_closes_at = Time(
        required=True, allow_none=True, metadata={"description": "until when free text may be sent; null when the customer never wrote"}
    )
    created_at = Time(required=True)
    version = fields.Integer(required=True, metadata={"description": "raised by every change: keep the higher"})
    changed_at = Time(required=True)


class ReadOut(Schema):
    """How far the person who asks has read."""

    seq = fields.Integer(required=True)
    inbound_count = fields.Integer(required=True)


class MyConversationOut(ConversationOut):
    """A conversation with what is true of the person who asks."""

    read = fields.Nested(ReadOut, required=True)
    unread = fields.Integer(required=True)


ConversationPageOut = page_of(MyConversationOut, "ConversationPageOut")


class ConversationReadOut(Schema):
    """Where a person's mark stands now."""

    conversation_id = fields.String(required=True)
    read = fields.Nested(ReadOut, required=True)
    unread = fields.Integer(required=True)


class ConversationPageIn(PageIn):
    """`q` finds by words of the name and by digits of the number."""

    view = fields.String(load_default="all", validate=validate.OneOf(VIEWS))
    q = fields.String(load_default="", validate=[validate.Length(max=80), storable])


class ConversationStartIn(Schema):
    """A number as people write it; without a country it is taken to be in the channel's."""

    number = fields.String(required=True, validate=[validate.Length(3, 40), storable])
    name = fields.String(load_default="", validate=[validate.Length(max=80), storable])
    channel_id = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])


class ReadIn(Schema):
    """The newest message seen."""

    seq = fields.Integer(required=True, validate=validate.Range(0, 2**31 - 1))
