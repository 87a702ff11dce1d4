"""A tiny server in this process that takes webhooks and callbacks as ours would, and keeps what came."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.support.waiting import eventually

WEBHOOK_PATH = "/webhooks/twilio/messages"
STATUS_PATH = "/webhooks/twilio/status"


@dataclass(frozen=True)
class Post:
    """One request that came."""

    url: str
    form: MultiDict[str, str]
    signature: str

    @property
    def status(self) -> str:
        """The status that a callback tells."""
        return self.form.get("MessageStatus", "")


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests look at `posts`, not at a log."""


class Receiver:
    """Answers 200 unless `answer` says otherwise."""

    def __init__(self, port: int = 0) -> None:
        self.posts: list[Post] = []
        self.answer: Callable[[Post], Response] = lambda post: Response("<Response/>", mimetype="text/xml")
        self._server: ThreadedWSGIServer = make_server("127.0.0.1", port, self._serve, threaded=True, request_handler=_Handler)  # type: ignore[assignment]
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        """The address of `path` here."""
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def to(self, path: str) -> list[Post]:
        """What came to `path`, in order."""
        return [post for post in self.posts if post.url.startswith(self.url(path))]

    def statuses(self, sid: str) -> list[str]:
        """The statuses that were told of one message, in order."""
        return [post.status for post in self.posts if post.status and post.form["MessageSid"] == sid]

    def wait_for_statuses(self, sid: str, count: int) -> list[str]:
        """The statuses told of one message, once there are `count`."""
        eventually(lambda: len(self.statuses(sid)) >= count)
        return self.statuses(sid)

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        post = Post(request.url, MultiDict(request.form), request.headers.get("X-Twilio-Signature", ""))
        self.posts.append(post)
        return self.answer(post)(environ, start_response)


def is_signed(post: Post, auth_token: str, url: str | None = None) -> bool:
    """Whether Twilio's own SDK finds the signature right."""
    return bool(RequestValidator(auth_token).validate(url or post.url, post.form, post.signature))
