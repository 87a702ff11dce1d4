"""A tab without a connection, and texts that were on their way when it broke."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Caller, bubbles, open_row, row_of, shown, write
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

POSTED = re.compile(r"/api/conversations/\w+/messages$")


@pytest.fixture(autouse=True)
def broken_lines(tolerated: list[str]) -> None:
    """The browser may say that it has no connection."""
    tolerated += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "ERR_NETWORK_CHANGED"]


def test_a_tab_that_was_offline_ends_like_the_others(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (away,) = employee("ana")
    (here,) = employee("bruno")
    for page in (away, here):
        open_row(page, caller.name)
    write(here, "Antes da queda")
    expect(bubbles(away)).to_have_count(2)

    away.context.set_offline(True)
    expect(away.get_by_test_id("banner")).to_contain_text("Sem conexão")
    caller.writes("Vocês ainda estão aí?")
    write(here, "Estamos!")
    # While it is on its way it has no number yet: the customer's next message would come before it.
    expect(here.locator('[data-status="delivered"]')).to_have_count(2)
    expect(bubbles(here)).to_have_count(4)
    caller.writes("Que bom")
    expect(bubbles(here)).to_have_count(5)
    caller.reads()
    expect(here.locator('[data-status="read"]')).to_have_count(2)
    expect(bubbles(away)).to_have_count(2)

    away.context.set_offline(False)
    expect(bubbles(away)).to_have_count(5)
    expect(away.locator('[data-status="read"]')).to_have_count(2)
    expect(away.get_by_test_id("banner")).to_have_count(0)
    eventually(lambda: shown(away) == shown(here))
    # Bruno has answered, so it is his.
    away.get_by_test_id("view-team").click()
    expect(row_of(away, caller.name)).to_contain_text("Que bom")


def test_a_text_written_offline_leaves_once(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (page,) = employee("ana")
    open_row(page, caller.name)
    page.context.set_offline(True)
    write(page, "Escrito sem conexão")
    write(page, "E mais uma")
    expect(page.locator('[data-status="waiting"]').first).to_contain_text("Esperando a conexão")
    page.context.set_offline(False)
    expect(page.locator('[data-status="delivered"]')).to_have_count(2)
    assert caller.received() == ["Escrito sem conexão", "E mais uma"]
    expect(bubbles(page)).to_have_count(3)


def test_a_text_that_the_server_never_got_survives_a_reload(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (page,) = employee("carla")
    open_row(page, caller.name)
    page.route(POSTED, lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    write(page, "Não me perca")
    expect(page.locator('[data-status="waiting"]')).to_contain_text("Não me perca")
    page.reload()
    expect(page.locator('[data-status="waiting"]')).to_contain_text("Não me perca")
    page.unroute(POSTED)
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Não me perca"]
    expect(bubbles(page)).to_have_count(2)


def test_a_text_whose_answer_got_lost_leaves_once(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (page,) = employee("ana")
    (colleague,) = employee("bruno")
    for tab in (page, colleague):
        open_row(tab, caller.name)

    def lose_the_answer(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        assert route.fetch().ok
        route.abort()

    page.route(POSTED, lose_the_answer)
    write(page, "Uma vez só")
    expect(bubbles(colleague).last).to_contain_text("Uma vez só")
    page.reload()
    page.unroute_all()
    expect(bubbles(page)).to_have_count(2)
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Uma vez só"]
    expect(bubbles(colleague)).to_have_count(2)
    expect(page.locator('[data-status="waiting"], [data-status="pending"]')).to_have_count(0)
