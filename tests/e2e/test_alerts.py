"""Sounds and notices outside the page: once, however many tabs and browsers somebody has, and not of what they are looking at."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.belonging import done
from tests.support.caller import Caller
from tests.support.entering import sign_in
from tests.support.pages import bubbles, row_of
from tests.support.people import JOINED_PASSWORD, joined
from tests.support.server import Agent, ServerProcess
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

# Two tones are one sound. Nobody looks at a tab unless it says so. What a test asks the page counts as a press for the browser: not here.
RECORDED = """
window.tones = 0;
window.shown = [];
window.away = true;
window.pressed = false;
addEventListener("click", () => { window.pressed = true; }, true);
Object.defineProperty(navigator, "userActivation", { value: { get hasBeenActive() { return window.pressed; } } });
document.hasFocus = () => window.away !== true;
if (location.protocol.startsWith("http")) localStorage.setItem("desktop", "on");
window.Notification = class {
  static permission = "granted";
  constructor(_title, { body }) { window.shown.push(body); }
};
window.AudioContext = class {
  state = "running";
  currentTime = 0;
  createOscillator() { return { frequency: {}, connect() {}, stop() {}, start() { window.tones += 1; } }; }
  createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} }; }
  async resume() {}
  async suspend() {}
  async close() {}
};
"""


@dataclass
class Listener:
    """The tabs of one browser of somebody; what closed tabs did counts no more."""

    tabs: list[Page]

    def sounds(self) -> float:
        """How often all tabs together have sounded."""
        return float(sum(page.evaluate("window.tones") for page in self.tabs) / 2)

    def shown(self) -> list[str]:
        """What stood outside the page."""
        return [text for page in self.tabs for text in page.evaluate("window.shown")]

    def heard(self, sounds: int, *shown: str) -> None:
        """Wait until there have been so many sounds and just these notices outside, in any order."""
        expected = [sounds, *sorted(shown)]
        found: list[object] = []

        def all_heard() -> bool:
            found[:] = [self.sounds(), *sorted(self.shown())]
            return found[0] >= sounds and len(found) > len(shown)

        try:
            eventually(all_heard)
        finally:
            assert found == expected


@pytest.fixture
def listen(contexts: Callable[..., BrowserContext], server: ServerProcess) -> Callable[..., Listener]:
    """listen(agent, tabs=2): their tabs; only in the first one they have pressed something: it has the form."""

    def open_tabs(agent: Agent, tabs: int = 1) -> Listener:
        context = contexts()
        context.add_init_script(RECORDED)
        name = agent.user["email"].partition("@")[0]
        pages = [sign_in(context.new_page(), server, name, JOINED_PASSWORD)]
        for _ in range(tabs - 1):
            pages.append(context.new_page())
            pages[-1].goto(server.url)
            expect(pages[-1].get_by_test_id("conversation-list")).to_be_visible()
        for page in pages:
            expect(page.get_by_test_id("presence").first).to_be_attached()
        return Listener(pages)

    return open_tabs


@pytest.fixture
def dora(ana: Agent) -> Agent:
    """An agent of this test alone."""
    return joined(ana)


def begun(agent: Agent, caller: Caller) -> str:
    """The id of a conversation that a customer begins: nobody holds it."""
    caller.writes("Oi")
    conversation = agent.conversation_with(caller.address)
    assert conversation is not None
    return str(conversation["id"])


def held(agent: Agent, caller: Caller) -> str:
    """The id of a conversation that a customer has begun and `agent` holds."""
    conversation = begun(agent, caller)
    assert agent.reply(conversation, "Olá!").status_code == 201
    return conversation


def look(page: Page, away: bool = False, at: str | None = None) -> None:
    """Somebody looks at the tab, perhaps at the conversation `at`; or goes away."""
    if at is not None:
        page.evaluate("id => { location.hash = `#/c/${id}` }", at)
        expect(bubbles(page).first).to_be_visible()
    page.evaluate("away => { window.away = away; window.dispatchEvent(new Event('blur')); }", away)


def wrote(caller: Caller) -> str:
    """What is said of a customer's words."""
    return f"{caller.name} escreveu."


def test_a_conversation_sounds_in_one_tab_once_until_it_is_read(
    listen: Callable[..., Listener], dora: Agent, callers: Callable[[], Caller]
) -> None:
    one, other = callers(), callers()
    first, _ = held(dora, one), held(dora, other)
    doras = listen(dora, tabs=3)
    one.writes("Um")
    doras.heard(1, wrote(one))
    one.writes("Dois")
    other.writes("Um")
    doras.heard(2, *[wrote(one)] * 2, wrote(other))

    reading = doras.tabs[2]
    reading.get_by_test_id("view-mine").click()
    expect(row_of(reading, one.name).get_by_test_id("unread-badge")).to_be_visible()
    look(reading, at=first)
    expect(row_of(reading, one.name).get_by_test_id("unread-badge")).to_have_count(0)
    look(reading, away=True)
    other.writes("Dois")
    one.writes("Três")
    doras.heard(3, *[wrote(one)] * 3, *[wrote(other)] * 2)


def test_what_somebody_looks_at_in_any_tab_alerts_in_none(
    listen: Callable[..., Listener], dora: Agent, callers: Callable[[], Caller]
) -> None:
    one, other, third = callers(), callers(), callers()
    seen, _, _ = (held(dora, each) for each in (one, other, third))
    doras = listen(dora, tabs=3)
    look(doras.tabs[1], at=seen)
    one.writes("Está vendo?")
    other.writes("E eu?")
    # In the page they find it; outside nothing is said.
    doras.heard(1)
    look(doras.tabs[1], away=True)
    third.writes("E eu?")
    doras.heard(2, wrote(third))


def test_of_colleagues_customers_nothing_is_said_and_of_nobodys_what_one_chose(
    listen: Callable[..., Listener], dora: Agent, bruno: Agent, callers: Callable[[], Caller]
) -> None:
    brunos, nobodys, later, own = callers(), callers(), callers(), callers()
    held(bruno, brunos)
    held(dora, own)
    doras = listen(dora, tabs=2)
    brunos.writes("Oi de novo")
    nobodys.writes("Alguém aí?")
    unassigned = f"{nobodys.name} escreveu. A conversa está sem dono."
    doras.heard(1, unassigned)
    # Chosen in one tab, it holds in all.
    quiet = doras.tabs[1]
    quiet.get_by_test_id("menu").click()
    quiet.get_by_test_id("alert-unassigned").click()
    expect(quiet.get_by_test_id("alert-unassigned")).not_to_be_checked()
    later.writes("Oi")
    own.writes("Oi")
    doras.heard(2, unassigned, wrote(own))


def test_offers_mentions_and_chats_sound_and_what_was_taken_does_not(
    listen: Callable[..., Listener], dora: Agent, bruno: Agent, callers: Callable[[], Caller]
) -> None:
    offered, named, taken = callers(), callers(), callers()
    ids = [held(bruno, each) for each in (offered, named)]
    ids.append(held(dora, taken))
    doras = listen(dora, tabs=2)
    me = dora.user["id"]
    done(bruno.do(ids[0], "offer", to=me, note=""))
    assert bruno.reply(ids[1], f"@{dora.user['name']} veja", kind="note", mentions=[me]).status_code == 201
    chat = bruno.call("POST", "/api/chats", json={"member_ids": [me]}).json()["id"]
    assert bruno.reply(chat, "Oi").status_code == 201
    done(bruno.do(ids[2], "take-over", **{"from": me}))
    doras.heard(
        3,
        f"Bruno Lima quer passar para você a conversa com {offered.name}.",
        f"Bruno Lima mencionou você numa nota sobre {named.name}.",
        "Bruno Lima escreveu para você.",
        f"Bruno Lima assumiu a conversa com {taken.name}, que era sua.",
    )


def test_of_two_browsers_one_alerts(listen: Callable[..., Listener], dora: Agent, callers: Callable[[], Caller]) -> None:
    one, other = callers(), callers()
    first, _ = held(dora, one), held(dora, other)
    office, home = listen(dora, tabs=2), listen(dora)
    both = Listener(office.tabs + home.tabs)
    one.writes("Um")
    both.heard(1, wrote(one))
    one.writes("Dois")
    both.heard(1, *[wrote(one)] * 2)
    # Whoever sits at one of them hears it there, and needs no notice outside at the other.
    before = home.sounds()
    look(home.tabs[0], at=first)
    other.writes("Oi")
    both.heard(2, *[wrote(one)] * 2)
    assert home.sounds() == before + 1


def test_a_customer_who_comes_back_is_heard(listen: Callable[..., Listener], dora: Agent, caller: Caller) -> None:
    conversation = held(dora, caller)
    seen = dora.thread(conversation)[-1]["seq"]
    done(dora.do(conversation, "finish", last_seen_seq=seen))
    doras = listen(dora)
    caller.writes("Só mais uma coisa")
    doras.heard(1, wrote(caller))


def test_sounds_can_be_switched_off_in_the_menu(listen: Callable[..., Listener], dora: Agent, callers: Callable[[], Caller]) -> None:
    one, other = callers(), callers()
    held(dora, one), held(dora, other)
    doras = listen(dora, tabs=2)
    switch = doras.tabs[1].get_by_test_id("alert-sound")
    doras.tabs[1].get_by_test_id("menu").click()
    switch.click()
    expect(switch).not_to_be_checked()
    one.writes("Oi")
    doras.heard(0, wrote(one))
    switch.click()
    expect(switch).to_be_checked()
    other.writes("Oi")
    doras.heard(1, wrote(one), wrote(other))


def test_whoever_is_busy_is_left_in_peace_in_every_tab(listen: Callable[..., Listener], dora: Agent, callers: Callable[[], Caller]) -> None:
    one, other = callers(), callers()
    held(dora, one), held(dora, other)
    doras = listen(dora, tabs=2)
    page = doras.tabs[1]
    page.get_by_test_id("menu").click()
    page.get_by_test_id("status-choice").locator('input[value="busy"]').press("Space")
    for each in doras.tabs:
        expect(each.get_by_test_id("menu").get_by_test_id("presence")).to_have_attribute("data-state", "busy")
    one.writes("Oi")
    page.get_by_test_id("view-mine").click()
    expect(row_of(page, one.name).get_by_test_id("unread-badge")).to_be_visible()
    page.get_by_test_id("menu").click()
    page.get_by_test_id("status-choice").locator('input[value="free"]').press("Space")
    for each in doras.tabs:
        expect(each.get_by_test_id("menu").get_by_test_id("presence")).to_have_attribute("data-state", "online")
    other.writes("Oi")
    doras.heard(1, wrote(other))


def test_a_page_in_which_nothing_was_pressed_is_silent_until_something_is(
    listen: Callable[..., Listener], dora: Agent, callers: Callable[[], Caller]
) -> None:
    one, other = callers(), callers()
    held(dora, one), held(dora, other)
    doras = listen(dora)
    (page,) = doras.tabs
    page.reload()
    expect(page.get_by_test_id("presence").first).to_be_attached()
    one.writes("Oi")
    doras.heard(0, wrote(one))
    page.get_by_test_id("view-mine").click()
    other.writes("Oi")
    doras.heard(1, wrote(one), wrote(other))


def test_when_the_tab_that_alerts_goes_another_one_does(
    listen: Callable[..., Listener], dora: Agent, callers: Callable[[], Caller]
) -> None:
    one, other = callers(), callers()
    held(dora, one), held(dora, other)
    doras = listen(dora, tabs=2)
    for page in doras.tabs:
        page.get_by_test_id("view-mine").click()
    one.writes("Oi")
    doras.heard(1, wrote(one))
    doras.tabs.pop(0).close()
    one.writes("E agora?")
    other.writes("Oi")
    doras.heard(1, wrote(one), wrote(other))
