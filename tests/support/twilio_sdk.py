"""The real Twilio SDK, pointed at a simulator."""

from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from tests.support.simulator import SimulatorProcess


class RedirectingClient(TwilioHttpClient):
    """Twilio's HTTP client, aimed at another host."""

    def __init__(self, base_url: str, timeout: float = 10.0) -> None:
        super().__init__(timeout=timeout)
        self.base_url = base_url
        assert self.session is not None
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        """The same request, at `base_url`."""
        return super().request(method, url.replace("https://api.twilio.com", self.base_url), *args, **more)


def sdk(simulator: SimulatorProcess, *, auth_token: str | None = None, timeout: float = 10.0) -> Client:
    """A Twilio client that talks to `simulator`."""
    http_client = RedirectingClient(simulator.url, timeout)
    return Client(simulator.account_sid, auth_token or simulator.auth_token, http_client=http_client)
