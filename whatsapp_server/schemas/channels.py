"""The company's numbers."""

from typing import Any

from marshmallow import fields

from whatsapp_server.schemas.base import Time, identifier, page_of
from whatsapp_server.schemas.out import Out


class DeliveryOut(Out):
    """Whether Twilio takes our messages on a channel just now."""

    state = fields.String(required=True, metadata={"description": "ok or delayed"})
    since = Time(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class ChannelOut(Out):
    """One of our numbers."""

    id = identifier()
    address = fields.String(required=True)
    number = fields.Function(lambda channel: _number(channel), required=True, metadata={"type": "string"})
    name = fields.String(required=True)
    delivery = fields.Nested(DeliveryOut, required=True)
    version = fields.Integer(required=True)
    changed_at = Time(required=True)


def _number(channel: dict[str, Any]) -> str:
    return str(channel["address"]).removeprefix("whatsapp:")


ChannelPageOut = page_of(ChannelOut, "ChannelPageOut")
