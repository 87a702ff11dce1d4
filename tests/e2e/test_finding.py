"""Finding a conversation, and starting one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.caller import Caller
from tests.support.pages import row_of

pytestmark = pytest.mark.browser


def test_search_by_name_and_by_digits(employee: Callable[..., list[Page]], callers: Callable[[], Caller]) -> None:
    wanted, other = callers(), callers()
    wanted.writes("Sou eu")
    other.writes("Sou outro")
    (page,) = employee("bruno")
    search = page.get_by_test_id("conversation-search")
    for query in (wanted.name.upper(), wanted.address[-8:], f"{wanted.address[-9:-4]}-{wanted.address[-4:]}"):
        search.fill(query)
        expect(row_of(page, other.name)).to_have_count(0)
        expect(row_of(page, wanted.name)).to_be_visible()
    search.fill("ninguém com este nome")
    expect(page.get_by_text("Nada encontrado")).to_be_visible()
    search.press("Escape")
    for caller in (wanted, other):
        expect(row_of(page, caller.name)).to_be_visible()


def test_a_known_number_opens_the_conversation_that_is_there(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Já nos falamos")
    (page,) = employee("carla")
    page.get_by_test_id("new-conversation").click()
    page.get_by_test_id("new-conversation-number").fill(caller.address.removeprefix("whatsapp:"))
    page.get_by_test_id("new-conversation-submit").click()
    expect(page.get_by_test_id("new-conversation-dialog")).to_have_count(0)
    expect(page.get_by_test_id("message")).to_contain_text("Já nos falamos")
    expect(row_of(page, caller.name)).to_have_count(1)


def test_what_is_no_number_is_said_in_the_dialog(employee: Callable[..., list[Page]], tolerated: list[str]) -> None:
    tolerated.append("422")
    (page,) = employee("ana")
    page.get_by_test_id("new-conversation").click()
    page.get_by_test_id("new-conversation-number").fill("12")
    page.get_by_test_id("new-conversation-submit").click()
    dialog = page.get_by_test_id("new-conversation-dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("não parece certo")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("new-conversation")).to_be_focused()
