"""What every operation of the API shares: how its JSON is read, its possible problems, and that it needs a token."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Request
from webargs import missing
from webargs.flaskparser import FlaskParser

from whatsapp_server import errors
from whatsapp_server.schemas.base import ProblemOut

View = Callable[..., Any]
ALWAYS = (400, 401, 405, 413, 503)


def json_body(request: Request) -> Any:
    """The request's JSON, webargs' `missing` when it has no body; raises UnsupportedType or BadRequest."""
    try:
        body = request.get_data(cache=True)
    except TimeoutError as error:  # it was announced and never came
        raise errors.BadRequest from error
    if not body:
        return missing
    if not request.is_json:
        raise errors.UnsupportedType
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # thousands of opening brackets are the latter
        raise errors.BadRequest from error


class _Parser(FlaskParser):
    """Reads bodies by `json_body`: the library takes one of another type for none, and stumbles over deep nesting."""

    def load_json(self, req: Request, schema: object) -> Any:
        return json_body(req)


class Blueprint(flask_smorest.Blueprint):
    """A documented blueprint."""

    ARGUMENTS_PARSER = _Parser()


def register(api: flask_smorest.Api) -> None:
    """Give the document of a bound `api` the problems that `problems` refers to."""
    for status in HTTPStatus:
        content = {"application/problem+json": {"schema": ProblemOut}}
        api.spec.components.response(_problem(status), {"description": status.phrase, "content": content}, lazy=True)


def problems(blueprint: Blueprint, *statuses: int) -> Callable[[View], View]:
    """Document that a view may answer with these problems, and with those that any view may.

    The innermost decorator: the library copies what is documented so far, schemas too, for each one that follows (13 MB in all).
    """

    def decorate(view: View) -> View:
        for status in sorted({*ALWAYS, *statuses}):
            view = blueprint.alt_response(status, response=_problem(status))(view)
        return view

    return decorate


def _problem(status: int) -> str:
    return f"PROBLEM_{int(status)}"
