"""The product as wsgi.py serves it, and one more address: publishes a message of its database, over and over.

So fan_out.py measures what telling everybody costs without what a webhook costs before. Run like wsgi.py.
"""

# Patches first, then starts everything.
from wsgi import running

# isort: split

import eventlet
from flask import request

from whatsapp_server.api import guard
from whatsapp_server.events import catalog
from whatsapp_server.models import Conversation, Message
from whatsapp_server.server import serve
from whatsapp_server.services import threads

ENDPOINT = "publish"


def publish() -> str:
    """Tell everybody of the newest message `count` times, as the thread does each time after its write."""
    message = Message.raw().find_one(sort=[("created_at", -1)])
    assert message is not None
    conversation = Conversation.raw().find_one({"_id": message["conversation_id"]})
    assert conversation is not None
    for _ in range(request.get_json()["count"]):
        threads.publish_message(catalog.MESSAGE_CREATED, message, conversation)
        eventlet.sleep(0)
    return ""


if __name__ == "__main__":
    guard.PUBLIC = (*guard.PUBLIC, ENDPOINT)  # type: ignore[assignment]  # a longer tuple than the one there
    running.app.add_url_rule("/publish", ENDPOINT, publish, methods=["POST"])
    serve(running)
