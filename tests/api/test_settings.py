"""The workspace's settings: their defaults, who changes them, what they take."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.mongo import SharedMongo
from tests.support.problems import assert_problem
from tests.support.server import Agent, Json, ServerProcess

DEFAULTS = {
    "name_prefix": "forced",
    "new_visibility": "public",
    "assign_without_acceptance": "admins",
    "reopen_to": "holder",
    "reopen_hours": 24,
    "offer_minutes": 30,
    "working_hours": None,
    "auto_finish_days": None,
    "auto_release_hours": None,
}
HOURS = {"timezone": "America/Sao_Paulo", "days": [0, 1, 2, 3, 4], "from": "09:00", "to": "18:00"}


@pytest.fixture(scope="module")
def own(module_server: Callable[..., ServerProcess]) -> ServerProcess:
    """A server of this module alone: what is changed here changes how all conversations go."""
    return module_server()


def without_stamps(settings: Json) -> Json:
    """The settings themselves."""
    assert isinstance(settings["version"], int)
    assert settings["changed_at"]
    return {name: value for name, value in settings.items() if name not in ("version", "changed_at")}


def test_the_defaults_are_made_once_whoever_asks_first(own_server: Callable[..., ServerProcess], mongo: SharedMongo) -> None:
    server = own_server()
    collection = mongo.client[server.database_name]["settings"]
    bruno = server.agent("bruno")
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            collection.delete_many({})
            found = list(pool.map(lambda _: bruno.get("/api/settings"), range(8)))
            assert all((without_stamps(one), one["version"]) == (DEFAULTS, 1) for one in found)
            assert [one["_id"] for one in collection.find()] == ["workspace"]


def test_a_change_is_told_to_every_tab_and_leaves_the_rest(own: ServerProcess) -> None:
    ana, bruno = own.agent("ana"), own.agent("bruno")
    before = ana.get("/api/settings")
    kept = without_stamps(before)
    with ana.tab() as hers, bruno.tab() as his:
        answer = ana.call("PATCH", "/api/settings", json={"offer_minutes": 45, "working_hours": HOURS})
        assert answer.status_code == 200
        after = answer.json()
        assert without_stamps(after) == {**kept, "offer_minutes": 45, "working_hours": HOURS}
        assert after["version"] == before["version"] + 1
        for tab in (hers, his):
            assert tab.wait_for("settings.updated") == [{"settings": after}]
    assert bruno.get("/api/settings") == after
    off = ana.call("PATCH", "/api/settings", json={"working_hours": None}).json()
    assert without_stamps(off) == {**kept, "offer_minutes": 45}


def test_two_changes_at_once_both_stay(own: ServerProcess) -> None:
    ana = own.agent("ana")
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, 11):
            changes: list[Json] = [{"offer_minutes": number}, {"reopen_hours": number}]
            list(pool.map(lambda change: ana.call("PATCH", "/api/settings", json=change), changes))
            after = ana.get("/api/settings")
            assert (after["offer_minutes"], after["reopen_hours"]) == (number, number)


def test_a_new_conversation_is_as_visible_as_the_settings_say_at_once(own: ServerProcess) -> None:
    ana = own.agent("ana")
    for number, visibility in enumerate(("private", "public", "private")):
        ana.call("PATCH", "/api/settings", json={"new_visibility": visibility})
        started = ana.call("POST", "/api/conversations", json={"number": f"+551196500000{number}"}).json()
        assert started["visibility"] == visibility


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name_prefix", "always"),
        ("new_visibility", None),
        ("assign_without_acceptance", "nobody"),
        ("reopen_to", "ana"),
        ("reopen_hours", 0),
        ("reopen_hours", None),
        ("reopen_hours", "24"),
        ("offer_minutes", 0),
        ("offer_minutes", 1.5),
        ("offer_minutes", 24 * 60 + 1),
        ("auto_finish_days", 0),
        ("auto_finish_days", True),
        ("auto_release_hours", 10**30),
        ("version", 7),
        ("admin_epoch", 7),
        ("working_hours", []),
        ("working_hours", {}),
        *(
            ("working_hours", {**HOURS, **wrong})
            for wrong in (
                {"timezone": "Mars/Base"},
                {"timezone": "America"},
                {"timezone": "../../etc/passwd"},
                {"timezone": "/etc/localtime"},
                {"timezone": ""},
                {"timezone": "\x00"},
                {"days": []},
                {"days": [7]},
                {"days": [-1]},
                {"days": ["0"]},
                {"days": [0] * 8},
                {"from": "9:00"},
                {"from": "24:00"},
                {"from": "09:00\n"},
                {"to": "18:60"},
                {"to": "٠٩:٠٠"},
                {"to": "09:00"},
                {"from": "22:00", "to": "06:00"},
                {"breaks": []},
            )
        ),
    ],
)
def test_what_is_no_setting_is_422_and_changes_nothing(ana: Agent, name: str, value: object) -> None:
    before = ana.get("/api/settings")
    answer = ana.call("PATCH", "/api/settings", json={"new_visibility": "private", name: value})
    assert assert_problem(answer, 422, "invalid")["errors"].keys() == {name}
    assert ana.get("/api/settings") == before
