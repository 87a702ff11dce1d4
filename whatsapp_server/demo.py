"""What DEMO=1 adds: an account at the simulator, three employees whose passwords are public, the simulator as a child process.

Only on this machine (config.py refuses other hosts), in a database of its own, and never beside real credentials.
"""

import contextlib
import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import requests
import structlog

from whatsapp_server.config import ConfigError, Settings, database_settings, demo_is_on
from whatsapp_server.models import User
from whatsapp_server.services import accounts

log = structlog.get_logger()

ACCOUNT_SID = "AC" + "0" * 31 + "1"
# A Brazilian number, so that people may type their customers' numbers without a country.
NUMBER = "whatsapp:+551140000000"
PASSWORD = "inbox-demo-2026"  # noqa: S105 - public on purpose
PEOPLE = (
    ("Ana Souza", "ana@example.com", "admin"),
    ("Bruno Lima", "bruno@example.com", "agent"),
    ("Carla Dias", "carla@example.com", "agent"),
)
# Two of the customers that every simulator starts with: with other numbers the phone's page would show each of them twice.
FIRST_MESSAGES = (
    ("whatsapp:+5511987654321", "Mariana Costa", "Oi! Meu pedido 4821 ainda não chegou, podem verificar?"),
    ("whatsapp:+5521996543210", "João Pereira", "Oi, vocês abrem no sábado?"),
)
REAL_SETTINGS = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


def settings() -> Settings:
    """The process's settings, completed for the demo when DEMO is on; raises ConfigError."""
    if not demo_is_on():
        return Settings.from_env()
    named = [name for name in REAL_SETTINGS if os.environ.get(name)]
    if named and os.environ.get("TWILIO_ACCOUNT_SID") != ACCOUNT_SID:
        raise ConfigError(
            f"DEMO=1 never runs with real credentials: take {' and '.join(named)} out of the environment and of .env, or DEMO."
        )
    _, _, data_dir = database_settings()
    for name, value in _defaults(data_dir).items():
        if not os.environ.get(name):
            os.environ[name] = value
    return Settings.from_env()


def _defaults(data_dir: Path) -> dict[str, str]:
    kept = _kept_secrets(data_dir / "demo-secrets.json")
    return {
        **kept,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_WHATSAPP_FROM": NUMBER,
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{simulator_port()}",
    }


def simulator_port() -> int:
    """Where the customer's phone is: SIMULATOR_PORT, else the port after the server's."""
    return int(os.environ.get("SIMULATOR_PORT") or int(os.environ.get("PORT") or 5000) + 1)


def _kept_secrets(path: Path) -> dict[str, str]:
    """Made once and kept, so that people stay signed in when the demo is started again."""
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "JWT_SECRET_KEY", "TWILIO_AUTH_TOKEN")}
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made, file)
    return made


def seed_people() -> None:
    """Add the three employees, once."""
    if User.raw().find_one({}, {"_id": 1}):
        return
    for name, email, role in PEOPLE:
        accounts.create_user(email, name, PASSWORD, role)


@dataclass
class SimulatorChild:
    """The simulator, run beside the server; it ends with us, also when we are killed, because its standard input does."""

    process: subprocess.Popen[str]
    url: str

    @classmethod
    def start(cls, settings: Settings) -> "SimulatorChild":
        """Run it for a server with these settings; returns once it listens. Raises ConfigError when it does not come up."""
        command = [sys.executable, "-m", "whatsapp_server.simulator", "--die-with-stdin"]
        command += ["--port", str(simulator_port()), "--state", str(settings.data_dir / "simulator.sqlite")]
        command += ["--account-sid", settings.twilio_account_sid]
        command += ["--webhook-url", f"{settings.public_base_url}/webhooks/twilio/messages#rc=3&rp=ct,rt,5xx"]
        for address in settings.twilio_whatsapp_from:
            command += ["--number", address]
        environment = {**os.environ, "SIMULATOR_AUTH_TOKEN": settings.twilio_auth_token}
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise ConfigError(f"The simulator did not start: is port {simulator_port()} taken? Set SIMULATOR_PORT to another one.")
        return cls(process, json.loads(line)["listening"])

    def first_messages(self) -> None:
        """Have the customers write for the first time, once: by webhook, as Twilio would."""
        sent = requests.get(f"{self.url}/sim/api/messages", params={"direction": "inbound"}, timeout=10).json()
        if sent.get("items") or sent.get("messages"):
            return
        for sender, name, body in FIRST_MESSAGES:
            message = {"from": sender, "profile_name": name, "body": body}
            requests.post(f"{self.url}/sim/api/inbound", json=message, timeout=10).raise_for_status()

    def stop(self) -> None:
        """End it, and wait for that."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wants_simulator(settings: Settings) -> bool:
    """Whether the demo is to run its own simulator: not when it was pointed at another one."""
    return settings.demo and settings.twilio_api_base_url == f"http://127.0.0.1:{simulator_port()}"


def welcome(server_url: str, phone_url: str) -> str:
    """What `make run` shows at the end."""
    people = "\n".join(f"    {email:<20} {PASSWORD}   ({role})" for _, email, role in PEOPLE)
    return (
        f"\n  The inbox:            {server_url}\n  The customer's phone: {phone_url}\n"
        f"  Sign in as:\n{people}\n\n  Stop with Ctrl-C; the data stays.\n"
    )
