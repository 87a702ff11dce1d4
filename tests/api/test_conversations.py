"""The list of conversations, finding and starting one, and how far each person has read."""

import itertools
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess
from tests.support.simulator import SimulatorProcess
from tests.support.webhooks import message_form, post_webhook
from whatsapp_server.services import paging

_names = itertools.count(1)


@pytest.fixture
def word() -> str:
    """A name that no other test of this process uses."""
    return f"Zulmira{next(_names):04d}"


def pages(agent: Agent, path: str, **query: object) -> list[list[Json]]:
    """Every page of a list."""
    found, cursor = [], {}
    while True:
        page = agent.get(path, **query, **cursor)
        assert page.keys() == {"items", "next"}
        found.append(page["items"])
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def ids(items: list[Json]) -> list[str]:
    """Their ids."""
    return [item["id"] for item in items]


@pytest.fixture(scope="module")
def many(server_and_simulator: tuple[ServerProcess, SimulatorProcess]) -> str:
    """The first name of 230 customers who wrote in this order."""
    server, _ = server_and_simulator

    def write(number: int) -> None:
        form = message_form(f"whatsapp:+55219{number:08d}", ProfileName=f"Multidão {number:03d}")
        assert post_webhook(server, form).status_code == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(230)))
    return "multidao"


def test_pages_hold_everything_once_the_latest_first(ana: Agent, many: str) -> None:
    for limit in (7, 100):
        found = pages(ana, "/api/conversations", q=many, limit=limit)
        assert all(len(page) == limit for page in found[:-1])
        items = [item for page in found for item in page]
        assert len(set(ids(items))) == len(items) == 230
        assert items == sorted(items, key=lambda item: (item["last_message_at"], item["id"]), reverse=True)
    assert len(ana.get("/api/conversations", q=many)["items"]) == 30


def test_a_full_last_page_has_no_next(ana: Agent, many: str) -> None:
    found = pages(ana, "/api/conversations", q=many, limit=46)
    assert [len(page) for page in found] == [46] * 5


def test_what_is_written_meanwhile_moves_nothing_below_the_cursor(
    server: ServerProcess, ana: Agent, twilio: SimulatorProcess, many: str
) -> None:
    first = ana.get("/api/conversations", q=many, limit=50)
    expected = ids([item for page in pages(ana, "/api/conversations", q=many, limit=100) for item in page])[50:]
    writer = first["items"][10]["contact"]["address"]
    assert post_webhook(server, message_form(writer, ProfileName="")).status_code == 200
    below, cursor = [], first["next"]
    while cursor:
        page = ana.get("/api/conversations", q=many, limit=50, cursor=cursor)
        below += ids(page["items"])
        cursor = page["next"]
    assert below == expected
    assert ana.get("/api/conversations", q=many, limit=1)["items"][0]["contact"]["address"] == writer


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "",
        "é",
        "AAAA",
        "a" * 200,
        paging.encode("x", "y"),
        paging.encode(1),
        paging.encode(True, "x"),
        paging.encode(1.5, "x"),
        "bnVsbA",
    ],
)
def test_a_cursor_that_is_none_of_ours_is_422(ana: Agent, customer: str, twilio: SimulatorProcess, cursor: str) -> None:
    if cursor:  # an empty one is the first page
        found = assert_problem(ana.call("GET", "/api/conversations", params={"cursor": cursor}), 422, "invalid")
        assert found["errors"].keys() == {"cursor"}
    twilio.inbound("Oi", from_=customer)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    path = f"/api/conversations/{conversation['id']}/messages"
    if cursor and cursor != paging.encode(1):  # which is one of this list
        assert_problem(ana.call("GET", path, params={"cursor": cursor}), 422, "invalid")


@pytest.mark.parametrize("cursor", [paging.encode(2**53, "f" * 24), paging.encode(-(2**53), ""), paging.encode(10**30, "x")])
def test_a_cursor_beyond_the_calendar_breaks_nothing(ana: Agent, cursor: str) -> None:
    assert ana.call("GET", "/api/conversations", params={"cursor": cursor}).status_code in (200, 422)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=-1", "view=everything", f"q={'x' * 81}", "q=%00"])
def test_a_query_of_another_shape_is_422(ana: Agent, query: str) -> None:
    assert_problem(ana.call("GET", f"/api/conversations?{query}"), 422, "invalid")


# Finding


def test_a_name_is_found_in_any_case_without_accents_by_the_start_of_each_word(
    twilio: SimulatorProcess, ana: Agent, customer: str, word: str
) -> None:
    twilio.inbound("Oi", from_=customer, profile_name=f"João  Ção d'Ávila {word}")
    decomposed = unicodedata.normalize("NFD", "João")
    for typed in ("joao", "JOÃO", decomposed, "cao", "ção", "avila", "d'avila", f"{word} joao", "jo ca", "  joao  ", word[:8]):
        found = ana.get("/api/conversations", q=f"{typed} {word}")["items"]
        assert [item["contact"]["address"] for item in found] == [customer], typed
    for typed in ("oao", "vila", "maria", "joaoo", "joao maria"):
        assert ana.get("/api/conversations", q=f"{typed} {word}")["items"] == [], typed


def test_a_number_is_found_by_any_run_of_its_digits_and_as_people_type_it(
    twilio: SimulatorProcess, ana: Agent, customer: str, word: str
) -> None:
    twilio.inbound("Oi", from_=customer, profile_name=word)
    number = customer.removeprefix("whatsapp:")
    local = f"({number[3:5]}) {number[5:10]}-{number[10:]}"
    for typed in (number, number[1:], number[-8:], number[4:12], local, f"+55 {local}", f"{word} {number[-4:]}"):
        found = [item["contact"]["address"] for item in ana.get("/api/conversations", q=typed, limit=100)["items"]]
        assert customer in found, typed
    assert ana.get("/api/conversations", q=f"{number}0")["items"] == []


@pytest.mark.parametrize("typed", ["...", "(", "+", ".*", "^", "$where", "[", "\\"])
def test_signs_alone_are_taken_literally(ana: Agent, typed: str) -> None:
    assert ana.get("/api/conversations", q=typed)["items"] == []


def test_a_search_for_blanks_is_the_whole_list(ana: Agent, twilio: SimulatorProcess, customer: str) -> None:
    twilio.inbound("Oi", from_=customer)
    assert ana.get("/api/conversations", q="   ", limit=1)["items"] == ana.get("/api/conversations", limit=1)["items"]


# Reading


def test_unread_is_each_person_s_own(twilio: SimulatorProcess, ana: Agent, bruno: Agent, customer: str) -> None:
    for _ in range(3):
        twilio.inbound("Oi", from_=customer)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert (conversation["read"], conversation["unread"]) == ({"seq": 0, "inbound_count": 0, "version": 0}, 3)
    path = f"/api/conversations/{conversation['id']}"
    answer = ana.call("POST", f"{path}/read", json={"seq": 2}).json()
    assert answer == {"conversation_id": conversation["id"], "read": {"seq": 2, "inbound_count": 2, "version": 1}, "unread": 1}
    assert (ana.get(path)["unread"], bruno.get(path)["unread"]) == (1, 3)
    assert bruno.get(path)["read"] == {"seq": 0, "inbound_count": 0, "version": 0}
    # The mark never goes back, and not beyond what there is.
    assert ana.call("POST", f"{path}/read", json={"seq": 1}).json()["read"]["seq"] == 2
    assert ana.call("POST", f"{path}/read", json={"seq": 2**31 - 1}).json()["read"] == {"seq": 3, "inbound_count": 3, "version": 3}
    assert ana.get(path)["unread"] == 0
    # Our own replies are nobody's unread ones.
    assert ana.reply(conversation["id"], "Olá").status_code == 201
    assert (ana.get(path)["unread"], bruno.get(path)["unread"]) == (0, 3)
    twilio.inbound("mais", from_=customer)
    assert (ana.get(path)["unread"], bruno.get(path)["unread"]) == (1, 4)


def test_reading_from_many_tabs_at_once_keeps_the_highest_mark(twilio: SimulatorProcess, ana: Agent, customer: str) -> None:
    for number in range(12):
        twilio.inbound(str(number), from_=customer)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    path = f"/api/conversations/{conversation['id']}"
    with ThreadPoolExecutor(12) as pool:
        answers = list(
            pool.map(lambda seq: ana.call("POST", f"{path}/read", json={"seq": seq}).status_code, [5, 12, 3, 9, 1, 12, 7, 2, 11, 4, 8, 6])
        )
    assert set(answers) == {200}
    assert ana.get(path)["read"] == {"seq": 12, "inbound_count": 12, "version": 12}


@pytest.mark.parametrize("body", [{}, {"seq": -1}, {"seq": 2**31}, {"seq": "x"}, {"seq": None}, {"seq": 1, "other": 1}, {"seq": 1e400}])
def test_a_mark_of_another_shape_is_422(twilio: SimulatorProcess, ana: Agent, customer: str, body: Json) -> None:
    twilio.inbound("Oi", from_=customer)
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    path = f"/api/conversations/{conversation['id']}/read"
    data = str(body).replace("'", '"').replace("inf", "1e400").replace("None", "null")
    assert_problem(ana.call("POST", path, data=data, headers={"Content-Type": "application/json"}), 422, "invalid")
    assert ana.get(f"/api/conversations/{conversation['id']}")["read"]["seq"] == 0


def test_blank_parameters_are_as_good_as_none(ana: Agent) -> None:
    assert ana.call("GET", "/api/conversations?view=&q=&cursor=&limit=").status_code == 200
