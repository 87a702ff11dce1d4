"""Links to join by, coming out and going in."""

from typing import Any

from marshmallow import Schema, fields, validate

from whatsapp_server.schemas.base import PageIn, Time, page_of
from whatsapp_server.schemas.messages import storable
from whatsapp_server.schemas.out import Out
from whatsapp_server.schemas.users import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS, ROLES, display_name

MAX_TOKEN_CHARACTERS = 200


class InviteOut(Out):
    """A link by which one person may join, once."""

    id = fields.String(attribute="_id", required=True)
    role = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    created_at = Time(required=True)
    expires_at = Time(required=True)
    used_at = Time(required=True, allow_none=True)


class NewInviteOut(InviteOut):
    """A link when it is made: the only time that it can be copied."""

    url = fields.String(required=True)


InvitePageOut = page_of(InviteOut, "InvitePageOut")


class InvitePageIn(PageIn):
    """Newest first."""


def _email(**options: Any) -> fields.Email:
    return fields.Email(validate=[validate.Length(max=254), storable], **options)


class InviteCreateIn(Schema):
    """Who is invited; name and e-mail are suggestions that they may change."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    name = display_name(load_default=None, allow_none=True)
    email = _email(load_default=None, allow_none=True)


class InvitationLookIn(Schema):
    """What a link holds."""

    token = fields.String(required=True, validate=[validate.Length(1, MAX_TOKEN_CHARACTERS), storable])


class InvitationOut(Out):
    """What somebody is invited to."""

    role = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    expires_at = Time(required=True)


class InvitationAcceptIn(InvitationLookIn):
    """Who joins."""

    name = display_name(required=True)
    email = _email(required=True)
    password = fields.String(required=True, validate=[validate.Length(MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS), storable])
