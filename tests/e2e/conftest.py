"""People in real browsers: employees with their tabs, a customer with their phone."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pymongo.database import Database

from tests.support.caller import Caller
from tests.support.entering import enter, enter_by_invitation
from tests.support.names import new_name
from tests.support.pages import WIDE, up_to_date
from tests.support.people import JOINED_PASSWORD, invited, new_email
from tests.support.server import Agent, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import PATIENCE_SECONDS

# They write into docs/screenshots: only when they are named.
collect_ignore = ["test_screenshots.py"]
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


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

    With `has_clock` time passes in its pages as everywhere, and further when a test says so: page.clock.fast_forward(milliseconds).

    Whatever a page complains about fails the test: an error that nobody caught, and any error in its console, such as what the
    content security policy blocked.
    """
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_context(*, has_clock: bool = False, **options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": WIDE, "locale": "pt-BR", **options})
        if has_clock:
            context.clock.install()
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()
    assert [one for one in complaints if not any(re.search(pattern, one) for pattern in tolerated)] == []


@pytest.fixture
def newcomer(contexts: Callable[..., BrowserContext], server: ServerProcess, ana: Agent) -> Callable[..., tuple[Agent, Page]]:
    """newcomer("admin"): an employee of this test alone, over HTTP and in a tab."""

    def join(role: str = "agent", **options: Any) -> tuple[Agent, Page]:
        email = new_email()
        page = enter_by_invitation(contexts(**options).new_page(), server, invited(ana, role), name=new_name(), email=email)
        return Agent(server.url, email, JOINED_PASSWORD), page

    return join


@pytest.fixture
def employee(contexts: Callable[..., BrowserContext], server: ServerProcess) -> Callable[..., list[Page]]:
    """employee("ana", tabs=2): that many tabs of one browser; `come=sign_in` has them come in through the form."""

    def open_tabs(name: str, tabs: int = 1, come: Callable[[Page, ServerProcess, str], Page] = enter, **options: Any) -> list[Page]:
        context = contexts(**options)
        pages = [come(context.new_page(), server, name)]
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
        name = new_name()
        twilio.post("/customers", {"address": customer, "name": name})
        page = contexts(**options).new_page()
        page.goto(twilio.url)
        page.locator(f'[data-address="{customer}"]').click()
        return page, name

    return open_phone


@pytest.fixture
def callers(twilio: SimulatorProcess, customers: Callable[[], str]) -> Callable[[], Caller]:
    """Makes customers who have not written yet."""
    return lambda: Caller(twilio, customers(), new_name())


@pytest.fixture
def caller(callers: Callable[[], Caller]) -> Caller:
    """A customer who has not written yet."""
    return callers()
