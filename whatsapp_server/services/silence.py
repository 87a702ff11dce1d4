"""Messages that Twilio took and has told nothing of since: its callbacks got lost, perhaps while we were away.

They would show a clock for ever, so Twilio is asked by SID: after a minute, then ever more seldom, for a day.
"""

from datetime import timedelta

import structlog

from whatsapp_server import clock
from whatsapp_server.gateways.twilio import SendError, TwilioGateway
from whatsapp_server.models import Message
from whatsapp_server.models.base import Doc
from whatsapp_server.services import ticks

log = structlog.get_logger()

LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)
AT_ONCE = 20


def ask(gateway: TwilioGateway) -> None:
    """Ask about those whose time has come, the longest overdue first and a few at a time."""
    overdue = Message.raw().find({"news_due_at": {"$lte": clock.now()}}).sort("news_due_at", 1).limit(AT_ONCE)
    for message in list(overdue):
        _plan_next(message)
        try:
            found = gateway.look_up(message["sid"])
        except SendError as error:
            log.warning("silence.no_answer", message=message["_id"], code=error.code)
            continue
        ticks.take_over(message, found)


def _plan_next(message: Doc) -> None:
    """When to ask again, in case nothing comes of it this time. Not a change that tabs would see, so no new version."""
    present = clock.now()
    age = present - message["attempt_started_at"]
    same = {"_id": message["_id"], "news_due_at": message["news_due_at"]}
    if age > GIVE_UP_AFTER:
        Message.raw().update_one(same, {"$unset": {"news_due_at": ""}})
    else:
        Message.raw().update_one(same, {"$set": {"news_due_at": present + max(ticks.FIRST_WAIT, min(age, LONGEST_WAIT))}})
