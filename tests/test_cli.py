"""The command line, with and without a running server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from pymongo import MongoClient
from pymongo.database import Database

from migrations_scripts.runner import run_pending
from tests.support.mongo import SharedMongo
from tests.support.server import PASSWORD, Agent, Json, ServerProcess
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.embedded_mongo import EmbeddedMongo
from whatsapp_server.embedded_mongo.folder import mongods_on

ROOT = Path(__file__).parents[1]
NEW = "a-new-password"


# Several command lines one after another in one process, for starting one costs most of its time: [[words, standard input], ...] as JSON
# comes in, [exit code, standard output, standard error] of each goes out.
ONE_AFTER_ANOTHER = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
import mongoengine
from whatsapp_server.cli import main
said = []
for words, given in json.load(sys.stdin):
    sys.stdin, out, err = io.StringIO(given), io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        said.append([main(words), out.getvalue(), err.getvalue()])
    mongoengine.disconnect()
json.dump(said, sys.__stdout__)
"""


class Shell:
    """Commands against one database: the private one in a data folder, or that of MONGODB_URI."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.env = {"ENV_FILE": "", "PATH": "/usr/bin:/bin", "DATA_DIR": str(folder), **env}

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """`python -m whatsapp_server ...`, whatever comes of it."""
        command = [sys.executable, "-m", "whatsapp_server", *words]
        return subprocess.run(command, cwd=ROOT, env=self.env, input=given, capture_output=True, text=True, timeout=90)

    def works(self, *words: str, given: str = "") -> str:
        """What a command that must work says."""
        done = self.run(*words, given=given)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def refuses(self, *words: str, given: str = "") -> str:
        """The one sentence of a command that must not work."""
        done = self.run(*words, given=given)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Traceback" not in done.stderr
        return done.stderr.strip().splitlines()[-1]

    def one_after_another(self, *commands: tuple[list[str], str]) -> list[tuple[int, str, str]]:
        """(exit code, standard output, standard error) of each (words, standard input)."""
        command = [sys.executable, "-c", ONE_AFTER_ANOTHER]
        ran = subprocess.run(command, cwd=ROOT, env=self.env, input=json.dumps(commands), capture_output=True, text=True, check=True)
        return [(code, out.strip(), err.strip()) for code, out, err in json.loads(ran.stdout)]

    def users(self) -> list[Json]:
        """Everybody in the stopped server's database."""
        mongo = EmbeddedMongo(self.folder)
        mongo.start()
        try:
            with MongoClient[dict[str, Any]](mongo.uri("whatsapp_inbox")) as client:
                return list(client["whatsapp_inbox"]["users"].find().sort("email"))
        finally:
            mongo.stop()


@pytest.fixture
def stopped(data_dir: Path) -> Iterator[Shell]:
    """A data folder that no server uses; nothing may be left running on it."""
    yield Shell(data_dir)
    assert mongods_on(data_dir / "mongo" / "db") == []


def test_people_are_added_changed_and_shut_out_before_the_first_start(stopped: Shell) -> None:
    create = ("--password-stdin",)
    assert stopped.works("create-admin", " Eva@Example.com ", "--name", "Eva Prado", *create, given=f"{PASSWORD}\n") == (
        "eva@example.com can sign in as admin."
    )
    assert stopped.works("create-user", "leo@example.com", "--name", "Léo", *create, given=PASSWORD) == (
        "leo@example.com can sign in as agent."
    )
    before = {user["email"]: user for user in stopped.users()}
    assert [(user["name"], user["role"], user["active"]) for user in before.values()] == [
        ("Eva Prado", "admin", True),
        ("Léo", "agent", True),
    ]
    assert all(user["password_hash"].startswith("$argon2id$") for user in before.values())
    assert "new password" in stopped.works("set-password", "LEO@example.com", *create, given=f"{NEW}\r\n")
    assert stopped.works("deactivate", "leo@example.com") == "leo@example.com is shut out."
    after = {user["email"]: user for user in stopped.users()}
    assert after["eva@example.com"] == before["eva@example.com"]
    assert not after["leo@example.com"]["active"]
    assert after["leo@example.com"]["password_hash"] != before["leo@example.com"]["password_hash"]
    assert after["leo@example.com"]["version"] == before["leo@example.com"]["version"] + 2


@pytest.fixture
def migrated(mongo: SharedMongo, data_dir: Path) -> Iterator[tuple[Shell, Database[dict[str, Any]]]]:
    """Commands against a database of MONGODB_URI, and that database, brought up to date."""
    with mongo.database() as database:
        run_pending(database)
        yield Shell(data_dir, MONGODB_URI=mongo.uri(database.name)), database


def test_what_cannot_be_done_is_refused_in_a_sentence(migrated: tuple[Shell, Database[dict[str, Any]]]) -> None:
    shell, database = migrated
    shell.works("create-admin", "eva@example.com", "--name", "Eva", "--password-stdin", given=PASSWORD)
    before = list(database["users"].find())
    named, stdin = ["--name", "X", "--password-stdin"], ["--password-stdin"]
    short, nobody = "The password needs at least 10 characters.", "There is no account for leo@example.com."
    refusals = {
        ("create-user", "leo@example.com", *named): ("short\n", short),
        ("create-user", "EVA@example.com", *named): (PASSWORD, "There is already an account for eva@example.com."),
        ("create-user", "no-address", *named): (PASSWORD, "Not a usable account"),
        ("create-user", "a@example.com", "--name", " ", *stdin): (PASSWORD, "Not a usable account"),
        ("set-password", "leo@example.com", *stdin): (PASSWORD, nobody),
        ("set-password", "eva@example.com", *stdin): ("", short),
        ("deactivate", "leo@example.com"): ("", nobody),
        ("deactivate", "eva@example.com"): ("", "This is the last active admin; make another one first."),
    }
    said = shell.one_after_another(*((list(words), given) for words, (given, _) in refusals.items()))
    for (words, (_, sentence)), (code, out, err) in zip(refusals.items(), said, strict=True):
        assert (code, out) == (1, ""), words
        assert err.splitlines()[-1].startswith(sentence), words
        assert "Traceback" not in err, words
    # And so says a process of its own.
    assert shell.refuses("deactivate", "leo@example.com") == nobody
    assert list(database["users"].find()) == before


def test_a_password_is_never_taken_as_an_argument(stopped: Shell) -> None:
    done = stopped.run("create-user", "leo@example.com", "--name", "Léo", "--password", PASSWORD)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_on_a_running_server_with_its_own_database_it_joins_in(data_dir: Path) -> None:
    with ServerProcess(data_dir, simulator_url="http://127.0.0.1:9", auth_token="token") as server:
        shell = Shell(data_dir, DEMO="1")
        mongods = mongods_on(data_dir / "mongo" / "db")
        shell.works("create-user", "leo@example.com", "--name", "Léo", "--password-stdin", given=PASSWORD)
        leo = Agent(server.url, "leo@example.com")
        assert (leo.user["name"], leo.user["role"]) == ("Léo", "agent")
        shell.works("set-password", "leo@example.com", "--password-stdin", given=NEW)
        assert leo.call("GET", "/api/auth/me").json()["code"] == "session_ended"
        leo = Agent(server.url, "leo@example.com", NEW)
        assert post_webhook(server, message_form("whatsapp:+5511987654321")).status_code == 200
        (conversation,) = leo.get("/api/conversations")["items"]
        assert leo.call("POST", f"/api/conversations/{conversation['id']}/claim").json()["assignee_id"] == leo.user["id"]
        with leo.tab() as tab:
            shell.works("deactivate", "leo@example.com")
            assert leo.call("GET", "/api/auth/me").status_code == 401
            assert tab.ended.wait(8)
            assert tab.heard("session.ended") == [{"code": "session_ended"}]
        again = requests.post(f"{server.url}/api/auth/login", json={"email": "leo@example.com", "password": NEW}, timeout=10)
        assert again.json()["code"] == "bad_credentials"
        assert server.agent("ana").get(f"/api/conversations/{conversation['id']}")["assignee_id"] is None
        assert mongods_on(data_dir / "mongo" / "db") == mongods
        assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 200


def test_a_quarantined_webhook_is_listed_and_tried_again(migrated: tuple[Shell, Database[dict[str, Any]]]) -> None:
    shell, database = migrated
    assert shell.works("quarantine") == "Nothing is in quarantine."
    given_up = {"_id": "message:SM1", "state": "quarantined", "received_at": datetime.now(UTC), "tries": 8, "error": "KeyError: 'From'"}
    database["webhook_journal"].insert_one(given_up)
    none, one, all_of_them = (["quarantine"], ["quarantine", "--release", "message:SM2"], ["quarantine", "--release", "all"])
    listed, *rest = shell.one_after_another(*((words, "") for words in (none, one, all_of_them, none)))
    assert (listed[0], listed[1].startswith("message:SM1 "), listed[1].endswith("KeyError: 'From'")) == (0, True, True)
    assert [out for _, out, _ in rest] == ["0 of 1 will be tried again.", "1 of 1 will be tried again.", "Nothing is in quarantine."]
