"""Every setting, read once from the environment into one frozen object. `.env.example` explains each to a person."""

import os
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from environs import Env, EnvError
from marshmallow import validate
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

MIN_SECRET_CHARACTERS = 32
# Its router adds the address that it was asked from to X-Forwarded-For (https://devcenter.heroku.com/articles/http-routing).
HEROKU_PROXIES = 1
DEFAULT_DATABASE = "whatsapp_inbox"
DEMO_SUFFIX = "_demo"
REDIS_SCHEMES = ("redis", "rediss")
LOG_LEVELS = ("debug", "info", "warning", "error")


class ConfigError(Exception):
    """One sentence that says which setting to mend; it stops the start."""


@dataclass(frozen=True)
class Settings:
    """What the process was told at its start; never changes while it runs."""

    demo: bool
    secret_key: str
    jwt_secret_key: str
    mongodb_uri: str | None
    database_name: str
    data_dir: Path
    host: str
    port: int
    public_base_url: str
    trusted_proxies: int
    redis_url: str | None
    run_worker: bool
    log_level: str
    access_token_minutes: int
    session_days: int
    login_attempts_per_minute: int
    quick_hashes: bool
    presence_seconds: float
    database_timeout_seconds: float
    sweep_seconds: float
    stop_seconds: float
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_whatsapp_from: tuple[str, ...]
    twilio_max_mps: float
    twilio_api_base_url: str | None
    twilio_timeout_seconds: float
    clock_offset_file: Path | None

    @property
    def https(self) -> bool:
        """Whether browsers reach us over TLS, so that cookies may be marked Secure."""
        return self.public_base_url.startswith("https://")

    @property
    def embedded(self) -> bool:
        """Whether the server runs its own MongoDB, which also means: only one server process."""
        return self.mongodb_uri is None

    @classmethod
    def from_env(cls) -> "Settings":
        """The settings in the process's environment; raises ConfigError when one is missing, weak or contradictory."""
        try:
            return _read(Env())
        except EnvError as error:
            raise ConfigError(f"A setting is wrong: {error}") from error


def load_env_file() -> None:
    """Add what `.env` in the working directory says to the environment; what is set there already wins, blank values are skipped.

    ENV_FILE names another file, or none when it is blank. Only programs call this, at their start: importing the package reads
    no file. Raises ConfigError when the file is not readable text, or when ENV_FILE names one that is not there.
    """
    named = os.environ.get("ENV_FILE")
    path = Path(".env" if named is None else named)
    if named == "" or (named is None and not path.exists()):
        return
    try:
        # Without interpolation: a password may hold ${.
        with path.open(encoding="utf-8") as file:
            found = dotenv_values(stream=file, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"The settings file {path.absolute()} cannot be read ({reason}): mend that, or set ENV_FILE to another."
        ) from error
    for name, value in found.items():
        if value:
            os.environ.setdefault(name, value)


def demo_is_on() -> bool:
    """Whether DEMO asks for the demo; raises ConfigError when it says neither yes nor no."""
    try:
        return Env().bool("DEMO", False) if os.environ.get("DEMO") else False
    except EnvError as error:
        raise ConfigError(f"DEMO must be 1 or 0, not {os.environ['DEMO']!r}.") from error


def database_settings(env: Env | None = None) -> tuple[str | None, str, Path]:
    """(MONGODB_URI or None, the database's name, the data folder): all that a tool beside the server needs.

    Raises ConfigError when the URI is malformed, or missing on a platform whose disk does not last.
    """
    env = env or Env()
    uri = env.str("MONGODB_URI", "") or None
    if uri is None and env.str("DYNO", ""):
        raise ConfigError(
            "MONGODB_URI is not set, and this platform's disk is wiped at every restart: "
            "set it to a MongoDB that lasts, such as Atlas (docs/deploy.md)."
        )
    try:
        named = parse_uri(uri)["database"] if uri else None
    except (PyMongoError, ValueError) as error:
        raise ConfigError(f"MONGODB_URI is not a MongoDB address: {error}") from error
    name = (named or DEFAULT_DATABASE) + (DEMO_SUFFIX if demo_is_on() else "")
    return uri, name, Path(env.str("DATA_DIR", "") or "data").absolute()


def _read(env: Env) -> Settings:
    demo = demo_is_on()
    mongodb_uri, database_name, data_dir = database_settings(env)
    host, port = env.str("HOST", "127.0.0.1"), env.int("PORT", 5000, validate=validate.Range(1, 65535))
    offset_file = env.str("CLOCK_OFFSET_FILE", "")
    settings = Settings(
        demo=demo,
        secret_key=env.str("SECRET_KEY", ""),
        jwt_secret_key=env.str("JWT_SECRET_KEY", ""),
        mongodb_uri=mongodb_uri,
        database_name=database_name,
        data_dir=data_dir,
        host=host,
        port=port,
        public_base_url=(env.str("PUBLIC_BASE_URL", "") or f"http://{host}:{port}").rstrip("/"),
        trusted_proxies=env.int("TRUSTED_PROXIES", HEROKU_PROXIES if env.str("DYNO", "") else 0, validate=validate.Range(0, 10)),
        redis_url=env.str("REDIS_URL", "") or None,
        run_worker=env.bool("RUN_WORKER", True),
        log_level=env.str("LOG_LEVEL", "info", validate=validate.OneOf(LOG_LEVELS)),
        access_token_minutes=env.int("ACCESS_TOKEN_MINUTES", 15, validate=validate.Range(1, 60)),
        session_days=env.int("SESSION_DAYS", 30, validate=validate.Range(1, 365)),
        login_attempts_per_minute=env.int("LOGIN_ATTEMPTS_PER_MINUTE", 10, validate=validate.Range(1, 10_000)),
        quick_hashes=env.bool("QUICK_HASHES", False),
        presence_seconds=env.float("PRESENCE_SECONDS", 30.0, validate=validate.Range(3, 300)),
        database_timeout_seconds=env.float("DATABASE_TIMEOUT_SECONDS", 5.0, validate=validate.Range(0.5, 5)),
        sweep_seconds=env.float("SWEEP_SECONDS", 2.0, validate=validate.Range(0.1, 600)),
        stop_seconds=env.float("STOP_SECONDS", 6.0, validate=validate.Range(1, 20)),
        twilio_account_sid=env.str("TWILIO_ACCOUNT_SID", ""),
        twilio_auth_token=env.str("TWILIO_AUTH_TOKEN", ""),
        twilio_whatsapp_from=_whatsapp_addresses(env.str("TWILIO_WHATSAPP_FROM", "")),
        twilio_max_mps=env.float("TWILIO_MAX_MPS", 80.0, validate=validate.Range(0.01, 1000)),
        twilio_api_base_url=env.str("TWILIO_API_BASE_URL", "").rstrip("/") or None,
        twilio_timeout_seconds=env.float("TWILIO_TIMEOUT_SECONDS", 10.0, validate=validate.Range(0.1, 60)),
        clock_offset_file=Path(offset_file) if offset_file else None,
    )
    _refuse_contradictions(settings)
    return settings


def _whatsapp_addresses(numbers: str) -> tuple[str, ...]:
    """Twilio's addresses of a comma-separated list of numbers, each with or without the prefix, spaces ignored."""
    given = [number for number in numbers.replace(" ", "").split(",") if number]
    return tuple(number if number.startswith("whatsapp:") else f"whatsapp:{number}" for number in given)


def _refuse_contradictions(settings: Settings) -> None:
    if not settings.twilio_account_sid or not settings.twilio_auth_token:
        raise ConfigError(
            "Nothing says which Twilio account to serve: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_FROM, "
            "or set DEMO=1 to try the product with a simulated one."
        )
    if not settings.twilio_whatsapp_from:
        raise ConfigError("TWILIO_WHATSAPP_FROM is not set: name the WhatsApp number to answer from, such as +14155238886.")
    for name, value in (("SECRET_KEY", settings.secret_key), ("JWT_SECRET_KEY", settings.jwt_secret_key)):
        if len(value) < MIN_SECRET_CHARACTERS:
            raise ConfigError(
                f"{name} must have at least {MIN_SECRET_CHARACTERS} characters; "
                'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
    if settings.secret_key == settings.jwt_secret_key:
        raise ConfigError("SECRET_KEY and JWT_SECRET_KEY must differ, so that one can be changed without the other.")
    if urlsplit(settings.public_base_url).scheme not in ("http", "https") or not urlsplit(settings.public_base_url).hostname:
        raise ConfigError(f"PUBLIC_BASE_URL must be a full address such as https://inbox.example.com, not {settings.public_base_url!r}.")
    if settings.redis_url and not _is_redis_address(settings.redis_url):
        raise ConfigError("REDIS_URL must be an address such as redis://127.0.0.1:6379/0, or blank when there is one server process.")
    if settings.clock_offset_file and not settings.demo:
        raise ConfigError("CLOCK_OFFSET_FILE moves the clock, which only the demo may do: unset it or set DEMO=1.")
    if settings.quick_hashes and not settings.demo:
        raise ConfigError("QUICK_HASHES makes passwords easy to guess, which only the demo may do: unset it or set DEMO=1.")
    if settings.demo and not _is_loopback(settings.host):
        raise ConfigError(f"The demo's passwords are public, so it listens on this machine alone: HOST may not be {settings.host}.")
    if not settings.run_worker and (settings.embedded or not settings.redis_url):
        raise ConfigError(
            "RUN_WORKER=0 leaves sending to another process, which needs MONGODB_URI to find the messages and REDIS_URL to tell the tabs: "
            "set both, or RUN_WORKER=1."
        )


def _is_redis_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in REDIS_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
