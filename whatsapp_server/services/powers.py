"""Who is an admin and who is active: changed one person at a time, so that somebody active is always an admin.

MongoDB writes one document at once, and "is there another admin?" asks about many. So a change is first written down in the settings'
document, which has room for one, and then made:

1. Whatever change is written down is made and taken off, by whoever finds it.
2. Now people are as all changes so far left them. A change that would leave no active admin ends here: LastAdmin.
3. The change is written down, on condition that none has been since 1 (`admin_epoch` counts them); else it begins again.
4. It is made to the person, on condition that they have not had it, or a later one, by another's hand (`admin_epoch` again).

Whoever dies after 3 leaves a change that the next one, or the next start, makes. New people join beside this: they only add admins.
"""

from whatsapp_server import errors
from whatsapp_server.models import User, WorkspaceSettings
from whatsapp_server.models.base import Doc, changed
from whatsapp_server.models.workspace_settings import WORKSPACE
from whatsapp_server.services import workspace

ADMINS: Doc = {"role": "admin", "active": True}


def change(user_id: str, news: Doc) -> None:
    """Set what `news` holds, `role` or `active` among it; raises NotFound, or LastAdmin when no active admin would be left."""
    while True:
        epoch = finish()
        _refuse_last(user_id, news)
        written = WorkspaceSettings.journaled().update_one(
            {"_id": WORKSPACE, "admin_epoch": epoch, "admin_change": None},
            {"$set": {"admin_epoch": epoch + 1, "admin_change": {"user_id": user_id, "set": news}}},
        )
        if written.matched_count:
            finish()
            return


def finish() -> int:
    """Make the change that is written down, if one is; the number of changes made so far."""
    settings = workspace.stored()
    epoch: int = settings["admin_epoch"]
    waiting = settings["admin_change"]
    if waiting:
        User.journaled().update_one(
            {"_id": waiting["user_id"], "admin_epoch": {"$not": {"$gte": epoch}}}, changed(set={**waiting["set"], "admin_epoch": epoch})
        )
        WorkspaceSettings.journaled().update_one({"_id": WORKSPACE, "admin_epoch": epoch}, {"$set": {"admin_change": None}})
    return epoch


def _refuse_last(user_id: str, news: Doc) -> None:
    before = User.raw().find_one({"_id": user_id}, {"role": 1, "active": 1})
    if not before:
        raise errors.NotFound
    if _is_admin(before) and not _is_admin({**before, **news}) and not User.raw().find_one({**ADMINS, "_id": {"$ne": user_id}}, {"_id": 1}):
        raise errors.LastAdmin


def _is_admin(user: Doc) -> bool:
    return all(user[name] == value for name, value in ADMINS.items())
