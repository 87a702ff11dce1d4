"""Known signatures, Twilio's own among them, through the front door.

Each case keeps its token, scheme, host, port, query and parameters. Our path differs, and a message needs a few parameters that some
cases lack: with those in place, what was signed is signed again as it had been, and what was sent is sent.
"""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import pytest
import requests

from tests.support.mongo import SharedMongo
from tests.support.problems import assert_problem
from tests.support.server import ACCOUNT_SID, ServerProcess
from tests.support.webhooks import NUMBER, Pairs, encoded, new_sid, post_body, signature
from whatsapp_server.gateways.twilio import TwilioGateway

PATH = "/webhooks/twilio/messages"
FILE = Path(__file__).parents[3] / "shared" / "twilio" / "signature_vectors.json"
Case = dict[str, Any]

CASES: list[Case] = json.loads(FILE.read_text())["vectors"] if FILE.exists() else []
FORMS = [case for case in CASES if "body" not in case]
ORIGINS = sorted({"://".join(urlsplit(case["url"])[:2]) for case in CASES})
pytestmark = pytest.mark.skipif(not CASES, reason=f"the signature vectors are not there: {FILE}")


def pairs_of(case: Case) -> Pairs:
    """The parameters of a form."""
    return [(name, value) for name, value in case.get("params", [])]


def algorithm_of(case: Case) -> str:
    """As hashlib calls it."""
    return str(case.get("algorithm", "HMAC_SHA1")).removeprefix("HMAC_").lower()


def spellings(url: str) -> list[str]:
    """`url` as it is, without its port, and with the port that its scheme implies."""
    parts = urlsplit(url)
    host = str(parts.hostname)
    implied = f"{host}:{443 if parts.scheme == 'https' else 80}"
    return [parts._replace(netloc=netloc).geturl() for netloc in (parts.netloc, host, implied)]


def signed_as(case: Case) -> tuple[str, Pairs]:
    """The URL and the parameters that the case's signature was really computed over, found among those of all cases."""
    for other, sent in itertools.product(CASES, FORMS or CASES):
        for url in spellings(other["url"]):
            for pairs in (pairs_of(sent), []):
                if signature(case["auth_token"], url, pairs, algorithm_of(case)) == case["expected_signature"]:
                    return url, pairs
    raise AssertionError(f"nothing gives the signature of {case['name']}")


def at_our_path(url: str) -> SplitResult:
    """`url` with our path; a slash too many stays one too many."""
    parts = urlsplit(url)
    return parts._replace(path=PATH + ("/" if parts.path.endswith("/") else ""))


def with_ours(pairs: Pairs, sid: str) -> Pairs:
    """The parameters with our account and a SID of their own, and with what every message has."""
    ours = {"AccountSid": ACCOUNT_SID, "MessageSid": sid}
    names = {name for name, _ in pairs}
    needed = {**ours, "From": "whatsapp:+15550000001", "To": NUMBER}
    return [(name, ours.get(name, value)) for name, value in pairs] + [(name, needed[name]) for name in needed if name not in names]


def post_case(server: ServerProcess, case: Case, sid: str) -> requests.Response:
    """The case as Twilio would post it to us."""
    signed_url, signed_pairs = signed_as(case)
    sent = at_our_path(case["url"])
    body = case["body"].encode() if "body" in case else encoded(with_ours(pairs_of(case), sid))
    pairs = signed_pairs if "body" in case else with_ours(signed_pairs, sid)
    given = signature(case["auth_token"], at_our_path(signed_url).geturl(), pairs, algorithm_of(case))
    headers = {"Content_Type": "application/json"} if "body" in case else {}
    if "algorithm" in case:
        headers["X_Twilio_Webhooks_Signature_Settings"] = f"key=webhooks,algorithm={case['algorithm']}"
    return post_body(server, body, given, path=f"{sent.path}?{sent.query}" if sent.query else sent.path, **headers)


@pytest.mark.parametrize("origin", ORIGINS)
def test_through_the_front_door(own_server: Callable[..., ServerProcess], mongo: SharedMongo, origin: str) -> None:
    here = [case for case in CASES if case["url"].startswith(origin + "/")]
    server = own_server(PUBLIC_BASE_URL=origin, TWILIO_AUTH_TOKEN=here[0]["auth_token"])
    stored = mongo.client[server.database_name]
    for case in here:
        sid = new_sid()
        answer = post_case(server, case, sid)
        accepted = stored["webhook_journal"].find_one({"_id": f"message:{sid}"}) is not None
        if "body" in case:  # Twilio's message webhooks are forms, so JSON is turned away however well it is signed
            assert_problem(answer, 415, "unsupported_type")
            assert not accepted, case["name"]
        elif case["valid"]:
            assert (answer.status_code, accepted) == (200, True), (case["name"], answer.text)
            assert stored["messages"].count_documents({"sid": sid}) == 1
        else:
            assert answer.status_code in (403, 404), case["name"]  # 404: there is nothing behind a slash too many
            assert_problem(answer, answer.status_code, answer.json()["code"])
            assert not accepted, case["name"]


@pytest.mark.parametrize("case", FORMS, ids=[case["name"] for case in FORMS])
def test_as_they_stand_at_the_gateway(case: Case) -> None:
    gateway = TwilioGateway(ACCOUNT_SID, case["auth_token"], timeout_seconds=1)
    settings = f"key=webhooks,algorithm={case['algorithm']}" if "algorithm" in case else None
    assert gateway.is_signed(case["url"], pairs_of(case), case["expected_signature"], settings) is case["valid"]


def test_all_of_them_were_there() -> None:
    assert len(CASES) == 21
    assert len(FORMS) == 19
