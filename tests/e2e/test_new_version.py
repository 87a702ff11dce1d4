"""A page is of one client: its parts are fetched once, and one that lost some of them to a deploy begins again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.support.server import ServerProcess

pytestmark = pytest.mark.browser

# What a page had to fetch of its parts: of what the browser had kept nothing was transferred.
FETCHED = """performance.getEntriesByType("resource")
    .filter(({ name, transferSize }) => name.includes("/assets/") && transferSize > 0).length"""


def test_the_parts_of_a_page_are_fetched_once(contexts: Callable[..., BrowserContext], server: ServerProcess) -> None:
    context = contexts()
    first, second = context.new_page(), context.new_page()
    for page, fetches in ((first, True), (second, False), (first, False)):
        page.goto(server.url)
        expect(page.get_by_test_id("sign-in-email")).to_be_visible()
        assert (page.evaluate(FETCHED) > 5) is fetches
        assert fetches or page.evaluate(FETCHED) == 0


@pytest.mark.parametrize("part", ["js/app.js", "css/app.css", "js/theme_boot.js", "vendor/preact.js"])
def test_a_page_that_cannot_have_a_part_begins_again(
    contexts: Callable[..., BrowserContext], server: ServerProcess, tolerated: list[str], part: str
) -> None:
    tolerated.append("404")
    page = contexts(has_clock=True).new_page()
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.fallback()
            return
        refused.append(route.request.url)
        route.fulfill(status=404)

    page.route(f"**/assets/*/{part}", refuse_once)
    page.goto(server.url)
    # A server that is being replaced is given a moment.
    with page.expect_event("load"):
        page.clock.fast_forward(3_000)
    expect(page.get_by_test_id("sign-in-email")).to_be_visible()
    assert len(refused) == 1
