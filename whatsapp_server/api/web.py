"""The client's files, and the page that documents the API, as they lay when the server started; modules and styles put together.

The address of a file holds the client's version. So browsers keep files for good, and a page that is being loaded while a deploy
replaces the server never gets one half of an old client and one of a new. The pages themselves are asked after each time.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.http import parse_accept_header

from whatsapp_server.api import bundle
from whatsapp_server.api.request_log import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WEB = Path(__file__).parents[1] / "web"
PAGES = ("index.html", "docs.html")
MODULE, STYLES = "js/app.js", "css/app.css"
VERSION_CHARACTERS = 16
YEAR_SECONDS = 365 * 24 * 3600

blueprint = Blueprint("web", __name__)
docs_blueprint = Blueprint("docs", __name__)


@dataclass(frozen=True)
class Client:
    """All of a client's files, by path, and its `version`: the same wherever the same files are."""

    version: str
    files: Mapping[str, bytes]

    @classmethod
    def read(cls, folder: Path) -> "Client":
        """The client in `folder`. Kept in memory: whatever becomes of the folder, an address always means the same bytes."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        files |= {MODULE: bundle.module(files, MODULE), STYLES: bundle.stylesheet(files, STYLES)}
        # Of what is served: whatever changes that, be it how it is put together, is another version.
        summary = "".join(f"{hashlib.sha256(body).hexdigest()} {name}\n" for name, body in files.items())
        version = hashlib.sha256(summary.encode()).hexdigest()[:VERSION_CHARACTERS]
        return cls(version, {**files, **{name: _at_version(files[name], version.encode()) for name in PAGES}})


def _at_version(page: bytes, version: bytes) -> bytes:
    """`page` with the version in the addresses of what it loads, and where it says which one it is."""
    named = page.replace(b'name="web-version" content=""', b'name="web-version" content="' + version + b'"')
    return named.replace(b'="/assets/', b'="/assets/' + version + b"/")


class Part:
    """One file as it is answered: plain or, where that is shorter, compressed. Not every proxy does that; Heroku's does not."""

    def __init__(self, name: str, body: bytes) -> None:
        self._body = body
        kind, _ = mimetypes.guess_type(name)
        kind = kind or "application/octet-stream"
        self._headers = [
            ("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind),
            ("Cache-Control", f"public, max-age={YEAR_SECONDS}, immutable"),
            ("Vary", "Accept-Encoding"),
            *HEADERS.items(),
        ]

    @cached_property
    def plain(self) -> tuple[list[tuple[str, str]], bytes]:
        """(headers, body)"""
        return [*self._headers, ("Content-Length", str(len(self._body)))], self._body

    @cached_property
    def compressed(self) -> tuple[list[tuple[str, str]], bytes]:
        """(headers, body), made when it is first asked for."""
        body = gzip.compress(self._body, mtime=0)
        if len(body) >= len(self._body):
            return self.plain
        return [*self._headers, ("Content-Length", str(len(body))), ("Content-Encoding", "gzip")], body


class Assets:
    """Answers for the parts of `client` itself: `app` costs twice as much, and after a deployment every tab asks for all of them."""

    def __init__(self, app: "WSGIApplication", client: Client) -> None:
        self._app = app
        self._parts = {f"/assets/{client.version}/{name}": Part(name, body) for name, body in client.files.items()}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        part = self._parts.get(environ["PATH_INFO"])
        if part is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        taken = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING"))
        headers, body = part.compressed if taken["gzip"] else part.plain
        start_response("200 OK", list(headers))
        return [body if environ["REQUEST_METHOD"] == "GET" else b""]


def register(app: Flask) -> None:
    """Read the client that `app` ships; `app.config["WEB_VERSION"]` says which one it is."""
    client = Client.read(WEB)
    app.extensions["web_client"] = client
    app.config["WEB_VERSION"] = client.version
    app.wsgi_app = Assets(app.wsgi_app, client)  # type: ignore[method-assign]
    for room in (blueprint, docs_blueprint):
        app.register_blueprint(room)


@blueprint.get("/")
def index() -> Response:
    """The inbox."""
    return _page("index.html")


@docs_blueprint.get("/api/docs")
def page() -> Response:
    """The API's documentation, readable offline."""
    return _page("docs.html")


def _page(name: str) -> Response:
    client = _client()
    response = Response(client.files[name], mimetype="text/html")
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(client.version)
    response.make_conditional(request)
    return response


def _client() -> Client:
    client: Client = current_app.extensions["web_client"]
    return client
