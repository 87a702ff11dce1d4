"""Colleagues' own chats, going in; they come out as conversations."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from whatsapp_server.schemas.base import MAX_ID_CHARACTERS
from whatsapp_server.schemas.messages import storable

MAX_MEMBERS = 200
MAX_TITLE_CHARACTERS = 80


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("A group needs a name.")


def _title(*, required: bool) -> fields.String:
    checks: list[Callable[[str], Any]] = [validate.Length(max=MAX_TITLE_CHARACTERS), storable, _not_blank]
    return fields.String(required=True, validate=checks) if required else fields.String(load_default=None, allow_none=True, validate=checks)


def _people() -> fields.List:
    one = fields.String(validate=[validate.Length(1, MAX_ID_CHARACTERS), storable])
    return fields.List(one, required=True, validate=validate.Length(1, MAX_MEMBERS))


class ChatStartIn(Schema):
    """With whom; with a name it is a group, without one the chat of two."""

    member_ids = _people()
    title = _title(required=False)


class ChatMembersIn(Schema):
    """Who joins."""

    add = _people()


class ChatRenameIn(Schema):
    """A group's name."""

    title = _title(required=True)


class ChatDeliveredIn(Schema):
    """The newest message that has reached this tab."""

    seq = fields.Integer(required=True, validate=validate.Range(0, 2**31 - 1))
