"""What the simulator was told at its start."""

from dataclasses import dataclass
from ipaddress import ip_address

DEFAULT_NUMBER = "whatsapp:+14155238886"


class OptionsError(ValueError):
    """One sentence that says which option to mend; it stops the start."""


@dataclass(frozen=True)
class Options:
    """See docs/simulator.md for what each means; `speed` multiplies delays, `retry_delay` is in seconds."""

    account_sid: str
    auth_token: str
    numbers: tuple[str, ...] = (DEFAULT_NUMBER,)
    host: str = "127.0.0.1"
    port: int = 5001
    state: str = ":memory:"
    webhook_url: str | None = None
    signing_base_url: str | None = None
    speed: float = 1.0
    retry_delay: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what cannot work; raises OptionsError."""
        if not is_loopback(self.host):
            raise OptionsError(f"The simulator has no passwords worth the name, so it listens on loopback only, not {self.host}.")
        if not _is_account_sid(self.account_sid):
            raise OptionsError("--account-sid must be AC followed by 32 hexadecimal digits.")
        if not self.auth_token:
            raise OptionsError("--auth-token must not be empty.")
        if not self.numbers:
            raise OptionsError("At least one --number is needed.")
        if self.speed < 0 or self.retry_delay < 0:
            raise OptionsError("--speed and --retry-delay must not be negative.")


def is_loopback(host: str) -> bool:
    """Whether `host` reaches this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def whatsapp_address(text: str) -> str:
    """`text` as a channel address: spaces and punctuation of a number dropped, `whatsapp:` put before it."""
    bare = text.strip().removeprefix("whatsapp:")
    if bare.startswith("+"):
        bare = "+" + "".join(character for character in bare if character.isdigit())
    return f"whatsapp:{bare}"


def _is_account_sid(sid: str) -> bool:
    return len(sid) == 34 and sid.startswith("AC") and all(digit in "0123456789abcdefABCDEF" for digit in sid[2:])
