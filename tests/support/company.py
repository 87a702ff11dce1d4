"""The company's own page: people, teams and settings, and what is chosen there."""

from playwright.sync_api import Locator, Page, expect

from tests.support.server import Agent


def settings_page(page: Page, tab: str = "people") -> Page:
    """Open the company's page by the menu, at a tab."""
    page.get_by_test_id("menu").click()
    page.get_by_test_id("menu-settings").click()
    page.get_by_test_id(f"settings-tab-{tab}").click()
    return page


def settings_at(page: Page, tab: str) -> Page:
    """Open the company's page by its address, at a tab."""
    page.evaluate("tab => { location.hash = `#/settings/${tab}` }", tab)
    expect(page.get_by_test_id(f"settings-tab-{tab}")).to_be_visible()
    return page


def person(page: Page, agent: Agent) -> Locator:
    """Somebody's entry on the page of people."""
    return page.locator(f'[data-testid="person"][data-id="{agent.user["id"]}"]')


def choose(place: Locator, value: str) -> None:
    """One of a few, side by side."""
    option = place.locator(f'input[value="{value}"]')
    option.press("Space")
    expect(option).to_be_checked()
