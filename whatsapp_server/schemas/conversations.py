"""Conversations, coming out and going in."""

from marshmallow import Schema, fields, validate

from whatsapp_server.schemas.base import MAX_ID_CHARACTERS, AuthorOut, PageIn, Time, identifier, page_of
from whatsapp_server.schemas.messages import storable
from whatsapp_server.schemas.out import Out

VIEWS = ("all", "mine", "unassigned", "team", "finished", "internal")
VISIBILITIES = ("public", "private")
MAX_NOTE_CHARACTERS = 500


class ContactOut(Out):
    """The customer."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True, allow_none=True, metadata={"description": "E.164, null when WhatsApp gave none"})
    address = fields.String(required=True)


class ConversationChannelOut(Out):
    """Which of our numbers it is on."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)


class LastMessageOut(Out):
    """What a list shows of the newest message."""

    id = fields.String(required=True)
    seq = fields.Integer(required=True)
    direction = fields.String(required=True)
    kind = fields.String(required=True)
    body = fields.String(required=True)
    author = fields.Nested(AuthorOut, required=True, allow_none=True)
    status = fields.String(required=True)
    created_at = Time(required=True)


class OfferOut(Out):
    """A conversation that waits for somebody's word."""

    id = fields.String(required=True)
    from_ = fields.Nested(AuthorOut, required=True, attribute="from", data_key="from")
    to = fields.Nested(AuthorOut, required=True)
    note = fields.String(required=True)
    offered_at = Time(required=True)
    expires_at = Time(required=True)


class MentionOut(Out):
    """Somebody who has not read yet a note that names them."""

    user_id = fields.String(required=True)
    seq = fields.Integer(required=True)


class MemberMarkOut(Out):
    """How far an internal conversation has come to one member, as numbers of messages."""

    delivered = fields.Integer(dump_default=0)
    read = fields.Integer(dump_default=0)


class ConversationOut(Out):
    """One conversation, the same for everybody who may read it."""

    id = identifier()
    kind = fields.String(required=True, metadata={"description": "customer, or internal: of colleagues among themselves"})
    contact = fields.Nested(ContactOut, required=True, allow_none=True)
    channel = fields.Nested(ConversationChannelOut, required=True, allow_none=True)
    state = fields.String(required=True, metadata={"description": "open or finished"})
    finished_at = Time(dump_default=None, allow_none=True)
    visibility = fields.String(required=True, metadata={"description": "public or private; internal: its members'"})
    assignee_id = fields.String(required=True, attribute="holder_id", allow_none=True, metadata={"description": "who holds it"})
    team_id = fields.String(required=True, allow_none=True)
    offer = fields.Nested(OfferOut, required=True, allow_none=True)
    waiting_since = Time(
        dump_default=None, allow_none=True, metadata={"description": "of the customer's first message since our last reply"}
    )
    first_reply_at = Time(dump_default=None, allow_none=True)
    mentioned = fields.List(fields.Nested(MentionOut), required=True)
    title = fields.String(dump_default=None, allow_none=True, metadata={"description": "an internal group's"})
    group = fields.Boolean(dump_default=False)
    member_ids = fields.List(fields.String(), dump_default=[], metadata={"description": "an internal one's"})
    member_marks = fields.Dict(keys=fields.String(), values=fields.Nested(MemberMarkOut), dump_default=dict)
    last_seq = fields.Integer(required=True, metadata={"description": "of the newest message"})
    last_inbound_seq = fields.Integer(required=True, metadata={"description": "of the customer's newest"})
    inbound_count = fields.Integer(required=True, metadata={"description": "how many messages the customer has written"})
    last_message = fields.Nested(LastMessageOut, required=True, allow_none=True)
    last_message_at = Time(required=True)
    window_closes_at = Time(
        required=True, allow_none=True, metadata={"description": "until when free text may be sent; null when the customer never wrote"}
    )
    created_at = Time(required=True)
    access_epoch = fields.Integer(dump_default=0, metadata={"description": "raised by every change of who may read it"})
    version = fields.Integer(required=True, metadata={"description": "raised by every change: keep the higher"})
    changed_at = Time(required=True)


class ReadOut(Out):
    """How far the person who asks has read."""

    seq = fields.Integer(required=True)
    inbound_count = fields.Integer(required=True)
    version = fields.Integer(required=True, metadata={"description": "raised by every move, also by one back: keep the higher"})


class MyConversationOut(ConversationOut):
    """A conversation with what is true of the person who asks."""

    read = fields.Nested(ReadOut, required=True)
    unread = fields.Integer(required=True)


ConversationPageOut = page_of(MyConversationOut, "ConversationPageOut")


class ConversationReadOut(Out):
    """Where a person's mark stands now."""

    conversation_id = fields.String(required=True)
    read = fields.Nested(ReadOut, required=True)
    unread = fields.Integer(required=True)


class ConversationPageIn(PageIn):
    """`q` finds by words of the name and by digits of the number; the others keep only what fits."""

    view = fields.String(load_default="all", validate=validate.OneOf(VIEWS))
    q = fields.String(load_default="", validate=[validate.Length(max=80), storable])
    assignee = fields.String(load_default="", validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])
    team = fields.String(load_default="", validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])
    channel = fields.String(load_default="", validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])
    waiting = fields.Boolean(load_default=False)


class ConversationStartIn(Schema):
    """A number as people write it; without a country it is taken to be in the channel's."""

    number = fields.String(required=True, validate=[validate.Length(3, 40), storable])
    name = fields.String(load_default="", validate=[validate.Length(max=80), storable])
    channel_id = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])


class ReadIn(Schema):
    """The newest message seen."""

    seq = fields.Integer(required=True, validate=validate.Range(0, 2**31 - 1))


def person_id() -> fields.String:
    """The id of an employee."""
    return fields.String(required=True, validate=[validate.Length(1, MAX_ID_CHARACTERS), storable])


def _note() -> fields.String:
    return fields.String(load_default="", validate=[validate.Length(max=MAX_NOTE_CHARACTERS), storable])


class TakeOverIn(Schema):
    """`from`: who the person believes to hold it."""

    from_ = fields.String(required=True, data_key="from", validate=[validate.Length(1, MAX_ID_CHARACTERS), storable])


class OfferIn(Schema):
    """To whom it is passed, with a word to them."""

    to = person_id()
    note = _note()


class OfferAnswerIn(Schema):
    """Which offer is meant."""

    offer_id = person_id()
    note = _note()


class AssignIn(Schema):
    """To whom it is given."""

    to = person_id()


class PassIn(Schema):
    """Into which team's line; null: nobody's."""

    team_id = fields.String(required=True, allow_none=True, validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])
    note = _note()


class FinishIn(Schema):
    """The newest message that the person has seen."""

    last_seen_seq = fields.Integer(required=True, validate=validate.Range(0, 2**31 - 1))


class VisibilityIn(Schema):
    """Who may read it."""

    visibility = fields.String(required=True, validate=validate.OneOf(VISIBILITIES))


class ReaderOut(Out):
    """Somebody who may read it, and why."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    why = fields.String(required=True, metadata={"description": "holder, offered, admin or member"})


class ReadersOut(Out):
    """Who may read a conversation; of a public one nobody is named, for everybody may."""

    visibility = fields.String(required=True)
    items = fields.List(fields.Nested(ReaderOut), required=True)


class CountsOut(Out):
    """What wants the person's attention."""

    mine = fields.Integer(required=True, metadata={"description": "held by me, with something unread"})
    offers = fields.Integer(required=True)
    mentions = fields.Integer(required=True)
    unassigned = fields.Integer(required=True)
    internal = fields.Integer(required=True, metadata={"description": "with something unread"})
    team = fields.Boolean(required=True, metadata={"description": "news since it was last looked at"})
