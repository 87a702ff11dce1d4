"""X-Twilio-Signature, and the two faces of one address: where a request goes and over which URL it is signed."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit


def signature(auth_token: str, url: str, params: Iterable[tuple[str, str]]) -> str:
    """HMAC-SHA1 over the full URL and every name and value in order of name, in base64.

    A repeated name counts once per different value. Source: twilio.com/docs/usage/security.
    """
    signed = without_fragment(url) + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def without_fragment(url: str) -> str:
    """`url` as it is requested: Twilio keeps what stands after # to itself."""
    return url.partition("#")[0]


@dataclass(frozen=True)
class Addresses:
    """The server as the simulator reaches it (`local`) and as the world knows it (`public`), each a scheme and host.

    Behind a proxy they differ: a webhook is posted to the first and signed over the second.
    """

    local: str | None
    public: str | None

    @classmethod
    def of(cls, webhook_url: str | None, signing_base_url: str | None) -> "Addresses":
        """The pair that belongs to these two options."""
        return cls(_origin(webhook_url), _origin(signing_base_url) or _origin(webhook_url))

    def reachable(self, url: str) -> str:
        """Where to post a request whose public URL is `url`."""
        return _move(without_fragment(url), self.public, self.local)

    def signed(self, url: str) -> str:
        """The URL that the signature of a request to `url` is computed over."""
        return _move(without_fragment(url), self.local, self.public)


def _origin(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _move(url: str, source: str | None, target: str | None) -> str:
    if source is None or target is None or _origin(url) != source:
        return url
    to, parts = urlsplit(target), urlsplit(url)
    return urlunsplit((to.scheme, to.netloc, parts.path, parts.query, ""))
