"""A long conversation: opened where the unread begins, read backwards page by page without a jump."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.caller import Caller
from tests.support.pages import bubbles, open_row, row_of
from tests.support.server import Agent
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

COUNT = 120
UNREAD = 15

# Scrolls near the top and, before anything else can happen, says which message is first on the screen and where.
SCROLL_UP = """log => {
  log.scrollTop = 300;
  const first = [...log.querySelectorAll("[data-id]")].find(each => each.getBoundingClientRect().bottom > log.getBoundingClientRect().top);
  return [first.dataset.id, first.getBoundingClientRect().top];
}"""


@pytest.fixture
def talkative(caller: Caller, twilio: SimulatorProcess, ana: Agent) -> Caller:
    """A customer with 120 messages, of which Ana has not read the last 15."""
    twilio.burst(COUNT, 20, from_=caller.address, body="Mensagem {n}", profile_name=caller.name)
    conversation = eventually(lambda: ana.conversation_with(caller.address))
    assert conversation is not None
    eventually(lambda: ana.get(f"/api/conversations/{conversation['id']}")["last_seq"] == COUNT)
    ana.call("POST", f"/api/conversations/{conversation['id']}/read", json={"seq": COUNT - UNREAD})
    return caller


def test_it_opens_at_what_is_unread(employee: Callable[..., list[Page]], talkative: Caller) -> None:
    (page,) = employee("ana")
    open_row(page, talkative.name)
    divider = page.locator(".unread-divider")
    expect(divider).to_be_in_viewport()
    expect(divider).to_have_text("Mensagens não lidas")
    first_unread = divider.locator("xpath=following-sibling::*[@data-seq][1]")
    expect(first_unread).to_have_attribute("data-seq", str(COUNT - UNREAD + 1))
    expect(page.get_by_test_id("to-bottom")).to_be_visible()


def test_unread_of_a_conversation_that_was_open_before_is_marked_too(
    employee: Callable[..., list[Page]], callers: Callable[[], Caller], twilio: SimulatorProcess
) -> None:
    first, second = callers(), callers()
    (page,) = employee("carla")
    first.writes("Oi")
    second.writes("Olá")
    open_row(page, first.name)
    open_row(page, second.name)
    twilio.burst(30, 10, from_=first.address, body="Mais {n}", profile_name=first.name)
    badge = row_of(page, first.name).get_by_test_id("unread-badge")
    expect(badge).to_contain_text("30")
    open_row(page, first.name)
    expect(page.locator(".unread-divider")).to_be_in_viewport()
    expect(page.locator(".unread-divider + [data-seq]")).to_have_attribute("data-seq", "2")
    expect(badge).to_have_count(0)


def test_older_pages_come_without_a_jump(employee: Callable[..., list[Page]], talkative: Caller) -> None:
    (page,) = employee("ana")
    open_row(page, talkative.name)
    log = page.get_by_role("region", name="Mensagens", exact=True)
    expect(bubbles(page)).to_have_count(50)
    for held in (100, 120):
        first_id, top = log.evaluate(SCROLL_UP)
        expect(bubbles(page)).to_have_count(held)
        now = page.locator(f'[data-id="{first_id}"]').evaluate("each => each.getBoundingClientRect().top")
        assert abs(now - top) <= 1
    expect(page.get_by_text("Começo da conversa")).to_be_attached()
    assert bubbles(page).evaluate_all("all => all.map(each => Number(each.dataset.seq))") == list(range(1, COUNT + 1))


def test_what_comes_while_reading_back_moves_nothing(employee: Callable[..., list[Page]], talkative: Caller) -> None:
    (page,) = employee("ana")
    open_row(page, talkative.name)
    log = page.get_by_role("region", name="Mensagens", exact=True)
    log.evaluate("each => { each.scrollTop = 1200; }")
    expect(page.get_by_test_id("to-bottom")).to_be_visible()
    before = log.evaluate("each => each.scrollTop")
    talkative.writes("Uma a mais")
    expect(page.get_by_test_id("to-bottom")).to_contain_text("nova")
    assert abs(log.evaluate("each => each.scrollTop") - before) <= 1
    page.get_by_test_id("to-bottom").click()
    expect(bubbles(page).last).to_be_in_viewport()
    expect(bubbles(page).last).to_contain_text("Uma a mais")
    expect(page.get_by_test_id("to-bottom")).to_have_count(0)
