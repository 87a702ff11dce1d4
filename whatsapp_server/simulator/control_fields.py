"""Reads the JSON body of a control request, field by field, with a sentence for what is wrong."""

import math
from dataclasses import dataclass
from typing import Any

from flask import request

from whatsapp_server.simulator.errors import ControlError

REQUIRED = object()


@dataclass(frozen=True)
class Fields:
    """The members of one JSON object. Every reader raises ControlError `bad_field`."""

    members: dict[str, Any]

    @classmethod
    def of_request(cls) -> "Fields":
        """The body of this request; an empty body is an empty object."""
        if not request.get_data():
            return cls({})
        if not request.is_json:
            raise ControlError("not_json", "Send JSON, with Content-Type: application/json.", 415)
        members = request.get_json(silent=True)
        if not isinstance(members, dict):
            raise ControlError("not_json", "The body must be one JSON object.")
        return cls(members)

    def text(self, name: str, default: Any = REQUIRED) -> str:
        """A string; null counts as absent."""
        value = self._value(name, default)
        if not isinstance(value, str):
            raise _wrong(name, "a string")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise _wrong(name, "true or false")
        return value

    def number(self, name: str, default: Any = REQUIRED) -> float:
        """A finite number."""
        value = self._value(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _wrong(name, "a number")
        return float(value)

    def whole(self, name: str, default: Any = REQUIRED, low: float = -math.inf, high: float = math.inf) -> int:
        """A whole number within [low, high]."""
        value = self._value(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            bounds = f" from {low} to {high}" if math.isfinite(low) else ""
            raise _wrong(name, f"a whole number{bounds}")
        return value

    def whole_or_none(self, name: str) -> int | None:
        """A whole number, or None when it is absent or null."""
        return None if self.members.get(name) is None else self.whole(name)

    def group(self, name: str) -> dict[str, Any]:
        """An object; empty when it is absent."""
        value = self._value(name, {})
        if not isinstance(value, dict):
            raise _wrong(name, "an object")
        return value

    def is_null(self, name: str) -> bool:
        """Whether the member is there and null."""
        return name in self.members and self.members[name] is None

    def _value(self, name: str, default: Any) -> Any:
        value = self.members.get(name)
        if value is not None:
            return value
        if default is REQUIRED:
            raise ControlError("bad_field", f"{name} is missing.")
        return default


def _wrong(name: str, wanted: str) -> ControlError:
    return ControlError("bad_field", f"{name} must be {wanted}.")
