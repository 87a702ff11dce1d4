"""What a password costs, and signing in while something else happens to the account; the rest is seen at the front door
(tests/api/test_auth.py)."""

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from pymongo.database import Database

from whatsapp_server import errors
from whatsapp_server.services import accounts

EMAIL, OLD, NEW = "leo@example.com", "the-old-password", "the-new-password"


def test_an_unknown_address_costs_as_much_as_a_wrong_password(connected: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the time that an answer takes would tell who has an account."""
    accounts.create_user(EMAIL, "Leo", OLD, "agent")
    verify, costs = PasswordHasher.verify, []

    def counted(hasher: PasswordHasher, stored: str, password: str) -> bool:
        costs.append((extract_parameters(stored), password))
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for email in (EMAIL, "nobody@example.com"):
        with pytest.raises(errors.BadCredentials):
            accounts.sign_in(email, NEW, 30)
    assert costs == [(RFC_9106_LOW_MEMORY, NEW)] * 2


def test_quick_hashes_are_quick_and_fit(connected: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_hasher", accounts._hasher)  # so that the usual one is back afterwards
    slow = accounts.create_user("ida@example.com", "Ida", OLD, "agent")
    accounts.hash_quickly()
    quick = accounts.create_user(EMAIL, "Leo", OLD, "agent")
    assert extract_parameters(slow["password_hash"]) == RFC_9106_LOW_MEMORY
    assert extract_parameters(quick["password_hash"]).memory_cost < RFC_9106_LOW_MEMORY.memory_cost / 100
    for user in (slow, quick):
        assert accounts.sign_in(user["email"], OLD, 30)[0]["_id"] == user["_id"]


def change_password() -> None:
    """As an admin does on the command line."""
    accounts.set_password(EMAIL, NEW)


def shut_out() -> None:
    """As deactivating does."""
    accounts.User.raw().update_one({"email": EMAIL}, {"$set": {"active": False}})


@pytest.mark.parametrize("happens", [change_password, shut_out])
def test_what_happens_while_a_password_is_verified_counts(
    connected: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]
) -> None:
    accounts.create_user(EMAIL, "Leo", OLD, "agent")
    verify = accounts._fits

    def slowly(stored: str | None, password: str) -> bool:
        fits = verify(stored, password)
        happens()
        return fits

    monkeypatch.setattr(accounts, "_fits", slowly)
    with pytest.raises(errors.BadCredentials):
        accounts.sign_in(EMAIL, OLD, 30)
    assert connected["sessions"].count_documents({"ended_at": None}) == 0
    monkeypatch.setattr(accounts, "_fits", verify)
    if happens is change_password:
        user, session = accounts.sign_in(EMAIL, NEW, 30)
        assert accounts.user_of_session(session["_id"], user["_id"])["email"] == EMAIL
