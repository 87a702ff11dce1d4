"""The OpenAPI document tells the truth: whatever is sent, the answer is one that it names, in the shape that it gives."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.server import Agent, Json, ServerProcess
from tests.support.waiting import eventually
from tests.support.webhooks import message_form, post_webhook

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Of each operation in each phase.
# The limit ends a test that hangs; these work all the time, for longer on a busy machine.
EXAMPLES = [pytest.param(18, marks=pytest.mark.timeout(600)), pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]


@pytest.fixture
def document(server: ServerProcess) -> Json:
    """The document as anyone may read it."""
    answer = requests.get(f"{server.url}/api/openapi.json", timeout=10)
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


def operations(document: Json) -> dict[str, Json]:
    """Every operation by its method and path."""
    paths = document["paths"].items()
    return {f"{method.upper()} {path}": one for path, item in paths for method, one in item.items() if method != "parameters"}


def test_every_operation_names_its_answers_one_by_one(document: Json) -> None:
    found = operations(document)
    assert len(found) > 40
    for name, operation in found.items():
        assert operation["summary"], name
        assert "default" not in operation["responses"], name  # it would let any answer pass for documented
        assert {"400", "401", "405", "413", "503"} <= operation["responses"].keys(), name
        for status, response in operation["responses"].items():
            response = response if "$ref" not in response else document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            kind = {"application/problem+json"} if int(status) >= 400 else {"application/json"}
            assert response.get("content", {}).keys() == (set() if status == "204" else kind), (name, status)


def test_only_signing_in_and_out_and_joining_need_no_token(document: Json) -> None:
    assert document["security"] == [{"bearer": []}]
    public = {name for name, operation in operations(document).items() if operation.get("security") == []}
    signing = {f"POST /api/auth/{verb}" for verb in ("login", "refresh", "logout")}
    assert public == {*signing, "POST /api/invitations/look", "POST /api/invitations/accept"}


def test_the_docs_page_works_offline(server: ServerProcess) -> None:
    page = requests.get(f"{server.url}/api/docs", timeout=10)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text


# Fuzzing


@pytest.fixture
def own(own_server: Any) -> ServerProcess:
    """A server of this test alone, for what is sent to it is rubbish."""
    server: ServerProcess = own_server(ACCESS_TOKEN_MINUTES="60")
    return server


@pytest.fixture
def real_ids(own: ServerProcess, tmp_path: Path) -> Path:
    """Schemathesis' configuration with ids: a conversation whose window is open, a queued reply in it, a colleague, a team, an invite."""
    ana, customer = own.agent("ana"), "whatsapp:+5511987654321"
    assert post_webhook(own, message_form(customer)).status_code == 200
    conversation = eventually(lambda: ana.conversation_with(customer))
    message = ana.reply(conversation["id"], "Olá").json()
    ids = {
        "conversation": conversation["id"],
        "message": message["id"],
        "user": own.agent("carla").user["id"],
        "team": ana.call("POST", "/api/teams", json={"name": "Sales"}).json()["id"],
        "invite": ana.call("POST", "/api/invites", json={"role": "agent"}).json()["id"],
    }
    path = tmp_path / "schemathesis.toml"
    path.write_text("[parameters]\n" + "".join(f'"path.{name}_id" = "{found}"\n' for name, found in ids.items()))
    return path


def fuzz(
    server: ServerProcess, agent: Agent, tmp_path: Path, *options: str, config: Path | None = None, ends_session: bool = False
) -> None:
    """Run schemathesis, the same cases every time, and assert that it found nothing and that the session lasted (or ended)."""
    command = [str(Path(sys.executable).with_name("schemathesis")), *(["--config-file", str(config)] if config else [])]
    command += ["run", f"{server.url}/api/openapi.json", "--header", f"Authorization: Bearer {agent.token}"]
    command += ["--checks", CHECKS, "--generation-deterministic", "--no-shrink", "--no-color", "--continue-on-failure"]
    command += ["--suppress-health-check", "all", "--request-timeout", "20", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert agent.call("GET", "/api/auth/me").status_code == (401 if ends_session else 200)


# Signing out would end the session that the other calls need; it has a run of its own.
NOT_LOGOUT = ("--exclude-path", "/api/auth/logout")


@pytest.mark.parametrize("examples", EXAMPLES)
def test_no_undocumented_answer_and_no_5xx(own: ServerProcess, tmp_path: Path, examples: int) -> None:
    fuzz(own, own.agent("ana"), tmp_path, "--max-examples", str(examples), *NOT_LOGOUT)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_nor_where_the_ids_are_real(own: ServerProcess, tmp_path: Path, real_ids: Path, examples: int) -> None:
    ana = own.agent("ana")
    fuzz(own, ana, tmp_path, "--max-examples", str(examples), "--include-path-regex", "_id}", config=real_ids)


def test_nor_when_signing_out(own: ServerProcess, tmp_path: Path) -> None:
    fuzz(own, own.agent("bruno"), tmp_path, "--max-examples", "5", "--include-path", "/api/auth/logout", ends_session=True)
