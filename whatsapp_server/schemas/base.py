"""What every shape shares: how a time is written, how a list is asked for and answered, and the one shape of an error."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import INCLUDE, Schema, fields, pre_load, validate

from whatsapp_server import clock
from whatsapp_server.schemas.out import Out

MAX_LIMIT = 100
DEFAULT_LIMIT = 30
MAX_ID_CHARACTERS = 64
# Whatever a document of ours may be called.
ID_PATTERN = f"[0-9A-Za-z]{{1,{MAX_ID_CHARACTERS}}}"


class Time(fields.DateTime):
    """A moment as ISO 8601 UTC with milliseconds."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return clock.iso(value) if isinstance(value, datetime) else None


def identifier() -> fields.String:
    """A document's `_id`, shown as `id`."""
    return fields.String(attribute="_id", required=True, metadata={"description": "24 hex digits"})


class AuthorOut(Out):
    """Who of ours wrote something, as they were called then."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class PageIn(Schema):
    """How much of a list, from where."""

    cursor = fields.String(metadata={"description": "the `next` of the page before"}, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(1, MAX_LIMIT))

    @pre_load
    def _without_blanks(self, given: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """`?cursor=` says the same as no cursor."""
        return {name: value for name, value in given.items() if value != ""}


def page_of(schema: type[Schema], name: str) -> type[Schema]:
    """The schema of a list of `schema`: {items, next}."""
    members = {
        "items": fields.List(fields.Nested(schema), required=True),
        "next": fields.String(required=True, allow_none=True, metadata={"description": "null at the end"}),
    }
    return type(name, (Out,), members)


class ProblemOut(Schema):
    """Every error's shape (RFC 9457): `code` is for programs, `detail` a sentence in the language of Accept-Language.

    Some codes have members of their own, such as window_closed's `window_closes_at`.
    """

    class Meta:
        """Documented as open to further members."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), metadata={"description": "sentences by input field"})
