"""The client's files, and the page that documents the API; no build step, so they are served as they lie."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

WEB = Path(__file__).parents[1] / "web"

blueprint = Blueprint("web", __name__)
docs_blueprint = Blueprint("docs", __name__)


@blueprint.get("/")
def index() -> Response:
    """The inbox."""
    return _revalidated(send_from_directory(WEB, "index.html"))


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """A script, a style or a picture of the client."""
    return _revalidated(send_from_directory(WEB, name))


@docs_blueprint.get("/api/docs")
def page() -> Response:
    """The API's documentation, readable offline."""
    return _revalidated(send_from_directory(WEB, "docs.html"))


def _revalidated(response: Response) -> Response:
    """Kept by browsers but asked after each time: a deploy must not leave half of an old client in anybody's tab."""
    response.headers["Cache-Control"] = "no-cache"
    return response
