"""One document class a file: fields, indexes, and what is true of one document alone."""

from whatsapp_server.models.alert_claim import AlertClaim
from whatsapp_server.models.channel import Channel
from whatsapp_server.models.contact import Contact
from whatsapp_server.models.conversation import Conversation
from whatsapp_server.models.invite import Invite
from whatsapp_server.models.journal_entry import JournalEntry
from whatsapp_server.models.message import Message
from whatsapp_server.models.outbox_lease import OutboxLease
from whatsapp_server.models.presence import Presence
from whatsapp_server.models.read_mark import ReadMark
from whatsapp_server.models.session import Session
from whatsapp_server.models.team import Team
from whatsapp_server.models.user import User
from whatsapp_server.models.workspace_settings import WorkspaceSettings

ALL = (
    User,
    Session,
    Channel,
    Contact,
    Conversation,
    Message,
    ReadMark,
    JournalEntry,
    OutboxLease,
    Team,
    WorkspaceSettings,
    Invite,
    Presence,
    AlertClaim,
)

__all__ = [
    "ALL",
    "AlertClaim",
    "Channel",
    "Contact",
    "Conversation",
    "Invite",
    "JournalEntry",
    "Message",
    "OutboxLease",
    "Presence",
    "ReadMark",
    "Session",
    "Team",
    "User",
    "WorkspaceSettings",
]
