"""What every operation of the OpenAPI document shares: its possible problems, and that it needs a token."""

from collections.abc import Callable
from typing import Any

from whatsapp_server.schemas.base import ProblemOut

View = Callable[..., Any]
ALWAYS = (400, 401, 405, 413, 503)


def problems(blueprint: Any, *statuses: int) -> Callable[[View], View]:
    """Document that a view may answer with these problems, and with those that any view may."""

    def decorate(view: View) -> View:
        for status in sorted({*ALWAYS, *statuses}):
            view = blueprint.alt_response(status, schema=ProblemOut, content_type="application/problem+json")(view)
        return view

    return decorate
