"""Employees, signing in and tokens."""

from marshmallow import Schema, fields, validate

from whatsapp_server.schemas.base import Time, identifier, page_of
from whatsapp_server.schemas.messages import storable

MAX_PASSWORD_CHARACTERS = 200


class UserOut(Schema):
    """An employee as colleagues see them."""

    id = identifier()
    name = fields.String(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True)
    active = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    changed_at = Time(required=True)


UserPageOut = page_of(UserOut, "UserPageOut")


class LoginIn(Schema):
    """What a person signs in with."""

    email = fields.String(required=True, validate=[validate.Length(1, 254), storable])
    password = fields.String(required=True, validate=[validate.Length(1, MAX_PASSWORD_CHARACTERS), storable])


class AccessOut(Schema):
    """A short-lived access token and whose it is; the refresh token travels in a cookie that scripts cannot read."""

    access_token = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
    user = fields.Nested(UserOut, required=True)
