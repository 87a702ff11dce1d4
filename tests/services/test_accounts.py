"""Signing in while something else happens to the same account; the rest is seen through the front door (tests/api/test_auth.py)."""

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from whatsapp_server import errors
from whatsapp_server.services import accounts

EMAIL, OLD, NEW = "leo@example.com", "the-old-password", "the-new-password"


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
