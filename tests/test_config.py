"""What stops a start, and the one sentence that says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import free_port
from whatsapp_server import demo
from whatsapp_server.config import ConfigError, Settings, database_settings

ROOT = Path(__file__).parents[1]
WHOLE = {
    "SECRET_KEY": "s" * 32,
    "JWT_SECRET_KEY": "j" * 32,
    "MONGODB_URI": "mongodb://user:word@db.example.com/inbox",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_WHATSAPP_FROM": "+14155238886",
    "PUBLIC_BASE_URL": "https://inbox.example.com/",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A process environment that holds exactly what a server needs."""
    monkeypatch.setattr(os, "environ", dict(WHOLE))
    return os.environ  # type: ignore[return-value]  # the plain dict of the line above


def test_a_whole_environment_is_read(environment: dict[str, str]) -> None:
    environment["TWILIO_WHATSAPP_FROM"] = " +14155238886, whatsapp:+551155550000 ,"
    settings = Settings.from_env()
    assert settings.twilio_whatsapp_from == ("whatsapp:+14155238886", "whatsapp:+551155550000")
    assert (settings.public_base_url, settings.https) == ("https://inbox.example.com", True)
    assert (settings.mongodb_uri, settings.database_name, settings.embedded) == (WHOLE["MONGODB_URI"], "inbox", False)
    assert (settings.host, settings.port, settings.run_worker, settings.demo) == ("127.0.0.1", 5000, True, False)
    assert settings.twilio_max_mps == 80
    environment["TWILIO_MAX_MPS"] = "0.33"
    assert Settings.from_env().twilio_max_mps == 0.33


def test_heroku_is_known_to_stand_before_us(environment: dict[str, str]) -> None:
    assert Settings.from_env().trusted_proxies == 0
    environment["DYNO"] = "web.1"
    assert Settings.from_env().trusted_proxies == 1
    environment["TRUSTED_PROXIES"] = "2"
    assert Settings.from_env().trusted_proxies == 2


def test_settings_never_change() -> None:
    with pytest.raises(AttributeError):
        Settings.from_env().port = 1  # type: ignore[misc]  # that it is refused is the point


REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "neither demo nor Twilio": ({"TWILIO_ACCOUNT_SID": None, "TWILIO_AUTH_TOKEN": None}, r"TWILIO_ACCOUNT_SID, .* or set DEMO=1"),
    "no token": ({"TWILIO_AUTH_TOKEN": ""}, r"TWILIO_AUTH_TOKEN"),
    "no number": ({"TWILIO_WHATSAPP_FROM": " , "}, r"^TWILIO_WHATSAPP_FROM is not set: .*\+14155238886"),
    "no secret": ({"SECRET_KEY": None}, r"^SECRET_KEY must have at least 32 characters; make one with: python3"),
    "a weak secret": ({"JWT_SECRET_KEY": "j" * 31}, r"^JWT_SECRET_KEY must have at least 32 characters"),
    "one secret for two": ({"JWT_SECRET_KEY": "s" * 32}, r"^SECRET_KEY and JWT_SECRET_KEY must differ"),
    "half an address": ({"PUBLIC_BASE_URL": "inbox.example.com"}, r"^PUBLIC_BASE_URL must be a full address .*'inbox\.example\.com'"),
    "an address of another kind": ({"PUBLIC_BASE_URL": "ftp://inbox.example.com"}, r"^PUBLIC_BASE_URL must be a full address"),
    "weak hashes": ({"QUICK_HASHES": "1"}, r"^QUICK_HASHES .* only the demo"),
    "a moved clock": ({"CLOCK_OFFSET_FILE": "/tmp/offset"}, r"^CLOCK_OFFSET_FILE .* only the demo"),
    "a demo for the world": ({"DEMO": "1", "HOST": "0.0.0.0"}, r"^The demo's passwords are public.* HOST may not be 0\.0\.0\.0"),
    "a demo under a name": ({"DEMO": "1", "HOST": "inbox.example.com"}, r"^The demo's passwords are public"),
    "a worker apart without Redis": ({"RUN_WORKER": "0"}, r"^RUN_WORKER=0 .* REDIS_URL"),
    "a worker apart without a database": (
        {"RUN_WORKER": "0", "MONGODB_URI": None, "REDIS_URL": "redis://x"},
        r"^RUN_WORKER=0 .*MONGODB_URI",
    ),
    "a Redis that is none": ({"REDIS_URL": "localhost:6379"}, r"^REDIS_URL must be an address such as redis://"),
    "a Redis without a port": ({"REDIS_URL": "redis://localhost:port/0"}, r"^REDIS_URL must be an address"),
    "no database on Heroku": ({"MONGODB_URI": None, "DYNO": "web.1"}, r"^MONGODB_URI is not set, and this platform's disk is wiped"),
    "a malformed database": ({"MONGODB_URI": "localhost:27017"}, r"^MONGODB_URI is not a MongoDB address"),
    "a password with an @": ({"MONGODB_URI": "mongodb://u:p@ss@host/x"}, r"^MONGODB_URI is not a MongoDB address"),
    "a port that is none": ({"PORT": "70000"}, r"PORT"),
    "a port in words": ({"PORT": "five"}, r"PORT"),
    "a wrong log level": ({"LOG_LEVEL": "loud"}, r"LOG_LEVEL"),
    "no time at all": ({"TWILIO_TIMEOUT_SECONDS": "0"}, r"TWILIO_TIMEOUT_SECONDS"),
    "a standstill": ({"TWILIO_MAX_MPS": "0"}, r"TWILIO_MAX_MPS"),
    "a token for ever": ({"ACCESS_TOKEN_MINUTES": "600"}, r"ACCESS_TOKEN_MINUTES"),
    "a session for ever": ({"SESSION_DAYS": "0"}, r"SESSION_DAYS"),
    "no attempts": ({"LOGIN_ATTEMPTS_PER_MINUTE": "0"}, r"LOGIN_ATTEMPTS_PER_MINUTE"),
    "perhaps a demo": ({"DEMO": "perhaps"}, r"DEMO"),
}


def apply(environment: dict[str, str], changes: dict[str, str | None]) -> None:
    """Set or (None) take out."""
    for name, value in changes.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_one_sentence_that_names_the_setting(environment: dict[str, str], case: str) -> None:
    changes, sentence = REFUSED[case]
    apply(environment, changes)
    with pytest.raises(ConfigError, match=sentence) as refused:
        Settings.from_env()
    assert "\n" not in str(refused.value)


def test_no_refusal_gives_a_secret_away(environment: dict[str, str]) -> None:
    environment["MONGODB_URI"] = "mongodb://user:geheim@wort@db.example.com/inbox"
    with pytest.raises(ConfigError) as refused:
        Settings.from_env()
    assert "geheim" not in str(refused.value)


def test_the_demo_has_a_database_of_its_own(environment: dict[str, str]) -> None:
    assert database_settings()[1] == "inbox"
    environment["DEMO"] = "1"
    assert database_settings()[1] == "inbox_demo"
    del environment["MONGODB_URI"]
    assert database_settings()[1] == "whatsapp_inbox_demo"


@pytest.mark.parametrize(
    "named", [{"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"}, {"TWILIO_ACCOUNT_SID": "AC1"}, {"TWILIO_AUTH_TOKEN": "t"}]
)
def test_the_demo_never_runs_with_real_credentials(environment: dict[str, str], tmp_path: Path, named: dict[str, str]) -> None:
    apply(environment, {"TWILIO_ACCOUNT_SID": None, "TWILIO_AUTH_TOKEN": None, "DEMO": "1", "DATA_DIR": str(tmp_path), **named})
    with pytest.raises(ConfigError, match=f"DEMO=1 never runs with real credentials: take {' and '.join(named)} out"):
        demo.settings()
    assert not list(tmp_path.iterdir())


def test_the_demo_needs_nothing_and_keeps_its_secrets_to_itself(environment: dict[str, str], tmp_path: Path) -> None:
    environment.clear()
    environment.update(DEMO="1", DATA_DIR=str(tmp_path))
    first = demo.settings()
    assert first.demo
    assert first.twilio_account_sid == demo.ACCOUNT_SID
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    environment.clear()
    environment.update(DEMO="1", DATA_DIR=str(tmp_path))
    assert demo.settings() == first


# As a process


def run(env: dict[str, str], *, program: str = "wsgi.py") -> subprocess.CompletedProcess[str]:
    """The server, started with this environment alone."""
    given = {"ENV_FILE": "", "PATH": "/usr/bin:/bin", **env}
    return subprocess.run([sys.executable, program], cwd=ROOT, env=given, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("case", ["neither demo nor Twilio", "no database on Heroku", "one secret for two"])
def test_a_refused_start_prints_the_sentence_and_nothing_else(case: str) -> None:
    changes, _ = REFUSED[case]
    env = {name: value for name, value in {**WHOLE, **changes}.items() if value}
    done = run(env)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(("Nothing says", "MONGODB_URI is", "SECRET_KEY and"))


def test_a_port_that_is_taken_is_named_and_nothing_stays_behind(tmp_path: Path) -> None:
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run({"DEMO": "1", "DATA_DIR": str(tmp_path), "PORT": str(port), "SIMULATOR_PORT": str(free_port())})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert (
        done.stderr.splitlines()[-1] == f"Cannot listen on 127.0.0.1:{port} (Address already in use): set HOST or PORT to something free."
    )
    from whatsapp_server.embedded_mongo.folder import mongods_on

    assert mongods_on(tmp_path / "mongo" / "db") == []


def test_a_database_out_of_reach_is_one_sentence(tmp_path: Path) -> None:
    done = run({**WHOLE, "MONGODB_URI": "mongodb://127.0.0.1:9/inbox", "DATA_DIR": str(tmp_path)})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
