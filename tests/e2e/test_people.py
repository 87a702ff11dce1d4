"""Who works here: inviting, joining, roles, teams, settings, absence and leaving, through what people touch."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.support.caller import Caller
from tests.support.company import choose, person, settings_page
from tests.support.pages import row_of
from tests.support.people import JOINED_PASSWORD, invited, new_email
from tests.support.server import Agent, Json, ServerProcess
from tests.support.waiting import eventually
from whatsapp_server import clock

pytestmark = pytest.mark.browser

Newcomer = Callable[..., tuple[Agent, Page]]
USUAL = {
    "name_prefix": "off",
    "new_visibility": "public",
    "assign_without_acceptance": "admins",
    "reopen_to": "holder",
    "reopen_hours": 24,
    "offer_minutes": 30,
    "working_hours": None,
    "auto_finish_days": None,
    "auto_release_hours": None,
}


@pytest.fixture(autouse=True)
def refusals(tolerated: list[str]) -> None:
    """The browser may say that a request was refused."""
    tolerated += ["status of 4", "status of 503", "ERR_INTERNET_DISCONNECTED"]


@pytest.fixture
def usual_settings(ana: Agent) -> Iterator[None]:
    """What a test does to the settings is undone after it."""
    yield
    ana.settings(**USUAL)


@pytest.fixture
def held(callers: Callable[[], Caller], ana: Agent) -> Callable[[Agent], Json]:
    """held(agent): a new customer's conversation, which they hold."""

    def begin(agent: Agent) -> Json:
        caller = callers()
        caller.writes("Oi")
        conversation = ana.conversation_with(caller.address)
        assert conversation is not None
        assert agent.do(conversation["id"], "claim").status_code == 200
        return conversation

    return begin


def team(page: Page, name: str) -> Locator:
    """A team's entry on the page of teams."""
    return page.get_by_test_id("team").filter(has_text=name)


def refused(page: Page, path: str, status: int = 503, times: int = 1) -> None:
    """The next requests to `path` are answered by an error."""
    body = '{"code": "unavailable", "detail": "O banco de dados não responde. Tente de novo em instantes."}'

    def refuse(route: Route) -> None:
        route.fulfill(status=status, content_type="application/problem+json", body=body)

    page.route(re.compile(path), refuse, times=times)


def test_an_admin_invites_and_the_invited_joins(newcomer: Newcomer, contexts: Callable[..., BrowserContext], server: ServerProcess) -> None:
    _, admin = newcomer("admin", permissions=["clipboard-read", "clipboard-write"])
    email = new_email()
    settings_page(admin).get_by_test_id("invite").click()
    admin.get_by_test_id("invite-name").fill("Dora Reis")
    admin.get_by_test_id("invite-email").fill("dora")
    admin.get_by_test_id("invite-submit").click()
    expect(admin.get_by_test_id("field-email-problem")).to_have_text("Isto não é um endereço de e-mail.")
    expect(admin.get_by_test_id("invite-email")).to_be_focused()
    admin.get_by_test_id("invite-email").fill(email)
    admin.get_by_test_id("invite-submit").click()
    url = admin.get_by_test_id("invite-url").input_value()
    admin.get_by_test_id("invite-copy").click()
    expect(admin.get_by_test_id("invite-copied")).to_have_text("Copiado.")
    assert admin.evaluate("navigator.clipboard.readText()") == url
    admin.get_by_test_id("invite-close").click()
    open_invite = admin.get_by_test_id("invite-entry").filter(has_text=email)
    expect(open_invite).to_contain_text("Vale até")
    assert url not in admin.content()

    invitee = contexts().new_page()
    invitee.goto(url)
    expect(invitee.get_by_test_id("join-form")).to_contain_text("atender")
    expect(invitee.get_by_test_id("join-email")).to_have_value(email)
    invitee.get_by_test_id("join-password").fill("short")
    invitee.get_by_test_id("join-submit").click()
    expect(invitee.get_by_test_id("field-password-problem")).to_contain_text("entre 10 e 200")
    invitee.get_by_test_id("join-password").fill(JOINED_PASSWORD)
    invitee.get_by_test_id("join-submit").click()
    expect(invitee.get_by_test_id("conversation-list")).to_be_visible()
    assert invitee.url.endswith("/#/")
    invitee.reload()
    expect(invitee.get_by_test_id("conversation-list")).to_be_visible()

    expect(admin.get_by_test_id("person").filter(has_text=email)).to_contain_text("Dora Reis")
    expect(open_invite).to_have_count(0)
    assert Agent(server.url, email, JOINED_PASSWORD).user["role"] == "agent"

    late = contexts().new_page()
    late.goto(url)
    expect(late.get_by_test_id("join-problem")).to_contain_text("não vale mais")
    late.get_by_test_id("join-sign-in").click()
    expect(late.get_by_test_id("sign-in-email")).to_be_visible()


def test_a_withdrawn_invitation_leads_nowhere(newcomer: Newcomer, contexts: Callable[..., BrowserContext]) -> None:
    boss, admin = newcomer("admin")
    email = new_email()
    url = invited(boss, email=email)["url"]
    entry = settings_page(admin).get_by_test_id("invite-entry").filter(has_text=email)
    entry.get_by_test_id("invite-revoke").click()
    admin.get_by_test_id("confirm-cancel").click()
    expect(entry).to_have_count(1)
    entry.get_by_test_id("invite-revoke").click()
    admin.get_by_test_id("confirm-yes").click()
    expect(entry).to_have_count(0)
    page = contexts().new_page()
    page.goto(url)
    expect(page.get_by_test_id("join-problem")).to_contain_text("Peça outro")


def test_a_link_that_cannot_be_looked_at_may_be_tried_again(contexts: Callable[..., BrowserContext], ana: Agent) -> None:
    page = contexts().new_page()
    refused(page, "/api/invitations/look")
    page.goto(invited(ana)["url"])
    expect(page.get_by_test_id("join-problem")).to_contain_text("não responde")
    page.get_by_role("button", name="Tentar de novo").click()
    expect(page.get_by_test_id("join-form")).to_be_visible()
    page.get_by_test_id("join-name").fill("Outra Ana")
    page.get_by_test_id("join-email").fill("ana@example.com")
    page.get_by_test_id("join-password").fill(JOINED_PASSWORD)
    page.get_by_test_id("join-submit").click()
    expect(page.get_by_test_id("form-notice")).to_have_text("Já existe uma conta com este e-mail.")
    expect(page.get_by_test_id("join-password")).to_have_value(JOINED_PASSWORD)


def test_whoever_is_signed_in_leaves_before_joining(newcomer: Newcomer, ana: Agent) -> None:
    agent, page = newcomer()
    url = invited(ana)["url"]
    page.goto(url)
    expect(page.get_by_test_id("join-signed-in")).to_contain_text(agent.user["name"])
    page.get_by_role("button", name="Ficar na caixa de entrada").click()
    expect(page.get_by_test_id("conversation-list")).to_be_visible()
    page.goto(url)
    page.get_by_test_id("join-sign-out").click()
    expect(page.get_by_test_id("join-form")).to_be_visible()


def test_deactivating_hands_over_and_shuts_out_at_once(newcomer: Newcomer, held: Callable[[Agent], Json], carla: Agent) -> None:
    _, admin = newcomer("admin")
    leaver, tab = newcomer()
    conversations = [held(leaver), held(leaver)]
    person(settings_page(admin), leaver).get_by_test_id("person-deactivate").click()
    expect(admin.get_by_test_id("deactivate-work")).to_contain_text("2 conversas")
    choose(admin.get_by_test_id("deactivate-dialog"), "person")
    expect(admin.get_by_test_id("deactivate-submit")).to_be_disabled()
    expect(admin.get_by_test_id("heir-option").filter(has_text=leaver.user["name"])).to_have_count(0)
    admin.get_by_test_id("heir-search").fill("carla")
    admin.get_by_test_id("heir-option").filter(has_text="Carla Dias").click()
    admin.get_by_test_id("deactivate-submit").click()
    expect(tab.get_by_test_id("sign-in-error")).to_contain_text("Sua sessão terminou")
    expect(tab.get_by_test_id("conversation-list")).to_have_count(0)
    expect(person(admin, leaver)).to_have_count(0)
    expect(admin.locator("#people-title")).to_be_focused()
    for each in conversations:
        assert carla.get(f"/api/conversations/{each['id']}")["assignee_id"] == carla.user["id"]

    gone = admin.locator(f'[data-testid="person-gone"][data-id="{leaver.user["id"]}"]')
    gone.get_by_test_id("person-reactivate").click()
    expect(person(admin, leaver)).to_be_visible()
    expect(gone).to_have_count(0)


def test_an_heir_who_was_deactivated_meanwhile_is_said(newcomer: Newcomer, held: Callable[[Agent], Json], ana: Agent) -> None:
    _, admin = newcomer("admin")
    leaver, _ = newcomer()
    heir, _ = newcomer()
    held(leaver)
    person(settings_page(admin), leaver).get_by_test_id("person-deactivate").click()
    choose(admin.get_by_test_id("deactivate-dialog"), "person")
    admin.get_by_test_id("heir-option").filter(has_text=heir.user["name"]).click()

    def leaves_first(route: Route) -> None:
        assert ana.call("POST", f"/api/users/{heir.user['id']}/deactivate", json={"hand_to": None}).status_code == 200
        route.fallback()

    admin.route(re.compile(rf"/api/users/{leaver.user['id']}/deactivate"), leaves_first, times=1)
    admin.get_by_test_id("deactivate-submit").click()
    expect(admin.get_by_test_id("form-notice")).to_have_text("Essa pessoa também foi desativada. Escolha outra.")
    expect(admin.get_by_test_id("heir-option").filter(has_text=heir.user["name"])).to_have_count(0)


def test_roles_and_names_follow_in_every_tab(newcomer: Newcomer) -> None:
    _, admin = newcomer("admin")
    agent, page = newcomer()
    page.get_by_test_id("menu").click()
    expect(page.get_by_test_id("menu-absence")).to_be_visible()
    expect(page.get_by_test_id("menu-settings")).to_have_count(0)
    page.evaluate("location.hash = '#/settings'")
    expect(page.get_by_test_id("settings-refused")).to_be_visible()

    person(settings_page(admin), agent).get_by_test_id("person-edit").click()
    admin.get_by_test_id("person-name").fill("  ")
    admin.get_by_test_id("person-save").click()
    expect(admin.get_by_test_id("field-name-problem")).to_have_text("Um nome precisa de algum texto.")
    admin.get_by_test_id("person-name").fill("Nova Gerente")
    choose(admin.get_by_test_id("person-dialog"), "admin")
    admin.get_by_test_id("person-save").click()
    expect(admin.get_by_test_id("person-dialog")).to_have_count(0)
    expect(person(admin, agent)).to_contain_text("Nova Gerente")
    expect(person(admin, agent)).to_contain_text("Administração")
    expect(person(page, agent)).to_contain_text("Nova Gerente (você)")

    person(admin, agent).get_by_test_id("person-edit").click()
    choose(admin.get_by_test_id("person-dialog"), "agent")
    admin.get_by_test_id("person-save").click()
    expect(page.get_by_test_id("settings-refused")).to_be_visible()


def test_a_team_is_made_used_and_removed(newcomer: Newcomer, held: Callable[[Agent], Json]) -> None:
    _, admin = newcomer("admin")
    agent, page = newcomer()
    name = f"Vendas {agent.user['id'][-6:]}"
    settings_page(admin, "teams").get_by_test_id("team-new").click()
    admin.get_by_test_id("team-name").fill(name)
    admin.get_by_test_id("team-member-search").fill(agent.user["name"])
    admin.get_by_test_id("team-member-option").click()
    admin.get_by_test_id("team-save").click()
    expect(team(admin, name)).to_contain_text(agent.user["name"])

    admin.get_by_test_id("team-new").click()
    admin.get_by_test_id("team-name").fill(name)
    admin.get_by_test_id("team-save").click()
    expect(admin.get_by_test_id("field-name-problem")).to_have_text("Já existe um setor com este nome.")
    admin.keyboard.press("Escape")

    conversation = held(agent)
    customer = conversation["contact"]["name"]
    page.get_by_test_id("view-mine").click()
    row_of(page, customer).click()
    page.get_by_test_id("verb-pass").click()
    choose(page.get_by_test_id("pass-dialog"), "team")
    page.get_by_test_id("pass-option").filter(has_text=name).click()
    page.get_by_test_id("pass-submit").click()
    expect(page.get_by_test_id("holder")).to_contain_text(name)
    page.get_by_test_id("view-unassigned").click()
    page.get_by_test_id("filter-open").click()
    page.get_by_test_id("filter-team").select_option(label=name)
    expect(page.get_by_test_id("conversation-row")).to_have_count(1)
    expect(row_of(page, customer)).to_be_visible()

    team(admin, name).get_by_test_id("team-edit").click()
    admin.get_by_test_id("team-name").fill(f"{name} e pós-venda")
    admin.get_by_test_id("team-save").click()
    expect(page.get_by_test_id("holder")).to_contain_text("e pós-venda")
    team(admin, name).get_by_test_id("team-remove").click()
    admin.get_by_test_id("confirm-yes").click()
    expect(team(admin, name)).to_have_count(0)
    expect(admin.locator("#teams-title")).to_be_focused()
    expect(page.get_by_test_id("holder")).not_to_contain_text("pós-venda")


@pytest.mark.usefixtures("usual_settings")
def test_settings_are_saved_together_and_follow_in_every_tab(newcomer: Newcomer, ana: Agent) -> None:
    _, admin = newcomer("admin")
    _, other = newcomer("admin")
    settings_page(admin, "workspace")
    settings_page(other, "workspace")
    expect(admin.get_by_test_id("settings-save")).to_be_disabled()
    choose(admin.get_by_test_id("setting-name_prefix"), "optional")
    admin.get_by_test_id("setting-offer_minutes").fill("0")
    choose(admin.get_by_test_id("setting-working_hours"), "hours")
    for day in range(5):
        admin.get_by_test_id(f"day-{day}").press("Space")
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("setting-offer_minutes-problem")).to_have_text("Precisa estar entre 1 e 1440.")
    expect(admin.get_by_test_id("hours-days-problem")).to_have_text("Escolha pelo menos um dia.")
    expect(admin.get_by_test_id("setting-offer_minutes")).to_be_focused()
    admin.get_by_test_id("setting-offer_minutes").fill("45")
    admin.get_by_test_id("day-5").press("Space")
    admin.get_by_test_id("hours-from").fill("19:00")
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("hours-from-problem")).to_have_text("O expediente precisa começar antes de terminar.")
    admin.get_by_test_id("hours-from").fill("08:30")
    admin.get_by_test_id("hours-timezone").select_option("America/Sao_Paulo")
    admin.get_by_test_id("setting-auto_finish_days-on").check()
    admin.get_by_test_id("setting-auto_finish_days").fill("14")
    # Another tab looked at in between keeps what is not saved.
    admin.get_by_test_id("settings-tab-people").click()
    admin.get_by_test_id("settings-tab-workspace").click()
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("toast")).to_contain_text("Ajustes salvos.")
    saved = ana.get("/api/settings")
    assert saved["working_hours"] == {"timezone": "America/Sao_Paulo", "days": [5], "from": "08:30", "to": "18:00"}
    assert (saved["name_prefix"], saved["offer_minutes"], saved["auto_finish_days"]) == ("optional", 45, 14)
    expect(other.get_by_test_id("setting-offer_minutes")).to_have_value("45")
    expect(other.get_by_test_id("day-5")).to_be_checked()
    expect(admin.get_by_test_id("settings-save")).to_be_disabled()


@pytest.mark.usefixtures("usual_settings")
def test_what_is_not_saved_is_not_lost_by_accident(newcomer: Newcomer, ana: Agent) -> None:
    _, admin = newcomer("admin")
    settings_page(admin, "workspace")
    choose(admin.get_by_test_id("setting-reopen_to"), "nobody")
    ana.settings(reopen_hours=12)
    refused(admin, "/api/settings$")
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("form-notice")).to_contain_text("não responde")
    admin.context.set_offline(True)
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("form-notice")).to_contain_text("Sem resposta do servidor")
    admin.context.set_offline(False)
    admin.get_by_test_id("settings-back").click()
    admin.get_by_test_id("confirm-cancel").click()
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("toast")).to_contain_text("Ajustes salvos.")
    found = ana.get("/api/settings")
    assert (found["reopen_to"], found["reopen_hours"]) == ("nobody", 12), "what a colleague changed stays"
    choose(admin.get_by_test_id("setting-reopen_to"), "holder")
    expect(admin.get_by_test_id("setting-reopen_hours")).to_have_value("12")
    admin.get_by_test_id("settings-undo").click()
    admin.get_by_test_id("settings-back").click()
    expect(admin.get_by_test_id("menu")).to_be_focused()


def test_a_page_that_could_not_be_loaded_says_so(newcomer: Newcomer) -> None:
    _, admin = newcomer("admin", has_clock=True)
    refused(admin, "/api/settings$", times=50)  # however often the page asks while it opens
    admin.goto(f"{admin.url.partition('#')[0]}#/settings/workspace")
    admin.reload()
    expect(admin.get_by_test_id("settings-failed")).to_be_visible()
    with admin.expect_request("**/api/settings"):
        admin.get_by_role("button", name="Tentar de novo").click()
    expect(admin.get_by_test_id("settings-failed")).to_be_visible()
    admin.unroute(re.compile("/api/settings$"))
    # Nobody has to press it again: it is asked for ever more seldom, and before long.
    admin.clock.fast_forward(15_000)
    expect(admin.get_by_test_id("settings-form")).to_be_visible()


def test_absence_is_seen_by_others_and_releases_what_is_held(newcomer: Newcomer, held: Callable[[Agent], Json], ana: Agent) -> None:
    _, admin = newcomer("admin")
    agent, page = newcomer()
    conversation = held(agent)
    page.get_by_test_id("menu").click()
    page.get_by_test_id("menu-absence").click()
    page.get_by_test_id("absence-until").fill("2020-01-01")
    page.get_by_test_id("absence-save").click()
    expect(page.get_by_test_id("field-until-problem")).to_contain_text("a partir de amanhã")
    back = clock.now() + timedelta(days=9)
    page.get_by_test_id("absence-until").fill(back.date().isoformat())
    expect(page.get_by_test_id("absence-dialog")).to_contain_text("1 conversa está com você")
    choose(page.get_by_test_id("absence-dialog"), "release")
    page.get_by_test_id("absence-save").click()
    expect(page.get_by_test_id("absence-dialog")).to_have_count(0)
    eventually(lambda: ana.get(f"/api/conversations/{conversation['id']}")["assignee_id"] is None)

    until = f"ausente até {back.day:02}/{back.month:02}"
    expect(person(settings_page(admin), agent).get_by_test_id("person-absent")).to_have_text(until)
    admin.get_by_test_id("settings-back").click()
    admin.get_by_test_id("view-internal").click()
    admin.get_by_test_id("new-chat").click()
    option = admin.get_by_test_id("chat-option").filter(has_text=agent.user["name"])
    expect(option).to_contain_text(until)
    option.click()
    admin.get_by_test_id("new-chat-submit").click()
    expect(admin.get_by_test_id("chat-absent")).to_have_text(until)

    page.get_by_test_id("menu").click()
    expect(page.get_by_test_id("menu-absence")).to_contain_text(until)
    page.get_by_test_id("menu-absence").click()
    page.get_by_test_id("absence-end").click()
    expect(page.get_by_test_id("absence-dialog")).to_have_count(0)
    expect(page.get_by_test_id("menu")).to_be_focused()
    expect(admin.get_by_test_id("chat-absent")).to_have_count(0)
