"""Takes the pictures in docs/screenshots; runs only when this file is named: `make screenshots`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.entering import sign_in
from tests.support.mongo import SharedMongo
from tests.support.pages import PHONE, bubbles, open_row
from tests.support.server import ACCOUNT_SID, ROOT, Agent, ServerProcess, free_port
from tests.support.simulator import SimulatorProcess
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 250_000
NUMBER = "whatsapp:+551140028922"
LOOKS: dict[str, Any] = {"device_scale_factor": 1.25, "timezone_id": "America/Sao_Paulo", "reduced_motion": "reduce"}
FILE = "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM0/Media/ME0"
PHOTO = {"NumMedia": "1", "MediaUrl0": FILE, "MediaContentType0": "image/jpeg", "MessageType": "image"}
VOICE = {"NumMedia": "1", "MediaUrl0": FILE, "MediaContentType0": "audio/ogg", "MessageType": "audio"}
PDF = {"NumMedia": "1", "MediaUrl0": FILE, "MediaContentType0": "application/pdf", "MessageType": "document"}

PEOPLE = {
    "Mariana Costa": "whatsapp:+5511987654321",
    "João Pereira": "whatsapp:+5521996543210",
    "Luciana Freitas": "whatsapp:+5531987650003",
    "Padaria Aurora": "whatsapp:+5511987650004",
    "Rafael Mendes": "whatsapp:+5541987650005",
    "Beatriz Almeida": "whatsapp:+5531985550147",
    "Seu Antônio": "whatsapp:+5571987650007",
    "Camila Tavares": "whatsapp:+5585987650008",
    "Condomínio Jardim das Acácias": "whatsapp:+5519987650009",
}
# (minutes ago, the customer, who writes: None for the customer, what they write, further parameters)
STORY: list[tuple[int, str, str | None, str, dict[str, str]]] = [
    (1500, "Mariana Costa", None, "Olá! Fiz o pedido 4821 agora, vocês entregam amanhã?", {}),
    (1495, "Mariana Costa", "bruno", "Oi, Mariana! Entregamos sim, até o fim da tarde.", {}),
    (1494, "Mariana Costa", None, "Perfeito, obrigada 😊", {}),
    (1460, "Camila Tavares", None, "Vocês têm a luminária na cor verde?", {}),
    (1452, "Camila Tavares", "carla", "Temos sim, Camila! Chega mais uma leva na quinta.", {}),
    (1440, "Condomínio Jardim das Acácias", None, "orçamento-portaria.pdf", PDF),
    (320, "Seu Antônio", None, "", VOICE),
    (300, "Beatriz Almeida", None, "Qual o prazo para o CEP 30130-010?", {}),
    (295, "Beatriz Almeida", "bruno", "São 3 dias úteis, Beatriz.", {}),
    (260, "Rafael Mendes", None, "Preciso da segunda via da nota fiscal, por favor", {}),
    (250, "Rafael Mendes", "ana", "Enviei para o seu e-mail agora, Rafael.", {}),
    (95, "Padaria Aurora", None, "Podem repetir o pedido da semana passada?", {}),
    (90, "Padaria Aurora", "carla", "Repetido! Sai amanhã cedo.", {}),
    (34, "Mariana Costa", None, "Oi! O pedido 4821 ainda não chegou, podem verificar?", {}),
    (31, "Mariana Costa", "ana", "Oi, Mariana! Já estou vendo com a transportadora, um minuto.", {}),
    (26, "Mariana Costa", "ana", "O carro está na Vila Mariana e *chega em uns 40 minutos*.", {}),
    (24, "Mariana Costa", None, "", PHOTO),
    (23, "Mariana Costa", None, "A portaria fica neste portão azul", {}),
    (20, "Mariana Costa", "bruno", "Anotado! Já avisei o motorista: https://rastreio.example.com/4821", {}),
    (12, "Luciana Freitas", None, "Oi, queria trocar o tamanho da camisa", {}),
    (11, "Luciana Freitas", None, "Comprei a M e preciso da G", {}),
    (4, "João Pereira", None, "Oi, vocês abrem no sábado?", {}),
]

# Nobody holds what nobody has answered.
UNANSWERED = PEOPLE.keys() - {customer for _, customer, author, _, _ in STORY if author}


@pytest.fixture(scope="module")
def shop(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, SimulatorProcess]]:
    """A server and a simulator with two days in the life of a shop."""
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/webhooks/twilio/messages#rc=3&rp=ct,rt,5xx"
    with SimulatorProcess(webhook_url=webhook, account_sid=ACCOUNT_SID, numbers=(NUMBER,)) as simulator:
        server = ServerProcess(
            tmp_path_factory.mktemp("shop"),
            simulator_url=simulator.url,
            auth_token=simulator.auth_token,
            mongodb_uri=mongo.uri(mongo.database_name()),
            PORT=str(port),
            TWILIO_WHATSAPP_FROM=NUMBER,
        )
        with server:
            live_through(server, simulator)
            yield server, simulator


def live_through(server: ServerProcess, simulator: SimulatorProcess) -> None:
    """Let everything of the story happen, at its time."""
    agents = {name: server.agent(name) for name in ("ana", "bruno", "carla")}
    for minutes, customer, author, text, params in STORY:
        server.move_clock(-60 * minutes)
        simulator.move_clock(-60 * minutes)
        if author is None:
            simulator.inbound(text, from_=PEOPLE[customer], profile_name=customer, params=params)
        else:
            answer(agents[author], simulator, PEOPLE[customer], text)
    server.move_clock(0)
    simulator.move_clock(0)
    for customer in PEOPLE.keys() - {"João Pereira", "Luciana Freitas"}:
        read(agents["ana"], PEOPLE[customer])


def answer(agent: Agent, simulator: SimulatorProcess, customer: str, text: str) -> None:
    """An employee's answer, delivered and read."""
    conversation = agent.conversation_with(customer)
    assert conversation is not None
    sent = agent.reply(conversation["id"], text, take_over_from=conversation["assignee_id"])
    assert sent.status_code == 201, sent.text
    eventually(lambda: agent.messages(conversation["id"])[-1]["status"] == "delivered")
    simulator.read_chat(customer)
    eventually(lambda: agent.messages(conversation["id"])[-1]["status"] == "read")
    read(agent, customer)


def read(agent: Agent, customer: str) -> None:
    """The agent has seen everything of this customer."""
    conversation = agent.conversation_with(customer)
    assert conversation is not None
    agent.call("POST", f"/api/conversations/{conversation['id']}/read", json={"seq": conversation["last_seq"]})


def take(page: Page, name: str) -> None:
    """Save what is shown as docs/screenshots/<name>.png."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path: Path = FOLDER / f"{name}.png"
    page.evaluate("document.fonts.ready.then(() => document.activeElement?.blur())")
    page.screenshot(path=path, animations="disabled", caret="hide")
    assert path.stat().st_size < LARGEST


def test_sign_in(contexts: Callable[..., BrowserContext], shop: tuple[ServerProcess, SimulatorProcess]) -> None:
    page = contexts(**LOOKS, viewport={"width": 960, "height": 640}).new_page()
    page.goto(shop[0].url)
    expect(page.get_by_test_id("sign-in-email")).to_be_visible()
    take(page, "sign-in")


def test_phone(contexts: Callable[..., BrowserContext], shop: tuple[ServerProcess, SimulatorProcess]) -> None:
    page = contexts(**LOOKS, viewport={"width": 1180, "height": 720}).new_page()
    page.goto(shop[1].url)
    page.locator(f'[data-address="{PEOPLE["Mariana Costa"]}"]').click()
    expect(page.get_by_test_id("message").last).to_contain_text("Anotado!")
    take(page, "phone")


def test_inbox(contexts: Callable[..., BrowserContext], shop: tuple[ServerProcess, SimulatorProcess]) -> None:
    page = sign_in(contexts(**LOOKS).new_page(), shop[0], "ana")
    expect(page.get_by_test_id("conversation-row")).to_have_count(len(UNANSWERED))
    take(page, "inbox")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("conversation", {}),
        ("conversation-dark", {"color_scheme": "dark"}),
        ("conversation-english", {"locale": "en-GB"}),
        ("mobile", {"viewport": PHONE, "device_scale_factor": 2}),
    ],
)
def test_conversation(
    contexts: Callable[..., BrowserContext], shop: tuple[ServerProcess, SimulatorProcess], name: str, options: dict[str, Any]
) -> None:
    page = sign_in(contexts(**{**LOOKS, **options}).new_page(), shop[0], "ana")
    page.get_by_test_id("view-team").click()
    open_row(page, "Mariana Costa")
    expect(bubbles(page)).to_have_count(9)
    expect(page.locator('[data-status="read"]')).to_have_count(4)
    take(page, name)
