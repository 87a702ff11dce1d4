"""Unfinished texts in several tabs of one person: they follow each other, and never the one under whose keys they are."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.caller import Caller
from tests.support.pages import bubbles, open_row
from tests.support.server import Agent

pytestmark = pytest.mark.browser

Employee = Callable[..., list[Page]]


def field(page: Page) -> Locator:
    """Where one writes."""
    return page.get_by_test_id("composer-input")


def turn_to(page: Page, other: Page) -> None:
    """The keyboard goes from the `other` tab to this one; at first both take it to be theirs."""
    for each, has_keyboard in ((other, False), (page, True)):
        each.evaluate("has => { document.hasFocus = () => has; window.dispatchEvent(new Event('focus')); }", has_keyboard)


@pytest.fixture
def tabs(employee: Employee, caller: Caller) -> list[Page]:
    """Two tabs of Carla's that show the same conversation."""
    caller.writes("Oi")
    pages = employee("carla", tabs=2)
    for page in pages:
        open_row(page, caller.name)
    return pages


def test_the_other_tab_follows_and_what_is_sent_is_gone_from_both(tabs: list[Page], caller: Caller) -> None:
    one, other = tabs
    field(one).press_sequentially("Já vou ver")
    expect(field(other)).to_have_value("Já vou ver")
    turn_to(other, one)
    field(other).press("End")
    field(other).press_sequentially(" isso")
    expect(field(one)).to_have_value("Já vou ver isso")
    turn_to(one, other)
    field(one).press("Enter")
    for page in tabs:
        expect(field(page)).to_have_value("")
        expect(bubbles(page).last).to_contain_text("Já vou ver isso")
    one.reload()
    expect(field(one)).to_have_value("")


def test_a_note_and_whom_it_names_are_in_the_other_tab_too(tabs: list[Page], bruno: Agent) -> None:
    one, other = tabs
    field(one).press_sequentially("Bom dia")
    one.get_by_test_id("composer-mode-note").click()
    field(one).press_sequentially("@Bru")
    one.get_by_test_id("mention-option").filter(has_text="Bruno Lima").click()
    field(one).press_sequentially("veja")
    expect(other.get_by_test_id("composer")).to_have_attribute("data-mode", "note")
    expect(field(other)).to_have_value("@Bruno Lima veja")
    turn_to(other, one)
    field(other).press("Enter")
    expect(bubbles(one).last).to_contain_text("@Bruno Lima veja")
    expect(bubbles(one).last).to_have_attribute("data-status", "posted")
    expect(field(one)).to_have_value("")
    conversation = one.url.rpartition("/")[2]
    named = bruno.get(f"/api/conversations/{conversation}")["mentioned"]
    assert [each["user_id"] for each in named] == [bruno.user["id"]]
    for page in tabs:
        page.get_by_test_id("composer-mode-reply").click()
        expect(field(page)).to_have_value("Bom dia")


def test_what_is_being_typed_is_not_taken_from_under_the_keys(tabs: list[Page]) -> None:
    one, other = tabs
    field(one).press_sequentially("Um texto")
    expect(field(other)).to_have_value("Um texto")
    turn_to(other, one)
    field(other).fill("Outro que estou escrevendo")
    expect(field(one)).to_have_value("Outro que estou escrevendo")
    # A tab in which nobody types stores something, as when a refused text is put back.
    one.evaluate(
        """() => {
            const input = document.getElementById("composer");
            input.value = "De repente outro";
            input.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }"""
    )
    field(other).press_sequentially("!")
    expect(field(other)).to_have_value("Outro que estou escrevendo!")
    expect(field(one)).to_have_value("Outro que estou escrevendo!")


def test_what_two_tabs_wrote_at_once_ends_as_the_last_text(tabs: list[Page]) -> None:
    one, other = tabs
    field(other).fill("Estou escrevendo")
    field(one).fill("Aqui também")
    expect(field(other)).to_have_value("Aqui também")
    expect(field(one)).to_have_value("Aqui também")


def test_nothing_is_left_of_what_one_may_no_longer_answer(tabs: list[Page], caller: Caller, ana: Agent, tolerated: list[str]) -> None:
    tolerated.append("status of 404")
    one, other = tabs
    field(one).press_sequentially("Para quem?")
    expect(field(other)).to_have_value("Para quem?")
    conversation = ana.conversation_with(caller.address)
    assert conversation is not None
    assert ana.do(conversation["id"], "claim").ok
    assert ana.do(conversation["id"], "visibility", visibility="private").ok
    for page in tabs:
        expect(field(page)).to_have_count(0)
    assert one.evaluate("Object.keys(localStorage).filter(each => each.startsWith('draft:'))") == []
