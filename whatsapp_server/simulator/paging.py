"""Twilio's way to list messages: filters, pages, and links to the pages around."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from whatsapp_server.simulator.errors import TwilioError
from whatsapp_server.simulator.records import Message
from whatsapp_server.simulator.state import Store

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# A message not yet sent is listed under the time it was created.
SENT = "COALESCE(sent_at, created_at)"
FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


@dataclass(frozen=True)
class Page:
    """Messages, newest first, and the other members of Twilio's reply."""

    messages: list[Message]
    links: dict[str, Any]


def list_page(store: Store, path: str, args: Mapping[str, str]) -> Page:
    """The page that `args` ask for; raises TwilioError 20001 for what cannot be read."""
    size = min(max(_whole(args, "PageSize", DEFAULT_PAGE_SIZE), 1), MAX_PAGE_SIZE)
    number = max(_whole(args, "Page", 0), 0)
    filters = {name: args[name] for name in FILTERS if args.get(name)}
    found, more = _read(store, _where(filters), args.get("PageToken"), size)
    start = number * size

    def link(page: int, token: str | None = None) -> str:
        query = {**filters, "PageSize": size, "Page": page} | ({"PageToken": token} if token else {})
        return f"{path}?{urlencode(query)}"

    links = {
        "end": start + max(len(found) - 1, 0),
        "first_page_uri": link(0),
        "next_page_uri": link(number + 1, f"PA{found[-1].sid}") if more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": link(number - 1, f"PB{found[0].sid}") if number and found else None,
        "start": start,
        "uri": link(number, args.get("PageToken")),
    }
    return Page(found, links)


def _read(store: Store, where: dict[str, Any], token: str | None, size: int) -> tuple[list[Message], bool]:
    """The messages and whether there are older ones."""
    if token is None:
        found = store.messages(where, newest_first=True, limit=size + 1)
        return found[:size], len(found) > size
    neighbour = store.find_message(token[2:])
    if neighbour is None or token[:2] not in ("PA", "PB"):
        raise TwilioError(20001, "Invalid PageToken")
    if token.startswith("PB"):
        newer = store.messages({**where, "seq >": neighbour.seq}, limit=size)
        return newer[::-1], True
    found = store.messages({**where, "seq <": neighbour.seq}, newest_first=True, limit=size + 1)
    return found[:size], len(found) > size


def _where(filters: Mapping[str, str]) -> dict[str, Any]:
    where: dict[str, Any] = {}
    if "To" in filters:
        where["recipient ="] = filters["To"]
    if "From" in filters:
        where["sender ="] = filters["From"]
    for name in ("DateSent", "DateSent<", "DateSent>"):
        if name in filters:
            first, last = _span(filters[name])
            if name != "DateSent<":
                where[f"{SENT} >="] = first
            if name != "DateSent>":
                where[f"{SENT} <"] = last
    return where


def _span(text: str) -> tuple[float, float]:
    """From when until when `text` lasts, in epoch seconds: a day for a bare date, a second for a time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TwilioError(20001, f"Invalid DateSent: {text}") from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    lasts = timedelta(days=1) if BARE_DATE.fullmatch(text) else timedelta(seconds=1)
    return moment.timestamp(), (moment + lasts).timestamp()


def _whole(args: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(args.get(name) or default)
    except ValueError as error:
        raise TwilioError(20001, f"Invalid {name}") from error
