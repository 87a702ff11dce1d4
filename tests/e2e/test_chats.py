"""Colleagues among themselves: the chat of two, groups, who has seen what, and being told."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.pages import bubbles, row_of, start_chat, write
from tests.support.server import Agent

pytestmark = pytest.mark.browser

Newcomer = Callable[..., tuple[Agent, Page]]
People = list[tuple[Agent, Page]]


@pytest.fixture(autouse=True)
def refusals(tolerated: list[str]) -> None:
    """The browser may say that a request was refused."""
    tolerated += ["status of 4"]


@pytest.fixture
def three(newcomer: Newcomer) -> People:
    """Three colleagues, each with a tab."""
    return [newcomer() for _ in range(3)]


def badge(page: Page, name: str) -> Locator:
    """The number of unread messages of a conversation in the list."""
    found: Locator = row_of(page, name).get_by_test_id("unread-badge")
    return found


def tick(page: Page, name: str) -> Locator:
    """The tick at the newest message."""
    found: Locator = bubbles(page).last.get_by_role("img", name=name)
    return found


def members(page: Page) -> Locator:
    """Who is in the group, in the right pane."""
    return page.get_by_test_id("group-member")


def test_a_chat_of_two_has_true_ticks_and_is_one(newcomer: Newcomer) -> None:
    first, mine = newcomer()
    second, theirs = newcomer()
    start_chat(mine, second)
    write(mine, "Chegou?")
    expect(tick(mine, "Entregue")).to_be_visible()
    theirs.get_by_test_id("view-internal").click()
    expect(badge(theirs, first.user["name"])).to_contain_text("1")
    row_of(theirs, first.user["name"]).click()
    expect(bubbles(theirs).last).to_contain_text("Chegou?")
    theirs.bring_to_front()
    expect(tick(mine, "Lida")).to_be_visible()
    write(theirs, "Chegou")
    expect(bubbles(mine).last).to_contain_text("Chegou")
    address = mine.url
    start_chat(mine, second)
    assert mine.url == address
    expect(mine.get_by_test_id("conversation-row")).to_have_count(1)


def test_a_group_of_three_with_unread_and_who_has_seen_it(three: People, newcomer: Newcomer) -> None:
    (_, mine), (second, theirs), (third, hers) = three
    _, outsider = newcomer("admin")
    start_chat(mine, second, third, title="Plantão")
    write(mine, "Quem abre amanhã?")
    expect(mine.get_by_test_id("seen-by")).to_have_text("Ninguém viu ainda")
    for page in (theirs, hers):
        page.get_by_test_id("view-internal").click()
        expect(badge(page, "Plantão")).to_contain_text("1")
    outsider.get_by_test_id("view-internal").click()
    expect(outsider.get_by_test_id("conversation-row")).to_have_count(0)
    theirs.bring_to_front()
    row_of(theirs, "Plantão").click()
    expect(badge(theirs, "Plantão")).to_have_count(0)
    expect(mine.get_by_test_id("seen-by")).to_contain_text(second.user["name"].split()[0])
    expect(badge(hers, "Plantão")).to_contain_text("1")
    hers.bring_to_front()
    row_of(hers, "Plantão").click()
    expect(mine.get_by_test_id("seen-by")).to_have_text("Visto por todos")
    expect(outsider.get_by_test_id("conversation-row")).to_have_count(0)


def test_a_group_needs_a_name(three: People) -> None:
    (_, mine), (second, _), (third, _) = three
    mine.get_by_test_id("view-internal").click()
    mine.get_by_test_id("new-chat").click()
    expect(mine.get_by_test_id("new-chat-submit")).to_be_disabled()
    for each in (second, third):
        mine.get_by_test_id("chat-search").fill(each.user["name"])
        mine.get_by_test_id("chat-option").filter(has_text=each.user["name"]).click()
    mine.get_by_test_id("new-chat-submit").click()
    expect(mine.get_by_test_id("field-title-problem")).to_have_text("Um grupo precisa de um nome.")
    expect(mine.get_by_test_id("chat-title")).to_be_focused()
    mine.keyboard.press("Escape")
    expect(mine.get_by_test_id("new-chat")).to_be_focused()


def test_adding_renaming_and_leaving(three: People, newcomer: Newcomer) -> None:
    (first, mine), (second, theirs), (third, _) = three
    fourth, fourths = newcomer()
    start_chat(mine, second, third, title="Plantão")
    write(mine, "Antes de você")
    theirs.get_by_test_id("view-internal").click()
    row_of(theirs, "Plantão").click()
    for page in (mine, theirs):
        page.get_by_test_id("info-toggle").click()
        expect(members(page)).to_have_count(3)

    mine.get_by_test_id("group-add").click()
    expect(mine.get_by_test_id("chat-option").filter(has_text=second.user["name"])).to_have_count(0)
    mine.get_by_test_id("chat-search").fill(fourth.user["name"])
    mine.get_by_test_id("chat-option").filter(has_text=fourth.user["name"]).click()
    mine.get_by_test_id("add-members-submit").click()
    for page in (mine, theirs):
        expect(members(page)).to_have_count(4)
        expect(page.get_by_test_id("event").last).to_contain_text(fourth.user["name"])
    fourths.get_by_test_id("view-internal").click()
    row_of(fourths, "Plantão").click()
    expect(bubbles(fourths).last).to_contain_text("Antes de você")

    theirs.get_by_test_id("group-rename").click()
    theirs.get_by_test_id("chat-title").fill("Plantão de domingo")
    theirs.get_by_test_id("rename-group-submit").click()
    expect(theirs.get_by_test_id("rename-group-dialog")).to_have_count(0)
    expect(theirs.get_by_test_id("group-rename")).to_be_focused()
    expect(row_of(mine, "Plantão de domingo")).to_be_visible()

    mine.get_by_test_id("group-leave").click()
    mine.get_by_test_id("confirm-cancel").click()
    expect(members(mine)).to_have_count(4)
    mine.get_by_test_id("group-leave").click()
    mine.get_by_test_id("confirm-yes").click()
    expect(mine.get_by_test_id("conversation-row")).to_have_count(0)
    expect(mine.get_by_test_id("composer-input")).to_have_count(0)
    expect(mine.get_by_test_id("group-panel")).to_have_count(0)
    expect(mine).to_have_url(re.compile(r"/(#/)?$"))
    expect(members(theirs)).to_have_count(3)
    expect(theirs.get_by_test_id("event").last).to_contain_text(f"{first.user['name']} saiu do grupo")


def test_one_is_told_of_chats_as_one_chose(newcomer: Newcomer) -> None:
    first, mine = newcomer()
    second, theirs = newcomer()
    start_chat(mine, second)
    write(mine, "Oi")
    told = theirs.get_by_test_id("toast").filter(has_text=f"{first.user['name']} escreveu para você")
    told.get_by_role("button", name="Ver").click()
    expect(bubbles(theirs).last).to_contain_text("Oi")
    theirs.bring_to_front()
    write(mine, "Está vendo?")
    expect(bubbles(theirs).last).to_contain_text("Está vendo?")
    expect(told).to_have_count(0)

    theirs.evaluate("location.hash = '#/'")
    theirs.get_by_test_id("menu").click()
    mentions = theirs.get_by_test_id("chat-notices").locator('input[value="mentions"]')
    mentions.press("Space")
    expect(mentions).to_be_checked()
    theirs.reload()
    theirs.get_by_test_id("menu").click()
    expect(mentions).to_be_checked()
    theirs.keyboard.press("Escape")
    theirs.get_by_test_id("view-internal").click()
    write(mine, "Nada de novo")
    expect(badge(theirs, first.user["name"])).to_contain_text("1")
    expect(told).to_have_count(0)
    write(mine, f"@{second.user['name'].split()[0]}, veja")
    expect(told).to_have_count(1)


def test_a_choice_that_was_not_kept_is_taken_back(newcomer: Newcomer, tolerated: list[str]) -> None:
    tolerated.append("ERR_FAILED")
    _, page = newcomer()
    page.route("**/api/me/notifications", lambda route: route.abort())
    page.get_by_test_id("menu").click()
    page.get_by_test_id("chat-notices").locator('input[value="none"]').press("Space")
    expect(page.get_by_test_id("toast")).to_contain_text("Sem resposta do servidor")
    expect(page.get_by_test_id("chat-notices").locator('input[value="all"]')).to_be_checked()


def test_news_of_one_conversation_do_not_load_the_open_one_again(newcomer: Newcomer) -> None:
    first, mine = newcomer()
    second, theirs = newcomer()
    start_chat(mine, second)
    write(mine, "Primeira")
    theirs.get_by_test_id("view-internal").click()
    row_of(theirs, first.user["name"]).click()
    expect(bubbles(theirs)).to_have_count(1)
    asked: list[str] = []
    theirs.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    for text in ("Segunda", "Terceira"):
        write(mine, text)
        expect(bubbles(theirs).last).to_contain_text(text)
    expect(tick(mine, "Lida")).to_be_visible()
    assert [one for one in asked if re.match(r"GET .*/api/conversations/\w+(/messages.*)?$", one)] == []
