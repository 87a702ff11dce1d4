"""The lists: what is in each and in which order, page by page; what they count; and what has been read."""

from collections.abc import Callable

import pytest
from pymongo.database import Database

from tests.support.belonging import done, made_private, new_team, offered, write
from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.talk import Talk
from tests.support.waiting import eventually
from whatsapp_server.schemas.conversations import VIEWS
from whatsapp_server.services import paging

Begin = Callable[[], str]


def ids(agent: Agent, view: str, **query: object) -> list[str]:
    """The ids of a whole view, read in pages of two: no page may lose or double anything."""
    found: list[str] = []
    cursor: Json = {}
    while True:
        page = agent.get("/api/conversations", view=view, limit=2, **query, **cursor)
        found += [one["id"] for one in page["items"]]
        assert len(page["items"]) == 2 or page["next"] is None
        if page["next"] is None:
            assert len(found) == len(set(found))
            return found
        cursor = {"cursor": page["next"]}


def counted(agent: Agent) -> tuple[int, ...]:
    """(mine, offers, mentions, internal): the numbers that are somebody's own."""
    counts = agent.get("/api/counts")
    return tuple(counts[name] for name in ("mine", "offers", "mentions", "internal"))


def noted(agent: Agent, conversation_id: str, *named: Agent) -> int:
    """A note that names these; its number."""
    answer = agent.reply(conversation_id, "Vejam", kind="note", mentions=[each.user["id"] for each in named])
    assert answer.status_code == 201, answer.text
    seq: int = answer.json()["seq"]
    return seq


def read(agent: Agent, conversation_id: str, seq: int = 99) -> Json:
    """Mark as read up to there."""
    return done(agent.call("POST", f"/api/conversations/{conversation_id}/read", json={"seq": seq}))


def unread(agent: Agent, conversation_id: str) -> int:
    """How much of it somebody has not read."""
    count: int = agent.get(f"/api/conversations/{conversation_id}")["unread"]
    return count


def address(agent: Agent, conversation_id: str) -> str:
    """Whose conversation with us it is."""
    found: str = agent.get(f"/api/conversations/{conversation_id}")["contact"]["address"]
    return found


# Order, pages, filters


def test_unassigned_has_the_longest_waiting_first_then_the_answered(server: ServerProcess, ana: Agent, bruno: Agent, begin: Begin) -> None:
    line = new_team(ana)["id"]
    made = [begin() for _ in range(7)]
    for one in made:
        done(ana.do(one, "pass", team_id=line))
    answered = made[1], made[4], made[5]
    for one in answered:
        assert bruno.reply(one, "Olá").status_code == 201
        done(bruno.do(one, "pass", team_id=line))
    waiting = [one for one in made if one not in answered]
    assert ids(bruno, "unassigned", team=line) == [*waiting, *reversed(answered)]
    # Writing again makes nobody wait shorter; after an answer waiting begins anew.
    for one in (waiting[0], answered[0]):
        write(server, address(bruno, one))
    assert ids(bruno, "unassigned", team=line) == [*waiting, answered[0], *reversed(answered[1:])]
    assert ids(bruno, "unassigned", team=line, waiting=True) == [*waiting, answered[0]]


def test_mine_has_offers_on_top_then_mentions_then_what_i_hold(bruno: Agent, carla: Agent, dora: Agent, begin: Begin) -> None:
    held, named, given, both = [begin() for _ in range(3)], [begin() for _ in range(2)], [begin() for _ in range(2)], begin()
    for one in held:
        done(dora.do(one, "claim"))
    for one in (*given, both):
        offered(carla, one, dora)
    for one in (*named, both, held[0]):
        noted(bruno, one, dora)
    assert ids(dora, "mine") == [both, *reversed(given), held[0], *reversed(named), held[2], held[1]]
    assert counted(dora) == (3, 3, 4, 0)
    assert ids(dora, "mine", waiting=True) == ids(dora, "mine")
    assert ids(dora, "team", assignee=dora.user["id"]) == []
    assert ids(bruno, "team", assignee=dora.user["id"]) == [held[0], held[2], held[1]]


def test_finished_ones_are_in_one_list_of_their_own(bruno: Agent, dora: Agent, begin: Begin) -> None:
    made = [begin() for _ in range(3)]
    for one in made:
        done(dora.do(one, "claim"))
        done(dora.do(one, "finish", last_seen_seq=9))
    assert ids(bruno, "finished", assignee=dora.user["id"]) == made[::-1]
    assert ids(dora, "mine") == []
    assert counted(dora)[0] == 0


def test_filters_keep_what_fits_all_of_them(ana: Agent, bruno: Agent, dora: Agent, begin: Begin) -> None:
    line, (one, other, third) = new_team(ana)["id"], [begin() for _ in range(3)]
    for each in (one, other):
        done(bruno.do(each, "pass", team_id=line))
        done(dora.do(each, "claim"))
    done(dora.do(third, "claim"))
    assert dora.reply(other, "Olá").status_code == 201
    channel = ana.get(f"/api/conversations/{one}")["channel"]["id"]
    mine = {"assignee": dora.user["id"], "team": line, "channel": channel}
    assert set(ids(bruno, "team", **mine)) == set(ids(bruno, "all", **mine)) == {one, other}
    assert ids(bruno, "team", **mine, waiting=True) == [one]
    assert ids(bruno, "team", **{**mine, "channel": "0" * 24}) == ids(bruno, "team", **{**mine, "team": "0" * 24}) == []
    assert ids(bruno, "unassigned", team=line) == ids(bruno, "finished", team=line) == []


def test_a_page_s_cursor_is_of_its_own_list(bruno: Agent) -> None:
    beyond = paging.encode(3, 0, "f" * 24)
    for view in VIEWS:
        answer = bruno.call("GET", "/api/conversations", params={"view": view, "cursor": beyond})
        assert assert_problem(answer, 422, "invalid")["errors"].keys() == {"cursor"}


# Numbers


def test_what_is_read_is_counted_no_more(server: ServerProcess, carla: Agent, dora: Agent, begin: Begin) -> None:
    one = begin()
    done(dora.do(one, "claim"))
    assert counted(dora) == (1, 0, 0, 0)
    write(server, address(dora, one))
    assert counted(dora) == (1, 0, 0, 0)  # conversations, not messages
    assert read(dora, one, 1)["unread"] == 1
    assert counted(dora) == (1, 0, 0, 0)
    read(dora, one)
    assert counted(dora) == (0, 0, 0, 0)
    # What colleagues write, and what was done with it, is nobody's unread message.
    noted(carla, one)
    assert carla.reply(one, "Olá", take_over_from=dora.user["id"]).status_code == 201
    assert unread(dora, one) == 0
    write(server, address(dora, one))
    assert (unread(dora, one), counted(dora)) == (1, (0, 0, 0, 0))  # it is Carla's now


def test_unassigned_counts_all_of_them_and_private_ones_for_admins_alone(ana: Agent, bruno: Agent, begin: Begin) -> None:
    before = {agent: agent.get("/api/counts")["unassigned"] for agent in (ana, bruno)}
    one, _ = begin(), begin()
    read(bruno, one)  # read or not
    done(ana.do(one, "visibility", visibility="private"))
    assert {agent: agent.get("/api/counts")["unassigned"] - count for agent, count in before.items()} == {ana: 2, bruno: 1}


def test_marked_as_unread_it_is_unread_in_all_of_my_tabs(bruno: Agent, carla: Agent, dora: Agent, begin: Begin) -> None:
    one = begin()
    done(dora.do(one, "claim"))
    read(dora, one)
    read(carla, one)
    with dora.tab() as own, carla.tab() as hers:
        answer = done(dora.call("POST", f"/api/conversations/{one}/unread"))
        own.wait_for("conversation.read", conversation_id=one)
        assert (answer["unread"], answer["read"]["inbound_count"], unread(dora, one), counted(dora)[0]) == (1, 0, 1, 1)
        noted(bruno, one, dora)
        hers.wait_for("message.created", conversation_id=one)
        assert hers.heard("conversation.read") == []
        # Colleagues' words come after it: what is unread is the customer's last one still.
        again = done(dora.call("POST", f"/api/conversations/{one}/unread"))
        assert (again["unread"], unread(carla, one)) == (1, 0)
    assert read(dora, one)["unread"] == 0


@pytest.mark.parametrize("view", ["mine", "unassigned", "team", "finished", "internal", "all"])
def test_all_of_a_list_is_read_at_once(server: ServerProcess, ana: Agent, bruno: Agent, dora: Agent, begin: Begin, view: str) -> None:
    mine, free, teams, finished = (begin() for _ in range(4))
    done(dora.do(mine, "claim"))
    for one in (teams, finished):
        done(bruno.do(one, "claim"))
    done(bruno.do(finished, "finish", last_seen_seq=9))
    chat = bruno.call("POST", "/api/chats", json={"member_ids": [dora.user["id"]]}).json()["id"]
    assert bruno.reply(chat, "Oi").status_code == 201
    made = {"mine": mine, "unassigned": free, "team": teams, "finished": finished, "internal": chat}
    with dora.tab() as own, bruno.tab() as his:
        assert dora.call("POST", f"/api/views/{view}/read").status_code == 204
        own.wait_for("view.read", view=view)
        done(bruno.do(free, "claim"))
        his.wait_for("message.created", conversation_id=free)
        assert his.heard("view.read") == []
    was_read = {name for name in made if view == name or (view == "all" and name != "internal")}
    assert {name: unread(dora, one) for name, one in made.items()} == {name: 0 if name in was_read else 1 for name in made}
    write(server, address(ana, mine))
    assert unread(dora, mine) == (1 if "mine" in was_read else 2)


def test_only_what_is_unread_in_it_is_written(dora: Agent, begin: Begin, stored: Database[Json]) -> None:
    """A list may hold years of conversations, of which nearly all were read long ago."""
    read_before, unread_now = begin(), begin()
    read(dora, read_before)

    def marks() -> dict[str, int]:
        wanted = {"user_id": dora.user["id"], "conversation_id": {"$in": [read_before, unread_now]}}
        return {mark["conversation_id"]: mark["version"] for mark in stored["read_marks"].find(wanted)}

    before = marks()
    assert dora.call("POST", "/api/views/unassigned/read").status_code == 204
    assert marks() == {**before, unread_now: 1}


def test_reading_a_list_reads_the_notes_that_name_me(bruno: Agent, carla: Agent, dora: Agent, begin: Begin) -> None:
    one = begin()
    noted(bruno, one, dora, carla)
    with bruno.tab() as his:
        assert dora.call("POST", "/api/views/mine/read").status_code == 204
        heard = his.wait_for("conversation.updated")[-1]["conversation"]
        assert [each["user_id"] for each in heard["mentioned"]] == [carla.user["id"]]
    assert counted(dora) == (0, 0, 0, 0)
    assert ids(dora, "mine") == []


def test_no_other_list_can_be_read(bruno: Agent) -> None:
    for view in ("everything", "Mine", "x" * 300):
        assert_problem(bruno.call("POST", f"/api/views/{view}/read"), 404, "not_found")


def test_the_team_s_dot_is_news_since_it_was_looked_at(
    server: ServerProcess, ana: Agent, bruno: Agent, carla: Agent, dora: Agent, begin: Begin
) -> None:
    one, private = begin(), begin()
    done(bruno.do(one, "claim"))
    made_private(bruno, private)

    def dots() -> tuple[bool, ...]:
        return tuple(agent.get("/api/counts")["team"] for agent in (dora, ana, bruno))

    def all_look() -> None:
        for agent in (dora, ana, bruno):
            assert agent.call("POST", "/api/views/team/seen").status_code == 204

    with dora.tab() as own:
        all_look()
        own.wait_for("view.read", view="team")
    assert dots() == (False, False, False)
    noted(carla, one)  # colleagues' words are no news
    assert dots() == (False, False, False)
    write(server, address(ana, private))
    assert dots() == (False, True, False)  # an admin sees it, its holder has it under Mine
    write(server, address(ana, one))
    assert dots() == (True, True, False)
    all_look()
    assert dots() == (False, False, False)


# Somebody new


def test_whoever_joins_starts_with_all_read(server: ServerProcess, ana: Agent, talk: Talk) -> None:
    write(server, talk.customer)
    eva = joined(ana)
    assert (unread(eva, talk.id), counted(eva)) == (0, (0, 0, 0, 0))
    assert eva.get("/api/counts")["team"] is False
    write(server, talk.customer)
    assert unread(eva, talk.id) == 1
    done(eva.do(talk.id, "claim"))
    assert counted(eva)[0] == 1
    # An older place in the conversation makes nothing unread that was read.
    assert read(eva, talk.id, 1)["unread"] == 1
    eventually(lambda: unread(eva, talk.id) == 1)
    assert read(eva, talk.id)["unread"] == 0


def test_whoever_is_let_into_a_group_has_read_what_was_said_before(bruno: Agent, carla: Agent, dora: Agent) -> None:
    chat = bruno.call("POST", "/api/chats", json={"member_ids": [carla.user["id"]], "title": "Plantão"}).json()["id"]
    assert bruno.reply(chat, "um").status_code == 201
    done(bruno.call("POST", f"/api/chats/{chat}/members", json={"add": [dora.user["id"]]}))
    assert (unread(dora, chat), unread(carla, chat), counted(dora)[3]) == (0, 1, 0)
    assert carla.reply(chat, "dois").status_code == 201
    assert (unread(dora, chat), unread(carla, chat), counted(dora)[3]) == (1, 0, 1)
