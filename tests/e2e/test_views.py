"""The lists at the left: what stands in which, in every tab within the event that moves it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.caller import Caller
from tests.support.entering import enter, sign_in
from tests.support.pages import cut_off, row_of
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

Employee = Callable[..., list[Page]]
MINUTE = 60.0


def id_of(caller: Caller, agent: Agent) -> str:
    """Their conversation's id."""
    found = agent.conversation_with(caller.address)
    assert found is not None
    conversation_id: str = found["id"]
    return conversation_id


def done(answer: Any) -> Json:
    """What a verb answered; AssertionError when it was refused."""
    assert answer.ok, answer.text
    changed: Json = answer.json()
    return changed


def show(page: Page, view: str) -> None:
    """Turn to a view."""
    page.get_by_test_id(f"view-{view}").click()
    expect(page.get_by_test_id(f"view-{view}")).to_have_attribute("aria-selected", "true")


def number(page: Page, view: str) -> Locator:
    """The number at a view's tab."""
    return page.get_by_test_id(f"count-{view}")


def shown_in(page: Page, view: str, caller: Caller) -> Locator:
    """Turn to a view and find a customer's row there."""
    show(page, view)
    return row_of(page, caller.name)


def test_it_stands_in_the_right_view_of_every_tab_whatever_happens(employee: Employee, caller: Caller, ana: Agent, bruno: Agent) -> None:
    anas, brunos = employee("ana")[0], employee("bruno")[0]
    caller.writes("Tem alguém?")
    for page in (anas, brunos):
        expect(row_of(page, caller.name)).to_be_visible()
        expect(number(page, "unassigned")).to_contain_text("1")
    conversation = id_of(caller, ana)

    assert bruno.reply(conversation, "Tem sim!").status_code == 201
    for page in (anas, brunos):
        expect(row_of(page, caller.name)).to_have_count(0)
        expect(number(page, "unassigned")).to_have_count(0)
        expect(page.get_by_text("Nenhuma conversa sem dono")).to_be_visible()
    expect(shown_in(brunos, "mine", caller)).to_be_visible()
    expect(shown_in(anas, "team", caller)).to_be_visible()
    expect(row_of(anas, caller.name).get_by_test_id("row-holder")).to_contain_text("Com Bruno Lima")

    done(bruno.do(conversation, "finish", last_seen_seq=10))
    for page in (anas, brunos):
        expect(row_of(page, caller.name)).to_have_count(0)
        expect(shown_in(page, "finished", caller)).to_contain_text("Finalizada")

    caller.writes("Mais uma coisa")
    for page in (anas, brunos):
        expect(row_of(page, caller.name)).to_have_count(0)
    expect(number(brunos, "mine")).to_contain_text("1")
    expect(shown_in(brunos, "mine", caller)).to_contain_text("Mais uma coisa")
    expect(shown_in(anas, "team", caller)).to_be_visible()

    done(bruno.do(conversation, "pass", team_id=None, note=""))
    expect(shown_in(anas, "unassigned", caller)).to_be_visible()
    expect(row_of(brunos, caller.name)).to_have_count(0)


def test_whoever_waits_longest_stands_first_and_the_row_says_how_long(
    employee: Employee, callers: Callable[[], Caller], server: ServerProcess, ana: Agent
) -> None:
    patient, new = callers(), callers()
    server.move_clock(-12 * MINUTE)
    patient.writes("Esperando")
    server.move_clock(0)
    new.writes("Acabei de chegar")
    (page,) = employee("bruno")
    rows = page.get_by_test_id("conversation-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text(patient.name)
    expect(row_of(page, patient.name).get_by_test_id("row-waiting")).to_contain_text("12 min")
    expect(row_of(page, patient.name).locator(".row-waiting-long")).to_have_count(1)
    expect(row_of(page, new.name).get_by_test_id("row-waiting")).to_contain_text("<1 min")
    expect(row_of(page, new.name).locator(".row-waiting-long")).to_have_count(0)

    conversation = id_of(patient, ana)
    assert ana.reply(conversation, "Desculpe a demora").status_code == 201
    expect(rows).to_have_count(1)
    row = shown_in(page, "team", patient)
    expect(row).to_be_visible()
    expect(row.get_by_test_id("row-waiting")).to_have_count(0)


def test_the_view_is_remembered_for_each_person(employee: Employee, server: ServerProcess, tolerated: list[str]) -> None:
    tolerated.append("401")  # what is under way when somebody signs out is rightly refused, which browsers log
    (page,) = employee("carla")
    expect(page.get_by_test_id("view-unassigned")).to_have_attribute("aria-selected", "true")
    show(page, "finished")
    page.reload()
    expect(page.get_by_test_id("view-finished")).to_have_attribute("aria-selected", "true")
    page.get_by_test_id("menu").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("sign-in-email")).to_be_visible()
    sign_in(page, server, "bruno")
    expect(page.get_by_test_id("view-unassigned")).to_have_attribute("aria-selected", "true")


def test_the_views_are_tabs_for_the_keyboard(employee: Employee) -> None:
    (page,) = employee("bruno")
    page.get_by_test_id("view-unassigned").focus()
    for key, view in [("ArrowLeft", "mine"), ("ArrowLeft", "internal"), ("ArrowRight", "mine"), ("End", "internal"), ("Home", "mine")]:
        page.keyboard.press(key)
        tab = page.get_by_test_id(f"view-{view}")
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel")).to_have_attribute("aria-label", tab.locator(".tab-name").inner_text())
    expect(page.get_by_role("tab", selected=True)).to_have_count(1)


def test_filters_narrow_a_view_and_what_events_bring(employee: Employee, callers: Callable[[], Caller], ana: Agent) -> None:
    theirs, others = callers(), callers()
    team = done(ana.call("POST", "/api/teams", json={"name": f"Setor de {theirs.name}", "member_ids": []}))
    for caller in (theirs, others):
        caller.writes("Oi")
    done(ana.do(id_of(theirs, ana), "pass", team_id=team["id"], note=""))
    (page,) = employee("bruno")
    expect(row_of(page, theirs.name).get_by_test_id("row-team")).to_contain_text(team["name"])
    page.get_by_test_id("filter-open").click()
    page.get_by_test_id("filter-team").select_option(team["name"])
    expect(row_of(page, others.name)).to_have_count(0)
    expect(row_of(page, theirs.name)).to_be_visible()
    done(ana.do(id_of(others, ana), "pass", team_id=team["id"], note=""))
    expect(row_of(page, others.name)).to_be_visible()
    done(ana.do(id_of(others, ana), "pass", team_id=None, note=""))
    expect(row_of(page, others.name)).to_have_count(0)
    page.get_by_test_id("filter-open").click()
    expect(page.get_by_test_id("filter-team")).to_have_count(0)
    page.get_by_test_id("chip-team").click()
    expect(page.get_by_test_id("chip-team")).to_have_count(0)
    expect(row_of(page, others.name)).to_be_visible()


def test_only_who_waits(employee: Employee, callers: Callable[[], Caller], bruno: Agent, ana: Agent) -> None:
    waiting, answered = callers(), callers()
    for caller in (waiting, answered):
        caller.writes("Oi")
        assert bruno.reply(id_of(caller, bruno), "Olá!").status_code == 201
    waiting.writes("E então?")
    (page,) = employee("ana")
    show(page, "team")
    page.get_by_test_id("filter-open").click()
    page.get_by_test_id("filter-waiting").check()
    expect(row_of(page, answered.name)).to_have_count(0)
    expect(row_of(page, waiting.name)).to_be_visible()
    page.get_by_test_id("filter-assignee").select_option("Carla Dias")
    expect(page.get_by_text("Nada com estes filtros")).to_be_visible()
    page.get_by_test_id("filter-clear-all").click()
    for caller in (waiting, answered):
        expect(row_of(page, caller.name)).to_be_visible()


def test_a_search_goes_through_everything(employee: Employee, caller: Caller, bruno: Agent) -> None:
    caller.writes("Oi")
    conversation = id_of(caller, bruno)
    assert bruno.reply(conversation, "Olá!").status_code == 201
    done(bruno.do(conversation, "finish", last_seen_seq=10))
    (page,) = employee("ana")
    show(page, "mine")
    page.get_by_test_id("conversation-search").fill(caller.name)
    expect(row_of(page, caller.name)).to_contain_text("Finalizada")
    expect(page.get_by_test_id("searching")).to_be_visible()
    expect(page.get_by_role("tab", selected=True)).to_have_count(0)
    page.get_by_test_id("view-mine").click()
    expect(page.get_by_test_id("conversation-search")).to_have_value("")
    expect(page.get_by_text("Nada com você agora")).to_be_visible()


def test_an_offer_is_told_at_once_and_stands_first(employee: Employee, callers: Callable[[], Caller], ana: Agent, bruno: Agent) -> None:
    held, offered = callers(), callers()
    for caller, agent in ((held, ana), (offered, bruno)):
        caller.writes("Oi")
        assert agent.reply(id_of(caller, agent), "Olá!").status_code == 201
    held.writes("Alguma novidade?")
    anas, brunos = employee("ana")[0], employee("bruno")[0]
    show(anas, "mine")
    expect(number(anas, "mine")).to_contain_text("1")
    conversation = id_of(offered, bruno)
    offer = done(bruno.do(conversation, "offer", to=ana.user["id"], note="É cliente sua"))["offer"]
    expect(anas.get_by_test_id("toast")).to_have_text(f"Bruno Lima quer passar para você a conversa com {offered.name}.Ver")
    rows = anas.get_by_test_id("conversation-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0).get_by_test_id("row-offer")).to_contain_text("Bruno passa para você: É cliente sua")
    expect(number(anas, "mine")).to_contain_text("2")
    anas.get_by_role("button", name="Ver", exact=True).click()
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    expect(anas.get_by_test_id("toast")).to_have_count(0)

    done(ana.do(conversation, "offer/decline", offer_id=offer["id"], note=""))
    expect(brunos.get_by_test_id("toast")).to_contain_text(f"Ana Souza recusou a conversa com {offered.name}.")
    expect(rows).to_have_count(1)
    expect(number(anas, "mine")).to_contain_text("1")


def test_whoever_loses_a_conversation_or_is_named_in_one_hears_of_it(employee: Employee, caller: Caller, ana: Agent, bruno: Agent) -> None:
    caller.writes("Oi")
    conversation = id_of(caller, bruno)
    assert bruno.reply(conversation, "Olá!").status_code == 201
    brunos = employee("bruno")[0]
    done(ana.do(conversation, "take-over", **{"from": bruno.user["id"]}))
    expect(brunos.get_by_test_id("toast")).to_contain_text(f"Ana Souza assumiu a conversa com {caller.name}, que era sua.")
    note = ana.reply(conversation, "@Bruno o que foi combinado?", kind="note", mentions=[bruno.user["id"]])
    assert note.status_code == 201
    expect(brunos.get_by_test_id("toast").last).to_contain_text(f"Ana Souza mencionou você numa nota sobre {caller.name}.")
    row = shown_in(brunos, "mine", caller)
    expect(row.get_by_test_id("row-mention")).to_be_visible()
    expect(row.get_by_test_id("row-note")).to_have_text("Nota")
    expect(number(brunos, "mine")).to_contain_text("1")
    row.click()
    expect(row).to_have_count(0)
    expect(number(brunos, "mine")).to_have_count(0)


def test_a_private_one_leaves_the_tabs_of_the_others_at_once(
    employee: Employee, caller: Caller, bruno: Agent, carla: Agent, tolerated: list[str]
) -> None:
    tolerated.append("404")
    caller.writes("É confidencial")
    conversation = id_of(caller, carla)
    assert carla.reply(conversation, "Claro").status_code == 201
    brunos, anas = employee("bruno")[0], employee("ana")[0]
    for page in (brunos, anas):
        show(page, "team")
        row_of(page, caller.name).click()
        expect(page.get_by_test_id("message").first).to_be_visible()
    done(carla.do(conversation, "visibility", visibility="private"))
    expect(brunos.get_by_test_id("message")).to_have_count(0)
    expect(brunos.get_by_role("alert").filter(has_text="não existe ou você não tem acesso")).to_be_visible()
    expect(row_of(brunos, caller.name)).to_have_count(0)
    brunos.get_by_test_id("conversation-search").fill(caller.name)
    expect(brunos.get_by_text("Nada encontrado")).to_be_visible()
    expect(row_of(anas, caller.name).get_by_test_id("row-private")).to_be_visible()
    expect(anas.get_by_test_id("message").first).to_be_visible()

    done(carla.do(conversation, "visibility", visibility="public"))
    expect(brunos.get_by_test_id("message").first).to_be_visible()
    brunos.get_by_test_id("conversation-search").press("Escape")
    expect(row_of(brunos, caller.name)).to_be_visible()
    expect(row_of(anas, caller.name).get_by_test_id("row-private")).to_have_count(0)


def test_another_role_shows_another_list_without_reloading(
    employee: Employee, caller: Caller, ana: Agent, bruno: Agent, carla: Agent, tolerated: list[str]
) -> None:
    tolerated.append("404")
    caller.writes("É confidencial")
    conversation = id_of(caller, carla)
    assert carla.reply(conversation, "Claro").status_code == 201
    done(carla.do(conversation, "visibility", visibility="private"))
    (page,) = employee("bruno")
    show(page, "team")
    expect(page.get_by_text("Nenhuma conversa com os colegas")).to_be_visible()
    try:
        done(ana.call("PATCH", f"/api/users/{bruno.user['id']}", json={"role": "admin"}))
        row_of(page, caller.name).click()
        expect(page.get_by_test_id("message").first).to_be_visible()
    finally:
        done(ana.call("PATCH", f"/api/users/{bruno.user['id']}", json={"role": "agent"}))
    expect(row_of(page, caller.name)).to_have_count(0)
    expect(page.get_by_test_id("message")).to_have_count(0)


def test_all_of_a_view_is_read_in_all_tabs(employee: Employee, callers: Callable[[], Caller]) -> None:
    one, other = callers(), callers()
    for caller in (one, other):
        caller.writes("Oi")
    first, second = employee("carla", tabs=2)
    badges = [page.get_by_test_id("conversation-list").get_by_test_id("unread-badge") for page in (first, second)]
    for badge in badges:
        expect(badge).to_have_count(2)
    first.get_by_test_id("read-all").click()
    for badge in badges:
        expect(badge).to_have_count(0)
    one.writes("E agora?")
    for badge in badges:
        expect(badge).to_have_count(1)


def test_the_teams_dot_goes_out_when_somebody_looks(employee: Employee, caller: Caller, bruno: Agent) -> None:
    caller.writes("Oi")
    assert bruno.reply(id_of(caller, bruno), "Olá!").status_code == 201
    (page,) = employee("ana", has_clock=True)
    dot = page.get_by_test_id("team-dot")
    show(page, "team")
    expect(dot).to_have_count(0)
    show(page, "mine")
    caller.writes("Uma pergunta")
    expect(dot).to_be_visible()
    show(page, "team")
    expect(row_of(page, caller.name)).to_contain_text("Uma pergunta")
    # The server was told a moment ago, and is not at every message.
    page.clock.fast_forward(10_000)
    expect(dot).to_have_count(0)
    show(page, "mine")
    page.reload()
    expect(page.get_by_test_id("view-mine")).to_have_attribute("aria-selected", "true")
    expect(dot).to_have_count(0)


def test_nothing_is_asked_for_at_every_event(employee: Employee, caller: Caller, ana: Agent) -> None:
    (page,) = employee("carla")
    caller.writes("Primeira")
    expect(number(page, "unassigned")).to_contain_text("1")
    row_of(page, caller.name).click()
    expect(row_of(page, caller.name).get_by_test_id("unread-badge")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "GET" else None)
    caller.twilio.burst(40, 10, from_=caller.address, body="Mais {n}", profile_name=caller.name)
    expect(page.locator('[data-testid="message"][data-seq="41"]')).to_be_visible()
    assert ana.reply(id_of(caller, ana), "Calma!").status_code == 201
    expect(number(page, "unassigned")).to_have_count(0)
    assert len(asked) < 5


def test_many_conversations_come_page_by_page_in_the_order_of_waiting(
    employee: Employee, twilio: SimulatorProcess, customers: Callable[[], str]
) -> None:
    waiting = [Caller(twilio, customers(), f"Cliente {place}") for place in range(10, 55)]
    for caller in waiting:
        caller.writes("Oi")
    (page,) = employee("bruno")
    rows = page.get_by_test_id("conversation-row")
    names = rows.locator(".row-name")
    eventually(lambda: rows.count() >= 40)
    late = Caller(twilio, customers(), "Cliente 99")
    late.writes("Sou o último")
    page.get_by_test_id("conversation-list").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    expect(rows).to_have_count(46)
    assert names.all_text_contents() == [caller.name for caller in [*waiting, late]]


def test_help_is_five_sentences(employee: Employee) -> None:
    (page,) = employee("ana")
    page.get_by_test_id("help").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_test_id("help-dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(5)
    expect(dialog).to_contain_text("Conversa sem dono é de quem responder primeiro")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("help")).to_be_focused()


def test_without_a_connection_a_view_says_so_and_comes_with_it(
    employee: Employee, caller: Caller, bruno: Agent, tolerated: list[str]
) -> None:
    tolerated += ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED"]
    caller.writes("Oi")
    assert bruno.reply(id_of(caller, bruno), "Olá!").status_code == 201
    (page,) = employee("ana", has_clock=True)
    cut_off(page)
    show(page, "team")
    expect(page.get_by_test_id("conversation-list")).to_contain_text("Sem conexão. As conversas aparecem aqui assim que ela voltar.")
    page.context.set_offline(False)
    expect(row_of(page, caller.name)).to_be_visible()


def test_a_view_that_did_not_come_can_be_asked_for_again(employee: Employee, caller: Caller, bruno: Agent, tolerated: list[str]) -> None:
    tolerated.append("ERR_FAILED")
    caller.writes("Oi")
    assert bruno.reply(id_of(caller, bruno), "Olá!").status_code == 201
    (page,) = employee("ana")
    page.route("**/api/conversations?*view=team*", lambda route: route.abort())
    show(page, "team")
    expect(page.get_by_test_id("conversation-list")).to_contain_text("Não foi possível carregar as conversas.")
    page.unroute_all()
    page.get_by_role("button", name="Tentar de novo").click()
    expect(row_of(page, caller.name)).to_be_visible()


RECORDED_NOTICES = """
window.shown = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() { return (Notification.permission = "granted"); }
  constructor(title, options) { window.shown.push([title, options.body]); }
};
document.hasFocus = () => window.away !== true;
"""


def test_outside_the_page_only_whoever_asked_for_it_is_told(
    contexts: Callable[..., BrowserContext], server: ServerProcess, caller: Caller, ana: Agent, bruno: Agent
) -> None:
    context = contexts()
    context.add_init_script(RECORDED_NOTICES)
    page = enter(context.new_page(), server, "bruno")
    caller.writes("Oi")
    conversation = id_of(caller, bruno)
    toasts = page.get_by_test_id("toast")

    def lose_it() -> None:
        done(bruno.do(conversation, "take-over", **{"from": ana.user["id"]}))
        done(ana.do(conversation, "take-over", **{"from": bruno.user["id"]}))
        expect(toasts).to_contain_text("que era sua")

    def look(away: bool) -> None:
        page.evaluate("away => { window.away = away; window.dispatchEvent(new Event('blur')); }", away)

    look(away=True)
    lose_it()
    assert page.evaluate("window.shown") == []
    toasts.get_by_role("button", name="Dispensar aviso").click()
    page.get_by_test_id("menu").click()
    page.get_by_text("Ligados", exact=True).click()
    page.keyboard.press("Escape")
    look(away=False)
    lose_it()
    assert page.evaluate("window.shown") == []
    toasts.get_by_role("button", name="Dispensar aviso").click()
    look(away=True)
    lose_it()
    shown = eventually(lambda: page.evaluate("window.shown"))
    assert shown == [["Caixa de entrada", f"Ana Souza assumiu a conversa com {caller.name}, que era sua."]]
