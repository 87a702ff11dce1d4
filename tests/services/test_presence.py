"""Who is there, who looks on and who writes: as tabs are told, over all tabs of a person and two processes."""

import threading
from collections.abc import Callable

import pytest

from tests.support.belonging import begun, done, made_private
from tests.support.people import change, joined
from tests.support.server import Agent, Json, ServerProcess, Tab
from tests.support.waiting import eventually

# As short as they may be set.
SHORT = {"PRESENCE_SECONDS": "3"}


@pytest.fixture
def dora(ana: Agent) -> Agent:
    """An agent of this test alone."""
    return joined(ana)


@pytest.fixture
def conversation_id(server: ServerProcess, ana: Agent, customer: str) -> str:
    """Of a customer who has written."""
    return begun(server, ana, customer)


def opened(tab: Tab, conversation_id: str) -> Json:
    """The tab shows the conversation: {viewers, typing}."""
    return tab.ask("conversation.open", {"id": conversation_id})


def newest(tab: Tab, name: str, conversation_id: str) -> list[str] | None:
    """Whom the last such event about the conversation named; None when there was none."""
    heard = tab.heard(name, conversation_id=conversation_id)
    return heard[-1]["user_ids"] if heard else None


def until(tab: Tab, name: str, conversation_id: str, *people: Agent) -> None:
    """Wait until the tab knows just these people."""
    wanted = sorted(one.user["id"] for one in people)
    eventually(lambda: newest(tab, name, conversation_id) == wanted)


def present(agent: Agent) -> list[str]:
    """Who is there, as a sync answers."""
    found: list[str] = agent.sync()["present"]
    return found


# Being there


def test_somebody_is_there_while_any_tab_is(ana: Agent, dora: Agent) -> None:
    me = dora.user["id"]
    with ana.tab() as hers:
        assert me not in present(ana)
        with dora.tab():
            hers.wait_for("presence.changed", user_id=me, online=True)
            assert me in present(ana)
            with dora.tab():
                pass
            # One tab is left, and whoever loads the page anew was never away.
            assert me in present(ana)
        assert me in present(ana)
        assert len(hers.heard("presence.changed", user_id=me)) == 1


@pytest.mark.alone
def test_some_time_after_the_last_tab_they_are_gone(own_server: Callable[..., ServerProcess]) -> None:
    server = own_server(**SHORT)
    ana, bruno = server.agent("ana"), server.agent("bruno")
    me = bruno.user["id"]
    with ana.tab() as hers:
        with bruno.tab():
            hers.wait_for("presence.changed", user_id=me, online=True)
        gone = hers.wait_for("presence.changed", user_id=me, online=False)
        assert len(gone) == 1
        assert me not in present(ana)


# Looking on and writing


def test_who_looks_on_is_known_to_those_who_do(bruno: Agent, carla: Agent, ana: Agent, conversation_id: str) -> None:
    with bruno.tab() as his, carla.tab() as hers, ana.tab() as elsewhere:
        assert opened(his, conversation_id) == {"viewers": [bruno.user["id"]], "typing": []}
        until(his, "viewers.changed", conversation_id, bruno)
        both = sorted([bruno.user["id"], carla.user["id"]])
        assert opened(hers, conversation_id) == {"viewers": both, "typing": []}
        for tab in (his, hers):
            until(tab, "viewers.changed", conversation_id, bruno, carla)
        with carla.tab() as second:
            opened(second, conversation_id)
            assert second.ask("conversation.close") == {}
        # Two tabs of hers were one, and one is left.
        assert newest(his, "viewers.changed", conversation_id) == both
        hers.ask("conversation.close")
        until(his, "viewers.changed", conversation_id, bruno)
        assert elsewhere.heard("viewers.changed", conversation_id=conversation_id) == []
        assert newest(hers, "viewers.changed", conversation_id) == both


def test_whoever_goes_away_looks_on_no_more(bruno: Agent, carla: Agent, conversation_id: str) -> None:
    with bruno.tab() as his:
        opened(his, conversation_id)
        with carla.tab() as hers:
            opened(hers, conversation_id)
            until(his, "viewers.changed", conversation_id, bruno, carla)
        until(his, "viewers.changed", conversation_id, bruno)


def test_who_is_writing_is_told_and_ends_by_itself(bruno: Agent, carla: Agent, conversation_id: str) -> None:
    with bruno.tab() as his, carla.tab() as hers:
        opened(his, conversation_id)
        opened(hers, conversation_id)
        assert hers.ask("typing.set", {"typing": True}) == {}
        until(his, "typing.changed", conversation_id, carla)
        hers.ask("typing.set", {"typing": False})
        until(his, "typing.changed", conversation_id)
        hers.ask("typing.set", {"typing": True})
        until(his, "typing.changed", conversation_id, carla)
        until(his, "typing.changed", conversation_id)
        hers.ask("typing.set", {"typing": True})
        until(his, "typing.changed", conversation_id, carla)
        # Who turns to another conversation, or goes, writes here no more.
        hers.close()
        until(his, "typing.changed", conversation_id)


def test_in_a_chat_its_members_alone_see_who_is_writing(bruno: Agent, carla: Agent, ana: Agent) -> None:
    chat = bruno.call("POST", "/api/chats", json={"member_ids": [carla.user["id"]]}).json()["id"]
    with bruno.tab() as his, carla.tab() as hers, ana.tab() as outside:
        opened(his, chat)
        opened(hers, chat)
        assert opened(outside, chat) == {"code": "not_found"}
        hers.ask("typing.set", {"typing": True})
        until(his, "typing.changed", chat, carla)
        outside.ask("typing.set", {"typing": True})
        assert outside.heard("typing.changed") == []


def test_whoever_may_no_longer_read_it_sees_nobody_in_it(bruno: Agent, carla: Agent, ana: Agent, conversation_id: str) -> None:
    """Her tab never leaves its room; in the room that the others are in now she is not."""
    with bruno.tab() as his, carla.tab() as hers, ana.tab() as admins:
        for tab in (his, hers, admins):
            opened(tab, conversation_id)
        until(hers, "viewers.changed", conversation_id, bruno, carla, ana)
        made_private(bruno, conversation_id)
        hers.wait_for("conversation.removed", id=conversation_id)
        heard = len(hers.events)
        for tab in (his, admins):
            assert "viewers" in opened(tab, conversation_id)
        his.ask("typing.set", {"typing": True})
        until(admins, "typing.changed", conversation_id, bruno)
        until(admins, "viewers.changed", conversation_id, bruno, ana)
        hers.ask("typing.set", {"typing": True})
        his.ask("typing.set", {"typing": False})
        until(admins, "typing.changed", conversation_id)
        assert [name for name, payload in hers.events[heard:] if payload.get("conversation_id") == conversation_id] == []
        assert opened(hers, conversation_id) == {"code": "not_found"}


def test_whoever_is_no_admin_any_more_sees_nobody_in_a_private_one(bruno: Agent, ana: Agent, dora: Agent, conversation_id: str) -> None:
    """Her tab never leaves its room, and nothing of the conversation has changed."""
    assert change(ana, dora, role="admin").status_code == 200
    made_private(bruno, conversation_id)
    with bruno.tab() as his, dora.tab() as hers, ana.tab() as admins:
        for tab in (his, hers, admins):
            opened(tab, conversation_id)
        until(hers, "viewers.changed", conversation_id, bruno, ana, dora)
        assert change(ana, dora, role="agent").status_code == 200
        heard = len(hers.events)
        his.ask("typing.set", {"typing": True})
        until(admins, "typing.changed", conversation_id, bruno)
        until(admins, "viewers.changed", conversation_id, bruno, ana)
        hers.ask("typing.set", {"typing": True})
        his.ask("typing.set", {"typing": False})
        until(admins, "typing.changed", conversation_id)
        assert [name for name, payload in hers.events[heard:] if payload.get("conversation_id") == conversation_id] == []
        assert opened(hers, conversation_id) == {"code": "not_found"}


def test_a_new_epoch_comes_with_every_change_of_who_may_read_and_with_no_other(bruno: Agent, carla: Agent, conversation_id: str) -> None:
    def epoch() -> int:
        found: int = bruno.get(f"/api/conversations/{conversation_id}")["access_epoch"]
        return found

    assert epoch() == 0
    done(bruno.do(conversation_id, "claim"))
    assert epoch() == 0
    done(bruno.do(conversation_id, "visibility", visibility="private"))
    assert epoch() == 1
    done(bruno.do(conversation_id, "offer", to=carla.user["id"]))
    assert epoch() == 2
    done(bruno.do(conversation_id, "visibility", visibility="public"))
    assert epoch() == 3


@pytest.mark.parametrize("given", [None, [], "x", {"id": 5}, {"id": None}, {"id": "\ud800"}, {"id": "x" * 65}, {}])
def test_rubbish_opens_nothing(bruno: Agent, server: ServerProcess, given: object) -> None:
    with bruno.tab() as his:
        assert his.client.call("conversation.open", given, timeout=10) == {"code": "invalid"}
        assert his.client.call("typing.set", given, timeout=10) == {}
        assert his.client.call("conversation.close", given, timeout=10) == {}


def test_of_two_questions_the_later_one_counts(
    bruno: Agent, carla: Agent, ana: Agent, server: ServerProcess, customers: Callable[[], str]
) -> None:
    made = [begun(server, ana, customers()) for _ in range(2)]
    with bruno.tab() as his, carla.tab() as hers:
        for number in range(10):
            answers: list[Json] = []
            both = threading.Event()

            def heard(answer: Json, answers: list[Json] = answers, both: threading.Event = both) -> None:
                answers.append(answer)
                if len(answers) == 2:
                    both.set()

            first, second = made if number % 2 else made[::-1]
            for each in (first, second):
                his.client.emit("conversation.open", {"id": each}, callback=heard)
            assert both.wait(10)
            assert "viewers" in answers[1] or "viewers" in answers[0]
            opened(hers, second)
            until(hers, "viewers.changed", second, bruno, carla)
            hers.ask("conversation.close")


# Two processes


def at(server: ServerProcess, agent: Agent) -> Tab:
    """A tab of somebody at this server."""
    return Tab(server.url, agent.token)


def test_people_at_two_processes_see_each_other(two: Callable[..., tuple[ServerProcess, ServerProcess]]) -> None:
    first, second = two()
    bruno, carla = first.agent("bruno"), second.agent("carla")
    conversation_id = begun(first, bruno, "whatsapp:+5511961111111")
    with at(first, bruno) as his, at(second, carla) as hers:
        his.wait_for("presence.changed", user_id=carla.user["id"], online=True)
        opened(his, conversation_id)
        opened(hers, conversation_id)
        for tab in (his, hers):
            until(tab, "viewers.changed", conversation_id, bruno, carla)
        hers.ask("typing.set", {"typing": True})
        until(his, "typing.changed", conversation_id, carla)
        assert {bruno.user["id"], carla.user["id"]} <= set(present(bruno))


@pytest.mark.alone
def test_of_a_process_that_died_nobody_looks_on_and_then_nobody_is_there(two: Callable[..., tuple[ServerProcess, ServerProcess]]) -> None:
    first, second = two(PRESENCE_SECONDS="9")
    bruno, carla = first.agent("bruno"), second.agent("carla")
    conversation_id = begun(first, bruno, "whatsapp:+5511961111112")
    with at(first, bruno) as his, at(second, carla) as hers:
        opened(his, conversation_id)
        opened(hers, conversation_id)
        until(his, "viewers.changed", conversation_id, bruno, carla)
        before = len(his.events)
        second.kill()
        his.wait_for("presence.changed", user_id=carla.user["id"], online=False)
        assert carla.user["id"] not in present(bruno)
        told = [(name, payload) for name, payload in his.events[before:] if name in ("viewers.changed", "presence.changed")]
        assert told == [
            ("viewers.changed", {"conversation_id": conversation_id, "user_ids": [bruno.user["id"]]}),
            ("presence.changed", {"user_id": carla.user["id"], "online": False}),
        ]
