"""Whose conversation it is, as people do it: take, pass, finish, and what they are told when somebody was faster."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Request, Route, expect

from tests.support.caller import Caller
from tests.support.pages import PHONE, bubbles, holder, open_at, write
from tests.support.screens import assert_accessible, assert_fits
from tests.support.server import Agent, ServerProcess
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

POSTED = re.compile(r"/api/conversations/\w+/messages$")
OFFER_MINUTES = 30


@pytest.fixture(autouse=True)
def refusals(tolerated: list[str]) -> None:
    """The browser may say that a request was refused."""
    tolerated += ["409"]


@pytest.fixture
def begun(caller: Caller, ana: Agent) -> str:
    """The id of a conversation that a customer has begun: nobody holds it."""
    caller.writes("Oi, alguém aí?")
    conversation = ana.conversation_with(caller.address)
    assert conversation is not None
    return str(conversation["id"])


def verb(page: Page, name: str) -> Locator:
    """One of the three buttons."""
    return page.get_by_test_id(f"verb-{name}")


def entries(page: Page) -> Locator:
    """The timeline's entries."""
    return page.get_by_test_id("event")


def meanwhile(page: Page, path: str, happens: Callable[[], object]) -> None:
    """Let something happen while the page's next POST to `path` is on its way."""

    def hold(route: Route) -> None:
        happens()
        route.fallback()

    page.route(re.compile(rf"/api/conversations/\w+/{path}$"), hold, times=1)


def offer_to(page: Page, name: str, note: str = "") -> None:
    """Pass the open conversation to a person."""
    verb(page, "pass").click()
    page.get_by_test_id("pass-option").filter(has_text=name).click()
    page.get_by_test_id("pass-note").fill(note)
    page.get_by_test_id("pass-submit").click()
    expect(page.get_by_test_id("pass-dialog")).to_have_count(0)


def test_take_finish_reopen(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("bruno")
    (colleague,) = employee("ana")
    for tab in (page, colleague):
        open_at(tab, begun)
        expect(holder(tab)).to_have_text("Sem dono")
    verb(page, "take").click()
    expect(holder(page)).to_have_text("Sua")
    expect(holder(colleague)).to_have_text("De Bruno")
    expect(verb(page, "take")).to_have_count(0)
    expect(verb(colleague, "pass")).to_have_count(0)
    expect(entries(page)).to_contain_text(["Você assumiu a conversa"])
    expect(entries(colleague)).to_contain_text(["Bruno Lima assumiu a conversa"])

    verb(page, "finish").click()
    expect(holder(colleague)).to_contain_text("Finalizada")
    verb(colleague, "reopen").click()
    expect(holder(colleague)).to_have_text("Sua")
    expect(holder(page)).to_have_text("De Ana")


def test_of_two_who_take_at_once_the_second_reads_who_was_faster(employee: Callable[..., list[Page]], begun: str, bruno: Agent) -> None:
    (page,) = employee("carla")
    open_at(page, begun)
    meanwhile(page, "claim", lambda: bruno.do(begun, "claim"))
    verb(page, "take").click()
    expect(page.get_by_test_id("refusal")).to_contain_text(re.compile(r"Bruno Lima assumiu antes \(\d\d:\d\d\)"))
    expect(holder(page)).to_have_text("De Bruno")
    verb(page, "take").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("Assumir de Bruno?")
    page.get_by_test_id("confirm-yes").click()
    expect(holder(page)).to_have_text("Sua")
    expect(page.get_by_test_id("refusal")).to_have_count(0)


def test_answering_a_colleagues_asks_once(employee: Callable[..., list[Page]], begun: str, caller: Caller) -> None:
    (page,) = employee("bruno")
    (colleague,) = employee("ana")
    for tab in (page, colleague):
        open_at(tab, begun)
    write(colleague, "Aqui é a Ana")
    expect(holder(colleague)).to_have_text("Sua")
    expect(holder(page)).to_have_text("De Ana")

    write(page, "Deixa comigo")
    expect(page.get_by_test_id("confirm")).to_contain_text("Assumir de Ana?")
    page.get_by_test_id("confirm-cancel").click()
    expect(page.get_by_test_id("composer-input")).to_have_value("Deixa comigo")
    expect(bubbles(page)).to_have_count(2)
    page.get_by_test_id("composer-send").click()
    page.get_by_test_id("confirm-yes").click()
    write(page, "Já vejo")
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    expect(bubbles(page)).to_have_count(4)
    expect(holder(page)).to_have_text("Sua")
    expect(holder(colleague)).to_have_text("De Bruno")
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Aqui é a Ana", "Deixa comigo", "Já vejo"]


def test_passed_to_somebody_offline_who_signs_in_later_and_accepts(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("ana")
    open_at(page, begun)
    verb(page, "take").click()
    offer_to(page, "Carla Dias", "Ela quer a segunda via")
    expect(page.get_by_test_id("offer-banner")).to_contain_text(re.compile(r"Esperando Carla aceitar até \d\d"))
    expect(holder(page)).to_have_text("Sua")
    expect(verb(page, "pass")).to_have_count(0)

    (later,) = employee("carla")
    open_at(later, begun)
    banner = later.get_by_test_id("offer-banner")
    expect(banner).to_contain_text("Ana passou esta conversa para você")
    expect(banner).to_contain_text("Ela quer a segunda via")
    later.get_by_test_id("offer-accept").click()
    expect(holder(later)).to_have_text("Sua")
    expect(holder(page)).to_have_text("De Carla")
    expect(page.get_by_test_id("offer-banner")).to_have_count(0)
    expect(entries(page)).to_contain_text(["Você assumiu", "Você ofereceu a conversa a Carla Dias", "Carla Dias aceitou"])


def test_a_declined_one_stays_and_its_note_is_read(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("ana")
    (receiver,) = employee("bruno")
    for tab in (page, receiver):
        open_at(tab, begun)
    verb(page, "take").click()
    offer_to(page, "Bruno Lima")
    receiver.get_by_test_id("offer-decline").click()
    receiver.get_by_test_id("decline-note").fill("Estou em reunião")
    receiver.get_by_test_id("decline-submit").click()
    expect(page.get_by_test_id("offer-banner")).to_have_count(0)
    expect(holder(page)).to_have_text("Sua")
    expect(entries(page).last).to_contain_text("Bruno Lima recusou")
    expect(entries(page).last).to_contain_text("Estou em reunião")


def test_declining_a_private_one_leads_back_to_the_list(
    employee: Callable[..., list[Page]], begun: str, bruno: Agent, tolerated: list[str]
) -> None:
    tolerated += ["404"]
    (page,) = employee("carla")
    bruno.do(begun, "claim")
    bruno.do(begun, "visibility", visibility="private")
    assert bruno.do(begun, "offer", to=_id_of(bruno, "Carla Dias")).status_code == 200
    open_at(page, begun)
    expect(holder(page)).to_contain_text("Particular")
    expect(verb(page, "take")).to_have_count(0)
    page.get_by_test_id("offer-decline").click()
    page.get_by_test_id("decline-submit").click()
    expect(page.get_by_test_id("composer-input")).to_have_count(0)
    expect(page).not_to_have_url(re.compile(begun))


def _id_of(agent: Agent, name: str) -> str:
    return next(str(one["id"]) for one in agent.get("/api/users")["items"] if one["name"] == name)


def test_an_offer_that_nobody_answers_ends_and_the_sender_reads_so(
    employee: Callable[..., list[Page]], begun: str, server: ServerProcess
) -> None:
    (page,) = employee("ana")
    open_at(page, begun)
    verb(page, "take").click()
    offer_to(page, "Bruno Lima")
    expect(page.get_by_test_id("offer-banner")).to_be_visible()
    server.move_clock(OFFER_MINUTES * 60 + 1)
    try:
        expect(page.get_by_test_id("offer-banner")).to_have_count(0)
        expect(entries(page).last).to_contain_text("A passagem de você para Bruno Lima terminou sem resposta")
        expect(holder(page)).to_have_text("Sua")
    finally:
        server.move_clock(0)


def test_withdrawn_is_gone_for_the_receiver_who_was_about_to_accept(employee: Callable[..., list[Page]], begun: str, bruno: Agent) -> None:
    (page,) = employee("carla")
    bruno.do(begun, "claim")
    offer = bruno.do(begun, "offer", to=_id_of(bruno, "Carla Dias")).json()["offer"]
    open_at(page, begun)
    meanwhile(page, "offer/accept", lambda: bruno.do(begun, "offer/withdraw", offer_id=offer["id"]))
    page.get_by_test_id("offer-accept").click()
    expect(page.get_by_test_id("refusal")).to_contain_text("já não está de pé")
    expect(page.get_by_test_id("offer-banner")).to_have_count(0)
    expect(holder(page)).to_have_text("De Bruno")


def test_passed_to_a_team_it_is_in_that_line_without_a_holder(
    employee: Callable[..., list[Page]], begun: str, ana: Agent, caller: Caller
) -> None:
    name = f"Equipe {caller.name}"
    assert ana.call("POST", "/api/teams", json={"name": name, "member_ids": [ana.user["id"]]}).status_code == 201
    (page,) = employee("bruno")
    open_at(page, begun)
    verb(page, "take").click()
    verb(page, "pass").click()
    page.locator(".choice-option", has_text="Equipe").click()
    page.get_by_test_id("pass-option").filter(has_text=name).click()
    page.get_by_test_id("pass-note").fill("É com vocês")
    page.get_by_test_id("pass-submit").click()
    expect(holder(page)).to_have_text(re.compile(rf"Sem dono\s*{name}"))
    expect(entries(page).last).to_contain_text(f"Você passou a conversa para a equipe {name}")
    expect(entries(page).last).to_contain_text("É com vocês")


def test_a_private_one_can_be_passed_only_to_a_person_and_says_who_reads_it(
    employee: Callable[..., list[Page]], begun: str, bruno: Agent
) -> None:
    (page,) = employee("bruno")
    open_at(page, begun)
    verb(page, "take").click()
    page.get_by_test_id("conversation-menu").click()
    page.get_by_test_id("menu-private").click()
    expect(holder(page)).to_contain_text("Particular")
    verb(page, "pass").click()
    expect(page.get_by_test_id("pass-way-team")).to_be_disabled()
    expect(page.get_by_test_id("pass-way-nobody")).to_be_disabled()
    page.keyboard.press("Escape")
    page.get_by_test_id("conversation-menu").click()
    page.get_by_test_id("menu-readers").click()
    readers = page.get_by_test_id("readers-dialog").get_by_test_id("readers")
    expect(readers).to_contain_text("Bruno Lima (você)")
    expect(readers).to_contain_text("Ana Souza")
    expect(readers).not_to_contain_text("Carla Dias")


def test_finishing_while_the_customer_writes_shows_what_they_wrote(
    employee: Callable[..., list[Page]], begun: str, caller: Caller, bruno: Agent
) -> None:
    for turn in range(12):
        caller.writes(f"Mais uma coisa, a de número {turn}, com bastante texto para que a conversa fique comprida")
    (page,) = employee("carla", viewport={"width": 1280, "height": 500})
    open_at(page, begun)
    verb(page, "take").click()
    expect(verb(page, "finish")).to_be_visible()
    page.get_by_role("region", name="Mensagens").evaluate("log => { log.scrollTop = 0 }")
    meanwhile(page, "finish", lambda: caller.writes("Espere, não terminei"))
    verb(page, "finish").click()
    expect(page.get_by_test_id("refusal")).to_contain_text("O cliente escreveu enquanto isso")
    expect(bubbles(page).filter(has_text="não terminei")).to_be_in_viewport()
    expect(holder(page)).to_have_text("Sua")
    verb(page, "finish").click()
    expect(holder(page)).to_contain_text("Finalizada")
    caller.writes("Voltei")
    expect(holder(page)).to_have_text("Sua")
    expect(entries(page).last).to_contain_text("O cliente escreveu: a conversa voltou para você")


def test_two_who_answer_the_same_customer(employee: Callable[..., list[Page]], begun: str, caller: Caller, bruno: Agent) -> None:
    (page,) = employee("ana")
    open_at(page, begun)
    meanwhile(page, "messages", lambda: bruno.reply(begun, "Custa 20 reais"))
    write(page, "Custa 30 reais")
    last = bubbles(page).last
    expect(last).to_have_attribute("data-status", "failed")
    expect(last).to_contain_text(re.compile(r"Bruno respondeu ao cliente enquanto isso \(\d\d:\d\d\)"))
    expect(last.locator(".refused-quote")).to_have_text("Custa 20 reais")
    page.reload()
    expect(bubbles(page).last.locator(".refused-quote")).to_have_text("Custa 20 reais")

    bubbles(page).last.get_by_test_id("message-edit").click()
    expect(page.get_by_test_id("composer-input")).to_have_value("Custa 30 reais")
    page.get_by_test_id("composer-input").fill("Isso, 20 reais")
    page.keyboard.press("Enter")
    page.get_by_test_id("confirm-yes").click()
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Custa 20 reais", "Isso, 20 reais"]


def test_sending_anyway_sends_once(employee: Callable[..., list[Page]], begun: str, caller: Caller, bruno: Agent, ana: Agent) -> None:
    (page,) = employee("ana")
    open_at(page, begun)
    verb(page, "take").click()
    expect(verb(page, "finish")).to_be_visible()

    def answered_and_handed_back() -> None:
        assert bruno.reply(begun, "Sou o Bruno", take_over_from=ana.user["id"]).status_code == 201
        assert ana.do(begun, "take-over", **{"from": bruno.user["id"]}).status_code == 200

    meanwhile(page, "messages", answered_and_handed_back)
    write(page, "Sou a Ana")
    again = bubbles(page).last.get_by_test_id("message-retry")
    expect(again).to_have_text("Enviar mesmo assim")
    again.click()
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    assert caller.received() == ["Sou o Bruno", "Sou a Ana"]


def test_a_reply_in_what_a_colleague_has_taken_meanwhile_asks_to_take_it_back(
    employee: Callable[..., list[Page]], begun: str, caller: Caller, bruno: Agent
) -> None:
    (page,) = employee("carla")
    open_at(page, begun)
    meanwhile(page, "messages", lambda: bruno.do(begun, "claim"))
    write(page, "Bom dia")
    last = bubbles(page).last
    expect(last.get_by_test_id("refused-why")).to_contain_text("agora a conversa é de Bruno")
    assert caller.received() == []
    last.get_by_test_id("message-retry").click()
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    expect(holder(page)).to_have_text("Sua")
    assert caller.received() == ["Bom dia"]


@pytest.fixture
def answer_on_its_way(employee: Callable[..., list[Page]], begun: str) -> tuple[Page, Callable[[], None]]:
    """(Bruno's tab, in which he took the conversation and knows it by an event, how the answer to that arrives)."""
    (page,) = employee("bruno")
    open_at(page, begun)
    held: list[tuple[Route, APIResponse]] = []
    page.route(re.compile(r"/api/conversations/\w+/claim$"), lambda route: held.append((route, route.fetch())))
    verb(page, "take").click()
    expect(holder(page)).to_have_text("Sua")

    def arrive() -> None:
        ((route, answer),) = held
        route.fulfill(response=answer)

    return page, arrive


def test_what_is_chosen_while_another_verb_is_under_way_is_done_after_it(answer_on_its_way: tuple[Page, Callable[[], None]]) -> None:
    page, arrive = answer_on_its_way
    page.get_by_test_id("conversation-menu").click()
    page.get_by_test_id("menu-private").click()
    arrive()
    expect(holder(page)).to_contain_text("Particular")


def test_so_is_what_a_dialog_asks_for(answer_on_its_way: tuple[Page, Callable[[], None]], begun: str, carla: Agent, ana: Agent) -> None:
    page, arrive = answer_on_its_way
    verb(page, "pass").click()
    page.get_by_test_id("pass-option").filter(has_text="Carla Dias").click()
    page.get_by_test_id("pass-submit").dblclick()
    expect(page.get_by_test_id("pass-dialog")).to_have_count(1)
    arrive()
    expect(page.get_by_test_id("pass-dialog")).to_have_count(0)
    assert ana.get(f"/api/conversations/{begun}")["offer"]["to"]["id"] == carla.user["id"]
    # Once, however often it was pressed.
    assert [one["details"]["event"] for one in ana.thread(begun) if one["kind"] == "event"] == ["claimed", "offered"]


def test_finish_waits_for_ones_own_last_words(employee: Callable[..., list[Page]], begun: str, caller: Caller) -> None:
    (page,) = employee("bruno")
    open_at(page, begun)
    verb(page, "take").click()
    expect(verb(page, "finish")).to_be_visible()
    seen: list[tuple[str, str]] = []
    on_their_way: list[Route] = []

    def note(what: str, request: Request) -> None:
        name = request.url.rpartition("/")[2]
        if request.method == "POST" and name in ("messages", "finish"):
            seen.append((what, name))

    page.on("request", lambda request: note("asked", request))
    page.on("response", lambda answer: note("answered", answer.request))
    page.route(POSTED, lambda route: on_their_way.append(route))
    write(page, "De nada!")
    verb(page, "finish").click()
    eventually(lambda: page.evaluate("1") and on_their_way)
    on_their_way[0].fallback()
    expect(holder(page)).to_contain_text("Finalizada")
    # That it is finished may be heard before it is answered.
    assert seen[:3] == [("asked", "messages"), ("answered", "messages"), ("asked", "finish")]
    expect(bubbles(page).last).to_have_attribute("data-status", "delivered")
    expect(holder(page)).to_contain_text("Finalizada")


def test_left_unread_it_stays_so_until_it_is_opened_again(
    employee: Callable[..., list[Page]], begun: str, caller: Caller, bruno: Agent
) -> None:
    (page,) = employee("bruno")
    open_at(page, begun)
    eventually(lambda: unread(bruno, begun) == 0)
    page.get_by_test_id("conversation-menu").click()
    page.get_by_test_id("menu-unread").click()
    expect(page.get_by_test_id("composer-input")).to_have_count(0)
    eventually(lambda: unread(bruno, begun) == 1)
    caller.writes("Mais uma")
    eventually(lambda: unread(bruno, begun) == 2)
    page.bring_to_front()
    assert unread(bruno, begun) == 2
    open_at(page, begun)
    eventually(lambda: unread(bruno, begun) == 0)


def unread(agent: Agent, conversation_id: str) -> int:
    """How much of it this person has not read."""
    return int(agent.get(f"/api/conversations/{conversation_id}")["unread"])


def test_an_admin_gives_it_to_somebody_without_asking(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("ana")
    (agent,) = employee("bruno")
    for tab in (page, agent):
        open_at(tab, begun)
    agent.get_by_test_id("conversation-menu").click()
    expect(agent.get_by_test_id("menu-unread")).to_be_visible()
    expect(agent.get_by_test_id("menu-assign")).to_have_count(0)
    page.get_by_test_id("conversation-menu").click()
    page.get_by_test_id("menu-assign").click()
    page.get_by_test_id("pass-search").fill("bru")
    expect(page.get_by_test_id("pass-option")).to_have_count(1)
    page.get_by_test_id("pass-option").click()
    page.get_by_test_id("pass-submit").click()
    expect(holder(page)).to_have_text("De Bruno")
    expect(holder(agent)).to_have_text("Sua")


def test_passing_to_somebody_absent_warns_with_their_return(employee: Callable[..., list[Page]], begun: str, server: ServerProcess) -> None:
    carla = server.agent("carla")
    given = {"until": (datetime.now(UTC) + timedelta(days=9)).isoformat(), "release": False}
    assert carla.call("PUT", "/api/me/absence", json=given).status_code == 200
    try:
        (page,) = employee("bruno")
        open_at(page, begun)
        verb(page, "take").click()
        verb(page, "pass").click()
        option = page.get_by_test_id("pass-option").filter(has_text="Carla Dias")
        expect(option).to_contain_text(re.compile(r"ausente até \d+/\d+"))
        option.click()
        expect(page.get_by_test_id("pass-dialog")).to_contain_text(re.compile(r"Está ausente até \d+/\d+"))
        page.get_by_test_id("pass-submit").click()
        expect(page.get_by_test_id("offer-banner")).to_contain_text("Esperando Carla")
    finally:
        carla.call("PUT", "/api/me/absence", json={"until": None, "release": False})


def test_take_and_pass_without_a_mouse(employee: Callable[..., list[Page]], begun: str) -> None:
    (page,) = employee("bruno")
    open_at(page, begun)
    verb(page, "take").focus()
    page.keyboard.press("Enter")
    expect(verb(page, "pass")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("pass-search")).to_be_focused()
    page.keyboard.type("ana")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("pass-dialog")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Pode ser?")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("offer-banner")).to_contain_text("Pode ser?")
    expect(page.get_by_test_id("pass-dialog")).to_have_count(0)
    page.get_by_test_id("conversation-menu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("menu-unread")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("conversation-menu")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(employee: Callable[..., list[Page]], begun: str, bruno: Agent, ana: Agent, scheme: str) -> None:
    (page,) = employee("ana", color_scheme=scheme, reduced_motion="reduce")
    bruno.do(begun, "claim")
    bruno.do(begun, "offer", to=ana.user["id"], note="Pode assumir?")
    open_at(page, begun)
    assert_accessible(page, "offer")
    page.get_by_test_id("offer-decline").click()
    assert_accessible(page, "decline")
    page.keyboard.press("Escape")
    page.get_by_test_id("conversation-menu").click()
    assert_accessible(page, "menu")
    page.get_by_test_id("menu-readers").click()
    assert_accessible(page, "readers")
    page.keyboard.press("Escape")
    page.get_by_test_id("offer-accept").click()
    verb(page, "pass").click()
    assert_accessible(page, "pass")
    page.keyboard.press("Escape")
    page.get_by_test_id("info-toggle").click()
    expect(page.get_by_role("region", name="Dados do contato").get_by_test_id("readers")).to_be_visible()
    assert_accessible(page, "info")


def test_fits_a_phone(employee: Callable[..., list[Page]], begun: str, bruno: Agent, ana: Agent) -> None:
    (page,) = employee("ana", viewport=PHONE, has_touch=True, is_mobile=True)
    open_at(page, begun)
    for name in ("take", "pass", "finish"):
        expect(verb(page, name)).to_be_in_viewport(ratio=1)
    assert_fits(page)
    bruno.do(begun, "claim")
    bruno.do(begun, "offer", to=ana.user["id"], note="Um recado bem comprido, " * 8)
    expect(page.get_by_test_id("offer-accept")).to_be_in_viewport(ratio=1)
    assert_fits(page)
    page.get_by_test_id("conversation-menu").click()
    expect(page.get_by_test_id("menu-readers")).to_be_in_viewport(ratio=1)
    assert_fits(page)
    page.keyboard.press("Escape")
    page.get_by_test_id("offer-accept").click()
    verb(page, "pass").click()
    expect(page.get_by_test_id("pass-submit")).to_be_in_viewport(ratio=1)
    assert_fits(page)
