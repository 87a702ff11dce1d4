"""The whole job without a mouse."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.caller import Caller
from tests.support.pages import bubbles, row_of
from tests.support.server import PASSWORD, ServerProcess

pytestmark = pytest.mark.browser


def tab_to(page: Page, place: Locator) -> None:
    """Press Tab until the focus is there; AssertionError when it is not after a dozen times."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if place.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError("Tab does not lead there")


def test_sign_in_choose_answer(contexts: Callable[..., BrowserContext], server: ServerProcess, callers: Callable[[], Caller]) -> None:
    older, newer = callers(), callers()
    older.writes("Fui o primeiro")
    newer.writes("E eu o segundo")
    page = contexts().new_page()
    page.goto(server.url)
    expect(page.get_by_test_id("sign-in-email")).to_be_focused()
    page.keyboard.type("ana@example.com")
    tab_to(page, page.get_by_test_id("sign-in-password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(row_of(page, newer.name)).to_be_visible()
    tab_to(page, row_of(page, older.name))
    page.keyboard.press("ArrowDown")
    expect(row_of(page, newer.name)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(row_of(page, older.name)).to_be_focused()
    page.keyboard.press("Enter")
    expect(bubbles(page)).to_have_count(1)
    expect(page.get_by_test_id("composer-input")).to_be_focused()

    page.keyboard.type("Bom dia!")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Já verifico.")
    expect(bubbles(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert older.received() == ["Bom dia!\nJá verifico."]
    expect(page.get_by_test_id("composer-input")).to_have_value("")
    expect(page.get_by_test_id("composer-input")).to_be_focused()
    page.keyboard.press("Enter")
    expect(bubbles(page)).to_have_count(2)


def test_dialogs_and_menu_give_the_focus_back(employee: Callable[..., list[Page]]) -> None:
    (page,) = employee("bruno")
    tab_to(page, page.get_by_test_id("new-conversation"))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("new-conversation-number")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("new-conversation")).to_be_focused()
    tab_to(page, page.get_by_test_id("menu"))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("sign-out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("menu")).to_be_focused()
    expect(page.get_by_test_id("sign-out")).to_have_count(0)
