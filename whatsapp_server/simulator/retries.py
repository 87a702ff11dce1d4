"""Twilio's connection overrides: how often and on what a webhook is sent again, as its URL's fragment says."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from whatsapp_server.simulator.records import Attempt

MAX_RETRIES = 5
MAX_TOTAL_SECONDS = 15.0


@dataclass(frozen=True)
class RetryPolicy:
    """`#rc=3&rp=ct,rt,5xx&ct=5000&rt=15000`: retries, on what, time to connect and to answer (milliseconds in the URL).

    Without a fragment Twilio retries once and only when it could not connect.
    Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
    """

    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})
    connect_seconds: float = 5.0
    read_seconds: float = 15.0

    @classmethod
    def of(cls, url: str) -> "RetryPolicy":
        """What the fragment of `url` asks for; nonsense in it counts as absent."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).fragment).items()}
        default = cls()
        return cls(
            retries=int(_number(asked.get("rc"), default.retries, 0, MAX_RETRIES)),
            retry_on=frozenset(asked["rp"].split(",")) if "rp" in asked else default.retry_on,
            connect_seconds=_number(asked.get("ct"), default.connect_seconds * 1000, 100, 10_000) / 1000,
            read_seconds=_number(asked.get("rt"), default.read_seconds * 1000, 100, 15_000) / 1000,
        )

    def wants_retry(self, attempts: list[Attempt]) -> bool:
        """Whether the last of `attempts` is to be followed by another."""
        outcome = _outcome(attempts[-1])
        return len(attempts) <= self.retries and outcome is not None and ("all" in self.retry_on or outcome in self.retry_on)

    def delay(self, attempts_made: int, base_seconds: float) -> float:
        """Seconds before the next attempt. Twilio does not publish its gaps; these triple, within its total of 15 s."""
        factor: int = 3 ** (attempts_made - 1)
        return min(base_seconds * factor, MAX_TOTAL_SECONDS)


def succeeded(attempt: Attempt) -> bool:
    """Whether the server took it."""
    return attempt.status_code is not None and attempt.status_code < 400


def _outcome(attempt: Attempt) -> str | None:
    if attempt.error is not None:
        return attempt.error
    if attempt.status_code is None or attempt.status_code < 400:
        return None
    return f"{attempt.status_code // 100}xx"


def _number(text: str | None, default: float, low: float, high: float) -> float:
    try:
        return min(max(float(text), low), high) if text else default
    except ValueError:
        return default
