"""Opaque cursors: where a page ended, in a form that a client hands back unread."""

import base64
import json
from typing import Any

from whatsapp_server import errors


def encode(*position: Any) -> str:
    """The cursor of a position, whose parts are JSON values."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type, field: str = "cursor") -> list[Any]:
    """The position in `cursor`, its parts of just these types; raises Invalid, naming the input `field`, when it is not one of ours."""
    refused = errors.Invalid(errors={field: ["This is not a cursor of this list."]})
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        json.dumps(position, ensure_ascii=False).encode()  # half a surrogate pair is no text that the database takes
    except ValueError as error:
        raise refused from error
    if not isinstance(position, list) or [type(part) for part in position] != list(kinds):
        raise refused
    if any(isinstance(part, int) and abs(part) > 2**53 for part in position):
        raise refused
    return position
