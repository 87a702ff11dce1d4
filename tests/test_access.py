"""The rules' own table, and that its three readings (filter, decision, audience) say the same in every situation."""

from collections.abc import Iterator
from typing import Any

import mongoengine
import pytest
from pymongo.database import Database

from tests.support.mongo import SharedMongo
from tests.support.situations import ADMINS, PEOPLE, SITUATIONS, Situation
from whatsapp_server import access
from whatsapp_server.models.base import connect
from whatsapp_server.models.conversation import INTERNAL

Doc = dict[str, Any]
EACH = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
USERS = {name: {"_id": name, "role": "admin" if name in ADMINS else "agent", "active": True} for name in PEOPLE}
LEFT = {"_id": "gone", "role": "admin", "active": False}
CHAT = {"_id": "chat", "state": INTERNAL, "visibility": INTERNAL, "holder_id": None, "offer": None, "member_ids": ["bruno", "dora"]}


def stored(situation: Situation) -> Doc:
    """The facts as the database has them."""
    offer = situation.offer and {"id": "o", "from": {"id": situation.offer[0]}, "to": {"id": situation.offer[1]}}
    facts = {"state": situation.state, "visibility": situation.visibility, "holder_id": situation.holder, "offer": offer}
    return {"_id": situation.name, **facts}


@pytest.fixture(scope="module")
def filled(mongo: SharedMongo) -> Iterator[Database[Doc]]:
    """A database that the models are connected to, with everybody and every situation."""
    name = mongo.database_name()
    connect(mongo.uri(name), name)
    try:
        db = mongo.client[name]
        db["users"].insert_many([*USERS.values(), LEFT])
        db["conversations"].insert_many([*map(stored, SITUATIONS), CHAT])
        yield db
    finally:
        mongoengine.disconnect()
        mongo.client.drop_database(name)


def test_the_situations_are_many_enough() -> None:
    """Each relation is somebody's, each verb is somebody's and refused to somebody, and there are outsiders."""
    present = {fact for situation in SITUATIONS for person in PEOPLE for fact in situation.of(person)}
    assert present == set(access.RELATIONS)
    assert all(allowed <= present for _, allowed, _ in access.VERBS.values())
    with_outsiders = [situation for situation in SITUATIONS if situation.outsiders]
    assert len(with_outsiders) >= 8
    assert {person for situation in with_outsiders for person in situation.outsiders} == set(PEOPLE) - set(ADMINS)
    for verb in access.VERBS:
        outcomes = {
            access.refusal(USERS[person], verb, stored(situation)) is None for situation in SITUATIONS for person in situation.readers
        }
        assert outcomes == ({True} if verb == "note" else {True, False}), verb


@EACH
def test_everybody_is_what_they_are(situation: Situation) -> None:
    for person in PEOPLE:
        assert access.relations(USERS[person], stored(situation)) == situation.of(person), person


@EACH
@pytest.mark.parametrize("verb", access.VERBS)
def test_a_verb_is_theirs_whom_the_table_names(situation: Situation, verb: str) -> None:
    state, allowed, refused = access.VERBS[verb]
    for person in PEOPLE:
        expected = None if situation.of(person) & allowed else refused
        if state and situation.state != state:
            expected = access.WRONG_STATE[state]
        if verb == "reply" and situation.state == "finished":
            expected = None
        if not situation.of(person):
            expected = access.errors.NotAllowed
        assert access.refusal(USERS[person], verb, stored(situation)) is expected, person


def test_filter_decision_and_audience_say_the_same(filled: Database[Doc]) -> None:
    for person, user in USERS.items():
        readable = {one["_id"] for one in filled["conversations"].find(access.readable_by(user))}
        expected = {one.name for one in SITUATIONS if person in one.readers} | ({"chat"} if person in CHAT["member_ids"] else set())
        assert readable == expected, person
        customers = {one["_id"] for one in filled["conversations"].find(access.customers_readable_by(user))}
        assert customers == expected - {"chat"}
        assert {one["_id"] for one in [*map(stored, SITUATIONS), CHAT] if access.may_read(user, one)} == expected
    for situation in SITUATIONS:
        audience = access.audience_of(stored(situation))
        if situation.outsiders:
            assert sorted(audience) == [("user", person) for person in sorted(situation.readers)], situation.name
        else:
            assert audience == access.STAFF
    assert access.audience_of(CHAT) == [("user", "bruno"), ("user", "dora")]


def test_whoever_left_reads_nothing(filled: Database[Doc]) -> None:
    assert list(filled["conversations"].find(access.readable_by(LEFT))) == []
    assert not any(access.may_read(LEFT, one) or access.relations(LEFT, one) for one in [*map(stored, SITUATIONS), CHAT])
    assert access.visibilities(LEFT) == []
    left_holding = {**stored(SITUATIONS[0]), "visibility": "private", "holder_id": LEFT["_id"]}
    assert not access.may_read(LEFT, left_holding)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("verb", access.VERBS)
def test_nothing_is_done_with_colleagues_own_words(person: str, verb: str) -> None:
    assert access.relations(USERS[person], CHAT) == set()
    assert access.refusal(USERS[person], verb, CHAT) is access.errors.NotAllowed


def test_who_may_no_longer_read_it_is_told(filled: Database[Doc]) -> None:
    """Of every change from one situation to another: those who lose it hear, and nobody who keeps it is left out of what follows."""
    for before in SITUATIONS:
        for after in SITUATIONS:
            lost = access.lost_audience(stored(before), stored(after))
            losers = {person for person in before.readers if person not in after.readers}
            hears = set(PEOPLE) if lost == access.STAFF else {name for _, name in lost}
            assert hears >= losers, (before.name, after.name)
            assert bool(lost) == bool(losers), (before.name, after.name)
