"""Who is here, who is busy, who looks at a conversation and who is writing in it: as colleagues see it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.caller import Caller
from tests.support.pages import PHONE, WIDE, bubbles, open_row, row_of, start_chat, write
from tests.support.people import joined
from tests.support.screens import assert_accessible, assert_fits
from tests.support.server import Agent

pytestmark = pytest.mark.browser

Newcomer = Callable[..., tuple[Agent, Page]]


def first_name(agent: Agent) -> str:
    """How the lines call somebody."""
    name: str = agent.user["name"]
    return name.split()[0]


def mark(place: Locator) -> Locator:
    """The mark at somebody's picture."""
    found: Locator = place.get_by_test_id("presence")
    return found


def here(page: Page) -> Locator:
    """The line above the composer."""
    return page.get_by_test_id("others-here")


def choose_status(page: Page, status: str) -> None:
    """Choose free or busy in one's menu, and close it."""
    page.get_by_test_id("menu").click()
    chosen = page.get_by_test_id("status-choice").locator(f'input[value="{status}"]')
    chosen.press("Space")
    expect(chosen).to_be_checked()
    page.keyboard.press("Escape")


# Being here


def test_colleagues_are_marked_wherever_one_chooses_them(newcomer: Newcomer, ana: Agent) -> None:
    second = joined(ana, name="Olga Prates")
    _, mine = newcomer()
    mine.get_by_test_id("view-internal").click()
    mine.get_by_test_id("new-chat").click()
    mine.get_by_test_id("chat-search").fill("Olga Prates")
    found = mark(mine.get_by_test_id("chat-option").filter(has=mine.locator(f'input[value="{second.user["id"]}"]')))
    expect(found).to_have_attribute("data-state", "offline")
    expect(found).to_have_attribute("aria-label", "offline")
    with second.tab():
        expect(found).to_have_attribute("data-state", "online")
        expect(found).to_have_attribute("title", "online")


def test_a_holder_a_chat_and_a_page_of_people_say_who_is_here(newcomer: Newcomer, caller: Caller) -> None:
    first, mine = newcomer("admin")
    second, theirs = newcomer()
    caller.writes("Oi")
    open_row(theirs, caller.name)
    write(theirs, "Olá!")
    mine.get_by_test_id("view-team").click()
    open_row(mine, caller.name)
    expect(mine.get_by_test_id("holder-presence")).to_have_text("online")
    expect(theirs.get_by_test_id("holder-presence")).to_have_count(0)

    choose_status(theirs, "busy")
    expect(mine.get_by_test_id("holder-presence")).to_have_text("ocupado(a)")
    start_chat(mine, second)
    write(mine, "Pode falar?")
    row = row_of(mine, second.user["name"])
    expect(mark(row)).to_have_attribute("data-state", "busy")
    expect(mine.locator(".conversation-head").get_by_test_id("presence-text")).to_have_text("ocupado(a)")
    mine.get_by_test_id("menu").click()
    mine.get_by_test_id("menu-settings").click()
    person = mine.locator(f'[data-testid="person"][data-id="{second.user["id"]}"]')
    expect(person.get_by_test_id("presence-text")).to_have_text("ocupado(a)")
    myself = mine.locator(f'[data-testid="person"][data-id="{first.user["id"]}"]')
    expect(myself.get_by_test_id("presence-text")).to_have_text("online")
    choose_status(theirs, "free")
    expect(person.get_by_test_id("presence-text")).to_have_text("online")


def test_members_of_a_group_and_whoever_a_note_may_name_are_marked(newcomer: Newcomer, caller: Caller, ana: Agent) -> None:
    caller.writes("Oi")
    second, _ = newcomer()
    third = joined(ana, name="Quitéria Ramos")
    _, mine = newcomer()
    start_chat(mine, second, third, title="Plantão")
    mine.get_by_test_id("info-toggle").click()
    for each, state in ((second, "online"), (third, "offline")):
        member = mine.get_by_test_id("group-member").filter(has_text=each.user["name"])
        expect(member.get_by_test_id("presence-text")).to_have_text(state)
        expect(mark(member)).to_have_attribute("data-state", state)
    mine.get_by_test_id("view-unassigned").click()
    open_row(mine, caller.name)
    mine.get_by_test_id("composer-mode-note").click()
    mine.get_by_test_id("composer-input").press_sequentially("@Quit")
    expect(mark(mine.get_by_test_id("mention-option"))).to_have_attribute("aria-label", "offline")


def test_being_busy_is_kept_and_shown_at_ones_own_picture(newcomer: Newcomer, tolerated: list[str]) -> None:
    tolerated.append("ERR_FAILED")
    first, page = newcomer()
    menu = page.get_by_test_id("menu")
    expect(menu).to_have_attribute("aria-label", f"Menu de {first.user['name']}, online")
    choose_status(page, "busy")
    expect(menu).to_have_attribute("aria-label", f"Menu de {first.user['name']}, ocupado(a)")
    expect(mark(menu)).to_have_attribute("data-state", "busy")
    page.reload()
    expect(mark(menu)).to_have_attribute("data-state", "busy")
    page.route("**/api/me/busy", lambda route: route.abort())
    menu.click()
    page.get_by_test_id("status-choice").locator('input[value="free"]').press("Space")
    expect(page.get_by_test_id("toast")).to_contain_text("Sem resposta do servidor")
    expect(page.get_by_test_id("status-choice").locator('input[value="busy"]')).to_be_checked()


def test_without_a_line_nobody_is_said_to_be_here(newcomer: Newcomer, tolerated: list[str]) -> None:
    tolerated += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    second, _ = newcomer()
    _, mine = newcomer()
    start_chat(mine, second)
    row = row_of(mine, second.user["name"])
    write(mine, "Oi")
    expect(mark(row)).to_have_attribute("data-state", "online")
    mine.context.set_offline(True)
    expect(mark(row)).to_have_count(0)
    mine.context.set_offline(False)
    expect(mark(row)).to_have_attribute("data-state", "online")


# Looking on and writing


def test_whoever_looks_on_is_named_to_the_others_and_never_to_themselves(newcomer: Newcomer, caller: Caller) -> None:
    caller.writes("Oi")
    first, mine = newcomer()
    second, theirs = newcomer()
    open_row(mine, caller.name)
    again = mine.context.new_page()
    again.goto(mine.url)
    expect(bubbles(again)).to_have_count(1)
    composer = mine.get_by_test_id("composer-input")
    before = composer.bounding_box()
    open_row(theirs, caller.name)
    for page in (mine, again):
        expect(here(page)).to_have_text(f"{first_name(second)} está vendo")
    expect(here(theirs)).to_have_text(f"{first_name(first)} está vendo")
    assert composer.bounding_box() == before
    mine.close()
    expect(here(theirs)).to_have_text(f"{first_name(first)} está vendo")
    theirs.evaluate("location.hash = '#/'")
    expect(here(again)).to_be_empty()


def test_several_are_named_in_short(newcomer: Newcomer, ana: Agent, caller: Caller) -> None:
    caller.writes("Oi")
    _, page = newcomer()
    open_row(page, caller.name)
    conversation = ana.conversation_with(caller.address)
    assert conversation is not None
    others = [joined(ana, name=f"{name} Teste") for name in ("Abel", "Bia", "Cida", "Duda")]
    tabs = [each.tab().open() for each in others]
    for tab in tabs:
        tab.ask("conversation.open", {"id": conversation["id"]})
    expect(page.get_by_test_id("others-viewing")).to_contain_text("+2 estão vendo")
    tabs[0].ask("typing.set", {"typing": True})
    expect(page.get_by_test_id("others-typing")).to_contain_text("Abel está digitando…")
    expect(page.get_by_test_id("others-viewing")).to_contain_text("+1 estão vendo")
    for tab in tabs:
        tab.close()
    expect(here(page)).to_be_empty()


@pytest.mark.parametrize("mode", ["reply", "note"])
def test_whoever_writes_is_named_until_they_send_clear_or_rest(newcomer: Newcomer, caller: Caller, mode: str) -> None:
    caller.writes("Oi")
    _, mine = newcomer()
    second, theirs = newcomer(has_clock=True)
    typing = mine.get_by_test_id("others-typing")
    for page in (mine, theirs):
        open_row(page, caller.name)
    theirs.get_by_test_id(f"composer-mode-{mode}").click()
    field = theirs.get_by_test_id("composer-input")
    field.press_sequentially("Um momento")
    expect(typing).to_have_text(f"{first_name(second)} está digitando…")
    expect(here(mine)).not_to_contain_text("vendo")
    field.press("Enter")
    expect(typing).to_have_count(0)
    expect(mine.get_by_test_id("others-viewing")).to_have_text(f"{first_name(second)} está vendo")
    field.press_sequentially("Ah")
    expect(typing).to_be_visible()
    field.fill("")
    expect(typing).to_have_count(0)
    field.press_sequentially("E")
    expect(typing).to_be_visible()
    # Whoever touches no key for so long has stopped.
    theirs.clock.fast_forward(6_000)
    expect(typing).to_have_count(0)
    expect(field).to_have_value("E")


def test_chats_say_who_writes_and_not_who_looks_on(newcomer: Newcomer) -> None:
    first, mine = newcomer()
    second, theirs = newcomer()
    start_chat(mine, second)
    write(mine, "Oi")
    theirs.get_by_test_id("view-internal").click()
    row_of(theirs, first.user["name"]).click()
    theirs.get_by_test_id("composer-input").press_sequentially("Olá")
    expect(here(mine)).to_have_text(f"{first_name(second)} está digitando…")
    theirs.keyboard.press("Enter")
    expect(bubbles(mine).last).to_contain_text("Olá")
    expect(here(mine)).to_be_empty()


def test_when_others_may_read_it_those_who_may_are_named_again(newcomer: Newcomer, caller: Caller, tolerated: list[str]) -> None:
    tolerated.append("status of 404")
    caller.writes("Oi")
    admin, hers = newcomer("admin")
    second, theirs = newcomer()
    _, outside = newcomer()
    for page in (hers, theirs, outside):
        open_row(page, caller.name)
    write(theirs, "Deixe comigo")
    expect(theirs.get_by_test_id("holder")).to_have_text("Sua")
    expect(here(theirs)).to_contain_text("estão vendo")
    conversation = second.conversation_with(caller.address)
    assert conversation is not None
    assert second.do(conversation["id"], "visibility", visibility="private").ok
    expect(outside.get_by_test_id("others-here")).to_have_count(0)
    expect(here(theirs)).to_have_text(f"{first_name(admin)} está vendo")
    expect(here(hers)).to_have_text(f"{first_name(second)} está vendo")
    theirs.get_by_test_id("composer-input").press_sequentially("Já")
    expect(here(hers)).to_have_text(f"{first_name(second)} está digitando…")
    assert second.do(conversation["id"], "visibility", visibility="public").ok
    expect(here(hers)).to_contain_text(first_name(second))
    outside.evaluate(f"location.hash = '#/c/{conversation['id']}'")
    expect(here(outside)).to_contain_text(first_name(admin))


def test_a_tab_that_comes_back_is_named_again_and_names_nobody_meanwhile(newcomer: Newcomer, caller: Caller, tolerated: list[str]) -> None:
    tolerated += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    caller.writes("Oi")
    first, mine = newcomer()
    second, theirs = newcomer()
    for page in (mine, theirs):
        open_row(page, caller.name)
    expect(here(mine)).to_have_text(f"{first_name(second)} está vendo")
    mine.context.set_offline(True)
    expect(here(mine)).to_be_empty()
    mine.context.set_offline(False)
    expect(here(mine)).to_have_text(f"{first_name(second)} está vendo")
    expect(here(theirs)).to_have_text(f"{first_name(first)} está vendo")


def test_a_tab_out_of_sight_for_long_looks_on_no_more(newcomer: Newcomer, caller: Caller) -> None:
    caller.writes("Oi")
    first, mine = newcomer(has_clock=True)
    _, theirs = newcomer()
    for page in (mine, theirs):
        open_row(page, caller.name)
    expect(here(theirs)).to_have_text(f"{first_name(first)} está vendo")
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    mine.evaluate(hide, True)
    mine.clock.fast_forward(20_000)
    expect(here(theirs)).to_have_text(f"{first_name(first)} está vendo")
    mine.clock.fast_forward(20_000)
    expect(here(theirs)).to_be_empty()
    mine.evaluate(hide, False)
    expect(here(theirs)).to_have_text(f"{first_name(first)} está vendo")


@pytest.mark.parametrize(("scheme", "size", "locale"), [("light", WIDE, "pt-BR"), ("dark", PHONE, "en-GB")])
def test_people_are_accessible_and_fit(
    newcomer: Newcomer, ana: Agent, caller: Caller, scheme: str, size: dict[str, int], locale: str
) -> None:
    caller.writes("Oi")
    _, theirs = newcomer()
    busy = joined(ana, name="Ocupada Teste")
    assert busy.call("PUT", "/api/me/busy", json={"busy": True}).ok
    _, page = newcomer("admin", color_scheme=scheme, reduced_motion="reduce", viewport=size, locale=locale)
    for each in (page, theirs):
        open_row(each, caller.name)
    write(theirs, "Olá!")
    theirs.get_by_test_id("composer-input").press_sequentially("Um momento")

    def check(where: str) -> None:
        assert_accessible(page, where)
        assert_fits(page)

    with busy.tab() as tab:
        conversation = ana.conversation_with(caller.address)
        assert conversation is not None
        tab.ask("conversation.open", {"id": conversation["id"]})
        expect(page.get_by_test_id("others-typing")).to_be_visible()
        expect(page.get_by_test_id("others-viewing")).to_be_visible()
        expect(mark(page.get_by_test_id("holder-presence"))).to_have_attribute("data-state", "online")
        check("conversation")
        page.get_by_test_id("conversation-menu").click()
        page.get_by_test_id("menu-assign").click()
        page.get_by_test_id("pass-search").fill("Teste")
        check("choosing somebody")
        page.keyboard.press("Escape")
        page.evaluate("location.hash = '#/'")
        choose_status(page, "busy")
        page.get_by_test_id("menu").click()
        expect(page.get_by_test_id("sign-out")).to_be_in_viewport(ratio=1)
        check("menu")
        page.get_by_test_id("menu-settings").click()
        expect(page.get_by_test_id("person").first).to_be_visible()
        check("people")
