"""The command line: accounts, and a worker of its own. `python -m whatsapp_server --help`."""

import argparse
import getpass
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from whatsapp_server import boot, clock, errors, logs
from whatsapp_server.config import ConfigError, database_settings
from whatsapp_server.embedded_mongo import EmbeddedMongo, EmbeddedMongoError, FolderInUse
from whatsapp_server.models import base
from whatsapp_server.services import accounts, journal, people
from whatsapp_server.services.accounts import AccountError

STOP_SECONDS = 9.0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did what was asked."""
    given = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], str] = given.command
        print(command(given))
    except (AccountError, ConfigError, EmbeddedMongoError, boot.StartError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m whatsapp_server", description="Manage the inbox from a shell.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for role in ("admin", "user"):
        create = commands.add_parser(f"create-{role}", help=f"add an employee who is {'an admin' if role == 'admin' else 'an agent'}")
        create.add_argument("email")
        create.add_argument("--name", required=True, help="as colleagues and customers see it")
        _password_option(create)
        create.set_defaults(command=_create, role="admin" if role == "admin" else "agent")
    change = commands.add_parser("set-password", help="give somebody a new password and sign them out everywhere")
    change.add_argument("email")
    _password_option(change)
    change.set_defaults(command=_set_password)
    leave = commands.add_parser("deactivate", help="shut somebody out at once; what they held becomes nobody's")
    leave.add_argument("email")
    leave.set_defaults(command=_deactivate)
    quarantine = commands.add_parser("quarantine", help="list the webhooks that could not be worked through, or have them tried again")
    quarantine.add_argument("--release", metavar="ID", nargs="+", default=[], help="try these again; `all` stands for every one")
    quarantine.set_defaults(command=_quarantine)
    worker = commands.add_parser("worker", help="send and replay in a process of its own (web then runs with RUN_WORKER=0)")
    worker.set_defaults(command=_worker)
    return parser


def _password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="read it from standard input instead of asking")


def _password(given: argparse.Namespace) -> str:
    if given.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != first:
        raise AccountError("The two passwords differ.")
    return first


def _create(given: argparse.Namespace) -> str:
    password = _password(given)
    with _database():
        user = accounts.create_user(given.email, given.name, password, given.role)
    return f"{user['email']} can sign in as {user['role']}."


def _set_password(given: argparse.Namespace) -> str:
    password = _password(given)
    with _database():
        user = accounts.set_password(given.email, password)
    return f"{user['email']} has a new password; all earlier sessions have ended."


def _deactivate(given: argparse.Namespace) -> str:
    with _database():
        user = accounts.by_email(given.email)
        try:
            people.deactivate(user["_id"], by=None, hand_to=None)
        except errors.LastAdmin as error:
            raise AccountError(error.sentence("en")) from error
    return f"{user['email']} is shut out."


def _quarantine(given: argparse.Namespace) -> str:
    with _database():
        held = journal.quarantined()
        ids = [entry["_id"] for entry in held] if given.release == ["all"] else given.release
        if not given.release:
            lines = [f"{entry['_id']}  {clock.iso(entry['received_at'])}  {entry.get('error', '')}" for entry in held]
            return "\n".join(lines) or "Nothing is in quarantine."
        released = [entry_id for entry_id in ids if journal.release(entry_id)]
    return f"{len(released)} of {len(ids)} will be tried again."


@contextmanager
def _database() -> Iterator[None]:
    """Connected to the server's database; an embedded one is started for the while if no server has it running."""
    logs.configure("warning")  # standard output is for what the command says
    uri, name, data_dir = database_settings()
    mongo = None if uri else EmbeddedMongo(data_dir)
    if mongo:
        try:
            mongo.start()
        except FolderInUse:
            uri, mongo = mongo.uri(name), None  # a server runs and so does its mongod: join it
    try:
        client = base.connect(uri or (mongo.uri(name) if mongo else ""), name)
        boot.migrate(client[name], run=mongo is not None)
        yield
    finally:
        if mongo:
            mongo.stop()


def _worker(given: argparse.Namespace) -> str:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running = boot.start(serves=False)
    while not stopping.wait(0.5):
        pass
    running.stop(STOP_SECONDS)
    return "The worker has stopped."
