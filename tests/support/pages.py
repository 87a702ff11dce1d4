"""What a person sees and does in the inbox's page."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.server import Agent

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
OFFLINE_SINCE = re.compile(r"Sem conexão desde \d\d:\d\d$")


def up_to_date(page: Page) -> Page:
    """The page, once it has its list and hears what is new."""
    expect(page.get_by_test_id("conversation-list")).to_be_visible()
    expect(page.get_by_test_id("line")).to_have_attribute("data-state", "current")
    return page


def line(page: Page) -> Locator:
    """What the page says of itself: whether it shows how things stand."""
    return page.get_by_test_id("line-text")


def cut_off(page: Page) -> None:
    """The page loses its connection, and by its clock (`has_clock`) so long ago that everything on it says so."""
    page.context.set_offline(True)
    page.clock.fast_forward(2_000)
    # Once it has noticed, the rest is only a question of time.
    expect(line(page)).to_have_text(OFFLINE_SINCE)
    page.clock.fast_forward(6_000)
    expect(page.get_by_test_id("banner")).to_contain_text("Sem conexão")
    page.clock.fast_forward(5_000)
    expect(page.get_by_test_id("line-voice")).to_have_text(OFFLINE_SINCE)


def row_of(page: Page, name: str) -> Locator:
    """The row of the customer called `name` in the list."""
    return page.get_by_test_id("conversation-row").filter(has_text=name)


def bubbles(page: Page) -> Locator:
    """The messages of the open conversation."""
    return page.get_by_test_id("message")


def holder(page: Page) -> Locator:
    """Where it stands whose the open conversation is."""
    return page.get_by_test_id("holder")


def shown(page: Page) -> list[tuple[str | None, ...]]:
    """What a tab shows of the open conversation: id, number, direction, tick and text of each message."""
    script = """all => all.map(one =>
        [one.dataset.id, one.dataset.seq, one.dataset.direction, one.dataset.status, one.innerText])"""
    return [tuple(one) for one in bubbles(page).evaluate_all(script)]


def open_row(page: Page, name: str) -> None:
    """Open the conversation with `name` and wait for its messages."""
    row_of(page, name).click()
    expect(bubbles(page).first).to_be_visible()


def open_at(page: Page, conversation_id: str) -> Page:
    """Open a conversation by its address."""
    page.evaluate("id => { location.hash = `#/c/${id}` }", conversation_id)
    expect(bubbles(page).first).to_be_visible()
    return page


def write(page: Page, text: str) -> None:
    """Type into the inbox's composer and send with Enter."""
    page.get_by_test_id("composer-input").fill(text)
    page.keyboard.press("Enter")


def start_chat(page: Page, *others: Agent, title: str = "") -> None:
    """Start a chat through the view of internal conversations and wait until it is open."""
    page.get_by_test_id("view-internal").click()
    page.get_by_test_id("new-chat").click()
    for each in others:
        page.get_by_test_id("chat-search").fill(each.user["name"])
        page.get_by_test_id("chat-option").filter(has_text=each.user["name"]).click()
    if title:
        page.get_by_test_id("chat-title").fill(title)
    page.get_by_test_id("new-chat-submit").click()
    expect(page.get_by_test_id("new-chat-dialog")).to_have_count(0)
    expect(page.get_by_test_id("composer-input")).to_be_visible()
