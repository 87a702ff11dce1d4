"""Language and colours: chosen by the browser first, then by the person, and kept."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.caller import Caller
from tests.support.pages import open_row
from tests.support.server import ServerProcess

pytestmark = pytest.mark.browser


def background(page: Page) -> str:
    """The colour behind the list."""
    colour: str = page.get_by_role("region", name="Conversas", exact=True).evaluate("each => getComputedStyle(each).backgroundColor")
    return colour


def test_the_language_is_the_browsers_until_somebody_chooses(
    contexts: Callable[..., BrowserContext], server: ServerProcess, employee: Callable[..., list[Page]], caller: Caller
) -> None:
    english = contexts(locale="en-GB").new_page()
    english.goto(server.url)
    expect(english.get_by_role("button", name="Sign in")).to_be_visible()
    english.get_by_role("button", name="Português").click()
    expect(english.get_by_role("button", name="Entrar")).to_be_visible()

    caller.writes("Oi")
    (page,) = employee("ana")
    open_row(page, caller.name)
    expect(page.get_by_placeholder("Escreva uma mensagem")).to_be_visible()
    page.get_by_test_id("menu").click()
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_placeholder("Write a message")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_placeholder("Write a message")).to_be_visible()
    expect(page.get_by_text("Today", exact=True)).to_be_visible()


def test_colours_follow_the_system_until_somebody_chooses(employee: Callable[..., list[Page]]) -> None:
    (page,) = employee("bruno", color_scheme="dark")
    dark = background(page)
    page.emulate_media(color_scheme="light")
    light = background(page)
    assert light != dark
    page.get_by_test_id("menu").click()
    page.get_by_text("Escura", exact=True).click()
    assert background(page) == dark
    page.reload()
    expect(page.get_by_test_id("conversation-list")).to_be_visible()
    assert background(page) == dark
