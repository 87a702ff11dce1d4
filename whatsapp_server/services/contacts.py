"""Who a customer is, however WhatsApp names them: by a number, by a user id, or by both.

A contact is found by any of its keys. The copy that its conversations carry follows here too, in an order that a crash in between
cannot turn into a wrong owner of a key: a conversation loses a key before its contact does, and gains it after.
"""

from typing import Any

from pymongo.errors import DuplicateKeyError

from whatsapp_server import clock, errors
from whatsapp_server.models import Contact, Conversation
from whatsapp_server.models.base import Doc, changed, insert_synced
from whatsapp_server.models.contact import canonical, number_of
from whatsapp_server.services import search_terms

MAX_RACES = 8


def keys_of(address: str, user_id: str | None) -> list[str]:
    """The keys that one message gives of its sender: WhatsApp's user id (if any) and the canonical address."""
    keys = [canonical(address)]
    if user_id and user_id not in keys:
        keys.insert(0, user_id)
    return keys


def ensure_contact(address: str, user_id: str | None, name: str, *, wrote: bool = True) -> Doc:
    """The contact who wrote from `address`, found, merged or added; its name and reply address brought up to date.

    When a colleague typed the address (not `wrote`), whoever is known goes on being answered where they last wrote from.
    """
    keys = keys_of(address, user_id)
    for _ in range(MAX_RACES):
        try:
            return _resolved(keys, address, name, wrote)
        except DuplicateKeyError:
            continue  # another webhook of the same customer was faster: look again
    raise errors.Conflict


def find(keys: list[str]) -> list[Doc]:
    """The contacts that have any of these keys, the oldest first."""
    return list(Contact.raw().find({"keys": {"$in": keys}}).sort("_id"))


def _resolved(keys: list[str], address: str, name: str, wrote: bool) -> Doc:
    found = find(keys)
    if len(found) > 1:
        return _merged(found[0], found[1:], keys, address, name)
    if not found:
        return _added(keys, address, name)
    contact = found[0]
    if _is_somebody_else(contact, keys):
        _release(contact, [key for key in keys if key in contact["keys"]])
        return _added(keys, address, name)
    return _refreshed(contact, keys, address if wrote else contact["address"], name)


def _is_somebody_else(contact: Doc, keys: list[str]) -> bool:
    """A known number with a different user id is a new person: the number has moved."""
    incoming = {key for key in keys if number_of(key) is None}
    known = {key for key in contact["keys"] if number_of(key) is None}
    return bool(incoming and known and not incoming & known)


def _added(keys: list[str], address: str, name: str) -> Doc:
    number = next((number_of(key) for key in keys if number_of(key)), None)
    return insert_synced(
        Contact.journaled(),
        {
            "_id": clock.new_id(),
            "keys": keys,
            "name": name,
            "number": number,
            "address": address,
            "created_at": clock.now(),
        },
    )


def _refreshed(contact: Doc, keys: list[str], address: str, name: str) -> Doc:
    missing = [key for key in keys if key not in contact["keys"]]
    news: Doc = {}
    if address != contact["address"]:
        news["address"] = address
    if name and name != contact["name"]:
        news["name"] = name
    number = next((number_of(key) for key in missing if number_of(key)), None)
    if number:
        news["number"] = number
    if not missing and not news:
        _copy_to_conversations(contact)
        return contact
    update = changed(set=news, addToSet={"keys": {"$each": missing}} if missing else None)
    after: Doc | None = Contact.journaled().find_one_and_update({"_id": contact["_id"]}, update, return_document=True)
    if after is None:
        raise errors.Conflict
    _copy_to_conversations(after)
    return after


def _merged(kept: Doc, others: list[Doc], keys: list[str], address: str, name: str) -> Doc:
    """Two contacts turn out to be one person: the older keeps the keys, the others become its aliases; all threads stay."""
    for other in others:
        Conversation.journaled().update_many({"contact_id": other["_id"]}, changed(set={"contact.keys": []}))
        Contact.journaled().update_one({"_id": other["_id"]}, changed(set={"alias_of": kept["_id"]}, unset={"keys": ""}))
        keys = list(dict.fromkeys([*keys, *other["keys"]]))
    return _refreshed(kept, keys, address, name)


def _release(contact: Doc, keys: list[str]) -> None:
    Conversation.journaled().update_many({"contact_id": contact["_id"]}, changed(pull={"contact.keys": {"$in": keys}}))
    Contact.journaled().update_one({"_id": contact["_id"]}, changed(pull={"keys": {"$in": keys}}))


def snapshot(contact: Doc) -> dict[str, Any]:
    """The copy of a contact that its conversations carry, with what search finds them by."""
    copy = {
        "id": contact["_id"],
        "name": contact["name"],
        "number": contact.get("number"),
        "address": contact["address"],
        "keys": contact.get("keys", []),
    }
    return {"contact": copy, "search": search_terms.terms(contact["name"], contact.get("number"))}


def _copy_to_conversations(contact: Doc) -> None:
    """Bring the copies up to date; those that already are stay untouched, so their version does not rise for nothing."""
    copy = snapshot(contact)
    Conversation.raw().update_many({"contact_id": contact["_id"], "contact": {"$ne": copy["contact"]}}, changed(set=copy))
