"""What goes out is what marshmallow itself would make of it, whatever the document holds or lacks."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from marshmallow import Schema, fields

from whatsapp_server.events import catalog
from whatsapp_server.schemas import channels, chats, conversations, invites, messages, sync, teams, users
from whatsapp_server.schemas import settings as workspace
from whatsapp_server.schemas.base import Time
from whatsapp_server.schemas.out import Out

MODULES = (catalog, channels, chats, conversations, invites, messages, sync, teams, users, workspace)
SCHEMAS = sorted(
    {one for module in MODULES for one in vars(module).values() if isinstance(one, type) and issubclass(one, Out) and one is not Out},
    key=lambda one: one.__name__,
)
MOMENT = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)
# Lacking, null, or a value.
LACKS, NULL = 0.15, 0.15
DOCUMENTS = 60


def value_of(field: Any, chance: random.Random) -> Any:
    """What a document may hold for a field."""
    if isinstance(field, fields.Nested):
        inner = field.schema
        return [document(inner, chance) for _ in range(2)] if field.many else document(inner, chance)
    if isinstance(field, fields.List):
        return [value_of(field.inner, chance) for _ in range(chance.randrange(3))]
    if isinstance(field, fields.Dict):
        return {key: value_of(field.value_field, chance) if field.value_field else key for key in ("a", "b")[: chance.randrange(3)]}
    if isinstance(field, Time):
        return MOMENT + timedelta(milliseconds=chance.randrange(10**9))
    kinds = {fields.Integer: (0, 7, True, "7"), fields.Boolean: (True, False), fields.String: ("", "Olá", 7)}
    return chance.choice(kinds.get(type(field), ("Olá",)))


def document(schema: Schema, chance: random.Random) -> dict[str, Any]:
    """A document that may lack anything, or hold null, but what the schema's own functions need."""
    found: dict[str, Any] = {}
    for name, field in schema.dump_fields.items():
        if isinstance(field, fields.Function):
            found["address"] = "whatsapp:+551100000000"
        elif chance.random() >= LACKS or name == "items":  # for want of that marshmallow takes the dictionary's method
            found.setdefault(field.attribute or name, None if chance.random() < NULL else value_of(field, chance))
    return found


def test_there_are_shapes_to_compare() -> None:
    assert len(SCHEMAS) > 30


@pytest.mark.parametrize("kind", SCHEMAS, ids=lambda one: one.__name__)
def test_it_is_as_marshmallow_has_it(kind: type[Out]) -> None:
    schema, chance = kind(), random.Random(kind.__name__)
    for one in (document(schema, chance) for _ in range(DOCUMENTS)):
        assert schema.dump(one) == Schema.dump(schema, one)
        assert schema.dump([one, one], many=True) == Schema.dump(schema, [one, one], many=True)
