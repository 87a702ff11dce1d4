"""Employees, signing in and tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from whatsapp_server import clock
from whatsapp_server.schemas.base import MAX_ID_CHARACTERS, Time, identifier, page_of
from whatsapp_server.schemas.messages import storable
from whatsapp_server.schemas.out import Out

ROLES = ("admin", "agent")
# Of which chats between colleagues one wants to be notified; the first is the default.
CHAT_NOTIFICATIONS = ("all", "mentions", "none")
MIN_PASSWORD_CHARACTERS = 10
MAX_PASSWORD_CHARACTERS = 200
MAX_ABSENCE = timedelta(days=2 * 365)


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("A name needs some text.")


def display_name(**options: Any) -> fields.String:
    """What a person or a team is called."""
    return fields.String(validate=[validate.Length(1, 80), _not_blank, storable], **options)


class ComingTime(Time):
    """A moment as long as it lies ahead, else null."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        ahead = isinstance(value, datetime) and value > clock.now()
        return super()._serialize(value, attr, obj, **kwargs) if ahead else None


class UserOut(Out):
    """An employee as colleagues see them."""

    id = identifier()
    name = fields.String(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True)
    active = fields.Boolean(required=True)
    absent_until = ComingTime(required=True, allow_none=True, dump_default=None, metadata={"description": "null when they are not absent"})
    busy = fields.Boolean(required=True, dump_default=False, metadata={"description": "by their own choice, kept until they take it back"})
    version = fields.Integer(required=True)
    changed_at = Time(required=True)


UserPageOut = page_of(UserOut, "UserPageOut")


class Notifications(Schema):
    """Of what a person wants to be notified."""

    chats = fields.String(
        required=True, validate=validate.OneOf(CHAT_NOTIFICATIONS), metadata={"description": "of chats between colleagues"}
    )


class MeOut(UserOut):
    """An employee as they see themselves."""

    notifications = fields.Nested(Notifications, required=True, dump_default={"chats": CHAT_NOTIFICATIONS[0]})
    team_seen_at = Time(dump_default=None, allow_none=True, metadata={"description": "when they last looked at the team's conversations"})


class UserChangeIn(Schema):
    """What is to change; the rest stays."""

    name = display_name()
    role = fields.String(validate=validate.OneOf(ROLES))


class WorkOut(Out):
    """How much of the customers' work is in somebody's hands."""

    held = fields.Integer(required=True, metadata={"description": "open conversations that they hold"})
    offered_to = fields.Integer(required=True, metadata={"description": "that wait for their word"})
    offered_by = fields.Integer(required=True, metadata={"description": "that they offered to others"})


class DeactivateIn(Schema):
    """To whom their work goes."""

    hand_to = fields.String(
        required=True,
        allow_none=True,
        validate=[validate.Length(max=MAX_ID_CHARACTERS), storable],
        metadata={"description": "somebody's id; null leaves it to nobody"},
    )


def _ahead(moment: datetime) -> None:
    if not clock.now() < moment < clock.now() + MAX_ABSENCE:
        raise ValidationError("This must be a coming day, within two years.")


class AbsenceIn(Schema):
    """Until when one is away."""

    until = fields.AwareDateTime(
        required=True,
        allow_none=True,
        format="iso",
        default_timezone=UTC,
        validate=_ahead,
        metadata={"description": "null: I am back"},
    )
    release = fields.Boolean(load_default=False, metadata={"description": "what I hold becomes nobody's"})


class BusyIn(Schema):
    """Whether one would rather not be disturbed."""

    busy = fields.Boolean(required=True)


class LoginIn(Schema):
    """What a person signs in with."""

    email = fields.String(required=True, validate=[validate.Length(1, 254), storable])
    password = fields.String(required=True, validate=[validate.Length(1, MAX_PASSWORD_CHARACTERS), storable])


class AccessOut(Out):
    """A short-lived access token and whose it is; the refresh token travels in a cookie that scripts cannot read."""

    access_token = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
    user = fields.Nested(MeOut, required=True)
