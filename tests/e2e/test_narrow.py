"""A phone in the hand of an employee: one pane at a time, and nothing sticks out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.caller import Caller
from tests.support.pages import PHONE, bubbles, open_row, row_of, write
from tests.support.screens import assert_fits
from tests.support.server import Agent

pytestmark = pytest.mark.browser

LONG = "https://example.com/" + "caminho-sem-fim-" * 12 + " e " + "a" * 200


def test_one_pane_at_a_time(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes(LONG)
    (page,) = employee("ana", viewport=PHONE, has_touch=True, is_mobile=True)
    assert_fits(page)
    expect(page.get_by_test_id("composer-input")).to_have_count(0)
    open_row(page, caller.name)
    expect(page.get_by_test_id("conversation-list")).to_be_hidden()
    write(page, LONG)
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert_fits(page)
    page.get_by_test_id("info-toggle").click()
    expect(page.get_by_role("region", name="Dados do contato")).to_be_visible()
    assert_fits(page)
    page.get_by_role("button", name="Fechar").click()
    page.get_by_test_id("back").click()
    expect(page.get_by_test_id("conversation-list")).to_be_visible()
    expect(page.get_by_test_id("composer-input")).to_have_count(0)
    assert_fits(page)


def test_back_leads_to_the_list(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (page,) = employee("bruno", viewport=PHONE)
    open_row(page, caller.name)
    page.reload()
    expect(bubbles(page)).to_have_count(1)
    page.go_back()
    expect(row_of(page, caller.name)).to_be_visible()
    expect(bubbles(page)).to_have_count(0)


def test_views_filters_and_help_fit(employee: Callable[..., list[Page]], caller: Caller, ana: Agent, bruno: Agent) -> None:
    team = ana.call("POST", "/api/teams", json={"name": f"Financeiro-e-cobrança-de-{caller.name}", "member_ids": []}).json()
    caller.writes(LONG)
    conversation = ana.conversation_with(caller.address)
    assert conversation is not None
    assert ana.do(conversation["id"], "pass", team_id=team["id"], note="").ok
    assert ana.do(conversation["id"], "claim").ok
    assert ana.do(conversation["id"], "offer", to=bruno.user["id"], note=LONG[:400]).ok
    (page,) = employee("bruno", viewport={"width": 320, "height": 640})
    for view in ("mine", "unassigned", "team", "finished", "internal"):
        page.get_by_test_id(f"view-{view}").click()
        expect(page.get_by_test_id(f"view-{view}")).to_have_attribute("aria-selected", "true")
        assert_fits(page)
    page.get_by_test_id("view-mine").click()
    expect(row_of(page, caller.name).get_by_test_id("row-offer")).to_be_visible()
    page.get_by_test_id("filter-open").click()
    page.get_by_test_id("filter-team").select_option(team["name"])
    expect(page.get_by_test_id("chip-team")).to_be_in_viewport(ratio=1)
    assert_fits(page)
    page.get_by_test_id("help").click()
    expect(page.get_by_test_id("help-close")).to_be_in_viewport(ratio=1)
    assert_fits(page)


def test_dialog_and_menu_fit(employee: Callable[..., list[Page]]) -> None:
    (page,) = employee("carla", viewport=PHONE)
    page.get_by_test_id("menu").click()
    expect(page.get_by_test_id("sign-out")).to_be_in_viewport(ratio=1)
    assert_fits(page)
    page.keyboard.press("Escape")
    page.get_by_test_id("new-conversation").click()
    expect(page.get_by_test_id("new-conversation-submit")).to_be_in_viewport(ratio=1)
    assert_fits(page)
