"""The only source of time and of ids, so that a test can move it.

`CLOCK_OFFSET_FILE` names a file that holds seconds to add to the clock; it is honoured in the demo alone (see config.py) and lets
a trainer or a test close a customer's 24-hour window without waiting a day.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bson import ObjectId

_offset_file: Path | None = None


def use_offset_file(path: Path | None) -> None:
    """Read the clock's offset (seconds, a float) from `path` at every call; None goes back to the true time."""
    global _offset_file
    _offset_file = path


def _offset() -> timedelta:
    if _offset_file is None or not _offset_file.exists():
        return timedelta(0)
    return timedelta(seconds=float(_offset_file.read_text() or 0))


def now() -> datetime:
    """The present as aware UTC, cut to milliseconds, which is what MongoDB stores."""
    present = datetime.now(UTC) + _offset()
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def monotonic() -> float:
    """Seconds that never go back, for leases and time-outs inside one process."""
    return time.monotonic()


def new_id() -> str:
    """A fresh id: 24 hex digits, roughly in order of time."""
    return str(ObjectId())


def iso(moment: datetime) -> str:
    """`moment` as ISO 8601 UTC with milliseconds, e.g. 2026-01-31T14:02:09.120Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_milliseconds(count: int) -> datetime:
    """The moment `count` milliseconds after 1970 began; one beyond the calendar becomes its end."""
    try:
        return datetime.fromtimestamp(count / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)
