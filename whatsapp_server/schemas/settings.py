"""The workspace's settings, coming out and going in."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from whatsapp_server.schemas.base import Time
from whatsapp_server.schemas.messages import storable

NAME_PREFIXES = ("off", "optional", "forced")
VISIBILITIES = ("public", "private")
ASSIGNERS = ("admins", "everyone")
REOPEN_TO = ("holder", "nobody")
MAX_HOURS = 30 * 24
MAX_DAYS = 365
# Of working time: much more would end in another year.
MAX_OFFER_MINUTES = 24 * 60
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _time_of_day(text: str) -> None:
    if not _TIME_OF_DAY.fullmatch(text):
        raise ValidationError("This is not a time of day such as 09:00.")


def _timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError("This is not a time zone such as America/Sao_Paulo.") from error


class WorkingHours(Schema):
    """When the company works: the same hours on each of its days, not past midnight."""

    timezone = fields.String(required=True, validate=[validate.Length(1, 64), storable, _timezone])
    days = fields.List(
        fields.Integer(validate=validate.Range(0, 6), strict=True),
        required=True,
        validate=validate.Length(1, 7),
        metadata={"description": "0 is Monday, 6 is Sunday"},
    )
    opens = fields.String(required=True, data_key="from", attribute="from", validate=_time_of_day, metadata={"description": "HH:MM"})
    closes = fields.String(required=True, data_key="to", attribute="to", validate=_time_of_day, metadata={"description": "HH:MM"})

    @validates_schema
    def _in_order(self, given: dict[str, Any], **_: Any) -> None:
        if given["from"] >= given["to"]:
            raise ValidationError("Work must begin before it ends.", "from")


class SettingsIn(Schema):
    """What is to change; the rest stays."""

    name_prefix = fields.String(validate=validate.OneOf(NAME_PREFIXES))
    new_visibility = fields.String(validate=validate.OneOf(VISIBILITIES))
    assign_without_acceptance = fields.String(validate=validate.OneOf(ASSIGNERS))
    reopen_to = fields.String(validate=validate.OneOf(REOPEN_TO))
    reopen_hours = fields.Integer(validate=validate.Range(1, MAX_HOURS), strict=True)
    offer_minutes = fields.Integer(
        validate=validate.Range(1, MAX_OFFER_MINUTES), strict=True, metadata={"description": "how long an offer stands, in working time"}
    )
    working_hours = fields.Nested(WorkingHours, allow_none=True, metadata={"description": "null: round the clock"})
    auto_finish_days = fields.Integer(
        allow_none=True, validate=validate.Range(1, MAX_DAYS), strict=True, metadata={"description": "null: never"}
    )
    auto_release_hours = fields.Integer(
        allow_none=True, validate=validate.Range(1, MAX_HOURS), strict=True, metadata={"description": "null: never"}
    )


class SettingsOut(SettingsIn):
    """How the company wants its inbox to work."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:
        """An answer holds them all."""
        field_obj.required = True

    version = fields.Integer()
    changed_at = Time()
