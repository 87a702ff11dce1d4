"""JSON logs, one object a line, each with the id of the request it belongs to.

At the default level no message text, no name and no full number is logged: `masked` cuts an address down to what an operator needs,
and every finished line is searched for addresses, because the text of a library's exception (a duplicate key, a URL) may quote one.
"""

import json
import logging
import re
import sys
from typing import Any

import structlog

_ADDRESSES = re.compile(r"whatsapp:[\w.+-]+|(?:\+|%2B)\d{8,15}")

# Without one of these there is no address in a line.
_SIGNS = ("whatsapp:", "+", "%2B")


def configure(level: str) -> None:
    """Send structlog's and the standard library's records to standard error as JSON, from `level` (a name such as info) up."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, *_rendering()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(),
            ],
        )
    )
    logging.root.handlers = [handler]
    # Libraries chat at info (the twilio SDK logs whole requests, message text included): only their warnings are of use.
    logging.root.setLevel(max(number, logging.WARNING))


def _rendering() -> list[Any]:
    # One encoder for all lines: json.dumps would make one for each.
    encode = json.JSONEncoder(ensure_ascii=False, default=repr).encode
    renderer = structlog.processors.JSONRenderer(serializer=lambda line, **_: encode(line))
    return [structlog.processors.format_exc_info, renderer, _without_addresses]


def _without_addresses(logger: Any, method: str, line: str) -> str:
    if not any(sign in line for sign in _SIGNS):
        return line
    return _ADDRESSES.sub(lambda found: masked(found[0]), line)


def masked(address: str | None) -> str:
    """An address of which only the last four characters show: `whatsapp:+5511987654321` -> `…4321`."""
    return f"…{address[-4:]}" if address else ""
