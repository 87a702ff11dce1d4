"""Our numbers: found or added as Twilio names them, and whether Twilio takes messages on each."""

from pymongo.errors import DuplicateKeyError

from whatsapp_server import access, clock, errors
from whatsapp_server.events import catalog, publisher
from whatsapp_server.models import Channel
from whatsapp_server.models.base import Doc, changed, insert_synced

# Addresses never change and there are few: a webhook need not ask the database for them.
_by_address: dict[str, Doc] = {}

OK: Doc = {"state": "ok", "since": None, "reason": None}


def ensure_channel(address: str) -> Doc:
    """The channel of one of our addresses, added when this is the first we hear of it."""
    known = _by_address.get(address)
    if known is None:
        known = _find_or_add(address)
        _by_address[address] = known
    return known


def _find_or_add(address: str) -> Doc:
    found = Channel.raw().find_one({"address": address})
    if found:
        return found
    fields = {
        "_id": clock.new_id(),
        "address": address,
        "name": address.removeprefix("whatsapp:"),
        "delivery": OK,
        "created_at": clock.now(),
    }
    try:
        added = insert_synced(Channel.journaled(), fields)
    except DuplicateKeyError:
        return Channel.raw().find_one({"address": address}) or _find_or_add(address)
    publisher.publish(catalog.CHANNEL_UPDATED, {"channel": added}, access.STAFF)
    return added


def list_channels() -> list[Doc]:
    """Every number of ours, the oldest first; there are never so many that they need pages."""
    return list(Channel.raw().find().sort("_id"))


def channel_for(channel_id: str | None, default_address: str) -> Doc:
    """The channel with this id, or the default one without an id; raises Invalid when there is none such."""
    if channel_id is None:
        return ensure_channel(default_address)
    found = Channel.raw().find_one({"_id": channel_id})
    if not found:
        raise errors.Invalid(errors={"channel_id": ["There is no such number of ours."]})
    return found


def mark_delayed(channel_id: str, reason: str) -> None:
    """Twilio takes nothing on this channel just now; staff hears of it once, until `mark_ok`."""
    _set_delivery(channel_id, {"state": "delayed", "since": clock.now(), "reason": reason})


def list_delayed() -> list[Doc]:
    """The channels on which Twilio took nothing when it was last tried."""
    return list(Channel.raw().find({"delivery.state": "delayed"}))


def mark_ok(channel_id: str) -> None:
    """Twilio took a message on this channel."""
    _set_delivery(channel_id, OK)


def _set_delivery(channel_id: str, delivery: Doc) -> None:
    after = Channel.raw().find_one_and_update(
        {"_id": channel_id, "delivery.state": {"$ne": delivery["state"]}},
        changed(set={"delivery": delivery}),
        return_document=True,
    )
    if after:
        publisher.publish(catalog.CHANNEL_UPDATED, {"channel": after}, access.STAFF)
