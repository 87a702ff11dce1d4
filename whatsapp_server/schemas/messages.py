"""Messages, coming out and going in."""

from marshmallow import Schema, ValidationError, fields, validate

from whatsapp_server.schemas.base import MAX_ID_CHARACTERS, AuthorOut, PageIn, Time, identifier, page_of
from whatsapp_server.schemas.out import Out

# Twilio refuses longer ones (21617).
MAX_BODY_CHARACTERS = 1600
KINDS_WRITTEN = ("text", "note")
MAX_MENTIONS = 50


class MediaOut(Out):
    """A file that came with a message."""

    content_type = fields.String(required=True)


class DeliveryErrorOut(Out):
    """Why a message did not arrive: Twilio's number, or a word of ours, and what Twilio said (English, for the technically minded)."""

    code = fields.String(required=True)
    detail = fields.String(required=True)


KINDS = "text, image, video, audio, document, location, contact, sticker, interactive, unsupported, note or event"
STATUSES = (
    "inbound: received; internal: posted; outbound: queued, sending, unknown, sent, delivered, read, failed, undelivered or discarded"
)


class MessageOut(Out):
    """One message of a conversation, the same for everybody who may read it."""

    id = identifier()
    sid = fields.String(required=True, allow_none=True, metadata={"description": "Twilio's, null until known"})
    conversation_id = fields.String(required=True)
    seq = fields.Integer(required=True, metadata={"description": "from 1, without holes"})
    inbound_count = fields.Integer(required=True, metadata={"description": "how many messages the customer had written with this one"})
    direction = fields.String(required=True, metadata={"description": "inbound, outbound, or internal: for colleagues alone"})
    kind = fields.String(required=True, metadata={"description": KINDS})
    author = fields.Nested(AuthorOut, required=True, allow_none=True)
    body = fields.String(required=True)
    mentions = fields.List(fields.String(), dump_default=[], metadata={"description": "ids of the people whom a note names"})
    media = fields.List(fields.Nested(MediaOut), required=True)
    details = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    status = fields.String(required=True, metadata={"description": STATUSES})
    status_times = fields.Dict(keys=fields.String(), values=Time(), required=True)
    error = fields.Nested(DeliveryErrorOut, required=True, allow_none=True)
    attempt = fields.Integer(required=True, metadata={"description": "how often it was handed to Twilio"})
    client_id = fields.String(required=True, allow_none=True, metadata={"description": "made by the tab that wrote it; null when inbound"})
    created_at = Time(required=True)
    version = fields.Integer(required=True, metadata={"description": "raised by every change: keep the higher"})
    changed_at = Time(required=True)


MessagePageOut = page_of(MessageOut, "MessagePageOut")


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("A message needs some text.")


def storable(text: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError("This text holds characters that cannot be sent.")


class MessageCreateIn(Schema):
    """A reply, a note for colleagues, or a word in their own chat.

    `client_id` is made by the client: repeating it returns the first one's message instead of sending twice. `last_seen_seq`: a reply
    is refused when a colleague answered after it, and a `delayed` one, written some time ago, when anybody wrote. `take_over_from`: who
    is known to hold the conversation and may lose it.
    """

    client_id = fields.String(required=True, validate=[validate.Length(1, MAX_ID_CHARACTERS), storable])
    body = fields.String(required=True, validate=[_not_blank, storable, validate.Length(max=MAX_BODY_CHARACTERS)])
    kind = fields.String(load_default="text", validate=validate.OneOf(KINDS_WRITTEN))
    mentions = fields.List(
        fields.String(validate=[validate.Length(1, MAX_ID_CHARACTERS), storable]),
        load_default=[],
        validate=validate.Length(max=MAX_MENTIONS),
    )
    last_seen_seq = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 2**31 - 1))
    take_over_from = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])
    with_name = fields.Boolean(load_default=False)
    delayed = fields.Boolean(load_default=False)


class MessageRetryIn(Schema):
    """`accept_duplicate` says that the person knows an unknown message may arrive twice."""

    accept_duplicate = fields.Boolean(load_default=False)


class MessagePageIn(PageIn):
    """Newest first."""
