"""Build the index by which it is forgotten which browser alerted whom."""

from typing import Any

from pymongo.database import Database

from migrations_scripts import m0001_indexes


def up(db: Database[Any], *, dry_run: bool) -> list[str]:
    """Nothing else is to be changed."""
    return m0001_indexes.up(db, dry_run=dry_run)
