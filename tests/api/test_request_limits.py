"""Requests that are malformed on the wire, or hold text that nothing can store, are refused and end there."""

import base64
import json
import socket
from pathlib import Path

import pytest
import requests

from tests.support.problems import assert_problem
from tests.support.server import Agent, ServerProcess
from whatsapp_server import demo

HALF_A_PAIR = "\ud800"
HIDDEN = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def raw(server: ServerProcess, request: str) -> bytes:
    """Everything that is answered to these bytes until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as caller:
        caller.sendall(request.encode())
        answer = b""
        while piece := caller.recv(65536):
            answer += piece
        return answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Transfer-Encoding: chunked", b"411"),
        ("Transfer-Encoding: xchunked", b"411"),
        ("Transfer-Encoding: identity, chunked", b"411"),
        ("Content-Length: 3\r\nContent-Length: 40", b"400"),
        ("Content-Length: +3", b"400"),
        ("Content-Length: 3_0", b"400"),
        ("Content-Length: -3", b"400"),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", b"4"),
    ],
)
def test_a_body_whose_end_is_in_doubt_closes_the_connection(server: ServerProcess, headers: str, status: bytes) -> None:
    answer = raw(server, f"POST /api/auth/login HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n0\r\n\r\n{HIDDEN}")
    assert answer.split()[1].startswith(status)
    assert answer.count(b"HTTP/1.") == 1, "the hidden request was answered"
    assert b'"ok"' not in answer


def test_what_never_reaches_the_app_is_answered_in_the_shape_of_every_error(server: ServerProcess) -> None:
    chunked = requests.post(f"{server.url}/api/auth/login", data=iter([b"{}"]), timeout=10)
    assert_problem(chunked, 411, "bad_request")
    assert_problem(requests.get(server.url, headers={f"X-{number}": "x" for number in range(200)}, timeout=10), 431, "bad_request")


def test_a_plain_body_keeps_the_connection(server: ServerProcess) -> None:
    with requests.Session() as session:
        for _ in range(2):
            assert_problem(
                session.post(f"{server.url}/api/auth/login", data=b"{", headers={"Content-Type": "application/json"}), 400, "bad_request"
            )


def test_a_malformed_request_leaves_no_stranger_s_words_in_the_log(server: ServerProcess) -> None:
    raw(server, "GET /strangers-words HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    forged = requests.get(f"{server.url}/socket.io/?EIO=4&transport=polling&sid=x%0Astrangers-line", timeout=10)
    assert forged.status_code == 400
    logged = server.logs()
    assert "strangers-words" not in logged
    assert not [line for line in logged.splitlines() if line.startswith("strangers-line")]


@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("text", [HALF_A_PAIR, "\x00"])
def test_signing_in_with_what_is_no_text_is_422(server: ServerProcess, field: str, text: str) -> None:
    given = {"email": "ana@example.com", "password": "x", field: text}
    problem = assert_problem(requests.post(f"{server.url}/api/auth/login", json=given, timeout=10), 422, "invalid")
    assert set(problem["errors"]) == {field}


def test_a_channel_that_is_no_text_is_422(ana: Agent) -> None:
    given = {"number": "+5511999990000", "channel_id": HALF_A_PAIR}
    assert set(assert_problem(ana.call("POST", "/api/conversations", json=given), 422, "invalid")["errors"]) == {"channel_id"}


def test_a_cursor_that_holds_no_text_is_422(ana: Agent) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps([1, HALF_A_PAIR]).encode()).decode().rstrip("=")
    answer = ana.call("GET", "/api/conversations", params={"cursor": cursor})
    assert set(assert_problem(answer, 422, "invalid")["errors"]) == {"cursor"}


def test_the_demo_s_secrets_are_their_owner_s_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    demo._kept_secrets(folder / "demo-secrets.json")
    assert [path.stat().st_mode & 0o077 for path in (folder, folder / "demo-secrets.json")] == [0, 0]
