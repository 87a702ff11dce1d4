"""Give conversations a holder, a state and a visibility, and build the indexes of their lists."""

from typing import Any

from pymongo.database import Database

from migrations_scripts import m0001_indexes

DEFAULTS: dict[str, Any] = {
    "kind": "customer",
    "state": "open",
    "visibility": "public",
    "holder_id": None,
    "team_id": None,
    "offer": None,
    "finished_seq": 0,
    "mentioned": [],
    "pending_entries": [],
}


def up(db: Database[Any], *, dry_run: bool) -> list[str]:
    """Everybody's conversations stay everybody's: public, without a holder. Nobody is told that a customer has waited since long ago."""
    conversations = db["conversations"]
    old = {"kind": {"$exists": False}}
    lines = [f"conversations: {conversations.count_documents(old)} get their defaults"]
    if not dry_run:
        for one in list(conversations.find(old, {"_id": 1})):
            news = {**DEFAULTS, "last_inbound_seq": _last_inbound_seq(db, one["_id"])}
            conversations.update_one({"_id": one["_id"], **old}, {"$set": news})
    return lines + m0001_indexes.up(db, dry_run=dry_run)


def _last_inbound_seq(db: Database[Any], conversation_id: str) -> int:
    newest = db["messages"].find_one({"conversation_id": conversation_id, "direction": "inbound"}, {"seq": 1}, sort=[("seq", -1)])
    return newest["seq"] if newest else 0
