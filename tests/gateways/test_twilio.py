"""What really leaves towards Twilio, and what is made of each thing that may come back."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from urllib3.exceptions import MaxRetryError, SSLError
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.support.certificates import self_signed
from tests.support.server import ACCOUNT_SID, ROOT, free_port
from tests.support.simulator import CUSTOMER, NUMBER, SimulatorProcess
from whatsapp_server.gateways.twilio import NotSent, OutcomeUnknown, Refused, SendError, SentMessage, TryLater, TwilioGateway, _classified

OPENAPI = ROOT.parent / "shared" / "twilio" / "twilio_messages_openapi.json"
CALLBACK = "https://inbox.example.com/webhooks/twilio/status?m=5f0c&a=1#rc=3&rp=ct,rt,5xx"
PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
SID = "SM" + "a" * 32
CREATED = {
    "sid": SID,
    "status": "queued",
    "body": "Olá",
    "date_created": "Mon, 23 Nov 2026 21:00:00 +0000",
    "error_code": None,
    "num_media": "0",
    "num_segments": "1",
}


class Recorder:
    """Stands where Twilio would, keeps every request and gives the answer it was told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer = Response(json.dumps(CREATED), 201, content_type="application/json")
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        request.form  # noqa: B018  # read while the connection is open
        self.requests.append(request)
        return self.answer(environ, start_response)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests look at `requests`."""


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.stop()


def gateway(url: str, timeout_seconds: float = 2.0) -> TwilioGateway:
    return TwilioGateway(ACCOUNT_SID, "the-token", timeout_seconds=timeout_seconds, base_url=url)


def send(url: str, timeout_seconds: float = 2.0, body: str = "Olá, Maria! 👋\nlinha 2") -> SentMessage:
    return gateway(url, timeout_seconds).send(to=CUSTOMER, from_=NUMBER, body=body, status_callback=CALLBACK)


def answered(recorder: Recorder, status: int, members: Any) -> SendError:
    body = members if isinstance(members, str) else json.dumps(members)
    recorder.answer = Response(body, status, content_type="application/json")
    with pytest.raises(SendError) as raised:
        send(recorder.url)
    assert len(recorder.requests) == 1
    return raised.value


@pytest.mark.skipif(not OPENAPI.exists(), reason="Twilio's OpenAPI description is not beside the project")
def test_a_send_is_what_twilios_description_asks_for(recorder: Recorder) -> None:
    sent = send(recorder.url)
    (request,) = recorder.requests
    document = json.loads(OPENAPI.read_text())
    operation = document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    form = request.form.to_dict()
    jsonschema.Draft202012Validator({**schema, "additionalProperties": False}).validate(form)
    (account,) = [one["schema"] for one in operation["parameters"] if one["name"] == "AccountSid"]
    jsonschema.Draft202012Validator(account).validate(request.path.split("/")[3])
    assert (request.method, request.mimetype) == ("POST", "application/x-www-form-urlencoded")
    assert sent.sid == SID


def test_a_send_says_exactly_this(recorder: Recorder) -> None:
    sent = send(recorder.url)
    (request,) = recorder.requests
    assert request.path == PATH
    assert request.form.to_dict(flat=False) == {
        "To": [CUSTOMER],
        "From": [NUMBER],
        "Body": ["Olá, Maria! 👋\nlinha 2"],
        "StatusCallback": [CALLBACK],
    }
    assert request.authorization is not None
    assert (request.authorization.username, request.authorization.password) == (ACCOUNT_SID, "the-token")
    assert (sent.status, sent.body, sent.error_code) == ("queued", "Olá", None)
    assert sent.created_at is not None
    assert sent.created_at.tzinfo is not None


def test_asking_names_both_ends_and_reads_every_page() -> None:
    with SimulatorProcess(account_sid=ACCOUNT_SID, auth_token="the-token", speed=0) as simulator:
        simulator.inbound("oi")
        ours = [send(simulator.url, body=f"{number}").sid for number in range(55)]
        send_elsewhere = gateway(simulator.url)
        simulator.inbound("oi", from_="whatsapp:+5511900000000")
        send_elsewhere.send(to="whatsapp:+5511900000000", from_=NUMBER, body="outra", status_callback=CALLBACK)
        found = gateway(simulator.url).recent(to=CUSTOMER, from_=NUMBER)
        assert gateway(simulator.url).answers()
    assert [one.sid for one in found] == ours[::-1]
    assert {one.body for one in found} == {f"{number}" for number in range(55)}


@pytest.mark.parametrize(
    ("status", "members", "kind", "code"),
    [
        (400, {"code": 21211, "message": "Invalid 'To'", "status": 400}, Refused, "21211"),
        (403, {"code": 21610, "message": "opted out", "status": 403}, Refused, "21610"),
        (404, {"code": 20404, "message": "no such account", "status": 404}, Refused, "20404"),
        (401, {"code": 20003, "message": "Authenticate", "status": 401}, TryLater, "20003"),
        (403, {"code": 20003, "message": "Permission Denied", "status": 403}, TryLater, "20003"),
        (429, {"code": 20429, "message": "Too Many Requests", "status": 429}, TryLater, "20429"),
        (429, {}, TryLater, "429"),
        (400, {"code": 21611, "message": "queue full", "status": 400}, TryLater, "21611"),
        (500, {"code": 20500, "message": "oops", "status": 500}, OutcomeUnknown, "20500"),
        (503, {}, OutcomeUnknown, "503"),
        (502, "<html>Bad Gateway</html>", OutcomeUnknown, "502"),
        (201, "<html>welcome</html>", OutcomeUnknown, "rubbish"),
        (201, {}, OutcomeUnknown, "rubbish"),
        (201, "null", OutcomeUnknown, "rubbish"),
        (307, {}, OutcomeUnknown, "307"),
    ],
)
def test_what_an_answer_means(recorder: Recorder, status: int, members: Any, kind: type[SendError], code: str) -> None:
    error = answered(recorder, status, members)
    assert (type(error), error.code) == (kind, code)


def test_a_refused_connection_is_not_sent() -> None:
    with pytest.raises(NotSent) as raised:
        send(f"http://127.0.0.1:{free_port()}")
    assert raised.value.code == "no_connection"


def test_a_name_that_nobody_knows_is_not_sent() -> None:
    with pytest.raises(NotSent):
        send("http://twilio.invalid")


@pytest.fixture
def talking() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Listens, hands the first connection to a function, and says where: talking(lambda connection: ...)."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def start(handle: Callable[[socket.socket], None]) -> str:
        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                handle(connection)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for thread in threads:
        thread.join(10)
    listener.close()


def _reset(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _silence(connection: socket.socket) -> None:
    while connection.recv(65536):
        continue


@pytest.mark.parametrize(
    ("handle", "code"),
    [
        (_reset, "connection_lost"),
        (lambda connection: connection.recv(65536), "connection_lost"),
        (lambda connection: connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"), "connection_lost"),
        (lambda connection: connection.sendall(b"what?\r\n\r\n"), "connection_lost"),
        (_silence, "timeout"),
    ],
    ids=["reset", "closed", "cut short", "no HTTP", "silence"],
)
def test_a_connection_that_breaks_after_the_request_left(
    talking: Callable[[Callable[[socket.socket], None]], str], handle: Callable[[socket.socket], None], code: str
) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        send(talking(handle), timeout_seconds=0.5)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (ssl.SSLCertVerificationError("certificate verify failed"), NotSent),
        # TLS also breaks after the request was written: never to be taken for "nothing reached Twilio".
        (ssl.SSLEOFError("EOF occurred in violation of protocol"), OutcomeUnknown),
        (ssl.SSLError("decryption failed or bad record mac"), OutcomeUnknown),
    ],
)
def test_of_tls_errors_only_a_wrong_certificate_is_certainly_not_sent(reason: Exception, kind: type[SendError]) -> None:
    pool: Any = None
    error = requests.exceptions.SSLError(MaxRetryError(pool, "/", SSLError(reason)))
    assert type(_classified(error)) is kind


def test_a_wrong_certificate_is_met_before_anything_is_sent(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    with context.wrap_socket(connection, server_side=True) as secured:
                        heard.append(secured.recv(65536))
                except ssl.SSLError:
                    heard.append(b"")  # the client ended the handshake

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(NotSent):
            send(f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join(10)
    assert heard == [b""]


def test_a_bug_of_ours_is_not_called_twilios() -> None:
    with pytest.raises(ZeroDivisionError):
        _classified(ZeroDivisionError())
