"""People in real browsers: employees with their tabs, a customer with their phone."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pymongo.database import Database

from tests.support.people import JOINED_PASSWORD, joined
from tests.support.server import PASSWORD, Agent, ServerProcess
from tests.support.simulator import SimulatorProcess

# They write into docs/screenshots: only when they are named.
collect_ignore = ["test_screenshots.py"]
# On a machine that runs other tests beside it, a page may take its time; nothing waits this long when all is well.
expect.set_options(timeout=20_000)
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
FIRST = ("Lia", "Rui", "Eva", "Ivo", "Nara", "Davi", "Rosa", "Caio", "Inês", "Otto", "Gael", "Zilda", "Yuri", "Hugo", "Flora", "Breno")
LAST = ("Alves", "Braga", "Castro", "Duarte", "Freitas", "Gomes", "Leal", "Moraes", "Nunes", "Prado")
_names = (f"{first} {last}" for last, first in itertools.product(LAST, FIRST))


@pytest.fixture(autouse=True)
def quiet_start(request: pytest.FixtureRequest) -> None:
    """What earlier tests left open on the shared server is finished: a new customer's conversation is on the lists' first page."""
    if "server" not in request.fixturenames:
        return
    stored: Database[dict[str, Any]] = request.getfixturevalue("stored")
    stored["conversations"].update_many(
        {"kind": "customer"},
        {
            "$set": {"state": "finished", "finished_at": datetime.now(UTC), "offer": None, "mentioned": []},
            "$unset": {"waiting_since": ""},
            "$inc": {"version": 1},
        },
    )


@pytest.fixture
def tolerated() -> list[str]:
    """Patterns of what a page may complain about in this test; a test adds what it provokes."""
    return []


@pytest.fixture
def contexts(browser: Browser, tolerated: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser profiles in Portuguese on a desk, unless told otherwise.

    Whatever a page complains about fails the test: an error that nobody caught, and any error in its console, such as what the
    content security policy blocked.
    """
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": WIDE, "locale": "pt-BR", **options})
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
    assert [one for one in complaints if not any(re.search(pattern, one) for pattern in tolerated)] == []


def sign_in(page: Page, server: ServerProcess, name: str, password: str = PASSWORD) -> Page:
    """Sign `name` in through the form and wait until the tab shows how things stand: what happens from then on happens before its eyes."""
    page.goto(server.url)
    page.get_by_test_id("sign-in-email").fill(f"{name}@example.com")
    page.get_by_test_id("sign-in-password").fill(password)
    page.get_by_test_id("sign-in-submit").click()
    return up_to_date(page)


def up_to_date(page: Page) -> Page:
    """The page, once it has its list and hears what is new."""
    expect(page.get_by_test_id("conversation-list")).to_be_visible()
    expect(page.get_by_test_id("line")).to_have_attribute("data-state", "current")
    return page


@pytest.fixture
def newcomer(contexts: Callable[..., BrowserContext], server: ServerProcess, ana: Agent) -> Callable[..., tuple[Agent, Page]]:
    """newcomer("admin"): an employee of this test alone, over HTTP and in a signed-in tab."""

    def join(role: str = "agent", **options: Any) -> tuple[Agent, Page]:
        agent = joined(ana, role, name=next(_names))
        name = agent.user["email"].partition("@")[0]
        return agent, sign_in(contexts(**options).new_page(), server, name, JOINED_PASSWORD)

    return join


@pytest.fixture
def employee(contexts: Callable[..., BrowserContext], server: ServerProcess) -> Callable[..., list[Page]]:
    """employee("ana", tabs=2): that many tabs of one signed-in browser."""

    def open_tabs(name: str, tabs: int = 1, **options: Any) -> list[Page]:
        context = contexts(**options)
        pages = [sign_in(context.new_page(), server, name)]
        for _ in range(tabs - 1):
            pages.append(context.new_page())
            pages[-1].goto(server.url)  # the session is the browser's: no second signing in
            up_to_date(pages[-1])
        return pages

    return open_tabs


@pytest.fixture
def phone_of(contexts: Callable[..., BrowserContext], twilio: SimulatorProcess) -> Callable[..., tuple[Page, str]]:
    """phone_of(customer): (the page of that customer's phone, their name), with the chat open."""

    def open_phone(customer: str, **options: Any) -> tuple[Page, str]:
        name = next(_names)
        twilio.post("/customers", {"address": customer, "name": name})
        page = contexts(**options).new_page()
        page.goto(twilio.url)
        page.locator(f'[data-address="{customer}"]').click()
        return page, name

    return open_phone


@dataclass(frozen=True)
class Caller:
    """A customer without a page of their own: writes and reads through the simulator's control API."""

    twilio: SimulatorProcess
    address: str
    name: str

    def writes(self, body: str = "", **fields: Any) -> None:
        """Their message, taken by the server when this returns."""
        self.twilio.inbound(body, from_=self.address, profile_name=self.name, **fields)

    def reads(self) -> None:
        """Opens the chat on their phone."""
        self.twilio.read_chat(self.address)

    def received(self) -> list[str]:
        """The texts that reached them, in order."""
        return [one["body"] for one in self.twilio.messages(to=self.address, direction="outbound")]


@pytest.fixture
def callers(twilio: SimulatorProcess, customers: Callable[[], str]) -> Callable[[], Caller]:
    """Makes customers who have not written yet."""
    return lambda: Caller(twilio, customers(), next(_names))


@pytest.fixture
def caller(callers: Callable[[], Caller]) -> Caller:
    """A customer who has not written yet."""
    return callers()


def open_row(page: Page, name: str) -> None:
    """Open the conversation with `name` and wait for its messages."""
    row_of(page, name).click()
    expect(bubbles(page).first).to_be_visible()


def shown(page: Page) -> list[tuple[str | None, ...]]:
    """What a tab shows of the open conversation: id, number, direction, tick and text of each message."""
    script = """all => all.map(one =>
        [one.dataset.id, one.dataset.seq, one.dataset.direction, one.dataset.status, one.innerText])"""
    return [tuple(one) for one in bubbles(page).evaluate_all(script)]


def write(page: Page, text: str) -> None:
    """Type into the inbox's composer and send with Enter."""
    page.get_by_test_id("composer-input").fill(text)
    page.keyboard.press("Enter")


def write_on_phone(page: Page, text: str) -> None:
    """The customer types and sends."""
    page.get_by_test_id("composer").fill(text)
    page.keyboard.press("Enter")


def row_of(page: Page, name: str) -> Any:
    """The row of the customer called `name` in the list."""
    return page.get_by_test_id("conversation-row").filter(has_text=name)


def bubbles(page: Page) -> Any:
    """The messages of the open conversation."""
    return page.get_by_test_id("message")


def line(page: Page) -> Any:
    """What the page says of itself: whether it shows how things stand."""
    return page.get_by_test_id("line-text")
