"""What is decided inside the write that takes a reply's number; the rest is in tests/api/test_stale_reply.py."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from whatsapp_server import errors
from whatsapp_server.services import replies

UNA, ADMIN = {"_id": "u1", "name": "Una"}, {"id": "u2", "name": "Ana"}


@pytest.fixture
def secret(connected: Database[dict[str, Any]]) -> None:
    """Una's private conversation, in which an admin took over (6) and then answered (7)."""
    at = datetime.now(UTC)
    common = {"conversation_id": "c1", "status": "posted", "created_at": at}
    connected["messages"].insert_many(
        [
            {**common, "_id": "m6", "seq": 6, "direction": "internal", "kind": "event", "details": {"event": "taken_over"}},
            {
                **common,
                "_id": "m7",
                "seq": 7,
                "direction": "outbound",
                "kind": "text",
                "status": "sent",
                "author_id": "u2",
                "author": ADMIN,
                "body": "segredo",
            },
        ]
    )


@pytest.mark.parametrize("delayed", [False, True])
def test_whoever_lost_it_meanwhile_reads_nothing_of_what_was_written_since(secret: None, delayed: bool) -> None:
    draft = {"last_seen_seq": 5, "delayed": delayed}
    guard = replies._guard(UNA, {"_id": "c1"}, draft, 5)
    guard(5)
    with pytest.raises(replies._ChangedHands):
        guard(7)
    # Whoever has known of that change is shown the words.
    with pytest.raises(errors.Overtaken if delayed else errors.StaleReply) as refused:
        replies._guard(UNA, {"_id": "c1"}, draft, 6)(7)
    assert refused.value.fields["body"] == "segredo"
