"""Of one person's browsers one alerts, and which one is nobody else's affair."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.database import Database

from tests.support.people import JOINED_PASSWORD, joined
from tests.support.server import Agent, Json, ServerProcess, Tab
from tests.support.waiting import eventually


@pytest.fixture
def office(ana: Agent) -> Agent:
    """Somebody's browser, of this test alone."""
    return joined(ana)


@pytest.fixture
def home(server: ServerProcess, office: Agent) -> Agent:
    """The same person's other browser."""
    return Agent(server.url, office.user["email"], JOINED_PASSWORD)


def claim(tab: Tab, key: object) -> Json:
    """What the server answers."""
    return tab.ask("alert.claim", {"key": key})


def test_the_browser_that_asks_first_alerts(office: Agent, home: Agent) -> None:
    with office.tab() as one, home.tab() as other:
        assert claim(one, "outside:m1") == {"granted": True}
        assert claim(other, "outside:m1") == {"granted": False}
        assert claim(other, "outside:m2") == {"granted": True}
        assert claim(one, "outside:m2") == {"granted": False}


def test_of_two_that_ask_at_once_one_alerts(office: Agent, home: Agent) -> None:
    with office.tab() as one, home.tab() as other, ThreadPoolExecutor(2) as pool:
        for number in range(20):
            answers = pool.map(lambda tab: claim(tab, f"outside:m{number}")["granted"], (one, other))  # noqa: B023
            assert sorted(answers) == [False, True]


def test_whoever_has_one_browser_is_not_written_down(office: Agent, stored: Database[Json]) -> None:
    with office.tab() as one, office.tab() as other:
        assert [claim(tab, "outside:m1") for tab in (one, other)] == [{"granted": True}] * 2
    assert stored["alert_claims"].count_documents({"_id": {"$regex": f"^{office.user['id']}"}}) == 0


def test_a_browser_that_was_closed_counts_no_more(office: Agent, home: Agent) -> None:
    with office.tab() as one:
        with home.tab() as other:
            assert claim(other, "outside:m1") == {"granted": True}
            assert claim(one, "outside:m1") == {"granted": False}
        eventually(lambda: claim(one, "outside:m1") == {"granted": True})


def test_anothers_claims_take_nothing_from_me(office: Agent, home: Agent, ana: Agent, server: ServerProcess) -> None:
    with office.tab() as one, home.tab(), ana.tab() as hers, server.agent("ana").tab():
        assert claim(hers, "outside:m3") == {"granted": True}
        assert claim(one, "outside:m3") == {"granted": True}


@pytest.mark.parametrize("key", [None, 7, "", "a b", "x" * 101, "ação", ["m1"], {"$gt": ""}])
def test_what_is_no_key_is_refused(ana: Agent, key: object) -> None:
    with ana.tab() as tab:
        assert claim(tab, key) == {"code": "invalid"}


def test_browsers_at_two_processes_know_of_each_other(two: Callable[..., tuple[ServerProcess, ServerProcess]]) -> None:
    first, second = two()
    bruno = first.agent("bruno")
    with Tab(first.url, bruno.token) as one, Tab(second.url, second.agent("bruno").token) as other:
        keys = (f"outside:m{number}" for number in range(1000))

        def one_alone() -> bool:
            key = next(keys)
            return [claim(tab, key)["granted"] for tab in (one, other)] == [True, False]

        # They hear of each other within half a second.
        eventually(one_alone)
        key = next(keys)
        assert [claim(tab, key)["granted"] for tab in (other, one)] == [True, False]


def test_claims_are_forgotten_by_themselves(office: Agent, home: Agent, stored: Database[Json]) -> None:
    with office.tab() as one, home.tab():
        claim(one, "outside:m9")
    found = stored["alert_claims"].find_one({"_id": f"{office.user['id']}:outside:m9"})
    assert found is not None
    expiring = [each for each in stored["alert_claims"].index_information().values() if "expireAfterSeconds" in each]
    assert [each["key"] for each in expiring] == [[("claimed_at", 1)]]
    assert "claimed_at" in found
