"""Every live event: its name, the shape of its payload, its meaning. docs/events.md is generated from this."""

from dataclasses import dataclass

from marshmallow import Schema, fields

from whatsapp_server.schemas.channels import ChannelOut
from whatsapp_server.schemas.conversations import ConversationOut, ReadOut
from whatsapp_server.schemas.messages import MessageOut
from whatsapp_server.schemas.out import Out
from whatsapp_server.schemas.settings import SettingsOut
from whatsapp_server.schemas.teams import TeamOut
from whatsapp_server.schemas.users import UserOut


class MessagePayload(Out):
    """A message and the conversation as it stands with it."""

    message = fields.Nested(MessageOut, required=True)
    conversation = fields.Nested(ConversationOut, required=True)


class ConversationPayload(Out):
    """A conversation."""

    conversation = fields.Nested(ConversationOut, required=True)


class ConversationReadPayload(Out):
    """A person's read mark."""

    conversation_id = fields.String(required=True)
    read = fields.Nested(ReadOut, required=True)


class ConversationRemovedPayload(Out):
    """A conversation that one may no longer read: whatever a tab holds of it with a lower version goes."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)


class ViewReadPayload(Out):
    """One of the lists."""

    view = fields.String(required=True)


class ChannelPayload(Out):
    """One of our numbers."""

    channel = fields.Nested(ChannelOut, required=True)


class UserPayload(Out):
    """An employee."""

    user = fields.Nested(UserOut, required=True)


class TeamPayload(Out):
    """A line of people."""

    team = fields.Nested(TeamOut, required=True)


class SettingsPayload(Out):
    """How the company wants its inbox to work."""

    settings = fields.Nested(SettingsOut, required=True)


class PresencePayload(Out):
    """Whether somebody is there."""

    user_id = fields.String(required=True)
    online = fields.Boolean(required=True)


class PeopleAtPayload(Out):
    """A conversation and all whom the event's name speaks of, oneself too."""

    conversation_id = fields.String(required=True)
    user_ids = fields.List(fields.String(), required=True)


class SessionEndedPayload(Out):
    """Why a tab is about to be disconnected."""

    code = fields.String(required=True)


class SyncRequiredPayload(Out):
    """Nothing: what is to be synced is what the tab knows best."""


@dataclass(frozen=True)
class Event:
    """One kind of event. `audience` says in words who hears it."""

    name: str
    payload: Schema
    meaning: str
    audience: str


READERS = "who may read the conversation"
MESSAGE_CREATED = Event("message.created", MessagePayload(), "A message was added to a conversation.", READERS)
MESSAGE_UPDATED = Event("message.updated", MessagePayload(), "A message's status, error or text changed.", READERS)
CONVERSATION_UPDATED = Event("conversation.updated", ConversationPayload(), "A conversation was started or changed.", READERS)
CONVERSATION_READ = Event(
    "conversation.read", ConversationReadPayload(), "You read a conversation, perhaps in another tab.", "your own tabs"
)
CONVERSATION_REMOVED = Event(
    "conversation.removed", ConversationRemovedPayload(), "A conversation is no longer yours to read.", "who may no longer read it"
)
VIEW_READ = Event("view.read", ViewReadPayload(), "You marked all of a list as read, perhaps in another tab.", "your own tabs")
CHANNEL_UPDATED = Event("channel.updated", ChannelPayload(), "A number was added, or Twilio stopped or resumed taking messages.", "staff")
USER_UPDATED = Event("user.updated", UserPayload(), "An employee was added or changed.", "staff")
TEAM_UPDATED = Event("team.updated", TeamPayload(), "A team was added, changed or removed.", "staff")
SETTINGS_UPDATED = Event("settings.updated", SettingsPayload(), "The workspace's settings changed.", "staff")
PRESENCE_CHANGED = Event("presence.changed", PresencePayload(), "Somebody came, or has been gone for half a minute.", "staff")
LOOKING = "who may read the conversation and has it open"
VIEWERS_CHANGED = Event("viewers.changed", PeopleAtPayload(), "Others look at a conversation than before.", LOOKING)
TYPING_CHANGED = Event("typing.changed", PeopleAtPayload(), "Others are writing in a conversation than before.", LOOKING)
SESSION_ENDED = Event("session.ended", SessionEndedPayload(), "Your session is over; the connection closes next.", "the session's tabs")
SYNC_REQUIRED = Event(
    "sync.required",
    SyncRequiredPayload(),
    "Events of other processes may not have reached you: sync within a few seconds, at a moment of chance, once however often you hear it.",
    "everybody",
)

ALL = (
    MESSAGE_CREATED,
    MESSAGE_UPDATED,
    CONVERSATION_UPDATED,
    CONVERSATION_READ,
    CONVERSATION_REMOVED,
    VIEW_READ,
    CHANNEL_UPDATED,
    USER_UPDATED,
    TEAM_UPDATED,
    SETTINGS_UPDATED,
    PRESENCE_CHANGED,
    VIEWERS_CHANGED,
    TYPING_CHANGED,
    SESSION_ENDED,
    SYNC_REQUIRED,
)
