"""The one shape of an error, asserted in one place."""

import requests

from tests.support.server import Json

MEMBERS = {"type", "title", "status", "detail", "code"}


def assert_problem(answer: requests.Response, status: int, code: str) -> Json:
    """Assert that `answer` is this problem in RFC 9457's form and nothing else; its members come back."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: Json = answer.json()
    assert body.keys() >= MEMBERS
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:problem:{code}")
    assert body["title"]
    assert body["detail"].endswith(".")
    assert "Traceback" not in answer.text
    return body
