"""Teams, coming out and going in."""

from typing import Any

from marshmallow import Schema, fields, validate

from whatsapp_server.schemas.base import MAX_ID_CHARACTERS, Time, identifier, page_of
from whatsapp_server.schemas.messages import storable
from whatsapp_server.schemas.out import Out
from whatsapp_server.schemas.users import display_name

MAX_MEMBERS = 500


class TeamOut(Out):
    """A line of people."""

    id = identifier()
    name = fields.String(required=True)
    member_ids = fields.List(fields.String(), required=True)
    active = fields.Boolean(required=True, metadata={"description": "false once it is removed"})
    version = fields.Integer(required=True)
    changed_at = Time(required=True)


TeamPageOut = page_of(TeamOut, "TeamPageOut")


def _members(**options: Any) -> fields.List:
    person = fields.String(validate=[validate.Length(max=MAX_ID_CHARACTERS), storable])
    return fields.List(person, validate=validate.Length(max=MAX_MEMBERS), **options)


class TeamCreateIn(Schema):
    """A new team."""

    name = display_name(required=True)
    member_ids = _members(load_default=list)


class TeamChangeIn(Schema):
    """What is to change; the rest stays."""

    name = display_name()
    member_ids = _members()
