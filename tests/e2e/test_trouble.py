"""What people see when Twilio takes nothing, or does not say whether it took a message."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.caller import Caller
from tests.support.pages import bubbles, open_row, write
from tests.support.simulator import SimulatorProcess

pytestmark = pytest.mark.browser
# With several numbers (another test may have added one to this server) the sentence names the one.
TAKES_NOTHING = re.compile(r"O WhatsApp não está aceitando mensagens (do número \+[\d -]+ )?desde \d\d:\d\d")


def test_a_banner_stands_while_twilio_takes_nothing(employee: Callable[..., list[Page]], caller: Caller, twilio: SimulatorProcess) -> None:
    caller.writes("Oi")
    (page,) = employee("ana")
    (colleague,) = employee("bruno")
    open_row(page, caller.name)
    expect(colleague.get_by_test_id("banner")).to_have_count(0)
    twilio.add_fault("rate_limited", count=None)
    write(page, "Isto espera")
    for tab in (page, colleague):
        expect(tab.get_by_test_id("banner")).to_contain_text(TAKES_NOTHING)
    expect(bubbles(page).last).to_have_attribute("data-status", "queued")
    expect(bubbles(page).last.get_by_test_id("message-discard")).to_be_visible()
    twilio.clear_faults()
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    for tab in (page, colleague):
        expect(tab.get_by_test_id("banner")).to_have_count(0)
    assert caller.received() == ["Isto espera"]


def test_what_waits_in_the_queue_can_be_taken_back(employee: Callable[..., list[Page]], caller: Caller, twilio: SimulatorProcess) -> None:
    caller.writes("Oi")
    (page,) = employee("bruno")
    open_row(page, caller.name)
    twilio.add_fault("rate_limited", count=None)
    write(page, "Melhor não")
    bubbles(page).last.get_by_test_id("message-discard").click()
    expect(bubbles(page).last).to_have_attribute("data-status", "discarded")
    expect(bubbles(page).last).to_contain_text("não foi enviada")
    twilio.clear_faults()
    write(page, "Isto sim")
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Isto sim"]
    expect(page.get_by_test_id("banner")).to_have_count(0)


def test_sending_an_unknown_one_again_is_asked_first(employee: Callable[..., list[Page]], caller: Caller, twilio: SimulatorProcess) -> None:
    caller.writes("Oi")
    (page,) = employee("carla")
    open_row(page, caller.name)
    twilio.add_fault("error_before_accepting", match={"to": caller.address})
    write(page, "Chegou ou não?")
    last = bubbles(page).last
    expect(last).to_have_attribute("data-status", "unknown")
    expect(last).to_contain_text("Ainda não se sabe")
    last.get_by_test_id("message-retry").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("o cliente a recebe duas vezes")
    page.get_by_test_id("confirm-cancel").click()
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    expect(last).to_have_attribute("data-status", "unknown")
    assert caller.received() == []

    last.get_by_test_id("message-retry").click()
    page.get_by_test_id("confirm-yes").click()
    expect(last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Chegou ou não?"]
    expect(bubbles(page)).to_have_count(2)
