"""The employee's name before a reply: on for everybody unless the workspace says otherwise, and never part of the stored text."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.lab import Lab
from tests.support.mongo import SharedMongo
from tests.support.problems import assert_problem
from tests.support.server import Agent
from tests.support.talk import Talk
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def signing(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server as it comes: with names."""
    lab = Lab(tmp_path_factory.mktemp("signing"), mongodb_uri=mongo.uri(mongo.database_name()))
    lab.server.signs = True
    with lab:
        yield lab


@pytest.fixture
def prefix(signing: Lab) -> Iterator[Callable[[str], Talk]]:
    """A new talk in a workspace with that setting."""

    def talk(name_prefix: str) -> Talk:
        signing.agent().settings(name_prefix=name_prefix)
        return signing.talk()

    yield talk
    signing.agent().settings(name_prefix="forced")


def sent_for(talk: Talk, body: str, **more: object) -> str:
    """What the customer read for a reply with this text, whose stored text is just this."""
    answer = talk.agent.reply(talk.id, body, **more)
    assert (answer.status_code, answer.json()["body"]) == (201, body)
    assert talk.agent.messages(talk.id)[-1]["body"] == body
    (taken,) = eventually(talk.bodies_at_twilio)
    return str(taken)


def test_a_reply_is_signed_with_the_first_name(signing: Lab) -> None:
    assert sent_for(signing.talk(), "Bom dia!") == "*Ana:*\nBom dia!"


@pytest.mark.parametrize(
    ("name_prefix", "more", "read"),
    [
        ("off", {}, "Olá"),
        ("off", {"with_name": True}, "Olá"),
        ("optional", {}, "Olá"),
        ("optional", {"with_name": True}, "*Ana:*\nOlá"),
        ("forced", {"with_name": False}, "*Ana:*\nOlá"),
    ],
)
def test_the_workspace_decides(prefix: Callable[[str], Talk], name_prefix: str, more: dict[str, bool], read: str) -> None:
    assert sent_for(prefix(name_prefix), "Olá", **more) == read


def test_a_signed_one_whose_answer_got_lost_is_found_at_twilio(signing: Lab) -> None:
    talk = signing.talk()
    talk.fault("error_after_accepting")
    talk.fault("callbacks_lost")
    message_id = talk.reply("achada")
    talk.until(message_id, "sent", "delivered")
    assert talk.bodies_at_twilio() == ["*Ana:*\nachada"]


def test_text_and_name_together_fit_whatsapp(signing: Lab) -> None:
    talk = signing.talk()
    room = 1600 - len("*Ana:*\n")
    assert_problem(talk.agent.reply(talk.id, "x" * (room + 1)), 422, "invalid")
    assert talk.agent.get(f"/api/conversations/{talk.id}")["assignee_id"] is None
    assert talk.agent.reply(talk.id, "x" * room).status_code == 201


def test_a_new_name_changes_nothing_that_was_sent(signing: Lab) -> None:
    talk = signing.talk()
    assert sent_for(talk, "antes") == "*Ana:*\nantes"
    agent: Agent = talk.agent
    agent.settings(name_prefix="off")
    try:
        talk.reply("depois")
        eventually(lambda: talk.bodies_at_twilio() == ["*Ana:*\nantes", "depois"])
    finally:
        agent.settings(name_prefix="forced")
