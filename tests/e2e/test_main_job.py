"""A customer writes, every open tab shows it, an employee answers, the ticks come back; all through what people touch."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.entering import sign_in
from tests.support.pages import bubbles, row_of, shown, write
from tests.support.simulator import SimulatorProcess

pytestmark = pytest.mark.browser


def write_on_phone(page: Page, text: str) -> None:
    """The customer types and sends."""
    page.get_by_test_id("composer").fill(text)
    page.keyboard.press("Enter")


def test_two_employees_two_tabs_each_and_a_customer(
    employee: Callable[..., list[Page]], phone_of: Callable[..., tuple[Page, str]], customer: str
) -> None:
    tabs = [*employee("ana", tabs=2, come=sign_in), *employee("bruno", tabs=2, come=sign_in)]
    anas, brunos = tabs[0], tabs[2]
    phone, name = phone_of(customer)

    write_on_phone(phone, "Oi, tudo bem?")
    for tab in tabs:
        expect(row_of(tab, name)).to_contain_text("Oi, tudo bem?")
        expect(row_of(tab, name).get_by_test_id("unread-badge")).to_contain_text("1")
    for tab in tabs:
        row_of(tab, name).click()
        expect(bubbles(tab)).to_have_count(1)
    expect(row_of(anas, name).get_by_test_id("unread-badge")).to_have_count(0)

    write(anas, "Tudo! Como posso ajudar?")
    expect(phone.get_by_test_id("message").last).to_contain_text("Tudo! Como posso ajudar?")
    expect(bubbles(brunos)).to_have_count(2)  # his tab knows by now that it is hers
    write(brunos, "Aqui é o Bruno, também posso.")
    brunos.get_by_test_id("confirm-yes").click()
    expect(phone.get_by_test_id("message").last).to_contain_text("Aqui é o Bruno")
    for tab in tabs:
        expect(bubbles(tab)).to_have_count(3)
        expect(bubbles(tab).nth(1)).to_contain_text("Ana Souza")
        expect(bubbles(tab).nth(2)).to_contain_text("Bruno Lima")
        for place in (1, 2):
            expect(bubbles(tab).nth(place)).to_have_attribute("data-status", "read")
    before = [shown(tab) for tab in tabs]
    assert before[0] == before[1] == before[2] == before[3]

    for tab in tabs:
        tab.reload()
        expect(bubbles(tab)).to_have_count(3)
    assert [shown(tab) for tab in tabs] == before


def test_unread_is_each_persons_own(employee: Callable[..., list[Page]], phone_of: Callable[..., tuple[Page, str]], customer: str) -> None:
    first, second = employee("ana", tabs=2)
    (brunos,) = employee("bruno")
    phone, name = phone_of(customer)
    write_on_phone(phone, "Tem alguém aí?")
    expect(row_of(second, name).get_by_test_id("unread-badge")).to_be_visible()
    first.bring_to_front()
    row_of(first, name).click()
    expect(row_of(second, name).get_by_test_id("unread-badge")).to_have_count(0)
    expect(row_of(brunos, name).get_by_test_id("unread-badge")).to_be_visible()


def test_a_failed_reply_says_why_and_can_be_sent_again(
    employee: Callable[..., list[Page]], phone_of: Callable[..., tuple[Page, str]], customer: str, twilio: SimulatorProcess
) -> None:
    (page,) = employee("carla")
    phone, name = phone_of(customer)
    write_on_phone(phone, "Oi")
    row_of(page, name).click()
    twilio.add_fault("refused", match={"to": customer}, code=63003)
    write(page, "Isto não chega")
    expect(bubbles(page).last).to_have_attribute("data-status", "failed")
    bubbles(page).last.get_by_test_id("message-retry").click()
    expect(bubbles(page).last).to_have_attribute("data-status", "read")
    expect(phone.get_by_test_id("message").last).to_contain_text("Isto não chega")
    expect(phone.get_by_test_id("message")).to_have_count(2)


def test_signing_out_in_one_tab_signs_out_the_other(employee: Callable[..., list[Page]], tolerated: list[str]) -> None:
    tolerated.append("401")  # what is under way when somebody signs out is rightly refused, which browsers log
    first, second = employee("bruno", tabs=2, come=sign_in)
    first.get_by_test_id("menu").click()
    first.get_by_test_id("sign-out").click()
    for tab in (first, second):
        expect(tab.get_by_test_id("sign-in-email")).to_be_visible()
