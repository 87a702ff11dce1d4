"""What Twilio's inbound form says, as the domain's words. Knows parameter names, nothing of our database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

KIND_BY_MESSAGE_TYPE = {
    "text": "text",
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contact",
    "contact": "contact",
    "interactive": "interactive",
    "button": "interactive",
}
DETAILS = {
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Address": "address",
    "Label": "label",
    "ButtonText": "button_text",
    "ButtonPayload": "button_payload",
    "Forwarded": "forwarded",
    "FrequentlyForwarded": "frequently_forwarded",
    "OriginalRepliedMessageSid": "replied_sid",
    "ReferralHeadline": "referral_headline",
    "ReferralBody": "referral_body",
    "ReferralSourceUrl": "referral_source_url",
}
MAX_MEDIA = 10
UNSTORABLE = str.maketrans(dict.fromkeys(".$\x00", "_"))


@dataclass(frozen=True)
class InboundMessage:
    """One message of a customer. `payload` keeps every parameter, whether or not anything here understands it."""

    sid: str
    sender: str
    recipient: str
    user_id: str | None
    profile_name: str
    kind: str
    body: str
    media: list[dict[str, str]] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)
    payload: dict[str, str] = field(default_factory=dict)


def parse(form: Iterable[tuple[str, str]]) -> InboundMessage:
    """The message in Twilio's parameters; raises KeyError when From, To or the SID is missing or blank."""
    params = dict(form)
    media = _media(params)
    return InboundMessage(
        sid=message_sid(params),
        sender=_required(params, "From"),
        recipient=_required(params, "To"),
        user_id=params.get("ExternalUserId") or None,
        profile_name=params.get("ProfileName", "").strip()[:80],
        kind=_kind(params, media),
        body=params.get("Body", ""),
        media=media,
        details={ours: params[theirs] for theirs, ours in DETAILS.items() if params.get(theirs)},
        # MongoDB reads dots in names as paths and takes no NUL in them; Twilio uses neither, a future one must not break storing.
        payload={name.translate(UNSTORABLE): value for name, value in params.items()},
    )


def message_sid(params: dict[str, Any]) -> str:
    """The SID that both kinds of webhook carry; raises KeyError when there is none."""
    for name in ("MessageSid", "SmsSid", "SmsMessageSid"):
        if params.get(name):
            return str(params[name])
    raise KeyError("MessageSid")


def _required(params: dict[str, str], name: str) -> str:
    if not params.get(name, "").strip():
        raise KeyError(name)
    return params[name].strip()


def _media(params: dict[str, str]) -> list[dict[str, str]]:
    count = params.get("NumMedia", "0")
    found = []
    for index in range(min(int(count), MAX_MEDIA) if count.isascii() and count.isdigit() else 0):
        url = params.get(f"MediaUrl{index}", "")
        content_type = params.get(f"MediaContentType{index}", "")
        if url or content_type:
            found.append({"url": url, "content_type": content_type.split(";")[0].strip().lower()})
    return found


def _kind(params: dict[str, str], media: list[dict[str, str]]) -> str:
    named = KIND_BY_MESSAGE_TYPE.get(params.get("MessageType", "").lower())
    if media:
        return named if named not in (None, "text") else _kind_of_media(media[0]["content_type"])
    if params.get("Latitude") and params.get("Longitude"):
        return "location"
    if named:
        return named
    if params.get("ButtonText") or params.get("ButtonPayload"):
        return "interactive"
    return "text" if params.get("Body") else "unsupported"


def _kind_of_media(content_type: str) -> str:
    if content_type in ("text/vcard", "text/x-vcard"):
        return "contact"
    family = content_type.split("/")[0]
    return family if family in ("image", "video", "audio") else "document"
