"""Whatever goes wrong, the answer has one shape, in the reader's language."""

from pathlib import Path

import pytest
import requests

from tests.support.mongods import frozen
from tests.support.problems import assert_problem
from tests.support.server import Agent, ServerProcess
from tests.support.waiting import PATIENCE_SECONDS, eventually
from whatsapp_server.embedded_mongo.folder import mongods_on

NOWHERE = "0" * 24


def test_an_address_that_is_none_is_404(server: ServerProcess, ana: Agent) -> None:
    for path in ("/nowhere", "/api/nowhere", "/api", "/assets/nowhere.js", "/assets/../../wsgi.py", "/webhooks/twilio/other"):
        assert_problem(requests.get(server.url + path, timeout=10), 404, "not_found")
        assert_problem(ana.call("GET", path), 404, "not_found")


@pytest.mark.parametrize("path", ["conversations/{}", "conversations/{}/messages"])
@pytest.mark.parametrize("name", [NOWHERE, "x", "%00", "%E2%82%AC", "$where", "a" * 2000])
def test_an_id_that_is_none_is_404(ana: Agent, path: str, name: str) -> None:
    assert_problem(ana.call("GET", f"/api/{path.format(name)}"), 404, "not_found")


def test_a_method_that_is_not_taken_is_405_and_names_those_that_are(server: ServerProcess, ana: Agent) -> None:
    for method, path in (("DELETE", "/api/conversations"), ("GET", "/api/auth/login"), ("PUT", "/webhooks/twilio/messages")):
        answer = ana.call(method, path)
        assert_problem(answer, 405, "method_not_allowed")
        assert method not in answer.headers["Allow"]
        assert answer.headers["Allow"]
        assert_problem(requests.request(method, server.url + path, timeout=10), 405, "method_not_allowed")


def test_a_body_that_is_too_large_is_413(server: ServerProcess, ana: Agent) -> None:
    large = {"email": "a@example.com", "password": "x" * 300_000}
    assert_problem(requests.post(f"{server.url}/api/auth/login", json=large, timeout=10), 413, "too_large")
    assert_problem(ana.call("POST", "/api/conversations", json={"number": "1" * 300_000}), 413, "too_large")


def test_a_body_that_says_nothing_of_its_length_is_limited_too(server: ServerProcess) -> None:
    chunks = (b"x" * 64_000 for _ in range(8))
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{server.url}/api/auth/login", data=chunks, headers=headers, timeout=10)
    assert 400 <= answer.status_code < 500  # it is not read at all, so its fields are missing
    assert_problem(answer, answer.status_code, answer.json()["code"])
    assert requests.get(f"{server.url}/healthz", timeout=5).status_code == 200


def test_no_body_at_all_lacks_every_field(ana: Agent) -> None:
    found = assert_problem(ana.call("POST", "/api/conversations"), 422, "invalid")
    assert found["errors"].keys() == {"number"}


def test_a_body_that_cannot_be_read_does_not_disturb_the_limit_of_logins(server: ServerProcess) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"[" * 5_000, b"{", b"\xff"):
        assert_problem(requests.post(f"{server.url}/api/auth/login", data=body, headers=headers, timeout=10), 400, "bad_request")
    answer = requests.post(f"{server.url}/api/auth/login", data=b"x" * 300_000, headers=headers, timeout=10)
    assert_problem(answer, 413, "too_large")
    assert "storage unreachable" not in server.logs()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_a_body_of_another_type_is_415(server: ServerProcess, ana: Agent, kind: str) -> None:
    body, headers = b'{"number": "+5511987654321"}', {"Content-Type": kind}
    assert_problem(ana.call("POST", "/api/conversations", data=body, headers=headers), 415, "unsupported_type")
    assert_problem(requests.post(f"{server.url}/api/auth/login", data=body, headers=headers, timeout=10), 415, "unsupported_type")


@pytest.mark.parametrize("body", [b"{", b" ", b"\xff\xfe", b"{'a': 1}", b"[" * 5_000, b'{"number": NaN', b'"\\ud800"x'])
def test_malformed_json_is_400(ana: Agent, body: bytes) -> None:
    answer = ana.call("POST", "/api/conversations", data=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400, "bad_request")


def test_fields_are_named_with_their_sentences(ana: Agent) -> None:
    found = assert_problem(ana.call("POST", "/api/conversations", json={"number": 7, "other": 1}), 422, "invalid")
    assert found["errors"].keys() == {"number", "other"}
    assert all(isinstance(one, str) for sentences in found["errors"].values() for one in sentences)
    found = assert_problem(ana.call("GET", "/api/conversations?limit=101"), 422, "invalid")
    assert found["errors"].keys() == {"limit"}


@pytest.mark.parametrize(
    ("languages", "detail"),
    [
        ("pt-BR,pt;q=0.9,en;q=0.8", "Não encontrado."),
        ("pt", "Não encontrado."),
        ("pt-PT", "Não encontrado."),
        ("en-GB,pt;q=0.5", "Not found."),
        ("en", "Not found."),
        ("fr", "Not found."),
        ("fr,pt;q=0.3", "Não encontrado."),
        ("*", "Not found."),
        ("pt;q=0,en;q=0.1", "Not found."),
        ("", "Not found."),
        (";;q=x,,", "Not found."),
    ],
)
def test_the_sentence_is_in_the_reader_s_language(server: ServerProcess, languages: str, detail: str) -> None:
    answer = requests.get(f"{server.url}/nowhere", headers={"Accept-Language": languages}, timeout=10)
    assert assert_problem(answer, 404, "not_found")["detail"] == detail


def test_every_answer_has_a_request_id_and_the_security_headers(server: ServerProcess) -> None:
    for path in ("/", "/healthz", "/nowhere", "/api/auth/me"):
        headers = requests.get(server.url + path, headers={"X-Request-ID": "of-a-proxy.1"}, timeout=10).headers
        assert headers["X-Request-ID"] == "of-a-proxy.1"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
    forged = requests.get(f"{server.url}/healthz", headers={"X-Request-ID": 'a"b c'}, timeout=10).headers["X-Request-ID"]
    assert forged != 'a"b c'
    assert requests.get(f"{server.url}/api/auth/me", timeout=10).headers["Cache-Control"] == "no-store"


def test_while_the_database_hangs_everything_says_503_and_recovers(data_dir: Path) -> None:
    short = {"DATABASE_TIMEOUT_SECONDS": "0.5"}
    with ServerProcess(data_dir, simulator_url="http://127.0.0.1:9", auth_token="token", **short) as server:
        ana = server.agent("ana")
        (mongod,) = mongods_on(data_dir / "mongo" / "db")
        with frozen(mongod):
            for path in ("/readyz", "/api/auth/me", "/api/conversations"):
                assert_problem(ana.call("GET", path, headers={"Accept-Language": "en"}), 503, "unavailable")
            someone = {"email": "ana@example.com", "password": "x" * 12}
            assert_problem(ana.call("POST", "/api/auth/login", json=someone), 503, "unavailable")
            assert requests.get(f"{server.url}/healthz", timeout=PATIENCE_SECONDS).status_code == 200
        eventually(lambda: ana.call("GET", "/api/auth/me").status_code == 200)
