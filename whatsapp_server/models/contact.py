"""A customer: one person, however WhatsApp names them."""

import re
from typing import Any, ClassVar

from mongoengine import ListField, StringField

from whatsapp_server.models.base import SyncedDocument

_OLD_BRAZILIAN_MOBILE = re.compile(r"(whatsapp:\+55[1-9]\d)([6-9]\d{7})", re.ASCII)
_NUMBER = re.compile(r"whatsapp:(\+\d{5,15})", re.ASCII)


class Contact(SyncedDocument):
    """Found by any of its `keys`: canonical addresses and WhatsApp's own user ids, for an address may hold no number.

    A contact that turned out to be another one keeps its conversations but has no keys: `alias_of` names the other.
    """

    meta: ClassVar[dict[str, Any]] = {
        "collection": "contacts",
        "indexes": [{"fields": ["keys"], "unique": True, "sparse": True}],
    }

    keys = ListField(StringField(), default=None)
    name = StringField(default="")
    number = StringField()
    # The address last written from: replies go there. It may differ from the canonical key (Brazil's ninth digit).
    address = StringField(required=True)
    alias_of = StringField()


def canonical(address: str) -> str:
    """The key that an address is known by: itself, but a Brazilian mobile number always with its ninth digit.

    WhatsApp still names many Brazilian accounts by the eight digits of before 2016: +55, a two-digit area and eight digits that
    start with 6-9 are the same telephone as with a 9 before them. An address need not hold a number at all.
    """
    match = _OLD_BRAZILIAN_MOBILE.fullmatch(address)
    return f"{match[1]}9{match[2]}" if match else address


def number_of(address: str) -> str | None:
    """The E.164 number in an address, canonical, or None when WhatsApp gave an id instead."""
    match = _NUMBER.fullmatch(canonical(address))
    return match[1] if match else None
