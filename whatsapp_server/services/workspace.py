"""The workspace's settings, and time as its working hours count it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from whatsapp_server import access, clock
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import WorkspaceSettings
from whatsapp_server.models.base import Doc, changed, insert_synced
from whatsapp_server.models.workspace_settings import WORKSPACE

DEFAULTS: Doc = {
    "name_prefix": "forced",
    "new_visibility": "public",
    "assign_without_acceptance": "admins",
    "reopen_to": "holder",
    "reopen_hours": 24,
    "offer_minutes": 30,
    "working_hours": None,
    "auto_finish_days": None,
    "auto_release_hours": None,
    "admin_epoch": 0,
    "admin_change": None,
}
REMEMBER_SECONDS = 1.0

# (the settings, until when by the monotonic clock), of this process.
_remembered: tuple[Doc, float] | None = None


def current() -> Doc:
    """The settings as they stand; what another process changed is known here a second later. Not to be written to."""
    if _remembered and clock.monotonic() < _remembered[1]:
        return _remembered[0]
    return _remember(stored())


def stored() -> Doc:
    """The settings as the database has them, made with their defaults when they were never asked for."""
    found = WorkspaceSettings.raw().find_one({"_id": WORKSPACE})
    if found is None:
        found = insert_synced(WorkspaceSettings.journaled(), {**DEFAULTS, "_id": WORKSPACE, "created_at": clock.now()})
    return found


def change(news: Doc) -> Doc:
    """Set what `news` holds, all at once, and tell everybody; the settings after it come back."""
    stored()
    after = WorkspaceSettings.journaled().find_one_and_update({"_id": WORKSPACE}, changed(set=news), return_document=True)
    assert after is not None  # it is never removed
    publisher.publish(catalog.SETTINGS_UPDATED, {"settings": after}, access.STAFF)
    return _remember(after)


def _remember(found: Doc) -> Doc:
    """Keep `found` for a while, unless a newer one came while it was being read."""
    global _remembered
    present = clock.monotonic()
    if _remembered and present < _remembered[1] and _remembered[0]["version"] > found["version"]:
        return _remembered[0]
    _remembered = (found, present + REMEMBER_SECONDS)
    return found


def working_deadline(begin: datetime, minutes: int, working_hours: Doc | None) -> datetime:
    """The moment at which `minutes` have passed since `begin`, counting only working hours; round the clock without any."""
    remaining = timedelta(minutes=minutes)
    if working_hours is None:
        return begin + remaining
    day = begin.astimezone(ZoneInfo(working_hours["timezone"])).date()
    while True:
        opens, closes = _hours_of(day, working_hours)
        start = max(begin, opens)
        if day.weekday() in working_hours["days"] and start < closes:
            if start + remaining <= closes:
                return start + remaining
            remaining -= closes - start
        day += timedelta(days=1)


def _hours_of(day: date, working_hours: Doc) -> tuple[datetime, datetime]:
    """From when to when work is done on `day`, in UTC: so that hours are counted as they pass, also where the clocks change."""
    zone = ZoneInfo(working_hours["timezone"])
    opens, closes = (datetime.combine(day, time.fromisoformat(working_hours[end]), zone) for end in ("from", "to"))
    return opens.astimezone(UTC), closes.astimezone(UTC)
