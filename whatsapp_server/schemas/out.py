"""What goes out: dumped as marshmallow does it, from plain documents, in a fraction of its time.

Every live event and every list waits for a dump. marshmallow asks each field anew how to get at its value and what to make of it; here that
is found out once for each schema. Fields of a kind that is not known here, and objects that are no mappings, take its own way.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from marshmallow import Schema, fields, missing

Writer = Callable[[Any], Any]


class Out(Schema):
    """A shape that goes out."""

    @cached_property
    def _plan(self) -> list[tuple[str, str, fields.Field[Any], Writer | None]]:
        """(name in the answer, name in the document, field, what makes the one of the other; None: the field's own way)."""
        return [(field.data_key or name, field.attribute or name, field, _writer(field)) for name, field in self.dump_fields.items()]

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """`obj` (a document, or with `many` several) as plain JSON values."""
        if self.many if many is None else many:
            return [self.dump(one, many=False) for one in obj]
        if not isinstance(obj, Mapping):
            return super().dump(obj, many=False)
        dumped = {}
        for key, attribute, field, write in self._plan:
            if write is None:
                value = field.serialize(attribute, obj, accessor=self.get_attribute)
            else:
                value = obj.get(attribute, missing)
                if value is missing:
                    default = field.dump_default
                    value = default() if callable(default) else default
                if value is not None and value is not missing:
                    value = write(value)
            if value is not missing:
                dumped[key] = value
        return dumped


def _writer(field: fields.Field[Any]) -> Writer | None:
    kind = type(field)
    if kind is fields.String:
        return _text
    if kind is fields.Integer:
        return _number
    if kind is fields.Boolean:
        return _same
    if kind is fields.Nested and not field.many:  # type: ignore[attr-defined]
        schema = field.schema  # type: ignore[attr-defined]
        return schema.dump if not schema.many else None
    if kind is fields.List:
        return _each(_writer(field.inner))  # type: ignore[attr-defined]
    if kind is fields.Dict:
        return _values(field)
    return _own_way(field) if field._CHECK_ATTRIBUTE else None


def _text(value: Any) -> str:
    return value if type(value) is str else str(value)


def _number(value: Any) -> int:
    return value if type(value) is int else int(value)


def _same(value: Any) -> Any:
    return value


def _each(write: Writer | None) -> Writer | None:
    if write is None:
        return None
    return lambda values: [None if one is None else write(one) for one in values]


def _values(field: Any) -> Writer:
    write = _writer(field.value_field) if field.value_field else None
    if write is None or type(field.key_field) not in (type(None), fields.String):
        return _own_way(field)
    known = write
    return lambda values: {key: None if one is None else known(one) for key, one in values.items()}


def _own_way(field: fields.Field[Any]) -> Writer:
    return lambda value: field._serialize(value, None, None)
