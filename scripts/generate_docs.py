"""Writes docs/events.md from whatsapp_server/events/catalog.py: `make docs`. A test holds that the file is current."""

import sys
from collections.abc import Iterator
from pathlib import Path

from marshmallow import Schema, fields

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from whatsapp_server.events import catalog  # noqa: E402
from whatsapp_server.schemas.base import Time  # noqa: E402

EVENTS_PAGE = ROOT / "docs" / "events.md"
INTRODUCTION = """\
# Live events

<!-- Written by scripts/generate_docs.py from whatsapp_server/events/catalog.py; `make docs` writes it anew. -->

What the server tells open tabs over Socket.IO, at the default path `/socket.io`. Connect with `auth: {token: <access token>}`. A
refused connection answers `connect_error`, whose `message` and `data.code` are `token_missing`, `token_invalid`, `token_expired` or
`session_ended`.

An event is a courtesy and the database is the record: events may be lost, doubled or reordered. So a client keeps the document with
the higher `version`, orders messages by `seq`, and asks `GET /api/sync` what it missed: whenever it connects, whenever it hears
`sync.required`, and about once a minute.
"""
WORDS = ((Time, "time"), (fields.Boolean, "boolean"), (fields.Integer, "integer"), (fields.Float, "number"))


def render_events() -> str:
    """The text of docs/events.md."""
    rows = [f"| [`{event.name}`](#{_anchor(event)}) | {event.meaning} | {event.audience} |" for event in catalog.ALL]
    index = "\n".join(["| event | meaning | who hears it |", "|---|---|---|", *rows])
    events = [_event(event) for event in catalog.ALL]
    shapes = [_shape(schema) for schema in _nested_in(*(event.payload for event in catalog.ALL))]
    times = "A `time` is ISO 8601 in UTC with milliseconds: `2026-01-31T12:00:00.000Z`. Ids are 24 hex digits."
    return "\n\n".join([INTRODUCTION + "\n" + index, *events, "## Shapes", times, *shapes]) + "\n"


def _anchor(event: catalog.Event) -> str:
    return event.name.replace(".", "")


def _event(event: catalog.Event) -> str:
    return f"## {event.name}\n\n{event.meaning} It goes to {event.audience}.\n\n{_table(event.payload)}"


def _shape(schema: Schema) -> str:
    meaning = (type(schema).__doc__ or "").strip()
    return f"### {_name(schema)}\n\n{meaning}\n\n{_table(schema)}"


def _name(schema: Schema) -> str:
    return type(schema).__name__.removesuffix("Out")


def _table(schema: Schema) -> str:
    if not schema.fields:
        return "Its payload is `{}`."
    rows = ["| member | type | |", "|---|---|---|"]
    for name, field in schema.fields.items():
        rows.append(f"| `{name}` | {_type(field)} | {field.metadata.get('description', '')} |")
    return "\n".join(rows)


def _type(field: fields.Field) -> str:
    return _plain_type(field) + (" or null" if field.allow_none else "")


def _plain_type(field: fields.Field) -> str:
    if isinstance(field, fields.Nested):
        name = _name(field.schema)
        return f"[{name}](#{name.lower()})"
    if isinstance(field, fields.List):
        return f"list of {_plain_type(field.inner)}"
    if isinstance(field, fields.Dict):
        inner = _plain_type(field.value_field) if field.value_field else "anything"
        return f"{{name: {inner}}}"
    return next((word for kind, word in WORDS if isinstance(field, kind)), "string")


def _nested_in(*schemas: Schema) -> Iterator[Schema]:
    """Every schema inside `schemas`, at any depth, each once, in the order in which a reader meets them."""
    seen: set[type[Schema]] = set()
    waiting = list(schemas)
    while waiting:
        for field in waiting.pop(0).fields.values():
            inner = field.inner if isinstance(field, fields.List) else field
            inner = field.value_field if isinstance(field, fields.Dict) else inner
            if isinstance(inner, fields.Nested) and type(inner.schema) not in seen:
                seen.add(type(inner.schema))
                waiting.append(inner.schema)
                yield inner.schema


if __name__ == "__main__":
    EVENTS_PAGE.write_text(render_events(), encoding="utf-8")
    sys.stdout.write(f"{EVENTS_PAGE.relative_to(ROOT)} is written.\n")
