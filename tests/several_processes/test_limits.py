"""Attempts are counted by all processes together, and by each alone while Redis is away."""

import itertools

import pytest
import requests

from tests.support.cluster import LOGIN_ATTEMPTS, TROUBLES, Cluster
from tests.support.server import ServerProcess
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.alone
_people = itertools.count(1)


def new_email() -> str:
    """Somebody whom no other test tries to be."""
    return f"guest{next(_people)}@example.com"


def attempt(server: ServerProcess, email: str) -> int:
    """Try to sign in without a password, which is counted all the same; the answer's status."""
    return requests.post(f"{server.url}/api/auth/login", json={"email": email}, timeout=PATIENCE_SECONDS).status_code


def let_through(email: str, *servers: ServerProcess) -> int:
    """How many attempts, at each of `servers` in turn, are counted before the first is refused."""
    return next(count for count, server in enumerate(itertools.cycle(servers)) if attempt(server, email) == 429)


def test_the_processes_count_together(cluster: Cluster) -> None:
    # A test before this one may have taken Redis away: each asks for it again after some seconds.
    eventually(lambda: let_through(new_email(), cluster.first, cluster.second) == LOGIN_ATTEMPTS, every=0.2)
    email = new_email()
    assert let_through(email, cluster.first, cluster.second) == LOGIN_ATTEMPTS
    assert [attempt(server, email) for server in (cluster.first, cluster.second)] == [429, 429]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_counts_alone_while_redis_is_away(cluster: Cluster, trouble: str) -> None:
    email = new_email()
    with TROUBLES[trouble](cluster.redis):
        for server in (cluster.first, cluster.second):
            assert let_through(email, server) == LOGIN_ATTEMPTS
    # Each asks for Redis again after some seconds.
    eventually(lambda: let_through(new_email(), cluster.first, cluster.second) == LOGIN_ATTEMPTS, every=0.2)
