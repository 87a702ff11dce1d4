"""`python -m migrations_scripts run [--dry-run]` and `status`, on the database that the server would use."""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from migrations_scripts.errors import MigrationError
from migrations_scripts.runner import Applied, ScriptStatus, run_pending, status
from whatsapp_server import logs
from whatsapp_server.config import ConfigError, database_settings, load_env_file
from whatsapp_server.embedded_mongo import EmbeddedMongo, EmbeddedMongoError, FolderInUse

REACH_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 after one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m migrations_scripts", description="Migrate the database.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run every pending script, in order")
    run.add_argument("--dry-run", action="store_true", help="only say what would be done; change nothing")
    commands.add_parser("status", help="list every script and whether it has run")
    options = parser.parse_args(arguments)
    logs.configure("warning")
    try:
        with _database() as db:
            if options.command == "status":
                _show_status(db)
            else:
                _run(db, dry_run=options.dry_run)
    except FolderInUse as error:
        return _complain(
            f"{error} A server with the embedded MongoDB runs the pending migrations itself when it starts, "
            "so there is nothing to do here while it is up."
        )
    except (ConfigError, EmbeddedMongoError, MigrationError) as error:
        return _complain(str(error))
    except PyMongoError as error:
        short, _, _ = str(error).partition(", Topology Description")
        return _complain(f"The database cannot be used: {short}")
    return 0


@contextmanager
def _database() -> Iterator[Database[Any]]:
    """The server's database; an embedded MongoDB runs for the time of the block."""
    uri, name, data_dir = database_settings()
    embedded = None if uri else EmbeddedMongo(data_dir)
    try:
        if embedded:
            embedded.start()
            uri = embedded.uri(name)
        reach = int(REACH_SECONDS * 1000)
        with MongoClient[Any](uri, tz_aware=True, serverSelectionTimeoutMS=reach) as client:
            yield client[name]
    finally:
        if embedded:
            embedded.stop()


def _run(db: Database[Any], *, dry_run: bool) -> None:
    def show(applied: Applied) -> None:
        took = "would run" if dry_run else f"done in {applied.seconds:.1f} s"
        print(f"{applied.number} {applied.name}: {took}", *applied.lines, sep="\n  ", flush=True)

    if not run_pending(db, dry_run=dry_run, on_applied=show):
        print(f"Nothing to do: the database {db.name} is up to date.")


def _show_status(db: Database[Any]) -> None:
    rows = status(db)
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        print(f"{row.number}  {row.name:{width}}  {_when(row):32}  {row.description}".rstrip())


def _when(row: ScriptStatus) -> str:
    if row.applied_at is None:
        return row.state
    return f"{row.state} {row.applied_at:%Y-%m-%d %H:%M:%S} UTC"


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    # As SystemExit, so that the lock is given back and an embedded mongod is stopped.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        load_env_file()
    except ConfigError as error:
        sys.exit(_complain(str(error)))
    sys.exit(main())
