"""The least that does the job, to measure against: Twilio's signature, two writes, one emit.

Served as wsgi.py serves the product: eventlet's WSGI server, TCP_NODELAY, the same backlog and pool, no permessage-deflate. It
has no sign-in, journal, contacts, replay, logs or settings. Run by webhook_to_tab.py with MONGODB_URI, PORT and TWILIO_AUTH_TOKEN.
For fan_out.py it also emits what it is given to a room, which is all there is to a fan-out.
"""

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import os  # noqa: E402
import socket  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from typing import Any  # noqa: E402

import eventlet.wsgi  # noqa: E402
from bson import ObjectId  # noqa: E402
from flask import Flask, Response, abort, request  # noqa: E402
from flask_socketio import SocketIO, join_room  # noqa: E402
from pymongo import MongoClient, ReturnDocument, WriteConcern  # noqa: E402
from twilio.request_validator import RequestValidator  # noqa: E402

app = Flask("bare_app")
socketio = SocketIO(app, async_mode="eventlet", http_compression=False, manage_session=False)
database: Any = MongoClient(os.environ["MONGODB_URI"]).get_default_database()
conversations = database["conversations"]
# As the product writes its journal and its messages: acknowledged once it is in mongod's journal on disk.
messages = database["messages"].with_options(write_concern=WriteConcern(w="majority", j=True))
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
port = int(os.environ["PORT"])
ROOM = "staff"


@socketio.on("connect")
def connected() -> None:
    """A tab is in the one room there is."""
    join_room(ROOM)


@app.get("/readyz")
def ready() -> str:
    """Whether it serves and its database answers."""
    database.command("ping")
    return "ready"


@app.post("/webhooks/twilio/messages")
def inbound() -> Response:
    """A customer wrote: every tab is told."""
    form = request.form
    url = f"http://127.0.0.1:{port}{request.path}"
    if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)
    present = datetime.now(UTC)
    summary = {"body": form["Body"][:140], "direction": "inbound", "status": "received"}
    conversation = conversations.find_one_and_update(
        {"_id": form["From"]},
        {"$inc": {"last_seq": 1}, "$set": {"name": form["ProfileName"], "last_message": summary, "last_message_at": present}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    message = {
        "_id": str(ObjectId()),
        "sid": form["MessageSid"],
        "conversation_id": conversation["_id"],
        "seq": conversation["last_seq"],
        "direction": "inbound",
        "body": form["Body"],
        "status": "received",
        "created_at": present,
    }
    messages.insert_one(message)
    socketio.emit("message.created", {"message": _shown(message), "conversation": _shown(conversation)})
    return Response("<Response/>", content_type="text/xml")


@app.post("/emit")
def emit() -> str:
    """Emit {event, payload} to the room, `count` times; between two the green threads have their turn, as they do after any write."""
    given = request.get_json()
    for _ in range(given["count"]):
        socketio.emit(given["event"], given["payload"], to=ROOM)
        eventlet.sleep(0)
    return ""


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in document.items()}


def _without_compression(environ: dict[str, Any], start_response: Any) -> Any:
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    return app(environ, start_response)


def main() -> None:
    """Serve until killed."""
    messages.create_index([("conversation_id", 1), ("seq", 1)], unique=True)
    listener = eventlet.listen(("127.0.0.1", port), backlog=2048)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    eventlet.wsgi.server(listener, _without_compression, log_output=False, max_size=20_000, keepalive=75, debug=False)


if __name__ == "__main__":
    main()
