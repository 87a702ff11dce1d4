"""A customer's message: from Twilio's webhook into the inbox, once and in order."""

from collections.abc import Sequence
from typing import Any

from whatsapp_server import clock
from whatsapp_server.gateways import twilio_inbound
from whatsapp_server.gateways.twilio_inbound import InboundMessage
from whatsapp_server.models import Conversation
from whatsapp_server.models.base import Doc, retrying
from whatsapp_server.services import assignment, channels, contacts, conversations, journal, threads
from whatsapp_server.services.grouped import Grouped

KIND = "message"
NEEDED = ("channel_id", "contact", "last_seq", "inbound_count")


def receive(form: list[tuple[str, str]], sid: str) -> None:
    """Journal a webhook, then work through it. Returns once it is on disk: working through may fail and is then replayed.

    Raises pymongo's errors, or Unavailable, when that could not be made sure.
    """
    entry = journal.store(KIND, sid, form, sender=dict(form).get("From", ""))
    if entry is not None:
        journal.attempt(entry, process)


def process(entry: Doc) -> journal.Place:
    """Work through a journal entry; where its message is. Idempotent: whatever an earlier try did is found and not repeated."""
    inbound = twilio_inbound.parse((name, value) for name, value in entry["form"])
    channel = channels.ensure_channel(inbound.recipient)
    conversation = _conversation_of(inbound, channel)
    fields = _fields(inbound, conversation, entry["received_at"])
    message, after, _ = threads.add_message(conversation, fields, same={"sid": inbound.sid})
    if after["state"] == "finished":
        assignment.reopen_for_customer(after, message["seq"])
    return message["conversation_id"], message["seq"]


def _conversation_of(inbound: InboundMessage, channel: Doc) -> Doc:
    """One query when nothing about the customer is new; else the contact is found, merged or added first."""
    keys = contacts.keys_of(inbound.sender, inbound.user_id)
    found = _find_grouped((channel["_id"], keys))
    if len(found) == 1 and _is_known(found[0]["contact"], keys, inbound):
        return found[0]
    contact = contacts.ensure_contact(inbound.sender, inbound.user_id, inbound.profile_name)
    return conversations.ensure_conversation(channel, contact)[0]


def _find(wanted: Sequence[tuple[str, list[str]]]) -> list[list[Doc]]:
    """For each (channel id, keys) the conversations that hold any of the keys: one, unless the keys are of two contacts."""
    channel_ids = list({channel_id for channel_id, _ in wanted})
    every_key = [key for _, keys in wanted for key in keys]
    query = {"channel_id": {"$in": channel_ids}, "contact.keys": {"$in": every_key}}
    found = list(Conversation.raw().find(query, NEEDED))
    return [
        [one for one in found if one["channel_id"] == channel_id and not set(keys).isdisjoint(one["contact"]["keys"])]
        for channel_id, keys in wanted
    ]


_find_grouped: Grouped[tuple[str, list[str]], list[Doc]] = Grouped(lambda wanted: retrying(lambda: _find(wanted)))


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
