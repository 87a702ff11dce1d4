"""Build the indexes by which tabs catch up: what changed since, and who lost sight of what."""

from typing import Any

from pymongo.database import Database

from migrations_scripts import m0001_indexes


def up(db: Database[Any], *, dry_run: bool) -> list[str]:
    """What was not there before is asked for anew by whoever needs it: nothing else is to be changed."""
    return m0001_indexes.up(db, dry_run=dry_run)
