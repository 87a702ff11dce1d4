"""Each screen of chats among colleagues can be used by everybody: accessible and not wider than it, in every look."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.pages import open_at
from tests.support.people import joined
from tests.support.screens import assert_usable
from tests.support.server import Agent

pytestmark = pytest.mark.browser

LONG_TITLE = "Plantão " + "muito " * 11


@pytest.fixture
def mine(newcomer: Callable[..., tuple[Agent, Page]]) -> tuple[Agent, Page]:
    """A colleague, with a tab."""
    return newcomer(reduced_motion="reduce")


@pytest.fixture
def group(mine: tuple[Agent, Page], ana: Agent) -> Page:
    """Their tab with a group of three, and who is in it."""
    agent, page = mine
    others = [joined(ana).user["id"] for _ in range(2)]
    conversation = agent.call("POST", "/api/chats", json={"member_ids": others, "title": LONG_TITLE}).json()["id"]
    assert agent.reply(conversation, "Quem abre amanhã?").status_code == 201
    open_at(page, conversation).get_by_test_id("info-toggle").click()
    expect(page.get_by_test_id("group-member")).to_have_count(3)
    return page


def test_the_dialog_of_a_new_chat(mine: tuple[Agent, Page], ana: Agent) -> None:
    _, page = mine
    page.get_by_test_id("view-internal").click()
    page.get_by_test_id("new-chat").click()
    for each in (joined(ana), joined(ana)):
        page.get_by_test_id("chat-option").filter(has=page.locator(f'input[value="{each.user["id"]}"]')).click()
    expect(page.get_by_test_id("chat-title")).to_be_visible()
    assert_usable(page)


def test_a_group_and_who_is_in_it(group: Page) -> None:
    assert_usable(group)


def test_the_dialog_of_adding_somebody(group: Page) -> None:
    group.get_by_test_id("group-add").click()
    expect(group.get_by_test_id("add-members-submit")).to_be_visible()
    assert_usable(group)


def test_the_question_before_leaving(group: Page) -> None:
    group.get_by_test_id("group-leave").click()
    expect(group.get_by_test_id("confirm")).to_be_visible()
    assert_usable(group)
