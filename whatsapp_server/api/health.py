"""For load balancers: alive, and ready."""

from flask import Blueprint, Response, current_app, jsonify

from whatsapp_server import errors

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response:
    """The database answers and has every index that this version needs."""
    pending = current_app.extensions["pending_migrations"]()
    if pending:
        raise errors.Unavailable(pending_migrations=pending)
    return jsonify(status="ready")
