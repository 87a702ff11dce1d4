"""The customer's phone in a real browser."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.wrappers import Response

from tests.support.receiver import WEBHOOK_PATH, Receiver
from tests.support.simulator import CUSTOMER, NUMBER, SimulatorProcess
from tests.support.twilio_sdk import sdk
from tests.support.waiting import PATIENCE_SECONDS, eventually

Send = Callable[..., Any]
pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE_SECONDS * 1000)
JOAO = "whatsapp:+5521996543210"


@pytest.fixture
def phone(browser: Browser, simulator: SimulatorProcess) -> Iterator[Page]:
    """The page, opened; whatever the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": 1360, "height": 860}, color_scheme="light")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(simulator.url)
    expect(page.get_by_test_id("customer")).to_have_count(3)
    yield page
    context.close()
    assert complaints == []


def bubbles(page: Page) -> Any:
    return page.get_by_test_id("message")


def write(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.keyboard.press("Enter")


def wait_for_parameter(receiver: Receiver, name: str) -> None:
    eventually(lambda: bool(receiver.posts) and name in receiver.posts[-1].form)


def test_text_goes_both_ways_and_is_read(phone: Page, simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    write(phone, "Bom dia! <b>Vocês</b> entregam?\nobrigada")
    expect(bubbles(phone).last).to_contain_text("<b>Vocês</b> entregam?")
    expect(phone.get_by_test_id("tick").last).to_have_attribute("data-state", "delivered")
    assert receiver.to(WEBHOOK_PATH)[-1].form["ProfileName"] == "Mariana Costa"
    message = send("Entregamos sim.")
    expect(bubbles(phone).last).to_contain_text("Entregamos sim.")
    assert receiver.wait_for_statuses(message.sid, 3) == ["sent", "delivered", "read"]


def test_without_receipts_the_button_reads(phone: Page, receiver: Receiver, send: Send) -> None:
    phone.get_by_test_id("receipts").uncheck()
    message = send("Olá")
    expect(bubbles(phone).last).to_contain_text("Olá")
    button = phone.get_by_test_id("mark-read")
    expect(button).to_be_visible()
    assert receiver.statuses(message.sid) == ["sent", "delivered"]
    button.click()
    expect(button).to_be_hidden()
    assert receiver.wait_for_statuses(message.sid, 3)[-1] == "read"


def test_another_customers_message_waits_unread(phone: Page, simulator: SimulatorProcess, receiver: Receiver, send: Send) -> None:
    simulator.inbound("oi", from_=JOAO)
    message = send("Olá, João", to=JOAO)
    row = phone.locator(f'[data-address="{JOAO}"]')
    expect(row.locator(".badge")).to_have_text("1")
    row.click()
    expect(bubbles(phone)).to_have_count(2)
    expect(row.locator(".badge")).to_have_count(0)
    assert receiver.wait_for_statuses(message.sid, 3)[-1] == "read"


def test_a_refused_webhook_shows_on_its_message(phone: Page, receiver: Receiver) -> None:
    receiver.answer = lambda post: Response("", 503)
    write(phone, "Alguém aí?")
    tick = phone.get_by_test_id("tick")
    expect(tick).to_have_attribute("data-state", "given_up")
    expect(tick).to_have_attribute("title", re.compile("503"))


def test_samples_carry_their_parameters(phone: Page, receiver: Receiver) -> None:
    for name, parameter in (("Localização", "Latitude"), ("Foto", "MediaUrl0"), ("Resposta de botão", "ButtonPayload")):
        phone.locator(".attach summary").click()
        phone.get_by_role("button", name=name, exact=True).click()
        wait_for_parameter(receiver, parameter)


def test_a_customer_is_added_by_keyboard(phone: Page, simulator: SimulatorProcess) -> None:
    phone.get_by_role("button", name="Novo cliente").press("Enter")
    phone.get_by_label("Nome", exact=True).fill("Rafael Lima")
    phone.get_by_label("Número ou id").fill("+55 41 99999-0000")
    phone.keyboard.press("Enter")
    expect(phone.locator('[data-address="whatsapp:+5541999990000"]')).to_have_attribute("aria-current", "true")
    write(phone, "oi")
    expect(bubbles(phone)).to_have_count(1)
    assert simulator.messages()[0]["from"] == "whatsapp:+5541999990000"


def test_faults_are_switched_on_and_off(phone: Page, simulator: SimulatorProcess) -> None:
    phone.get_by_test_id("fault-kind").select_option("failed")
    phone.get_by_label("Código do erro").fill("63024")
    phone.get_by_label("Só com Mariana Costa").check()
    phone.get_by_test_id("add-fault").click()
    expect(phone.get_by_test_id("fault")).to_contain_text("63024")
    (fault,) = simulator.faults()
    assert (fault["kind"], fault["options"], fault["match"]) == ("failed", {"code": 63024}, {"to": CUSTOMER})
    phone.get_by_role("button", name="Remover", exact=True).click()
    expect(phone.get_by_test_id("fault")).to_have_count(0)
    assert simulator.faults() == []


def test_the_clock_closes_the_window(phone: Page, simulator: SimulatorProcess, receiver: Receiver) -> None:
    write(phone, "oi")
    phone.get_by_role("tab", name="Relógio").click()
    expect(phone.get_by_role("tabpanel")).to_contain_text("A empresa pode responder livremente até")
    phone.get_by_test_id("plus_day").click()
    expect(phone.get_by_role("tabpanel")).to_contain_text("Janela fechada")
    message = sdk(simulator).messages.create(to=CUSTOMER, from_=NUMBER, body="tarde", status_callback=receiver.url("/status"))
    assert receiver.wait_for_statuses(message.sid, 1) == ["failed"]


def test_a_restart_keeps_the_history_and_the_page_comes_back(browser: Browser, receiver: Receiver, tmp_path: Any) -> None:
    simulator = SimulatorProcess(state=tmp_path / "phones.db", webhook_url=receiver.url(WEBHOOK_PATH))
    context = browser.new_context(locale="pt-BR")
    page = context.new_page()
    with simulator:
        page.goto(simulator.url)
        write(page, "antes")
        expect(bubbles(page)).to_have_count(1)
        simulator.kill()
        expect(page.locator("#offline")).to_be_visible()
        simulator.start()
        expect(page.locator("#offline")).to_be_hidden()
        simulator.inbound("depois")
        expect(bubbles(page)).to_have_text([re.compile("antes"), re.compile("depois")])
    context.close()


def test_words_exist_in_both_languages(phone: Page) -> None:
    keys = phone.evaluate("() => import('/phone/i18n.js').then((words) => words.keys())")
    assert sorted(keys["pt"]) == sorted(keys["en"])
    kinds = phone.evaluate("() => fetch('/sim/api/faults').then((answer) => answer.json())")["kinds"]
    assert {f"fault.{kind['kind']}" for kind in kinds} <= set(keys["pt"])
    phone.get_by_role("button", name="English").click()
    expect(phone.get_by_role("heading", name="The customer's phone")).to_be_visible()
    expect(phone.locator("html")).to_have_attribute("lang", "en-GB")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 390])
def test_the_page_fits_and_is_accessible(phone: Page, theme: str, width: int, send: Send) -> None:
    write(phone, "Bom dia")
    expect(bubbles(phone).last).to_contain_text("Bom dia")
    send("Olá")
    expect(bubbles(phone).last).to_contain_text("Olá")
    if theme == "dark":
        phone.get_by_role("button", name="Tema escuro").click()
    phone.set_viewport_size({"width": width, "height": 780})
    # Colours are measured when the bubbles have arrived, not while they fade in.
    phone.wait_for_function("() => document.getAnimations().every((one) => one.playState === 'finished')")
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= width
    report = Axe().run(phone)
    assert report.violations_count == 0, report.generate_report()
    if width == 390:
        phone.get_by_role("button", name="Bastidores").click()
        assert Axe().run(phone).violations_count == 0
        phone.keyboard.press("Escape")
        expect(phone.get_by_test_id("composer")).to_be_visible()


def test_the_policy_is_strict(phone: Page, simulator: SimulatorProcess) -> None:
    policy = phone.request.get(simulator.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
