"""`python -m whatsapp_server.simulator`: starts the simulator; `--help` names every option."""

import argparse
import logging
import os
import sqlite3
import sys

from whatsapp_server.simulator.options import DEFAULT_NUMBER, Options, OptionsError, whatsapp_address
from whatsapp_server.simulator.server import serve

DEMO_ACCOUNT_SID = "AC" + "0" * 31 + "1"
# The token of an account that does not exist.
# Unlike an argument, the environment is not shown to every user of the machine.
TOKEN_VARIABLE = "SIMULATOR_AUTH_TOKEN"  # noqa: S105 - a name
TOKEN_HELP = f"signs webhooks and opens the REST API (default: what {TOKEN_VARIABLE} says)"
DEMO_AUTH_TOKEN = "simulated-auth-token"  # noqa: S105


def main(arguments: list[str] | None = None) -> int:
    """Run with `arguments` (the process's own by default) and return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="simulator: %(levelname)s %(message)s")
    given = _parser().parse_args(arguments)
    try:
        options = Options(
            account_sid=given.account_sid,
            auth_token=given.auth_token,
            numbers=tuple(whatsapp_address(number) for number in given.number or [DEFAULT_NUMBER]),
            host=given.host,
            port=given.port,
            state=given.state,
            webhook_url=given.webhook_url,
            signing_base_url=given.signing_base_url,
            speed=given.speed,
            retry_delay=given.retry_delay,
        )
        serve(options, die_with_stdin=given.die_with_stdin)
    except (OptionsError, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m whatsapp_server.simulator", description="A Twilio look-alike and a customer's phone.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only (default %(default)s)")
    parser.add_argument("--port", type=int, default=5001, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--state", default=":memory:", metavar="FILE", help="SQLite file that keeps the phones' history")
    parser.add_argument("--account-sid", default=DEMO_ACCOUNT_SID, metavar="AC...")
    parser.add_argument("--auth-token", default=os.environ.get(TOKEN_VARIABLE) or DEMO_AUTH_TOKEN, help=TOKEN_HELP)
    parser.add_argument("--number", action="append", metavar="whatsapp:+N", help="one of our numbers; may be repeated")
    parser.add_argument("--webhook-url", metavar="URL", help="where inbound messages are posted; #rc=3&rp=ct,rt,5xx sets retries")
    parser.add_argument("--signing-base-url", metavar="URL", help="the server's public address, when it is not the webhook URL's")
    parser.add_argument("--speed", type=float, default=1.0, help="multiplies the gaps between callbacks; 0 is at once")
    parser.add_argument("--retry-delay", type=float, default=0.5, metavar="SECONDS", help="before the first retry")
    parser.add_argument("--die-with-stdin", action="store_true", help="stop when stdin ends, so as never to outlive the parent")
    return parser


if __name__ == "__main__":
    sys.exit(main())
