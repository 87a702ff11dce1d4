"""From settings to a running product, and back down: the database, its migrations, the app, the worker, the demo.

Whatever prevents a start is a StartError: one sentence for the person who started it.
"""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask
from pymongo.errors import OperationFailure, PyMongoError

from migrations_scripts import runner
from whatsapp_server import demo, logs, sockets
from whatsapp_server.clock import use_offset_file
from whatsapp_server.config import ConfigError, Settings
from whatsapp_server.embedded_mongo import EmbeddedMongo, EmbeddedMongoError
from whatsapp_server.events.relay import Relay
from whatsapp_server.factory import create_app
from whatsapp_server.gateways.twilio import TwilioGateway
from whatsapp_server.models import base
from whatsapp_server.services import accounts, channels, delivery, journal, powers, presence
from whatsapp_server.worker import Worker

log = structlog.get_logger()


class StartError(Exception):
    """Why the server does not start: a sentence that says what to do."""


@dataclass
class Running:
    """A started product."""

    settings: Settings
    app: Flask
    worker: Worker
    mongo: EmbeddedMongo | None
    relay: Relay | None
    simulator: demo.SimulatorChild | None = field(default=None)

    def stop(self, timeout_seconds: float) -> None:
        """Finish what is under way within `timeout_seconds`, then stop the parts in the reverse order of their start."""
        self.worker.stop(timeout_seconds)
        if self.relay:
            self.relay.stop()
        if self.simulator:
            self.simulator.stop()
        if self.mongo:
            self.mongo.stop()


def start(*, serves: bool = True) -> Running:
    """Start everything that the environment asks for; `serves` is False in a worker of its own. Raises StartError."""
    try:
        settings = demo.settings()
        logs.configure(settings.log_level)
        use_offset_file(settings.clock_offset_file)
        if settings.quick_hashes:
            accounts.hash_quickly()
        presence.here.gone_after = timedelta(seconds=settings.presence_seconds)
        mongo = _embedded(settings) if settings.embedded else None
    except (ConfigError, EmbeddedMongoError) as error:
        raise StartError(str(error)) from error
    try:
        return _started(settings, mongo, serves)
    except BaseException:
        if mongo:
            mongo.stop()
        raise


def _embedded(settings: Settings) -> EmbeddedMongo:
    mongo = EmbeddedMongo(settings.data_dir)
    mongo.start()
    threading.Thread(target=mongo.watch, name="watch mongod", daemon=True).start()
    return mongo


def _started(settings: Settings, mongo: EmbeddedMongo | None, serves: bool) -> Running:
    uri = mongo.uri(settings.database_name) if mongo else str(settings.mongodb_uri)
    database = base.connect(uri, settings.database_name, timeout_seconds=settings.database_timeout_seconds)[settings.database_name]
    migrate(database, run=mongo is not None or settings.demo)
    if mongo:
        # Only one process uses an embedded database: whatever the last one had taken is free.
        delivery.release_all_leases()
        journal.release_all()
    journal.hold_back()
    powers.finish()
    gateway = TwilioGateway(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        timeout_seconds=settings.twilio_timeout_seconds,
        base_url=settings.twilio_api_base_url,
    )
    app = create_app(settings, gateway, async_mode="eventlet" if serves else "threading")
    relay: Relay | None = app.extensions["relay"]
    if relay:
        # Before the first tab comes: it is to find a process that hears the others.
        relay.start(listens=serves)
    app.extensions["pending_migrations"] = lambda: [script.number for script in runner.pending(database)]
    for address in settings.twilio_whatsapp_from:
        channels.ensure_channel(address)
    if settings.demo:
        demo.seed_people()
    worker = Worker(
        _courier(settings, gateway) if settings.run_worker or not serves else None,
        sweep_seconds=settings.sweep_seconds,
        recheck_sessions=sockets.end_stale if serves else None,
    )
    worker.start()
    return Running(settings, app, worker, mongo, relay)


def _courier(settings: Settings, gateway: TwilioGateway) -> delivery.Courier:
    callback = f"{settings.public_base_url}/webhooks/twilio/status"
    database_seconds = settings.database_timeout_seconds
    return delivery.Courier(gateway, status_callback=callback, max_mps=settings.twilio_max_mps, database_seconds=database_seconds)


def migrate(database: Any, *, run: bool) -> None:
    """Refuse a database of a newer version; with `run` bring an older one up to date. Raises StartError."""
    try:
        runner.refuse_newer_schema(database)
        if run:
            runner.run_pending(database)
        elif waiting := [script.number for script in runner.pending(database)]:
            # Without its unique indexes the database would take duplicates.
            raise StartError(
                f"The database lacks migrations {', '.join(waiting)}: bring it up to date with: python -m migrations_scripts run"
            )
    except runner.MigrationError as error:
        raise StartError(str(error)) from error
    except OperationFailure as error:
        reason = (error.details or {}).get("errmsg", "it says no more")
        raise StartError(f"The database turns us away ({reason}): check the user, password and rights that MONGODB_URI gives.") from error
    except PyMongoError as error:
        raise StartError(
            f"The database does not answer ({type(error).__name__}): check MONGODB_URI, and that its network lets this machine in."
        ) from error
