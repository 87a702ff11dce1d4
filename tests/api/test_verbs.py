"""Take, pass, give: what each does for who asks, for a colleague's open tab and for the timeline; and who loses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.belonging import assert_done, done, entries, events, holding, made_private, moment, named, new_team, offered, refused
from tests.support.people import joined
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json
from tests.support.talk import Talk

Begin = Callable[[], str]
NOBODY = "0" * 24


# Take


def test_one_that_nobody_holds_is_taken_and_all_see_it(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    assert holding(carla.get(f"/api/conversations/{talk.id}")) == ("open", "public", None, None, None)
    with carla.tab() as hers:
        taken = done(bruno.do(talk.id, "claim"))
        assert holding(taken) == ("open", "public", bruno.user["id"], None, None)
        assert_done(taken, carla, hers, {"author": bruno.user["id"], "event": "claimed"})
        (entry,) = hers.wait_for("message.created", kind="event", conversation_id=talk.id)
    message = entry["message"]
    assert (message["direction"], message["status"], message["body"], message["seq"]) == ("internal", "posted", "", 2)
    assert message["author"] == named(bruno)
    assert (taken["last_seq"], taken["last_message"]["kind"], taken["inbound_count"]) == (2, "text", 1)


def test_whoever_comes_second_reads_who_was_first(bruno: Agent, carla: Agent, talk: Talk) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    done(bruno.do(talk.id, "claim"))
    problem = refused(carla.do(talk.id, "claim"), "already_held", bruno)
    assert before < moment(problem["at"]) <= datetime.now(UTC)
    assert events(carla, talk.id) == ["claimed"]


def test_taking_one_s_own_again_changes_nothing(bruno: Agent, talk: Talk) -> None:
    taken = done(bruno.do(talk.id, "claim"))
    assert done(bruno.do(talk.id, "claim")) == taken
    assert done(bruno.do(talk.id, "take-over", **{"from": NOBODY})) == taken
    assert events(bruno, talk.id) == ["claimed"]


def test_a_colleague_s_is_taken_over_and_they_are_told(bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    entry = {"author": carla.user["id"], "event": "taken_over", "from_id": bruno.user["id"], "from_name": bruno.user["name"]}
    with bruno.tab() as his:
        taken = done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
        assert holding(taken) == ("open", "public", carla.user["id"], None, None)
        assert_done(taken, bruno, his, entry)
    assert done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]})) == taken


def test_what_is_by_now_somebody_else_s_is_not_taken_over(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
    refused(ana.do(talk.id, "take-over", **{"from": bruno.user["id"]}), "already_held", carla)
    assert events(ana, talk.id) == ["claimed", "taken_over"]


def test_taking_over_what_was_let_go_meanwhile_is_taking_it(bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    done(bruno.do(talk.id, "pass", team_id=None))
    done(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
    assert events(carla, talk.id) == ["claimed", "released", "claimed"]


def test_only_admins_take_over_a_private_one(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    made_private(bruno, talk.id)
    assert_problem(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}), 404, "not_found")
    offered(bruno, talk.id, carla)  # now she may read it, and still only accept it
    refused(carla.do(talk.id, "take-over", **{"from": bruno.user["id"]}), "not_allowed", bruno)
    taken = done(ana.do(talk.id, "take-over", **{"from": bruno.user["id"]}))
    assert holding(taken) == ("open", "private", ana.user["id"], None, None)


# Pass to a line


@pytest.mark.parametrize("note", ["", "fatura em anexo"])
def test_passing_to_a_team_puts_it_into_its_line_at_once(ana: Agent, bruno: Agent, carla: Agent, talk: Talk, note: str) -> None:
    team = new_team(ana, carla)
    done(bruno.do(talk.id, "claim"))
    entry = {"author": bruno.user["id"], "event": "passed", "team_id": team["id"], "team_name": team["name"]}
    with carla.tab() as hers:
        passed = done(bruno.do(talk.id, "pass", team_id=team["id"], note=f" {note} "))
        assert holding(passed) == ("open", "public", None, team["id"], None)
        assert_done(passed, carla, hers, {**entry, **({"note": note} if note else {})})
    assert talk.id in [one["id"] for one in carla.get("/api/conversations", view="unassigned", team=team["id"])["items"]]
    taken = done(carla.do(talk.id, "claim"))
    assert holding(taken) == ("open", "public", carla.user["id"], team["id"], None)


def test_passing_to_nobody_takes_it_out_of_its_line(ana: Agent, bruno: Agent, talk: Talk) -> None:
    team = new_team(ana)
    done(bruno.do(talk.id, "pass", team_id=team["id"]))  # nobody's: anybody may
    with ana.tab() as hers:
        passed = done(bruno.do(talk.id, "pass", team_id=None, note="não é comigo"))
        assert holding(passed) == ("open", "public", None, None, None)
        assert_done(passed, ana, hers, {"author": bruno.user["id"], "event": "released", "note": "não é comigo"})


def test_passing_to_where_it_is_changes_nothing(ana: Agent, bruno: Agent, talk: Talk) -> None:
    team = new_team(ana)
    passed = done(bruno.do(talk.id, "pass", team_id=team["id"]))
    assert done(bruno.do(talk.id, "pass", team_id=team["id"])) == passed
    released = done(bruno.do(talk.id, "pass", team_id=None))
    assert done(bruno.do(talk.id, "pass", team_id=None)) == released
    assert events(bruno, talk.id) == ["passed", "released"]


def test_only_its_holder_and_admins_pass_it_on(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(bruno.do(talk.id, "claim"))
    refused(carla.do(talk.id, "pass", team_id=None), "not_holder", bruno)
    assert done(ana.do(talk.id, "pass", team_id=None))["assignee_id"] is None
    assert done(carla.do(talk.id, "pass", team_id=None))["assignee_id"] is None


def test_a_private_one_needs_a_person(ana: Agent, bruno: Agent, talk: Talk) -> None:
    made_private(bruno, talk.id)
    for team_id in (None, new_team(ana)["id"]):
        refused(bruno.do(talk.id, "pass", team_id=team_id), "private_needs_person")
        refused(ana.do(talk.id, "pass", team_id=team_id), "private_needs_person")
    assert events(bruno, talk.id) == ["claimed", "made_private"]


def test_a_line_that_is_not_there_is_422(ana: Agent, bruno: Agent, talk: Talk) -> None:
    gone = new_team(ana)["id"]
    assert ana.call("DELETE", f"/api/teams/{gone}").status_code in (200, 204)
    for team_id in (gone, NOBODY):
        assert assert_problem(bruno.do(talk.id, "pass", team_id=team_id), 422, "invalid")["errors"].keys() == {"team_id"}
    assert events(bruno, talk.id) == []


# Give


def test_admins_give_without_asking(ana: Agent, bruno: Agent, carla: Agent, talk: Talk) -> None:
    done(carla.do(talk.id, "claim"))
    entry = {"author": ana.user["id"], "event": "assigned", "to_id": bruno.user["id"], "to_name": bruno.user["name"]}
    with bruno.tab() as his:
        given = done(ana.do(talk.id, "assign", to=bruno.user["id"]))
        assert holding(given) == ("open", "public", bruno.user["id"], None, None)
        assert_done(given, bruno, his, entry)
    assert done(ana.do(talk.id, "assign", to=bruno.user["id"])) == given
    assert events(ana, talk.id) == ["claimed", "assigned"]


def test_others_may_not_unless_a_setting_lets_them(
    bruno: Agent, carla: Agent, dora: Agent, talk: Talk, settings: Callable[..., Json]
) -> None:
    done(bruno.do(talk.id, "claim"))
    refused(bruno.do(talk.id, "assign", to=carla.user["id"]), "not_allowed", bruno)
    settings(assign_without_acceptance="everyone")
    refused(dora.do(talk.id, "assign", to=carla.user["id"]), "not_holder", bruno)
    assert done(bruno.do(talk.id, "assign", to=carla.user["id"]))["assignee_id"] == carla.user["id"]
    assert events(dora, talk.id) == ["claimed", "assigned"]


def test_a_private_one_that_is_given_away_is_gone_for_the_giver(
    bruno: Agent, carla: Agent, talk: Talk, settings: Callable[..., Json]
) -> None:
    settings(assign_without_acceptance="everyone")
    made_private(bruno, talk.id)
    answer = bruno.do(talk.id, "assign", to=carla.user["id"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert_problem(bruno.call("GET", f"/api/conversations/{talk.id}"), 404, "not_found")
    assert holding(carla.get(f"/api/conversations/{talk.id}")) == ("open", "private", carla.user["id"], None, None)


@pytest.mark.parametrize("verb", ["assign", "offer"])
def test_nobody_is_given_what_they_cannot_take(ana: Agent, dora: Agent, talk: Talk, verb: str) -> None:
    assert assert_problem(ana.do(talk.id, verb, to=NOBODY), 422, "invalid")["errors"].keys() == {"to"}
    done(ana.call("POST", f"/api/users/{dora.user['id']}/deactivate", json={"hand_to": None}))
    refused(ana.do(talk.id, verb, to=dora.user["id"]), "not_available")
    assert events(ana, talk.id) == []


# What is asked for wrongly


SHAPES: list[tuple[str, Json]] = [
    ("take-over", {}),
    ("take-over", {"from": ""}),
    ("take-over", {"from": 7}),
    ("offer", {}),
    ("offer", {"to": NOBODY, "note": "x" * 501}),
    ("offer", {"to": NOBODY, "note": "\x00"}),
    ("offer/accept", {}),
    ("offer/accept", {"offer_id": {"$gt": ""}}),
    ("offer/decline", {"offer_id": ""}),
    ("offer/withdraw", {}),
    ("assign", {}),
    ("pass", {}),
    ("pass", {"team_id": 7}),
    ("finish", {}),
    ("finish", {"last_seen_seq": -1}),
    ("finish", {"last_seen_seq": "x"}),
    ("visibility", {}),
    ("visibility", {"visibility": "internal"}),
    ("visibility", {"visibility": "public", "other": 1}),
]


@pytest.mark.parametrize(("verb", "given"), SHAPES)
def test_another_shape_is_422_and_changes_nothing(bruno: Agent, talk: Talk, verb: str, given: Json) -> None:
    before = done(bruno.do(talk.id, "claim"))
    assert_problem(bruno.do(talk.id, verb, **given), 422, "invalid")
    assert bruno.get(f"/api/conversations/{talk.id}") == before


def test_who_left_is_in_the_timeline_still(ana: Agent, begin: Begin) -> None:
    eva = joined(ana, name="Eva Prado")
    conversation_id = begin()
    done(eva.do(conversation_id, "claim"))
    done(ana.call("POST", f"/api/users/{eva.user['id']}/deactivate", json={"hand_to": ana.user["id"]}))
    given = {"author": ana.user["id"], "event": "assigned", "to_id": ana.user["id"], "to_name": ana.user["name"]}
    assert entries(ana, conversation_id) == [{"author": eva.user["id"], "event": "claimed"}, given]
    assert ana.thread(conversation_id)[1]["author"]["name"] == "Eva Prado"
