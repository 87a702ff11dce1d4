"""Notes that only colleagues see: unmistakable while they are written and when they are read, and never on their way to the customer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.caller import Caller
from tests.support.pages import PHONE, bubbles, holder, open_at, write
from tests.support.screens import assert_accessible, assert_fits
from tests.support.server import Agent, ServerProcess

pytestmark = pytest.mark.browser

POSTED = re.compile(r"/api/conversations/\w+/messages$")
DAY = 86_400.0


@pytest.fixture
def begun(caller: Caller, ana: Agent) -> str:
    """The id of a conversation that a customer has begun."""
    caller.writes("Oi, quanto custa?")
    conversation = ana.conversation_with(caller.address)
    assert conversation is not None
    return str(conversation["id"])


def mode(page: Page, name: str) -> Locator:
    """The switch to writing a reply or a note."""
    return page.get_by_test_id(f"composer-mode-{name}")


def text(page: Page) -> Locator:
    """Where one writes."""
    return page.get_by_test_id("composer-input")


def notes(page: Page) -> Locator:
    """The notes of the open conversation."""
    return page.locator('[data-testid="message"][data-kind="note"]')


def test_a_note_with_a_mention_reaches_colleagues_and_never_the_customer(
    employee: Callable[..., list[Page]], begun: str, caller: Caller, bruno: Agent
) -> None:
    (page,) = employee("ana")
    (named,) = employee("bruno")
    for tab in (page, named):
        open_at(tab, begun)
    mode(page, "note").click()
    expect(text(page)).to_be_focused()
    page.keyboard.type("Cliente antigo, @bru")
    expect(page.get_by_test_id("mention-option")).to_have_text(re.compile("Bruno Lima"))
    page.keyboard.press("Enter")
    page.keyboard.type("faz o preço?")
    expect(text(page)).to_have_value("Cliente antigo, @Bruno Lima faz o preço?")
    page.keyboard.press("Enter")
    for tab in (page, named):
        expect(notes(tab)).to_have_count(1)
        expect(notes(tab)).to_contain_text("Só a equipe vê")
        expect(notes(tab).get_by_test_id("mention")).to_have_text("@Bruno Lima")
    expect(holder(page)).to_have_text("Sem dono")
    stored = bruno.messages(begun)[-1]
    assert (stored["kind"], stored["mentions"]) == ("note", [bruno.user["id"]])

    mode(page, "reply").click()
    write(page, "Custa 20 reais")
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Custa 20 reais"]


def test_what_was_typed_as_a_note_stays_one(employee: Callable[..., list[Page]], begun: str, caller: Caller) -> None:
    (page,) = employee("bruno")
    open_at(page, begun)
    text(page).fill("Bom dia!")
    page.keyboard.press("Control+i")
    expect(page.get_by_test_id("composer")).to_have_attribute("data-mode", "note")
    expect(text(page)).to_have_value("")
    page.keyboard.type("Que cliente chato")
    page.keyboard.press("Control+i")
    expect(text(page)).to_have_value("Bom dia!")
    page.keyboard.press("Control+z")
    expect(text(page)).not_to_have_value(re.compile("chato"))
    page.keyboard.press("Control+i")
    page.reload()
    expect(page.get_by_test_id("composer")).to_have_attribute("data-mode", "note")
    expect(text(page)).to_have_value("Que cliente chato")
    expect(text(page)).to_have_accessible_name(re.compile("Nota interna"))
    text(page).press("Enter")
    expect(notes(page)).to_contain_text("Que cliente chato")
    expect(page.get_by_test_id("composer")).to_have_attribute("data-mode", "note")
    mode(page, "reply").click()
    expect(text(page)).to_have_value("Bom dia!")
    assert caller.received() == []


def test_a_note_that_the_server_never_got_is_one_after_a_reload(
    employee: Callable[..., list[Page]], begun: str, caller: Caller, tolerated: list[str], bruno: Agent
) -> None:
    tolerated += ["ERR_FAILED"]
    (page,) = employee("carla", has_clock=True)
    open_at(page, begun)
    page.route(POSTED, lambda route: route.abort())
    mode(page, "note").click()
    write(page, "Não conte a ninguém")
    expect(page.locator('[data-status="waiting"]')).to_contain_text("Só a equipe vê")
    page.reload()
    expect(page.locator('[data-status="waiting"]')).to_contain_text("Só a equipe vê")
    mode(page, "reply").click()
    page.unroute(POSTED)
    # It is tried again after a while, however often it has failed.
    page.clock.fast_forward(15_000)
    expect(notes(page)).to_have_attribute("data-status", "posted")
    assert bruno.messages(begun)[-1]["kind"] == "note"
    assert caller.received() == []


def test_a_refused_note_goes_back_to_the_notes(employee: Callable[..., list[Page]], begun: str, bruno: Agent, tolerated: list[str]) -> None:
    tolerated += ["422"]
    (page,) = employee("bruno")
    open_at(page, begun)
    mode(page, "note").click()
    page.keyboard.type("Olha, @carla")
    expect(page.get_by_test_id("mention-option")).to_have_count(1)
    page.keyboard.press("Enter")

    def made_private(route: Route) -> None:
        bruno.do(begun, "claim")
        bruno.do(begun, "visibility", visibility="private")
        route.fallback()

    page.route(POSTED, made_private, times=1)
    page.keyboard.press("Enter")
    failed = page.locator('[data-status="failed"]')
    expect(failed).to_contain_text("Só a equipe vê")
    mode(page, "reply").click()
    failed.get_by_test_id("message-edit").click()
    expect(page.get_by_test_id("composer")).to_have_attribute("data-mode", "note")
    expect(text(page)).to_have_value("Olha, @Carla Dias")


def test_the_picker_lists_only_who_may_read(employee: Callable[..., list[Page]], begun: str, bruno: Agent) -> None:
    bruno.do(begun, "claim")
    bruno.do(begun, "visibility", visibility="private")
    (page,) = employee("bruno")
    open_at(page, begun)
    mode(page, "note").click()
    page.keyboard.type("@")
    expect(page.get_by_test_id("mention-option").filter(has_text="Ana Souza")).to_be_visible()
    expect(page.get_by_test_id("mention-option").filter(has_text=re.compile("Carla Dias|Bruno Lima"))).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("mention-list")).to_have_count(0)
    expect(text(page)).to_have_value("@")


def test_the_picker_follows_the_keyboard_and_the_mouse(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("carla")
    open_at(page, begun)
    mode(page, "note").click()
    page.keyboard.type("@")
    options = page.get_by_test_id("mention-option")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(text(page)).to_have_attribute("aria-activedescendant", re.compile("mention-"))
    options.filter(has_text="Ana Souza").click()
    expect(text(page)).to_have_value("@Ana Souza ")
    expect(text(page)).to_be_focused()
    page.keyboard.type("olá")
    expect(text(page)).to_have_value("@Ana Souza olá")


def test_notes_are_possible_when_the_window_is_closed(
    employee: Callable[..., list[Page]], caller: Caller, server: ServerProcess, ana: Agent
) -> None:
    server.move_clock(-DAY - 3600)
    caller.writes("Ontem")
    server.move_clock(0)
    conversation = ana.conversation_with(caller.address)
    assert conversation is not None
    (page,) = employee("ana")
    open_at(page, conversation["id"])
    expect(page.get_by_test_id("composer-closed")).to_be_visible()
    expect(text(page)).to_have_count(0)
    mode(page, "note").click()
    write(page, "Ligar para ele")
    expect(notes(page)).to_contain_text("Ligar para ele")
    mode(page, "reply").click()
    expect(page.get_by_test_id("composer-closed")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(employee: Callable[..., list[Page]], begun: str, scheme: str) -> None:
    (page,) = employee("ana", color_scheme=scheme, reduced_motion="reduce")
    open_at(page, begun)
    mode(page, "note").click()
    write(page, "Uma nota")
    expect(notes(page)).to_have_attribute("data-status", "posted")
    page.keyboard.type("@bru")
    expect(page.get_by_test_id("mention-option")).to_have_count(1)
    assert_accessible(page, "picker")
    page.keyboard.press("Enter")
    assert_accessible(page, "note")


def test_fits_a_phone(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("ana", viewport=PHONE, has_touch=True, is_mobile=True)
    open_at(page, begun)
    mode(page, "note").click()
    page.keyboard.type("Sem espaços " + "a" * 120 + " @")
    expect(page.get_by_test_id("mention-option").first).to_be_in_viewport(ratio=1)
    assert_fits(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(notes(page)).to_have_count(1)
    assert_fits(page)


@pytest.mark.parametrize("choice", ["forced", "optional"])
def test_the_name_before_a_reply(
    employee: Callable[..., list[Page]], begun: str, caller: Caller, ana: Agent, bruno: Agent, choice: str
) -> None:
    ana.settings(name_prefix=choice)
    try:
        (page,) = employee("bruno")
        open_at(page, begun)
        if choice == "forced":
            expect(page.get_by_test_id("name-prefix")).to_contain_text("Vai como “Bruno:")
        else:
            page.get_by_test_id("with-name").check()
            page.reload()
            expect(page.get_by_test_id("with-name")).to_be_checked()
        write(page, "Bom dia")
        expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
        expect(bubbles(page).last.locator(".bubble-text")).to_have_text("Bom dia")
        assert caller.received() == ["*Bruno:*\nBom dia"]
        assert bruno.messages(begun)[-1]["body"] == "Bom dia"
        if choice == "optional":
            page.get_by_test_id("with-name").uncheck()
            write(page, "Tchau")
            expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
            assert caller.received()[-1] == "Tchau"
    finally:
        ana.settings(name_prefix="off")


def test_a_draft_stays_while_the_conversation_becomes_private(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("ana")
    open_at(page, begun)
    page.get_by_test_id("verb-take").click()
    expect(holder(page)).to_have_text("Sua")
    text(page).fill("Ainda pensando")
    for change, shown in (("private", "Particular"), ("public", "Sua")):
        page.get_by_test_id("conversation-menu").click()
        page.get_by_test_id(f"menu-{change}").click()
        expect(holder(page)).to_contain_text(shown)
        expect(text(page)).to_have_value("Ainda pensando")
