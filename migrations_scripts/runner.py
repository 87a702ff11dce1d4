"""Runs the pending scripts in the order of their numbers, once each, and records them in `migrations`."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import structlog
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from migrations_scripts.errors import (
    LockLost,
    MigrationError,
    MigrationFailed,
    MigrationsLocked,
    SchemaTooNew,
)
from migrations_scripts.lock import LEASE_SECONDS, WAIT_SECONDS, MigrationLock
from whatsapp_server.clock import monotonic

__all__ = [
    "Applied",
    "LockLost",
    "MigrationError",
    "MigrationFailed",
    "MigrationsLocked",
    "SchemaTooNew",
    "Script",
    "ScriptStatus",
    "known_scripts",
    "pending",
    "refuse_newer_schema",
    "run_pending",
    "status",
]

COLLECTION = "migrations"
MODULE_NAME = re.compile(r"m(\d{4})_([a-z0-9_]+)")

log = structlog.get_logger(__name__)


class Up(Protocol):
    """What a script does; it has to be idempotent."""

    def __call__(self, db: Database[Any], *, dry_run: bool) -> list[str]:
        """Change `db` (not in a dry run) and return a line for each thing that was, or would be, done."""


@dataclass(frozen=True)
class Script:
    """One numbered script; numbers have four digits, so that they sort as text."""

    number: str
    name: str
    description: str
    up: Up


@dataclass(frozen=True)
class Applied:
    """A script that has just run (or would run, in a dry run), with the lines it returned."""

    number: str
    name: str
    seconds: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class ScriptStatus:
    """Where a script stands. `unknown`: the database has it, this version of the server does not."""

    number: str
    name: str
    description: str
    state: Literal["applied", "pending", "unknown"]
    applied_at: datetime | None
    seconds: float | None


def known_scripts() -> list[Script]:
    """The scripts of this folder in the order of their numbers. Raises MigrationError when two share one."""
    found: dict[str, Script] = {}
    for module_info in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if match := MODULE_NAME.fullmatch(module_info.name):
            number, name = match.groups()
            if number in found:
                raise MigrationError(f"Two migration scripts have the number {number}: rename one of them.")
            module = importlib.import_module(f"{__package__}.{module_info.name}")
            description = (module.__doc__ or "").strip().partition("\n")[0]
            found[number] = Script(number, name, description, module.up)
    return [found[number] for number in sorted(found)]


def pending(db: Database[Any], scripts: Sequence[Script] | None = None) -> list[Script]:
    """What has not been recorded as run, in order; `scripts` is known_scripts() unless given."""
    recorded = {row["_id"] for row in db[COLLECTION].find({}, {"_id": 1})}
    return [script for script in _ordered(scripts) if script.number not in recorded]


def status(db: Database[Any], scripts: Sequence[Script] | None = None) -> list[ScriptStatus]:
    """Every script that this server or the database knows, in order."""
    known = {script.number: script for script in _ordered(scripts)}
    recorded = {row["_id"]: row for row in db[COLLECTION].find()}
    rows = []
    for number in sorted(known.keys() | recorded.keys()):
        script, record = known.get(number), recorded.get(number, {})
        state: Literal["applied", "pending", "unknown"] = "applied" if record else "pending"
        rows.append(
            ScriptStatus(
                number,
                script.name if script else record["name"],
                script.description if script else "",
                state if script else "unknown",
                record.get("applied_at"),
                record.get("seconds"),
            )
        )
    return rows


def refuse_newer_schema(db: Database[Any], scripts: Sequence[Script] | None = None) -> None:
    """Raises SchemaTooNew when the database has a higher script than the highest one known here."""
    highest_known = max((script.number for script in _ordered(scripts)), default="0000")
    newest = db[COLLECTION].find_one({"_id": {"$gt": highest_known}}, sort=[("_id", -1)])
    if newest:
        raise SchemaTooNew(
            f"The database {db.name} was migrated to {newest['_id']} ({newest['name']}) by a newer server, and "
            f"this one knows no more than {highest_known}: update the server, or restore the copy of the database "
            "from before the update."
        )


def run_pending(
    db: Database[Any],
    *,
    dry_run: bool = False,
    scripts: Sequence[Script] | None = None,
    on_applied: Callable[[Applied], None] | None = None,
    lease_seconds: float = LEASE_SECONDS,
    wait_seconds: float = WAIT_SECONDS,
) -> list[Applied]:
    """Run what is pending, each script once however many processes ask, and return what ran.

    A dry run takes no lock and writes nothing. `on_applied` hears of each script as soon as it is recorded.
    Raises SchemaTooNew, MigrationsLocked (another process did not finish in `wait_seconds`), MigrationFailed
    (the scripts before the failed one stay recorded) and LockLost; after these two, running again is fine.
    """
    scripts = _ordered(scripts)
    tell = on_applied or _tell_nobody
    refuse_newer_schema(db, scripts)
    todo = pending(db, scripts)
    if dry_run:
        return [_told(_apply(db, script, dry_run=True), tell) for script in todo]
    if not todo:
        return []
    done = []
    with MigrationLock(db, lease_seconds=lease_seconds, wait_seconds=wait_seconds) as lock:
        refuse_newer_schema(db, scripts)  # whoever held the lock may have been a newer version
        for script in pending(db, scripts):
            lock.require()
            applied = _apply(db, script, dry_run=False)
            lock.require()
            _record(db, applied)
            done.append(_told(applied, tell))
    return done


def _ordered(scripts: Sequence[Script] | None) -> list[Script]:
    return known_scripts() if scripts is None else sorted(scripts, key=lambda script: script.number)


def _apply(db: Database[Any], script: Script, *, dry_run: bool) -> Applied:
    began = monotonic()
    try:
        lines = script.up(db, dry_run=dry_run)
    except Exception as error:
        log.exception("migration.failed", number=script.number, name=script.name)
        raise MigrationFailed(
            f"The migration {script.number} ({script.name}) failed with {type(error).__name__}: {error}. "
            "It is not recorded as done: remove the cause and run the migrations again."
        ) from error
    return Applied(script.number, script.name, monotonic() - began, tuple(lines))


def _record(db: Database[Any], applied: Applied) -> None:
    # The journal is written in order, so once this is on disk everything that the script wrote is too.
    records = db.get_collection(COLLECTION, write_concern=WriteConcern(w="majority", j=True))
    records.update_one(
        {"_id": applied.number},
        {
            "$set": {"name": applied.name, "seconds": round(applied.seconds, 3)},
            "$currentDate": {"applied_at": True},
        },
        upsert=True,
    )
    log.info("migration.applied", number=applied.number, name=applied.name, seconds=round(applied.seconds, 3))


def _tell_nobody(_applied: Applied) -> None:
    """What stands in for a missing `on_applied`."""


def _told(applied: Applied, tell: Callable[[Applied], None]) -> Applied:
    tell(applied)
    return applied
