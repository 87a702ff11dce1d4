"""axe finds nothing serious on any page, in light and dark; and the page runs only its own scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.caller import Caller
from tests.support.pages import bubbles, open_row, write
from tests.support.screens import assert_accessible
from tests.support.server import Agent, ServerProcess
from tests.support.simulator import SimulatorProcess

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sign_in(contexts: Callable[..., BrowserContext], server: ServerProcess, scheme: str) -> None:
    page = contexts(color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(server.url)
    expect(page.get_by_test_id("sign-in-email")).to_be_visible()
    assert_accessible(page, "sign-in")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inbox(employee: Callable[..., list[Page]], caller: Caller, twilio: SimulatorProcess, scheme: str) -> None:
    caller.writes("Oi, *tudo* bem? https://example.com")
    caller.writes("", params={"Latitude": "-23.5", "Longitude": "-46.6", "Label": "MASP"})
    (page,) = employee("ana", color_scheme=scheme, reduced_motion="reduce")
    assert_accessible(page, "list")
    open_row(page, caller.name)
    write(page, "Tudo!")
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    twilio.add_fault("refused", match={"to": caller.address}, code=63003)
    write(page, "Isto falha")
    expect(bubbles(page).last).to_have_attribute("data-status", "failed")
    page.get_by_test_id("info-toggle").click()
    assert_accessible(page, "conversation")
    page.get_by_test_id("menu").click()
    expect(page.get_by_test_id("sign-out")).to_be_visible()
    assert_accessible(page, "menu")
    page.keyboard.press("Escape")
    page.get_by_test_id("new-conversation").click()
    expect(page.get_by_test_id("new-conversation-dialog")).to_be_visible()
    assert_accessible(page, "dialog")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_views(employee: Callable[..., list[Page]], callers: Callable[[], Caller], ana: Agent, bruno: Agent, scheme: str) -> None:
    waiting, offered, private = callers(), callers(), callers()
    team = ana.call("POST", "/api/teams", json={"name": f"Setor de {waiting.name}", "member_ids": []}).json()
    for caller in (waiting, offered, private):
        caller.writes("Oi")
    found = {caller.address: ana.conversation_with(caller.address) for caller in (waiting, offered, private)}
    ids = [one["id"] for one in found.values() if one]
    assert ana.do(ids[0], "pass", team_id=team["id"], note="").ok
    for conversation in ids[1:]:
        assert bruno.reply(conversation, "Olá!").status_code == 201
    assert bruno.reply(ids[1], "@Ana veja", kind="note", mentions=[ana.user["id"]]).status_code == 201
    assert bruno.do(ids[1], "offer", to=ana.user["id"], note="É cliente sua").ok
    assert bruno.do(ids[2], "visibility", visibility="private").ok
    (page,) = employee("ana", color_scheme=scheme, reduced_motion="reduce")
    for view in ("mine", "unassigned", "team", "finished", "internal"):
        page.get_by_test_id(f"view-{view}").click()
        expect(page.get_by_test_id(f"view-{view}")).to_have_attribute("aria-selected", "true")
        expect(page.locator('[aria-busy="true"]')).to_have_count(0)
        assert_accessible(page, view)
    page.get_by_test_id("view-team").click()
    page.get_by_test_id("filter-open").click()
    page.get_by_test_id("filter-assignee").select_option("Bruno Lima")
    expect(page.get_by_test_id("row-private")).to_be_visible()
    assert_accessible(page, "filters")
    page.get_by_test_id("help").click()
    expect(page.get_by_test_id("help-dialog")).to_be_visible()
    assert_accessible(page, "help")


def test_a_script_in_the_page_does_not_run(contexts: Callable[..., BrowserContext], server: ServerProcess, tolerated: list[str]) -> None:
    tolerated.append("violates the following Content Security Policy directive")
    page = contexts().new_page()
    answer = page.goto(server.url)
    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"]
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken over'";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror=\\"document.title = 'taken over'\\">");
    }""")
    page.wait_for_function("document.querySelector('img').complete")
    expect(page).to_have_title("Caixa de entrada")
