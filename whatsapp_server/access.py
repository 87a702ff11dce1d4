"""ALL rules of who may see and do what. The same facts three ways: a query filter, a decision, and who hears of a change.

So far every customer's conversation is the whole staff's; whatever narrows that is written here and nowhere else.
"""

from typing import Any

Doc = dict[str, Any]
# ("staff",) is every signed-in employee, ("user", id) one person's tabs; events/publisher.py spells them as rooms.
Audience = list[tuple[str, ...]]

STAFF: Audience = [("staff",)]


def readable_by(user: Doc) -> Doc:
    """The query filter of the conversations that `user` may read; matches none for somebody who may read none."""
    return {} if user["active"] else {"_id": {"$in": []}}


def audience_of(conversation: Doc) -> Audience:
    """Who hears of a change to `conversation`: exactly those for whom `readable_by` would find it."""
    return list(STAFF)


def audience_of_person(user_id: str) -> Audience:
    """One person's own tabs."""
    return [("user", user_id)]
