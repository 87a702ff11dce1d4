"""Refresh tokens: each leads to one successor, nobody is signed out by a race, and a stolen one is found out."""

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.support.mongo import SharedMongo
from tests.support.problems import assert_problem
from tests.support.server import Agent, ServerProcess
from tests.support.tokens import changed_token, claims_of
from tests.support.waiting import eventually

COOKIE = "refresh_token_cookie"
GRACE_SECONDS = 30
SECRETS = {"SECRET_KEY": "s" * 32, "JWT_SECRET_KEY": "j" * 32}
Db = Database[dict[str, Any]]


def refresh(server: ServerProcess, token: str) -> requests.Response:
    """A refresh with this token in the cookie, whatever its answer."""
    return requests.post(f"{server.url}/api/auth/refresh", cookies={COOKIE: token}, timeout=20)


def successor(server: ServerProcess, token: str) -> str:
    """The refresh token that follows `token`, with an access token that opens what it should."""
    answer = refresh(server, token)
    assert answer.status_code == 200, answer.text
    header = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert requests.get(f"{server.url}/api/auth/me", headers=header, timeout=10).status_code == 200
    return str(answer.cookies[COOKIE])


def cookie_of(agent: Agent) -> str:
    """The refresh token that somebody's browser holds."""
    return str(agent.http.cookies[COOKIE])


@pytest.fixture
def carla(server: ServerProcess) -> Agent:
    """An agent with a session of this test alone."""
    return server.agent("carla")


def test_every_refresh_brings_the_next_generation_and_the_session_s_end_stays(server: ServerProcess, carla: Agent) -> None:
    tokens = [cookie_of(carla)]
    for _ in range(3):
        tokens.append(successor(server, tokens[-1]))
    claims = [claims_of(token) for token in tokens]
    assert [one["gen"] for one in claims] == [1, 2, 3, 4]
    assert len({one["jti"] for one in claims}) == 4
    assert len({(one["sid"], one["sub"], one["exp"]) for one in claims}) == 1


def test_a_browser_goes_on_by_its_cookie(carla: Agent) -> None:
    first = cookie_of(carla)
    assert carla.call("POST", "/api/auth/refresh").status_code == 200
    assert cookie_of(carla) != first
    assert carla.call("POST", "/api/auth/refresh").status_code == 200


def test_whose_answer_got_lost_gets_it_once_more(server: ServerProcess, carla: Agent) -> None:
    held = cookie_of(carla)
    lost = successor(server, held)
    again = [successor(server, held) for _ in range(3)]
    assert again == [lost] * 3
    assert successor(server, lost) not in (held, lost)


def test_tabs_that_refresh_at_once_all_hold_the_same_successor(server: ServerProcess, stored: Db, carla: Agent) -> None:
    held = cookie_of(carla)
    for generation in range(2, 8):
        with ThreadPoolExecutor(10) as pool:
            found = set(pool.map(successor, [server] * 10, [held] * 10))
        assert len(found) == 1
        held = found.pop()
        assert stored["sessions"].find_one(claims_of(held)["sid"])["generation"] == generation  # type: ignore[index]


@pytest.fixture(scope="module")
def lasting_pair(module_server: Callable[..., ServerProcess]) -> tuple[ServerProcess, ServerProcess]:
    """Two server processes on one database."""
    first = module_server(**SECRETS)
    return first, module_server(**SECRETS, MONGODB_URI=first.env["MONGODB_URI"])


@pytest.fixture
def pair(lasting_pair: tuple[ServerProcess, ServerProcess]) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """The same with the true time before and after."""
    yield lasting_pair
    for server in lasting_pair:
        server.move_clock(0)


def test_two_processes_that_race_answer_the_same_successor(pair: tuple[ServerProcess, ServerProcess]) -> None:
    held = cookie_of(pair[0].agent("carla"))
    with ThreadPoolExecutor(8) as pool:
        for _ in range(15):
            found = set(pool.map(successor, [*pair] * 4, [held] * 8))
            assert len(found) == 1
            held = found.pop()
    assert claims_of(held)["gen"] == 16


def test_a_token_is_good_until_its_successor_is_used_however_late(clocked: ServerProcess) -> None:
    held = cookie_of(clocked.agent("carla"))
    following = successor(clocked, held)
    clocked.move_clock(3 * 24 * 3600)
    assert successor(clocked, held) == following


def test_a_token_is_good_for_a_while_after_its_successor_was_used(clocked: ServerProcess) -> None:
    held = cookie_of(clocked.agent("carla"))
    following = successor(clocked, held)
    last = successor(clocked, following)
    clocked.move_clock(GRACE_SECONDS - 5)
    assert successor(clocked, held) == following
    assert successor(clocked, following) == last
    assert successor(clocked, last) not in (held, following, last)


def test_a_page_that_is_loaded_again_and_again_signs_nobody_out(clocked: ServerProcess) -> None:
    """However far the others have gone meanwhile, a request that was under way for less than that gets its answer."""
    chain = [cookie_of(clocked.agent("carla"))]
    for _ in range(8):
        chain.append(successor(clocked, chain[-1]))
    clocked.move_clock(GRACE_SECONDS - 5)
    assert [successor(clocked, token) for token in chain[:-1]] == chain[1:]


def test_a_stolen_token_ends_the_session_and_cuts_its_sockets(clocked: ServerProcess) -> None:
    carla, elsewhere = clocked.agent("carla"), clocked.agent("carla")
    stolen = cookie_of(carla)
    held = successor(clocked, successor(clocked, stolen))
    clocked.move_clock(GRACE_SECONDS + 1)
    with carla.tab() as tab, elsewhere.tab() as other:
        assert_problem(refresh(clocked, stolen), 401, "session_ended")
        assert tab.ended.wait(5)
        assert tab.heard("session.ended") == [{"code": "session_ended"}]
        assert_problem(refresh(clocked, held), 401, "session_ended")
        assert_problem(carla.call("GET", "/api/auth/me"), 401, "session_ended")
        assert not other.ended.is_set()
        assert elsewhere.call("POST", "/api/auth/refresh").status_code == 200
    lines = [one for one in clocked.logs().splitlines() if claims_of(stolen)["sid"] in one]
    assert ["session.stolen" in line for line in lines] == [True]
    assert not [token for token in (stolen, held) if token in clocked.logs()]


def test_a_thief_who_was_faster_is_found_out_by_the_owner_s_next_refresh(clocked: ServerProcess) -> None:
    carla = clocked.agent("carla")
    thief_s = successor(clocked, successor(clocked, cookie_of(carla)))
    clocked.move_clock(GRACE_SECONDS + 1)
    assert_problem(carla.call("POST", "/api/auth/refresh"), 401, "session_ended")
    assert_problem(refresh(clocked, thief_s), 401, "session_ended")


def test_a_stolen_token_shown_to_one_process_cuts_the_sockets_of_the_other(pair: tuple[ServerProcess, ServerProcess]) -> None:
    one, other = pair
    carla = one.agent("carla")
    stolen = cookie_of(carla)
    successor(one, successor(other, stolen))
    other.move_clock(GRACE_SECONDS + 1)
    with carla.tab() as tab:
        assert_problem(refresh(other, stolen), 401, "session_ended")
        eventually(tab.ended.is_set)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_signing_out_with_any_token_that_is_still_good_ends_the_session(server: ServerProcess, carla: Agent, which: int) -> None:
    chain = [cookie_of(carla)]
    for _ in range(2):
        chain.append(successor(server, chain[-1]))
    assert requests.post(f"{server.url}/api/auth/logout", cookies={COOKIE: chain[which]}, timeout=10).status_code == 204
    for token in chain:
        assert_problem(refresh(server, token), 401, "session_ended")


def test_a_token_lasts_as_long_as_its_session(clocked: ServerProcess) -> None:
    held = cookie_of(clocked.agent("carla"))
    clocked.move_clock(29 * 24 * 3600)
    following = successor(clocked, held)
    clocked.move_clock(30 * 24 * 3600 + 60)
    for token in (held, following, changed_token(clocked, following, exp=int(time.time()) - 60)):
        assert_problem(refresh(clocked, token), 401, "session_ended")


def test_whoever_signs_in_under_a_moved_clock_may_refresh(clocked: ServerProcess) -> None:
    clocked.move_clock(25 * 3600)
    assert clocked.agent("carla").call("POST", "/api/auth/refresh").status_code == 200


@pytest.fixture
def older(server: ServerProcess, stored: Db, carla: Agent) -> Iterator[str]:
    """The cookie of a session from before refresh tokens had generations."""
    changed = stored["sessions"].update_one({"_id": claims_of(carla.token)["sid"]}, {"$unset": {"generation": "", "issued": ""}})
    assert changed.modified_count == 1
    now = int(time.time())
    return changed_token(server, cookie_of(carla), gen=None, jti=str(uuid.uuid4()), iat=now, nbf=now, fresh=False)


def test_a_session_from_before_generations_goes_on_and_rotates(server: ServerProcess, older: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(successor, [server] * 4, [older] * 4))
    (following,) = found
    assert claims_of(following)["gen"] == 1
    assert claims_of(successor(server, following))["gen"] == 2
    assert successor(server, older) == following


def test_signing_out_ends_a_session_from_before_generations(server: ServerProcess, older: str) -> None:
    assert requests.post(f"{server.url}/api/auth/logout", cookies={COOKIE: older}, timeout=10).status_code == 204
    assert_problem(refresh(server, older), 401, "session_ended")


def test_a_database_that_went_back_to_a_backup_signs_nobody_out(server: ServerProcess, stored: Db, carla: Agent) -> None:
    first = cookie_of(carla)
    backup = stored["sessions"].find_one({"_id": claims_of(first)["sid"]})
    assert backup is not None
    held = first
    for _ in range(4):
        held = successor(server, held)
    stored["sessions"].replace_one({"_id": backup["_id"]}, backup)
    following = successor(server, held)
    assert claims_of(following)["gen"] == 6
    assert successor(server, held) == following
    assert_problem(refresh(server, first), 401, "session_ended")


@pytest.mark.parametrize("generation", ["1", 1.0, True, [], {"$gt": 0}])
def test_a_generation_that_is_no_number_is_refused_and_ends_nothing(server: ServerProcess, carla: Agent, generation: object) -> None:
    forged = changed_token(server, cookie_of(carla), gen=generation)
    assert_problem(refresh(server, forged), 401, "token_invalid")
    assert carla.call("POST", "/api/auth/refresh").status_code == 200


def test_refreshing_again_and_again_does_not_make_the_session_grow(server: ServerProcess, stored: Db, carla: Agent) -> None:
    for _ in range(120):
        assert carla.call("POST", "/api/auth/refresh").status_code == 200
    session = stored["sessions"].find_one({"_id": claims_of(carla.token)["sid"]})
    assert session is not None
    assert len(session["issued"]) == 100


def test_what_was_made_long_ago_is_forgotten(clocked: ServerProcess, mongo: SharedMongo) -> None:
    carla = clocked.agent("carla")
    for minutes in range(4):
        clocked.move_clock(minutes * 60)
        assert carla.call("POST", "/api/auth/refresh").status_code == 200
    session = mongo.client[clocked.database_name]["sessions"].find_one({"_id": claims_of(carla.token)["sid"]})
    assert session is not None
    assert (session["generation"], len(session["issued"])) == (5, 1)
