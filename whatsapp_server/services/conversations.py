"""Finding and starting conversations."""

import phonenumbers
from pymongo.errors import DuplicateKeyError

from whatsapp_server import access, clock, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Conversation
from whatsapp_server.models.base import Doc, insert_synced
from whatsapp_server.models.conversation import without_messages
from whatsapp_server.services import contacts, workspace

FALLBACK_REGION = "BR"


def conversation_for(user: Doc, conversation_id: str) -> Doc:
    """The conversation, if `user` may read it; raises NotFound otherwise, as if it did not exist."""
    found = Conversation.raw().find_one({"$and": [{"_id": conversation_id}, access.readable_by(user)]})
    if not found:
        raise errors.NotFound
    return found


def ensure_conversation(channel: Doc, contact: Doc, starter: Doc | None = None) -> tuple[Doc, bool]:
    """The one conversation of a contact on a channel, and whether it was started by this call.

    Where new ones are private, `starter` holds it: without a holder they could not read what they began.
    """
    key = {"channel_id": channel["_id"], "contact_id": contact["_id"]}
    found = Conversation.raw().find_one(key)
    if found:
        return found, False
    try:
        return insert_synced(Conversation.journaled(), {**key, **_fields(channel, contact, starter)}), True
    except DuplicateKeyError as error:
        found = Conversation.raw().find_one(key)
        if found is None:
            raise errors.Conflict from error
        return found, False


def _fields(channel: Doc, contact: Doc, starter: Doc | None) -> Doc:
    present, visibility = clock.now(), workspace.current()["new_visibility"]
    holder = starter if visibility == "private" else None
    return {
        **without_messages(clock.new_id(), present),
        **contacts.snapshot(contact),
        "channel": {
            "id": channel["_id"],
            "name": channel["name"],
            "address": channel["address"],
            "number": channel["address"].removeprefix("whatsapp:"),
        },
        "kind": "customer",
        "state": "open",
        "visibility": visibility,
        "holder_id": holder["_id"] if holder else None,
        "held_since": present if holder else None,
    }


def start_conversation(user: Doc, channel: Doc, number: str, name: str) -> tuple[Doc, bool]:
    """The conversation with a number as a person typed it, and whether it is new.

    Raises Invalid when it is no number, NotAvailable when there is one that `user` may not read: on whatever number of ours, for the
    customer's name is the same on all.

    WhatsApp lets nobody write first without a template: its composer stays closed until the customer writes.
    """
    address = f"whatsapp:{_e164(number, channel)}"
    theirs = _conversations_of(contacts.keys_of(address, None))
    if not all(access.may_read(user, one) for one in theirs):
        # Before anything about the customer is told or changed: only what `user` sees anyway.
        there = next((one for one in theirs if one["channel_id"] == channel["_id"]), None)
        return _readable(user, there), False
    contact = contacts.ensure_contact(address, None, name.strip(), wrote=False)
    conversation, new = ensure_conversation(channel, contact, user)
    if not new:
        return _readable(user, conversation), False  # it may have been made private just now
    publisher.publish(catalog.CONVERSATION_UPDATED, {"conversation": conversation}, access.audience_of(conversation))
    return conversation, True


def _conversations_of(keys: list[str]) -> list[Doc]:
    customers = [one["_id"] for one in contacts.find(keys)]
    return list(Conversation.raw().find({"contact_id": {"$in": customers}})) if customers else []


def _readable(user: Doc, conversation: Doc | None) -> Doc:
    if conversation is None or not access.may_read(user, conversation):
        raise errors.NotAvailable
    return conversation


def _e164(number: str, channel: Doc) -> str:
    wrong = errors.Invalid(errors={"number": ["This is not a telephone number."]})
    try:
        parsed = phonenumbers.parse(number.removeprefix("whatsapp:"), _region_of(channel))
    except phonenumbers.NumberParseException as error:
        raise wrong from error
    # "Possible", not "valid": the eight digits of an old Brazilian mobile are not valid and yet somebody's.
    if not phonenumbers.is_possible_number(parsed):
        raise wrong
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _region_of(channel: Doc) -> str:
    try:
        own = phonenumbers.parse(channel["address"].removeprefix("whatsapp:"))
    except phonenumbers.NumberParseException:
        return FALLBACK_REGION
    return phonenumbers.region_code_for_number(own) or FALLBACK_REGION
