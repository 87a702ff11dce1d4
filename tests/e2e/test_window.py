"""When WhatsApp lets us write: the composer is open, or says why it is not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.caller import Caller
from tests.support.pages import bubbles, open_row, row_of, write
from tests.support.server import ServerProcess

pytestmark = pytest.mark.browser

DAY = 86_400.0
HOUR = 3_600.0


def test_somebody_who_never_wrote_opens_the_window_by_writing(employee: Callable[..., list[Page]], caller: Caller) -> None:
    (page,) = employee("ana")
    (colleague,) = employee("bruno")
    page.get_by_test_id("new-conversation").click()
    page.get_by_test_id("new-conversation-number").fill(caller.address.removeprefix("whatsapp:"))
    page.get_by_test_id("new-conversation-name").fill(caller.name)
    page.get_by_test_id("new-conversation-submit").click()
    expect(page.get_by_test_id("composer-closed")).to_contain_text("O cliente ainda não escreveu")
    expect(page.get_by_test_id("composer-input")).to_have_count(0)
    expect(row_of(colleague, caller.name)).to_contain_text("Nenhuma mensagem ainda")

    caller.writes("Oi, recebi seu contato")
    expect(page.get_by_test_id("composer-input")).to_be_visible()
    expect(page.get_by_test_id("window")).to_contain_text("para responder")
    write(page, "Olá!")
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Olá!"]


def test_a_day_later_the_window_is_closed_until_the_customer_writes(
    employee: Callable[..., list[Page]], caller: Caller, server: ServerProcess
) -> None:
    server.move_clock(-DAY - HOUR)
    caller.writes("Escrevi ontem")
    server.move_clock(0)
    (page,) = employee("ana")
    open_row(page, caller.name)
    expect(page.get_by_test_id("composer-closed")).to_contain_text("A janela de 24 horas fechou")
    expect(page.get_by_test_id("window")).to_contain_text("Janela fechada")
    caller.writes("E hoje de novo")
    expect(page.get_by_test_id("composer-input")).to_be_visible()


def test_a_text_refused_because_the_window_closed_can_be_kept(
    employee: Callable[..., list[Page]], caller: Caller, server: ServerProcess, tolerated: list[str]
) -> None:
    tolerated.append("409")
    caller.writes("Oi")
    (page,) = employee("carla")
    open_row(page, caller.name)
    server.move_clock(DAY + HOUR)
    try:
        write(page, "Tarde demais")
        expect(bubbles(page).last).to_have_attribute("data-status", "failed")
    finally:
        server.move_clock(0)
    bubbles(page).last.get_by_test_id("message-edit").click()
    expect(bubbles(page)).to_have_count(1)
    expect(page.get_by_test_id("composer-input")).to_have_value("Tarde demais")
    assert caller.received() == []
