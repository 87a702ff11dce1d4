"""A customer's message: from Twilio's webhook into the inbox, once and in order."""

from collections import OrderedDict
from typing import Any

from whatsapp_server import clock
from whatsapp_server.gateways import twilio_inbound
from whatsapp_server.gateways.twilio_inbound import InboundMessage
from whatsapp_server.models import Conversation
from whatsapp_server.models.base import Doc
from whatsapp_server.services import channels, contacts, conversations, journal, threads

KIND = "message"
# The conversations written to last, with what their senders were known by: a further message of such a sender needs no query to find
# its own. Another process may have moved a key to another contact meanwhile, so each is believed for a moment only.
REMEMBERED = 5_000
REMEMBERED_SECONDS = 10.0

_recent: OrderedDict[tuple[str, ...], tuple[float, int, Doc]] = OrderedDict()


def receive(form: list[tuple[str, str]], sid: str) -> None:
    """Journal a webhook, then work through it. Returns once it is on disk: working through may fail and is then replayed.

    Raises pymongo's errors when it could not be stored.
    """
    entry = journal.store(KIND, sid, form, sender=dict(form).get("From", ""))
    if entry is not None:
        journal.attempt(entry, process)


def process(entry: Doc) -> None:
    """Work through a journal entry. Idempotent: whatever an earlier try did is found and not repeated."""
    inbound = twilio_inbound.parse((name, value) for name, value in entry["form"])
    channel = channels.ensure_channel(inbound.recipient)
    known_by = (channel["_id"], inbound.sender, inbound.user_id or "", inbound.profile_name)
    changes = contacts.changes()
    conversation = _remembered(known_by) or _conversation_of(inbound, channel)
    fields = _fields(inbound, conversation, entry["received_at"])
    _, after, _ = threads.add_message(conversation, fields, same={"sid": inbound.sid})
    _remember(known_by, changes, after)


def _remembered(known_by: tuple[str, ...]) -> Doc | None:
    until, changes, conversation = _recent.get(known_by, (0.0, 0, None))
    return conversation if until > clock.monotonic() and changes == contacts.changes() else None


def _remember(known_by: tuple[str, ...], changes: int, conversation: Doc) -> None:
    _recent[known_by] = (clock.monotonic() + REMEMBERED_SECONDS, changes, conversation)
    _recent.move_to_end(known_by)
    if len(_recent) > REMEMBERED:
        _recent.popitem(last=False)


def _conversation_of(inbound: InboundMessage, channel: Doc) -> Doc:
    """One query when nothing about the customer is new; else the contact is found, merged or added first."""
    keys = contacts.keys_of(inbound.sender, inbound.user_id)
    found = list(Conversation.raw().find({"channel_id": channel["_id"], "contact.keys": {"$in": keys}}).limit(2))
    if len(found) == 1 and _is_known(found[0]["contact"], keys, inbound):
        return found[0]
    contact = contacts.ensure_contact(inbound.sender, inbound.user_id, inbound.profile_name)
    return conversations.ensure_conversation(channel, contact)[0]


def _is_known(contact: dict[str, Any], keys: list[str], inbound: InboundMessage) -> bool:
    return set(keys) <= set(contact["keys"]) and contact["address"] == inbound.sender and inbound.profile_name in ("", contact["name"])


def _fields(inbound: InboundMessage, conversation: Doc, received_at: Any) -> Doc:
    return {
        "_id": clock.new_id(),
        "conversation_id": conversation["_id"],
        "direction": "inbound",
        "kind": inbound.kind,
        "author": None,
        "body": inbound.body,
        "media": inbound.media,
        "details": inbound.details,
        "payload": inbound.payload,
        "sid": inbound.sid,
        "client_id": None,
        "status": "received",
        "status_times": {"received": received_at},
        "error": None,
        "attempt": 0,
        "created_at": received_at,
    }
