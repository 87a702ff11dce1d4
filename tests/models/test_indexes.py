"""The indexes that the models declare are the database's, and every hot query is served by one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import mongoengine
import pytest
from pymongo.database import Database

from migrations_scripts.runner import run_pending
from tests.support.mongo import SharedMongo
from tests.support.server import ServerProcess
from whatsapp_server.models import ALL
from whatsapp_server.models.base import AFTER_1970, connect, milliseconds
from whatsapp_server.schemas.conversations import VIEWS
from whatsapp_server.services import paging, search_terms, sync, views, workspace

Db = Database[dict[str, Any]]
Doc = dict[str, Any]
COUNT = 400


@pytest.fixture(scope="module")
def filled(mongo: SharedMongo) -> Iterator[Db]:
    """A migrated database with some hundred conversations and messages."""
    with mongo.database() as db:
        run_pending(db)
        _fill(db)
        yield db


def _fill(db: Db) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [begin + timedelta(minutes=number) for number in range(COUNT)]
    db["conversations"].insert_many(
        {
            "_id": f"{number:024x}",
            "channel_id": "c",
            "contact_id": f"p{number}",
            "contact": {"keys": [f"whatsapp:+55119{number:08d}"]},
            "search": search_terms.terms(f"Maria {number}", f"+55119{number:08d}"),
            "last_message_at": moment,
            "last_inbound_at": moment,
            "created_at": moment,
            "last_seq": 1,
            "inbound_count": 1,
            # A quarter each: in nobody's line and waiting, in it and answered, mine, Bruno's. Some private, offered, naming me, finished.
            "kind": "customer",
            "state": "finished" if number % 20 == 19 else "open",
            "visibility": "private" if number % 10 == 7 else "public",
            "holder_id": (None, None, "me", "bruno")[number % 4],
            **({"waiting_since": moment} if number % 4 in (0, 2) else {}),
            "offer": {"to": {"id": "me"}, "from": {"id": "bruno"}, "expires_at": moment} if number % 50 == 3 else None,
            "mentioned": [{"user_id": "me", "seq": 1}] if number % 50 == 5 else [],
            "pending_entries": [{"_id": "e", "created_at": moment}] if number % 200 == 0 else [],
        }
        for number, moment in enumerate(moments)
    )
    db["messages"].insert_many(
        {
            "_id": f"{number:024x}",
            "conversation_id": f"{number % 4:024x}",
            "seq": number // 4 + 1,
            "sid": f"SM{number}",
            **({"outbox": True} if number % 50 == 0 else {}),
        }
        for number in range(COUNT)
    )
    db["webhook_journal"].insert_many(
        {"_id": f"message:{number}", "received_at": moment, "state": "pending" if number % 50 == 0 else "done"}
        for number, moment in enumerate(moments)
    )
    db["contacts"].insert_many({"_id": f"p{number}", "keys": [f"k{number}", f"id{number}"]} for number in range(COUNT))


def test_the_database_has_the_declared_indexes_and_no_other(filled: Db) -> None:
    for model in ALL:
        collection = filled[model._get_collection_name()]
        declared = {tuple(spec["fields"]) for spec in model._build_index_specs(model._meta["indexes"] or [])}
        there = collection.index_information() if collection.name in filled.list_collection_names() else {}
        assert {tuple(one["key"]) for name, one in there.items() if name != "_id_"} == declared, collection.name


def test_unique_partial_and_expiring_indexes_are_just_that(filled: Db) -> None:
    def options(collection: str, *fields: str) -> Doc:
        found = [one for one in filled[collection].index_information().values() if tuple(name for name, _ in one["key"]) == fields]
        assert len(found) == 1, (collection, fields)
        return found[0]

    assert options("users", "email")["unique"]
    assert options("channels", "address")["unique"]
    assert options("contacts", "keys")["unique"]
    assert options("conversations", "channel_id", "contact_id")["unique"]
    assert options("messages", "conversation_id", "seq")["unique"]
    for fields in (("sid",), ("author_id", "client_id")):
        found = options("messages", *fields)
        assert found["unique"]
        assert list(found["partialFilterExpression"].values()) == [{"$gt": ""}]
    assert options("webhook_journal", "done_at")["expireAfterSeconds"] == 30 * 24 * 3600
    assert options("sessions", "expires_at")["expireAfterSeconds"] == 0


def stages(plan: Doc) -> list[str]:
    """The names of a plan's stages, from the top."""
    found = [plan["stage"]]
    for inner in (plan.get("inputStage"), *plan.get("inputStages", [])):
        if inner:
            found += stages(inner)
    return found


def explained(db: Db, collection: str, query: Doc, sort: list[tuple[str, int]] | None = None, limit: int = 0, hint: Any = None) -> Doc:
    """explain() of a query, with what it really read."""
    cursor = db[collection].find(query)
    if sort:
        cursor = cursor.sort(sort)
    return dict((cursor.hint(hint) if hint else cursor).limit(limit).explain())


AT = datetime(2026, 1, 1, 3, tzinfo=UTC)
NEWEST = [("last_message_at", -1), ("_id", -1)]
HOT: dict[str, tuple[str, Doc, list[tuple[str, int]] | None, int]] = {
    "late offers": ("conversations", {"offer.expires_at": {**AFTER_1970, "$lte": AT}}, None, 100),
    "offers by somebody": ("conversations", {"offer.from.id": "bruno"}, None, 100),
    "timelines left behind": ("conversations", {"pending_entries.created_at": {**AFTER_1970, "$lt": AT}}, None, 100),
    "what somebody holds": ("conversations", {"holder_id": "me", "state": "open"}, None, 500),
    "a page of messages": ("messages", {"conversation_id": f"{1:024x}", "seq": {"$lt": 60}}, [("seq", -1)], 30),
    "the newest messages": ("messages", {"conversation_id": f"{1:024x}"}, [("seq", -1)], 30),
    "a message by its SID": ("messages", {"sid": "SM5"}, None, 0),
    "messages by their SIDs": ("messages", {"sid": {"$in": ["SM5", "SM6"]}}, None, 0),
    "a message by an earlier SID": ("messages", {"past_sids": {"$in": ["SM5"]}}, None, 0),
    "a message by its client id": ("messages", {"author_id": "a", "client_id": "c"}, None, 0),
    "the pending journal": ("webhook_journal", {"state": "pending"}, [("received_at", 1), ("_id", 1)], 200),
    "the quarantine": ("webhook_journal", {"state": "quarantined"}, [("received_at", 1)], 0),
    "the outbox of a conversation": ("messages", {"outbox": True, "conversation_id": f"{0:024x}"}, [("seq", 1)], 1),
    "conversations with work": ("messages", {"outbox": True}, None, 0),
    "a customer's conversation": ("conversations", {"channel_id": "c", "contact.keys": {"$in": ["whatsapp:+5511900000007", "x"]}}, None, 2),
    **{f"which {name} changed": (name, {"changed_at": {"$gte": AT}}, [("changed_at", -1)], sync.MOST + 1) for name in sync.COMPANY},
    "a contact by its keys": ("contacts", {"keys": {"$in": ["k7", "x"]}}, [("_id", 1)], 0),
}
ME: Doc = {"_id": "me", "active": True}
LISTS = [(role, view, page) for role in ("agent", "admin") for view in VIEWS for page in ("first", "next")]
SORTS_FEW = {"a contact by its keys"}  # two at most


@pytest.mark.parametrize("name", HOT)
def test_a_hot_query_reads_an_index_in_its_order(filled: Db, name: str) -> None:
    collection, query, sort, limit = HOT[name]
    found = explained(filled, collection, query, sort, limit)
    used = stages(found["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in used, used
    assert "SORT" not in used or name in SORTS_FEW, used
    if limit > 2:
        assert found["executionStats"]["totalDocsExamined"] <= limit + 1


@pytest.mark.parametrize(("role", "view", "page"), LISTS)
def test_a_list_reads_an_index_in_its_order(filled: Db, role: str, view: str, page: str) -> None:
    for segment in views.segments({**ME, "role": role}, view):
        conditions = [segment.which, *([segment.beyond(milliseconds(AT), "f")] if page == "next" else [])]
        found = explained(filled, "conversations", {"$and": conditions}, segment.order, 31, segment.index)
        used = stages(found["queryPlanner"]["winningPlan"])
        assert "COLLSCAN" not in used, (segment, used)
        if segment.index is not None:
            assert "SORT" not in used, (segment, used)
            assert found["executionStats"]["totalDocsExamined"] <= 250, segment


def what_counting_reads(db: Db, user: Doc) -> list[tuple[str, int, int]]:
    """(plan, index keys read, documents read) of every query that the numbers at the lists make, as the database profiled them."""
    db.command("profile", 2)
    views.counts(user)
    db.command("profile", 0)
    made = list(db["system.profile"].find({"ns": f"{db.name}.conversations", "op": {"$in": ["query", "command"]}}).sort("ts", 1))
    db.drop_collection("system.profile")
    return [(one["planSummary"], one["keysExamined"], one["docsExamined"]) for one in made]


@pytest.fixture
def connected(mongo: SharedMongo) -> Iterator[Db]:
    """The same filling in a database of this test alone, which the models are connected to."""
    with mongo.database() as db:
        run_pending(db)
        _fill(db)
        connect(mongo.uri(db.name), db.name)
        yield db
        mongoengine.disconnect()


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_catching_up_reads_only_what_changed(connected: Db, role: str) -> None:
    """A history twenty times as long, of which nothing has changed since, costs no document more."""
    workspace.stored()
    user = {**ME, "role": role, "created_at": datetime(2025, 1, 1, tzinfo=UTC), "admin_epoch": 0}
    begin = datetime.now(UTC) - timedelta(seconds=60)
    threads = [f"{number:024x}" for number in range(4)]
    for name in ("conversations", "messages"):
        connected[name].update_many({}, {"$set": {"changed_at": datetime(2026, 1, 2, tzinfo=UTC), "version": 1}})
        connected[name].update_many({"_id": {"$in": threads}}, {"$currentDate": {"changed_at": True}})
    before = what_catching_up_reads(connected, user, begin, threads)
    for name, number in (("conversations", "contact_id"), ("messages", "sid")):
        old = connected[name].find_one({"changed_at": datetime(2026, 1, 2, tzinfo=UTC), "outbox": None})
        assert old is not None
        more = ({**old, "_id": f"m{each}", number: f"m{each}", "seq": 1000 + each, "offer": None} for each in range(20 * COUNT))
        connected[name].insert_many(more)
    after = what_catching_up_reads(connected, user, begin, threads)
    assert not [plan for _, plan, _, _ in before + after if "COLLSCAN" in plan]
    assert [(collection, documents) for collection, _, _, documents in after] == [(name, documents) for name, _, _, documents in before]
    for (_, _, keys, _), (_, plan, more_keys, _) in zip(before, after, strict=True):
        assert more_keys <= keys + 2, plan


def what_catching_up_reads(db: Db, user: Doc, begin: datetime, threads: list[str]) -> list[tuple[str, str, int, int]]:
    """(collection, plan, index keys read, documents read) of every query of a sync and of a check of what is shown."""
    db.command("profile", 2)
    found = sync.since(user, paging.encode(milliseconds(begin), 0), threads)
    assert len(found["conversations"]) == len(found["messages"]) == len(threads)
    sync.differing(user, dict.fromkeys(threads, 1), dict.fromkeys(threads, 0))
    db.command("profile", 0)
    made = list(db["system.profile"].find({"op": {"$in": ["query", "command"]}, "planSummary": {"$exists": True}}).sort("ts", 1))
    db.drop_collection("system.profile")
    named = [(one["ns"].removeprefix(f"{db.name}."), one["planSummary"], one["keysExamined"], one["docsExamined"]) for one in made]
    return [one for one in named if one[1] != "EOF"]  # a collection that is not there yet


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_the_numbers_cost_the_same_however_many_conversations_others_have(connected: Db, role: str) -> None:
    """Nothing that I hold, am offered, or that waits for anybody is added: twenty times as many that are colleagues' or finished."""
    seen = datetime(2026, 2, 1, tzinfo=UTC)
    user = {**ME, "role": role, "created_at": datetime(2025, 1, 1, tzinfo=UTC), "team_seen_at": seen}
    before = what_counting_reads(connected, user)
    assert len(before) == 7
    old = connected["conversations"].find_one(
        {"holder_id": "bruno", "state": "open", "offer": None, "mentioned": [], "visibility": "public"}
    )
    assert old is not None
    states = ("open", "finished")
    more = ({**old, "_id": f"m{number}", "contact_id": f"m{number}", "state": states[number % 2]} for number in range(20 * COUNT))
    connected["conversations"].insert_many(more)
    after = what_counting_reads(connected, user)
    assert not [plan for plan, _, _ in before + after if "COLLSCAN" in plan]
    for (_, keys, documents), (plan, more_keys, more_documents) in zip(before, after, strict=True):
        assert more_documents <= documents, plan
        assert more_keys <= keys + 2, plan


@pytest.mark.parametrize("typed", ["maria", "11900000", "maria 12", "+55 (11) 90000-0300"])
def test_searching_scans_no_whole_collection(filled: Db, typed: str) -> None:
    query = {"$and": [{}, *search_terms.query(typed)]}
    used = stages(explained(filled, "conversations", query, NEWEST, 31)["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in used, used


def test_searching_for_few_reads_few(filled: Db) -> None:
    found = explained(filled, "conversations", {"$and": search_terms.query("00000300")}, NEWEST, 31)
    assert found["executionStats"]["nReturned"] == 1
    assert found["executionStats"]["totalDocsExamined"] <= 40


def test_the_demo_keeps_its_data_apart_from_the_database_that_the_uri_names(mongo: SharedMongo, server: ServerProcess) -> None:
    real, demo = server.database_name.removesuffix("_demo"), server.database_name
    assert "users" in mongo.client[demo].list_collection_names()
    assert mongo.client[real].list_collection_names() == []
    assert "email_1" in mongo.client[demo]["users"].index_information()
