"""Sounds and notices outside the page: of one person's browsers, on whatever computers, one alerts."""

from pymongo.errors import DuplicateKeyError

from whatsapp_server import clock
from whatsapp_server.models import AlertClaim
from whatsapp_server.services import presence


def claim(user_id: str, what: str) -> bool:
    """Whether a browser of this person, which asks before it sounds or shows `what`, may: the first that asks does.

    Whoever sits at one browser alone is not written down.
    """
    if not presence.here.is_at_several_browsers(user_id):
        return True
    try:
        AlertClaim.raw().insert_one({"_id": AlertClaim.key(user_id, what), "claimed_at": clock.now()})
    except DuplicateKeyError:
        return False
    return True
