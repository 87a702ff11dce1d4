"""A tab without a connection, or one that slept; texts that were on their way when it broke; a server that is newer than the tab."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute, expect

from tests.support.caller import Caller
from tests.support.entering import enter
from tests.support.pages import OFFLINE_SINCE, bubbles, cut_off, line, open_row, row_of, shown, write
from tests.support.server import ServerProcess
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

POSTED = re.compile(r"/api/conversations/\w+/messages$")
WAKE = "document.dispatchEvent(new Event('visibilitychange'))"
# Before the page's own scripts run: the page says which version it is, and the answers which one is served. Of the seconds over
# which tabs come back, this one waits none.
ANSWERS_TELL_THE_VERSION = """
    Math.random = () => 0;
    document.addEventListener("readystatechange", () => {
        const meta = document.querySelector('meta[name="web-version"]') ?? document.createElement("meta");
        document.head.append(Object.assign(meta, { name: "web-version", content: window.served }));
    }, { once: true });
    const { fetch } = window;
    window.fetch = async (path, asked) => {
        const answer = await fetch(path, asked);
        if (!answer.ok || !/^\\/api\\/sync(\\?|$)/.test(path)) return answer;
        return Response.json({ ...(await answer.json()), web_version: window.served });
    };
"""


@pytest.fixture(autouse=True)
def broken_lines(tolerated: list[str]) -> None:
    """The browser may say that it has no connection, and that a text was refused."""
    tolerated += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "ERR_NETWORK_CHANGED", "ERR_CONNECTION_REFUSED", "status of 409"]


def held(page: Page) -> dict[str, int]:
    """What a tab knows of the open conversation's messages, as {id: version}."""
    script = """async () => {
        const app = [...document.scripts].find((each) => each.src.endsWith("/js/app.js"));
        const { workspace } = await import(app.src);
        const { store, sync } = workspace.peek();
        return Object.fromEntries(store.thread(sync.openId.peek()).messages().map(({ id, version }) => [id, version]));
    }"""
    found: dict[str, int] = page.evaluate(script)
    return found


def test_a_tab_that_was_offline_ends_like_the_others(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (away,) = employee("ana", has_clock=True)
    (here,) = employee("bruno")
    for page in (away, here):
        open_row(page, caller.name)
    write(here, "Antes da queda")
    expect(bubbles(away)).to_have_count(2)

    expect(line(away)).to_have_text("Atualizado")
    cut_off(away)
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
    expect(line(away)).to_have_text("Atualizado")
    expect(away.get_by_test_id("line-voice")).to_have_text("Atualizado")
    expect(away.locator(".line-state")).to_have_attribute("title", re.compile(r"^Conferido às \d\d:\d\d$"))
    eventually(lambda: shown(away) == shown(here) and held(away) == held(here))
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
    expect(page.get_by_test_id("line-to-send")).to_have_text("2 para enviar")
    page.context.set_offline(False)
    expect(page.locator('[data-status="delivered"]')).to_have_count(2)
    assert caller.received() == ["Escrito sem conexão", "E mais uma"]
    expect(bubbles(page)).to_have_count(3)
    expect(page.get_by_test_id("line-to-send")).to_have_count(0)


def test_a_text_written_offline_asks_when_the_customer_wrote_after_that(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Vocês abrem no sábado?")
    (page,) = employee("ana")
    open_row(page, caller.name)
    page.context.set_offline(True)
    write(page, "Abrimos!")
    expect(page.locator('[data-status="waiting"]')).to_contain_text("Abrimos!")
    caller.writes("Deixa, já vi no site")
    page.context.set_offline(False)
    refused = page.locator('[data-status="failed"]')
    expect(refused.get_by_test_id("refused-why")).to_contain_text("O cliente escreveu depois")
    expect(refused.locator("q")).to_have_text("Deixa, já vi no site")
    expect(page.get_by_test_id("line-refused")).to_have_text("1 não enviada")
    assert caller.received() == []
    refused.get_by_test_id("message-retry").click()
    expect(page.locator('[data-status="delivered"]')).to_contain_text("Abrimos!")
    assert caller.received() == ["Abrimos!"]
    expect(page.get_by_test_id("line-refused")).to_have_count(0)


def test_a_text_written_offline_asks_when_a_colleague_answered_meanwhile(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Vocês abrem no sábado?")
    (page,) = employee("ana")
    (colleague,) = employee("bruno")
    for tab in (page, colleague):
        open_row(tab, caller.name)
    page.context.set_offline(True)
    write(page, "Sim, até as 18h")
    expect(page.locator('[data-status="waiting"]')).to_have_count(1)
    write(colleague, "Abrimos das 9h às 14h")
    expect(colleague.locator('[data-status="delivered"]')).to_have_count(1)
    page.context.set_offline(False)
    expect(page.get_by_test_id("refused-why")).to_contain_text("Bruno respondeu ao cliente enquanto isso")
    expect(page.get_by_test_id("message-retry")).to_have_text("Assumir de Bruno e enviar")
    page.get_by_test_id("message-discard").click()
    expect(page.locator('[data-status="failed"]')).to_have_count(0)
    assert caller.received() == ["Abrimos das 9h às 14h"]


def test_a_note_written_offline_is_not_asked_about(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (page,) = employee("ana")
    open_row(page, caller.name)
    page.context.set_offline(True)
    page.get_by_test_id("composer-mode-note").click()
    write(page, "Cliente antigo, dar desconto")
    caller.writes("Alô?")
    page.context.set_offline(False)
    expect(page.locator('[data-kind="note"][data-status="posted"]')).to_contain_text("dar desconto")


def test_a_text_that_waited_for_long_asks_before_it_leaves(employee: Callable[..., list[Page]], callers: Callable[[], Caller]) -> None:
    caller, other = callers(), callers()
    caller.writes("Oi")
    other.writes("Oi")
    (page,) = employee("ana", has_clock=True)
    open_row(page, caller.name)
    page.context.set_offline(True)
    write(page, "Bom dia!")
    expect(page.locator('[data-status="waiting"]')).to_have_count(1)
    row_of(page, other.name).click()
    page.clock.fast_forward("12:00")
    # Wherever one is: it has not left, and says so.
    expect(page.get_by_test_id("line-refused")).to_have_text("1 não enviada")
    page.context.set_offline(False)
    expect(line(page)).to_have_text("Atualizado")
    page.get_by_test_id("line-refused").click()
    expect(page.get_by_test_id("unsent-entry")).to_contain_text(caller.name)
    assert caller.received() == []
    page.get_by_test_id("unsent-open").click()
    expect(page.get_by_test_id("refused-why")).to_contain_text("Ficou muito tempo esperando a conexão")
    page.get_by_test_id("message-retry").click()
    expect(page.locator('[data-status="delivered"]')).to_contain_text("Bom dia!")
    assert caller.received() == ["Bom dia!"]


def test_a_tab_whose_line_died_in_its_sleep_catches_up_as_soon_as_it_wakes(
    contexts: Callable[..., BrowserContext], server: ServerProcess, caller: Caller
) -> None:
    caller.writes("Oi")
    page, lines = contexts(has_clock=True).new_page(), []

    def carry(tab: WebSocketRoute) -> None:
        far = tab.connect_to_server()
        mine = {"dead": False}
        lines.append(mine)
        tab.on_message(lambda said: mine["dead"] or far.send(said))
        far.on_message(lambda said: mine["dead"] or tab.send(said))

    page.route_web_socket(re.compile(r"/socket\.io/"), carry)
    enter(page, server, "ana")
    open_row(page, caller.name)
    lines[0]["dead"] = True
    caller.writes("Alguém aí?")
    # Time stands still but for the moment in which it wakes: no patience ends.
    page.clock.pause_at(page.evaluate("Date.now() / 1000") + 1)
    page.evaluate(WAKE)
    page.clock.run_for(10)
    expect(bubbles(page)).to_have_count(2)
    assert len(lines) == 1
    # The line took it for alive; without a sign of life it is made anew, and carries what comes next.
    page.clock.fast_forward(4_000)
    page.clock.resume()
    eventually(lambda: page.evaluate("1") and len(lines) == 2)
    expect(line(page)).to_have_text("Atualizado")
    caller.writes("Ah, oi!")
    expect(bubbles(page)).to_have_count(3)


def test_tabs_come_back_by_themselves_after_a_deployment(
    contexts: Callable[..., BrowserContext], own_server: Callable[..., ServerProcess], tolerated: list[str]
) -> None:
    tolerated += ["WebSocket connection to", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET"]
    server = own_server()
    page = enter(contexts(has_clock=True).new_page(), server, "bruno")
    server.stop()
    # Shorter gaps are not spoken of.
    page.clock.fast_forward(2_000)
    expect(line(page)).to_have_text(OFFLINE_SINCE)
    server.start()
    # Tabs come back one after the other; by now it is this one's turn.
    page.clock.fast_forward(5_000)
    server.agent("ana").call("POST", "/api/conversations", json={"number": "+5511987650001", "name": "Nova Cliente"})
    expect(line(page)).to_have_text("Atualizado")
    expect(row_of(page, "Nova Cliente")).to_be_visible()


@pytest.fixture
def deployed(contexts: Callable[..., BrowserContext], server: ServerProcess) -> Callable[[str], tuple[Page, Callable[[str], None]]]:
    """deployed("ana"): their tab, of a server that ships version "one", and how to let it ship another."""

    def open_tab(name: str) -> tuple[Page, Callable[[str], None]]:
        page = contexts().new_page()
        page.add_init_script(ANSWERS_TELL_THE_VERSION)

        def deploy(version: str) -> None:
            page.evaluate("version => { window.served = version }", version)
            page.add_init_script(f"window.served = {version!r}")

        deploy("one")
        return enter(page, server, name), deploy

    return open_tab


def test_a_tab_that_is_older_than_the_server_loads_itself_anew(deployed: Callable[[str], tuple[Page, Callable[[str], None]]]) -> None:
    page, deploy = deployed("ana")
    page.evaluate("document.body.dataset.loaded = 'before'")
    expect(line(page)).to_have_text("Atualizado")
    deploy("two")
    page.evaluate(WAKE)
    expect(page.locator('body:not([data-loaded="before"])')).to_have_count(1)
    expect(line(page)).to_have_text("Atualizado")
    expect(page.locator('meta[name="web-version"]')).to_have_attribute("content", "two")
    # Not twice within a minute, whatever comes.
    page.evaluate("document.body.dataset.loaded = 'between'")
    deploy("three")
    page.evaluate(WAKE)
    expect(page.get_by_test_id("version-bar")).to_be_visible()
    expect(page.locator('body[data-loaded="between"]')).to_have_count(1)


def test_whoever_is_writing_is_offered_the_new_version(
    deployed: Callable[[str], tuple[Page, Callable[[str], None]]], caller: Caller
) -> None:
    caller.writes("Oi")
    page, deploy = deployed("carla")
    open_row(page, caller.name)
    page.get_by_test_id("composer-input").fill("Estou no meio de uma")
    deploy("two")
    page.evaluate(WAKE)
    expect(page.get_by_test_id("version-bar")).to_contain_text("nova versão")
    expect(page.get_by_test_id("composer-input")).to_have_value("Estou no meio de uma")
    page.get_by_test_id("version-reload").click()
    expect(page.get_by_test_id("version-bar")).to_have_count(0)
    expect(page.locator('meta[name="web-version"]')).to_have_attribute("content", "two")
    expect(page.get_by_test_id("composer-input")).to_have_value("Estou no meio de uma")


def test_a_text_that_the_server_never_got_survives_a_reload(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("Oi")
    (page,) = employee("carla", has_clock=True)
    open_row(page, caller.name)
    page.route(POSTED, lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    write(page, "Não me perca")
    expect(page.locator('[data-status="waiting"]')).to_contain_text("Não me perca")
    page.reload()
    expect(page.locator('[data-status="waiting"]')).to_contain_text("Não me perca")
    page.unroute(POSTED)
    # It is tried again after a while, however often it has failed.
    page.clock.fast_forward(15_000)
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
