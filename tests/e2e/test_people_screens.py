"""Each screen of the company's page, and of joining it, can be used by everybody: accessible and not wider than it, in every look."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.caller import Caller
from tests.support.company import choose, person, settings_at
from tests.support.people import invited, joined, new_email
from tests.support.screens import assert_usable
from tests.support.server import Agent

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(newcomer: Callable[..., tuple[Agent, Page]]) -> Page:
    """A tab of an admin."""
    _, page = newcomer("admin", reduced_motion="reduce")
    return page


def opened(page: Page, opener: Locator, dialog: str) -> Locator:
    """The dialog that a button opens."""
    opener.click()
    found = page.get_by_test_id(dialog)
    expect(found).to_be_visible()
    return found


def test_the_dialog_of_ones_absence(admin: Page) -> None:
    admin.get_by_test_id("menu").click()
    opened(admin, admin.get_by_test_id("menu-absence"), "absence-dialog")
    assert_usable(admin)


def test_the_people_with_an_open_invitation(admin: Page, ana: Agent) -> None:
    invited(ana, name="Dora " + "de Souza " * 7, email=new_email())
    settings_at(admin, "people")
    expect(admin.get_by_test_id("invite-entry").first).to_be_visible()
    assert_usable(admin)


def test_the_dialog_of_a_person(admin: Page, bruno: Agent) -> None:
    settings_at(admin, "people")
    opened(admin, person(admin, bruno).get_by_test_id("person-edit"), "person-dialog")
    assert_usable(admin)


def test_the_focus_returns_to_what_opened_a_persons_dialog(admin: Page, bruno: Agent) -> None:
    settings_at(admin, "people")
    opener = person(admin, bruno).get_by_test_id("person-edit")
    opened(admin, opener, "person-dialog")
    admin.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_the_dialog_of_deactivating_somebody_who_has_work(admin: Page, ana: Agent, caller: Caller) -> None:
    leaver = joined(ana)
    caller.writes("Oi")
    conversation = leaver.conversation_with(caller.address)
    assert conversation is not None
    assert leaver.do(conversation["id"], "claim").ok
    settings_at(admin, "people")
    dialog = opened(admin, person(admin, leaver).get_by_test_id("person-deactivate"), "deactivate-dialog")
    choose(dialog, "person")
    expect(dialog.get_by_test_id("heir-search")).to_be_visible()
    assert_usable(admin)


@pytest.mark.parametrize(
    ("tab", "opener", "dialog"), [("people", "invite", "invite-dialog"), ("teams", "team-new", "team-dialog")], ids=["invitation", "team"]
)
def test_the_dialog_of_a_new_one(admin: Page, tab: str, opener: str, dialog: str) -> None:
    settings_at(admin, tab)
    opened(admin, admin.get_by_test_id(opener), dialog)
    assert_usable(admin)


def test_an_invitation_that_was_just_made(admin: Page) -> None:
    settings_at(admin, "people")
    admin.get_by_test_id("invite").click()
    admin.get_by_test_id("invite-submit").click()
    expect(admin.get_by_test_id("invite-url")).to_be_focused()
    assert_usable(admin)


def test_the_settings_with_a_problem(admin: Page, tolerated: list[str]) -> None:
    tolerated.append("status of 422")
    settings_at(admin, "workspace")
    choose(admin.get_by_test_id("setting-working_hours"), "hours")
    admin.get_by_test_id("setting-offer_minutes").fill("0")
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("setting-offer_minutes-problem")).to_be_visible()
    assert_usable(admin)


def test_joining_with_a_problem(contexts: Callable[..., BrowserContext], ana: Agent, tolerated: list[str]) -> None:
    tolerated.append("status of 422")
    page = contexts(reduced_motion="reduce").new_page()
    page.goto(invited(ana)["url"])
    for field, text in (("name", "Dora Reis"), ("email", new_email()), ("password", "short")):
        page.get_by_test_id(f"join-{field}").fill(text)
    page.get_by_test_id("join-submit").click()
    expect(page.get_by_test_id("field-password-problem")).to_be_visible()
    assert_usable(page)
